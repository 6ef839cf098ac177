// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Optional;
import org.guixp2p.persistence.nar.NarStore;
import org.guixp2p.persistence.nar.PartialNar;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.swarm.BlockLayout;
import org.guixp2p.protocol.swarm.BlockPayload;
import org.guixp2p.protocol.swarm.Manifest;
import org.guixp2p.protocol.swarm.ManifestBuilder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LanePrefixesTest {
    private static final int BLOCK = BlockLayout.BLOCK_BYTES;
    private static final int BLOCKS = 6;

    @TempDir
    private Path directory;

    private final byte[] nar = Texts.of(BLOCKS * BLOCK - 1000, 1);
    private final Manifest manifest = manifest(nar);
    private final BitSet there = new BitSet();
    private PartialNar file;
    private LanePrefixes prefixes;

    private static Manifest manifest(byte[] nar) {
        ManifestBuilder builder = new ManifestBuilder(new NarSize(nar.length));
        builder.update(nar, 0, nar.length);
        return builder.finish();
    }

    @BeforeEach
    void open() throws IOException {
        file = NarStore.open(directory).create(new NarHash(Sha256.hash(nar)), new NarSize(nar.length));
        prefixes = new LanePrefixes(manifest, file);
    }

    @AfterEach
    void close() throws IOException {
        file.close();
    }

    private byte[] block(int index) {
        return Arrays.copyOfRange(nar, index * BLOCK, Math.min(nar.length, (index + 1) * BLOCK));
    }

    private void write(int... blocks) throws IOException {
        for (int index : blocks) {
            file.write((long) index * BLOCK, block(index), 0, block(index).length);
            there.set(index);
        }
    }

    private BlockPayload prefixed(int index) {
        byte[] prefix = Arrays.copyOfRange(nar, BlockLayout.prefixFrom(index) * BLOCK, index * BLOCK);
        BlockPayload payload = BlockPayload.compress(block(index), prefix, 1);
        assertEquals(BlockPayload.Encoding.ZSTD_PREFIXED, payload.encoding());
        return payload;
    }

    private LanePrefixes.Wanted want(int index) {
        return prefixes.want(index, there::get);
    }

    // What may come with a prefix.

    @Test
    void theFirstBlockHasNone() {
        assertFalse(want(0).prefixed());
    }

    @Test
    void aBlockMayComeBehindThoseThatAreThere() throws IOException {
        write(0, 1);
        LanePrefixes.Wanted wanted = want(2);
        assertTrue(wanted.prefixed());
        assertTrue(wanted.before().isDone());
        there.clear(0);
        assertFalse(want(2).prefixed(), "one is not there");
        assertFalse(want(1).prefixed());
    }

    @Test
    void aBlockMayComeBehindThoseThatAreUnderWayFromTheSamePeer() throws IOException {
        write(0);
        LanePrefixes.Wanted first = want(1);
        assertTrue(first.prefixed());
        LanePrefixes.Wanted second = want(2);
        LanePrefixes.Wanted third = want(3);
        assertTrue(second.prefixed() && third.prefixed());
        assertFalse(want(5).prefixed(), "nobody was asked for the fourth");
        assertFalse(second.before().isDone());
        first.stored().complete(true);
        assertTrue(second.before().isDone());
        assertFalse(third.before().isDone());
        second.stored().complete(true);
        assertTrue(third.before().isDone());
    }

    /** Between the moment that a block is stored and that in which the download knows, the next one is asked for. */
    @Test
    void whatWasStoredAMomentAgoIsThere() throws IOException {
        write(0);
        want(1).stored().complete(true);
        assertTrue(want(2).prefixed());
    }

    @Test
    void whatFailedIsNotThereAndNobodyWaitsForIt() throws IOException {
        write(0);
        LanePrefixes.Wanted first = want(1);
        LanePrefixes.Wanted second = want(2);
        first.stored().complete(false);
        assertTrue(second.before().isDone());
        assertFalse(want(3).prefixed());
        assertTrue(want(1).prefixed(), "it is asked for again");
        assertTrue(want(2).prefixed());
    }

    /** However long the NAR is. */
    @Test
    void whatIsThereIsForgotten() {
        int most = 0;
        for (int index = 0; index < 10_000; index++) {
            want(index).stored().complete(index % 10 != 0);
            there.set(index);
            most = Math.max(most, prefixes.remembered());
        }
        assertTrue(most <= 2 * Pace.LARGEST_WINDOW, most + " blocks");
    }

    // What comes with one.

    @Test
    void isReadBehindWhatIsInTheFile() throws Exception {
        write(0, 1, 2, 3, 4);
        for (int index = 1; index < BLOCKS; index++) {
            assertArrayEquals(block(index), prefixed(index).block(prefixes.prefix(index).orElseThrow()));
        }
    }

    @Test
    void isNotReadWhenTheFileEndsBefore() throws IOException {
        assertEquals(Optional.empty(), prefixes.prefix(2));
        write(0);
        assertEquals(Optional.empty(), prefixes.prefix(2));
        write(1);
        assertTrue(prefixes.matches(2, prefixes.prefix(2).orElseThrow()));
        assertTrue(prefixes.matches(1, prefixes.prefix(1).orElseThrow()));
    }

    /** A gap in the file has zeros. */
    @Test
    void isReadWronglyBehindAGap() throws Exception {
        write(0, 2);
        assertFalse(Arrays.equals(block(2), prefixed(2).block(prefixes.prefix(2).orElseThrow())));
        assertFalse(prefixes.matches(2, prefixes.prefix(2).orElseThrow()));
    }
}
