// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.FutureTask;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import org.guixp2p.node.memory.MemoryShares.Holder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MemorySharesTest {
    private static final long KIB = 1 << 10;
    private static final long MIB = 1 << 20;

    private static long sum(MemoryShares shares) {
        return Stream.of(Holder.values()).mapToLong(shares::of).sum();
    }

    /** In KiB; the first and the third are what the JVM makes of {@code -Xmx128m} and {@code -Xmx192m}. */
    @ParameterizedTest
    @ValueSource(longs = {126_720, 131_072, 190_080, 196_608, 262_144, 1_048_576, 8_388_608})
    void allSharesTogetherFitBesideTheNode(long kib) {
        MemoryShares shares = MemoryShares.of(kib * KIB);
        assertTrue(sum(shares) <= kib * KIB - MemoryShares.RESERVE, () -> sum(shares) + " of " + kib * KIB);
        assertTrue(shares.fit());
        for (Holder holder : Holder.values()) {
            assertTrue(shares.of(holder) >= holder.least(), holder::toString);
        }
    }

    @Test
    void whatTheNodeHoldsBesidesIsNotShared() {
        MemoryShares shares = MemoryShares.of(192 * MIB, 20 * MIB);
        assertTrue(sum(shares) <= 172 * MIB - MemoryShares.RESERVE, () -> "" + sum(shares));
        assertTrue(shares.fit());
        assertFalse(MemoryShares.of(192 * MIB, 100 * MIB).fit());
    }

    @Property
    void noShareGetsSmallerWhenTheHeapGrows(@ForAll @LongRange(max = 1L << 40) long heap,
            @ForAll @LongRange(max = 1L << 40) long more) {
        MemoryShares small = MemoryShares.of(heap);
        MemoryShares large = MemoryShares.of(heap + more);
        for (Holder holder : Holder.values()) {
            assertTrue(large.of(holder) >= small.of(holder), holder::toString);
        }
    }

    /** Whatever the machine: it has no more heap for having more processors. */
    @Test
    void whatTheDisksThreadsKeepIsASmallPartOfWhatTheNodeHas() {
        for (int processors : new int[]{1, 2, 8, 64, 1024}) {
            int threads = PrefixArray.threads(processors);
            assertTrue(threads >= 2 && threads * (long) PrefixArray.BYTES <= MemoryShares.RESERVE / 8,
                    () -> threads + " threads");
        }
    }

    @Test
    void aThreadJoinsBlocksInTheArrayThatItHas() throws Exception {
        byte[] mine = PrefixArray.of(2);
        assertEquals(2 << 18, mine.length);
        assertSame(mine, PrefixArray.of(2));
        assertEquals(1 << 18, PrefixArray.of(1).length);
        FutureTask<byte[]> others = new FutureTask<>(() -> PrefixArray.of(2));
        Thread.ofPlatform().start(others);
        assertNotSame(mine, others.get());
    }

    @Test
    void nothingIsLeftOverOfAHeapAsTheLauncherGivesIt() {
        MemoryShares shares = MemoryShares.of(192 * MIB);
        assertTrue(sum(shares) > 191 * MIB - MemoryShares.RESERVE, () -> "only " + sum(shares));
    }

    /** What one download from servers needs: the largest dictionary, and the buffers of several others. */
    @Test
    void aHeapAsTheLauncherGivesItHasRoomForTheLargestDictionary() {
        assertTrue(MemoryShares.of(190_080 * KIB).of(Holder.DECODERS) > 34 * MIB);
    }

    /** The index of a tree of 50,000 files takes 3 MiB; two of them asked for in turn are not to drive each other out. */
    @Test
    void aHeapAsTheLauncherGivesItHasRoomForTwoLargeTrees() {
        assertTrue(MemoryShares.of(190_080 * KIB).of(Holder.SEEDS) > 6 * MIB);
    }

    /** 4,500 items with ten references each, half as many again as a system with a desktop: all are fetched ahead. */
    @Test
    void aHeapAsTheLauncherGivesItHasRoomForWhatALargeSystemRefersTo() {
        assertTrue(MemoryShares.of(190_080 * KIB).of(Holder.WALKS) > 4_500 * (450 + 10 * 8));
    }

    @Test
    void aSmallHeapIsSeenToBeTooSmall() {
        MemoryShares shares = MemoryShares.of(64 * MIB);
        assertFalse(shares.fit());
        for (Holder holder : Holder.values()) {
            assertEquals(holder.least(), shares.of(holder), holder::toString);
        }
    }

    @Test
    void thePoolOfBlocksIsTheSameForAll() {
        MemoryShares shares = MemoryShares.of(192 * MIB);
        int total = shares.blocks().total();
        assertEquals(shares.of(Holder.BLOCKS) >> 18, total);
        assertTrue(shares.blocks().take());
        assertEquals(total - 1, shares.blocks().left());
    }
}
