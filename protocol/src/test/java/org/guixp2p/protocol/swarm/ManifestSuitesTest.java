// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.swarm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collections;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarSize;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** Pages of manifests, what puts them together, and windows of blocks. */
class ManifestSuitesTest {
    private static Manifest manifest(int blocks) {
        byte[] hashes = new byte[blocks * Sha256.BYTES];
        new Random(blocks).nextBytes(hashes);
        return Manifest.of(new NarSize((long) blocks * BlockLayout.BLOCK_BYTES), hashes);
    }

    private static final Manifest THREE_PAGES = manifest(2 * ManifestPage.HASHES + 3);

    private static void refused(Manifest manifest, ManifestPage page) {
        assertFalse(page.belongsTo(manifest.root(), manifest.narSize()));
        ManifestAssembler assembler = new ManifestAssembler(manifest.root(), manifest.narSize());
        assertThrows(FormatException.class, () -> assembler.accept(page));
        assertEquals(OptionalInt.of(0), assembler.firstMissing());
        assertThrows(IllegalStateException.class, assembler::manifest);
    }

    @Nested
    class Correct {
        @Test
        void theLastPageMayHaveAShorterWayUp() throws FormatException {
            ManifestPage last = THREE_PAGES.page(2);
            assertEquals(3, last.size());
            assertTrue(last.proof().length < THREE_PAGES.page(0).proof().length);
            ManifestAssembler assembler = new ManifestAssembler(THREE_PAGES.root(), THREE_PAGES.narSize());
            assembler.accept(last);
            assertTrue(assembler.knows(last.firstBlock()) && assembler.knows(last.firstBlock() + 2));
            assertFalse(assembler.knows(last.firstBlock() + 3));
        }

        @Test
        void aWindowSaysOfEachBlockWhetherItIsThere() {
            BitSet blocks = new BitSet();
            blocks.set(3);
            blocks.set(17);
            BlockBits window = BlockBits.of(blocks, 2, 20);
            for (int i = 0; i < 30; i++) {
                assertEquals(i == 3 || i == 17, window.contains(i), "block " + i);
            }
            assertEquals(window, BlockBits.of(2, window.bytes()));
        }
    }

    @Nested
    class Insufficient {
        @Test
        void aPageWithoutAHashOrANodeIsNone() {
            for (int number = 0; number < 3; number++) {
                ManifestPage page = THREE_PAGES.page(number);
                refused(THREE_PAGES, ManifestPage.of(number, Arrays.copyOf(page.hashes(), page.hashes().length - 32),
                        page.proof()));
                refused(THREE_PAGES, ManifestPage.of(number, page.hashes(), Arrays.copyOf(page.proof(),
                        page.proof().length - 32)));
                refused(THREE_PAGES, ManifestPage.of(number, new byte[0], new byte[0]));
            }
        }

        @Test
        void aWindowOfNothingIsNone() {
            assertThrows(IllegalArgumentException.class, () -> BlockBits.of(0, new byte[0]));
        }
    }

    @Nested
    class Invalid {
        @Test
        void aPageOfAnotherManifestOrPlaceIsNone() {
            Manifest other = manifest(2 * ManifestPage.HASHES + 4);
            for (int number = 0; number < 3; number++) {
                ManifestPage page = THREE_PAGES.page(number);
                refused(other, page);
                refused(THREE_PAGES, ManifestPage.of((number + 1) % 3, page.hashes(), page.proof()));
                refused(THREE_PAGES, ManifestPage.of(3, page.hashes(), page.proof()));
                refused(THREE_PAGES, ManifestPage.of(ManifestPage.MAX_PAGES - 1, page.hashes(), page.proof()));
            }
        }

        @Test
        void aNodeIsNoLeaf() {
            // The two hashes of this manifest, passed off as the one block hash of a smaller one.
            Manifest two = manifest(2);
            byte[] node = Sha256.hash(two.hashes()).bytes();
            assertFalse(ManifestPage.of(0, node, new byte[0]).belongsTo(two.root(), new NarSize(1)));
            assertFalse(ManifestPage.of(0, node, new byte[0]).belongsTo(two.root(), two.narSize()));
        }

        @Test
        void numbersThatNoPageOrBlockHasAreRefused() {
            for (int number : new int[]{-1, ManifestPage.MAX_PAGES, Integer.MIN_VALUE, Integer.MAX_VALUE}) {
                assertThrows(IllegalArgumentException.class,
                        () -> ManifestPage.of(number, new byte[32], new byte[0]));
            }
            for (int from : new int[]{-1, BlockLayout.MAX_BLOCKS, Integer.MIN_VALUE, Integer.MAX_VALUE}) {
                assertThrows(IllegalArgumentException.class, () -> BlockBits.of(from, new byte[1]));
            }
            assertThrows(IllegalArgumentException.class,
                    () -> BlockBits.of(BlockLayout.MAX_BLOCKS - 1, new byte[]{0x40}));
        }
    }

    @Nested
    class InvalidLength {
        @Test
        void hashesAndNodesAreWholeAndNotTooMany() {
            for (int length : new int[]{1, 31, 33, 32 * ManifestPage.HASHES + 32}) {
                assertThrows(IllegalArgumentException.class,
                        () -> ManifestPage.of(0, new byte[length], new byte[0]));
            }
            for (int length : new int[]{1, 31, 33, 32 * ManifestPage.MAX_PROOF + 32}) {
                assertThrows(IllegalArgumentException.class,
                        () -> ManifestPage.of(0, new byte[32], new byte[length]));
            }
        }

        @Test
        void aPageWithAHashOrANodeTooManyIsNone() {
            ManifestPage last = THREE_PAGES.page(2);
            refused(THREE_PAGES, ManifestPage.of(2, Arrays.copyOf(last.hashes(), last.hashes().length + 32),
                    last.proof()));
            refused(THREE_PAGES, ManifestPage.of(2, last.hashes(), Arrays.copyOf(last.proof(),
                    last.proof().length + 32)));
        }

        @Test
        void windowsEndSomewhere() {
            assertThrows(IllegalArgumentException.class, () -> BlockBits.of(0, new byte[BlockBits.MAX_BYTES + 1]));
            assertEquals(8 * BlockBits.MAX_BYTES, BlockBits.of(0, new byte[BlockBits.MAX_BYTES]).width());
        }
    }

    @Property(tries = 60)
    void pagesInAnyOrderAssemble(@ForAll @IntRange(max = 20_000) int blocks, @ForAll long seed)
            throws FormatException {
        Manifest manifest = manifest(blocks);
        List<Integer> order = new ArrayList<>();
        for (int page = 0; page < ManifestPage.count(manifest.narSize()); page++) {
            order.add(page);
        }
        Collections.shuffle(order, new Random(seed));
        ManifestAssembler assembler = new ManifestAssembler(manifest.root(), manifest.narSize());
        for (int page : order) {
            assembler.accept(manifest.page(page));
        }
        assertEquals(manifest, assembler.manifest());
    }

    @Property(tries = 200)
    void anyFlippedBitIsRefused(@ForAll @IntRange(max = 2) int number, @ForAll long seed) {
        Random random = new Random(seed);
        ManifestPage page = THREE_PAGES.page(number);
        byte[] hashes = page.hashes().clone();
        byte[] proof = page.proof().clone();
        byte[] flipped = random.nextBoolean() ? hashes : proof;
        flipped[random.nextInt(flipped.length)] ^= (byte) (1 << random.nextInt(8));
        refused(THREE_PAGES, ManifestPage.of(number, hashes, proof));
    }
}
