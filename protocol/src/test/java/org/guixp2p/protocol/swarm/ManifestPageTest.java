// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.swarm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarSize;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ManifestPageTest {
    private static final int BLOCK = BlockLayout.BLOCK_BYTES;

    /** A manifest of made-up hashes, of a NAR of so many blocks, the last of one byte. */
    private static Manifest manifest(int blocks) {
        byte[] hashes = new byte[blocks * Sha256.BYTES];
        new Random(blocks).nextBytes(hashes);
        return Manifest.of(size(blocks), hashes);
    }

    private static NarSize size(int blocks) {
        return new NarSize(blocks == 0 ? 0 : (blocks - 1L) * BLOCK + 1);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 4095, 4096, 4097, 8191, 8192, 8193, 12_289, 20_480, 28_673})
    void pagesInAnyOrderMakeTheManifest(int blocks) throws FormatException {
        Manifest manifest = manifest(blocks);
        List<Integer> order = new ArrayList<>();
        for (int page = 0; page < ManifestPage.count(size(blocks)); page++) {
            order.add(page);
        }
        assertEquals(Math.max(1, (blocks + 4095) / 4096), order.size());
        Collections.shuffle(order, new Random(1));
        ManifestAssembler assembler = new ManifestAssembler(manifest.root(), manifest.narSize());
        for (int page : order) {
            assertThrows(IllegalStateException.class, assembler::manifest);
            assertTrue(assembler.firstMissing().isPresent());
            assembler.accept(manifest.page(page));
            assembler.accept(manifest.page(page));
        }
        assertEquals(OptionalInt.empty(), assembler.firstMissing());
        assertEquals(manifest, assembler.manifest());
        assertThrows(IndexOutOfBoundsException.class, () -> manifest.page(order.size()));
    }

    @Test
    void aPageIsVerifiedByItself() {
        Manifest manifest = manifest(5 * 4096 + 7);
        NarSize narSize = manifest.narSize();
        for (int number = 0; number < 6; number++) {
            ManifestPage page = manifest.page(number);
            assertTrue(page.belongsTo(manifest.root(), narSize));
            assertFalse(page.belongsTo(Sha256.hash(new byte[0]), narSize));
            assertFalse(page.belongsTo(manifest.root(), new NarSize(narSize.bytes() - 1)));
            assertFalse(ManifestPage.of((number + 1) % 6, page.hashes(), page.proof())
                    .belongsTo(manifest.root(), narSize));
            assertFalse(flipped(page, page.hashes().length - 1, -1).belongsTo(manifest.root(), narSize));
            assertFalse(flipped(page, -1, page.proof().length - 1).belongsTo(manifest.root(), narSize));
            assertFalse(ManifestPage.of(number, page.hashes(), new byte[0]).belongsTo(manifest.root(), narSize));
            assertFalse(ManifestPage.of(number, page.hashes(), new byte[4 * 32]).belongsTo(manifest.root(), narSize));
        }
    }

    /** The page with one bit changed in its hashes or its proof. */
    private static ManifestPage flipped(ManifestPage page, int inHashes, int inProof) {
        byte[] hashes = page.hashes().clone();
        byte[] proof = page.proof().clone();
        if (inHashes >= 0) {
            hashes[inHashes] ^= 1;
        }
        if (inProof >= 0) {
            proof[inProof] ^= 1;
        }
        return ManifestPage.of(page.number(), hashes, proof);
    }

    @Test
    void aFalsePageIsRefusedAndLeavesNothing() throws FormatException {
        Manifest manifest = manifest(4097);
        ManifestAssembler assembler = new ManifestAssembler(manifest.root(), manifest.narSize());
        FormatException refused = assertThrows(FormatException.class,
                () -> assembler.accept(flipped(manifest.page(1), 0, -1)));
        assertTrue(String.valueOf(refused.getMessage()).endsWith("page 1 of 1 hashes is none of its pages"));
        assertFalse(assembler.knows(4096));
        assembler.accept(manifest.page(1));
        assertTrue(assembler.knows(4096));
        assertFalse(assembler.knows(0));
        assertFalse(assembler.knows(4097));
        assertEquals(OptionalInt.of(0), assembler.firstMissing());
    }

    @Test
    void blocksAreVerifiedBeforeAllPagesAreHere() throws FormatException {
        byte[] nar = {1, 2, 3};
        ManifestBuilder builder = new ManifestBuilder(new NarSize(3));
        builder.update(nar, 0, 3);
        Manifest manifest = builder.finish();
        ManifestAssembler assembler = new ManifestAssembler(manifest.root(), manifest.narSize());
        assertFalse(assembler.matches(0, nar, 0, 3));
        assembler.accept(manifest.page(0));
        assertTrue(assembler.matches(0, nar, 0, 3));
        assertFalse(assembler.matches(0, nar, 0, 2));
        assertFalse(assembler.matches(1, nar, 0, 3));
    }
}
