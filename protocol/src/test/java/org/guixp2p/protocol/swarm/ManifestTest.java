// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.swarm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarSize;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ManifestTest {
    private static final int BLOCK = BlockLayout.BLOCK_BYTES;

    private static Manifest manifest(byte[] nar) {
        ManifestBuilder builder = new ManifestBuilder(new NarSize(nar.length));
        builder.update(nar, 0, nar.length);
        return builder.finish();
    }

    private static byte[] bytes(int length, long seed) {
        byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    /** The tree once more, top down and by its definition, where the code goes bottom up and in place. */
    private static byte[] subtree(byte[] nar, int from, int to) {
        if (to - from == 1) {
            byte[] block = Arrays.copyOfRange(nar, from * BLOCK, Math.min(nar.length, to * BLOCK));
            return tagged(0, Sha256.hash(block).bytes(), new byte[0]);
        }
        int half = Integer.highestOneBit(to - from - 1);
        return tagged(1, subtree(nar, from, from + half), subtree(nar, from + half, to));
    }

    private static byte[] tagged(int tag, byte[] left, byte[] right) {
        byte[] all = new byte[1 + left.length + right.length];
        all[0] = (byte) tag;
        System.arraycopy(left, 0, all, 1, left.length);
        System.arraycopy(right, 0, all, 1 + left.length, right.length);
        return Sha256.hash(all).bytes();
    }

    @ParameterizedTest
    @CsvSource({"0", "1", "262143", "262144", "262145", "524288", "786433", "1310720", "1835009"})
    void theRootIsThatOfTheDefinition(int length) {
        byte[] nar = bytes(length, 7);
        byte[] top = length == 0 ? new byte[32] : subtree(nar, 0, (length + BLOCK - 1) / BLOCK);
        byte[] size = new byte[8];
        for (int i = 0; i < 8; i++) {
            size[i] = (byte) ((long) length >>> (56 - 8 * i));
        }
        assertEquals(Sha256.of(tagged(2, size, top)), manifest(nar).root());
    }

    @Property(tries = 30)
    void piecesOfAnySizeGiveTheSame(@ForAll @IntRange(min = 0, max = 4 * BLOCK) int length, @ForAll long seed) {
        byte[] nar = bytes(length, seed);
        ManifestBuilder builder = new ManifestBuilder(new NarSize(length));
        Random random = new Random(seed);
        for (int at = 0; at < length;) {
            int piece = Math.min(length - at, 1 + random.nextInt(BLOCK + BLOCK / 2));
            builder.update(nar, at, piece);
            at += piece;
        }
        Manifest manifest = builder.finish();
        assertEquals(manifest(nar), manifest);
        assertEquals(manifest, Manifest.of(new NarSize(length), manifest.hashes()));
    }

    @Test
    void aBlockMatchesOnlyInItsPlaceAndWhole() {
        byte[] nar = bytes(3 * BLOCK + 5, 1);
        Manifest manifest = manifest(nar);
        assertTrue(manifest.matches(1, nar, BLOCK, BLOCK));
        assertTrue(manifest.matches(3, nar, 3 * BLOCK, 5));
        assertFalse(manifest.matches(0, nar, BLOCK, BLOCK));
        assertFalse(manifest.matches(3, nar, 3 * BLOCK, 4));
        assertFalse(manifest.matches(4, nar, 0, BLOCK));
        assertFalse(manifest.matches(-1, nar, 0, BLOCK));
        nar[BLOCK + 17] ^= 1;
        assertFalse(manifest.matches(1, nar, BLOCK, BLOCK));
    }

    @Test
    void theSizeBelongsToTheName() {
        byte[] hashes = new byte[32];
        assertNotEquals(Manifest.of(new NarSize(1), hashes).root(), Manifest.of(new NarSize(2), hashes).root());
        assertThrows(IllegalArgumentException.class, () -> Manifest.of(new NarSize(BLOCK + 1), hashes));
    }

    @Test
    void tooFewAndTooManyBytesAreRefused() {
        ManifestBuilder builder = new ManifestBuilder(new NarSize(2));
        builder.update(new byte[1], 0, 1);
        assertThrows(IllegalStateException.class, builder::finish);
        assertThrows(IllegalStateException.class, () -> builder.update(new byte[2], 0, 2));
    }

    @Test
    void theLayoutOfTheSmallestAndLargestNars() {
        assertEquals(0, new BlockLayout(new NarSize(0)).count());
        BlockLayout largest = new BlockLayout(new NarSize(NarSize.MAX_BYTES));
        assertEquals(1 << 22, largest.count());
        assertEquals(NarSize.MAX_BYTES - BLOCK, largest.offset(largest.count() - 1));
        assertThrows(IndexOutOfBoundsException.class, () -> largest.offset(largest.count()));
    }
}
