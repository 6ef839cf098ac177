// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.guixp2p.node.memory.BlockPool;
import org.guixp2p.node.memory.MemoryShares;
import org.junit.jupiter.api.Test;

class BlockBudgetTest {
    /** What the JVM makes of {@code -Xmx192m}: the rest is for one half of its young generation at a time. */
    private static final long AS_LAUNCHED = 190_080L << 10;

    @Test
    void aNodeAsLaunchedHas192BlocksAndLeavesSomeForPeers() {
        BlockPool pool = MemoryShares.of(AS_LAUNCHED).blocks();
        int total = new BlockBudget(pool).total();
        assertTrue(total >= 192, () -> total + " blocks");
        assertTrue(pool.total() - total >= 32, () -> "of " + pool.total());
    }

    @Test
    void whatPeersAreGivenIsNotThereForDownloads() {
        BlockPool pool = new BlockPool(60);
        BlockBudget budget = new BlockBudget(pool);
        for (int i = 0; i < 35; i++) {
            assertTrue(pool.take());
        }
        BlockBudget.Share share = budget.share();
        int taken = 0;
        while (share.take(0)) {
            taken++;
        }
        assertEquals(17, taken, "two thirds of what is left");
        assertTrue(budget.share().take(0));
        assertEquals(60 - 35 - 17 - 1, pool.left());
        for (int i = 0; i < taken; i++) {
            share.giveBack();
        }
        assertEquals(60 - 35 - 1, pool.left());
    }

    @Test
    void aBudgetNeverTakesWhatIsNotThere() {
        BlockPool pool = new BlockPool(6);
        while (pool.take()) {
            // All of it.
        }
        BlockBudget budget = new BlockBudget(pool);
        assertFalse(budget.share().take(0));
        assertEquals(0, budget.used());
    }

    @Test
    void oneAloneGetsTwoThirds() {
        BlockBudget budget = BlockBudget.ofItsOwn(192);
        BlockBudget.Share share = budget.share();
        while (share.take(0)) {
            assertTrue(budget.used() < 192);
        }
        assertEquals(128, budget.used());
    }

    @Test
    void whoComesLaterGetsSomethingAtOnceAndAsMuchInTheEnd() {
        BlockBudget budget = BlockBudget.ofItsOwn(192);
        BlockBudget.Share first = budget.share();
        BlockBudget.Share second = budget.share();
        int has = first.takeUpTo(1000);
        int comes = second.takeUpTo(1000);
        assertTrue(comes >= 40, comes + " at once");
        for (int round = 0; round < 1000; round++) {
            first.giveBack();
            has += first.takeUpTo(1) - 1;
            second.giveBack();
            comes += second.takeUpTo(1000) - 1;
        }
        assertEquals(has, comes, 2);
        assertEquals(has + comes, budget.used());
    }

    /** However full it is, the last places are for whoever has none. */
    @Test
    void theLastOnesAreForThoseWhoHaveNone() {
        BlockBudget budget = BlockBudget.ofItsOwn(8);
        List<BlockBudget.Share> shares = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            shares.add(budget.share());
        }
        int all = 0;
        for (BlockBudget.Share share : shares) {
            all += share.takeUpTo(1000);
        }
        assertTrue(all <= 8, all + " of 8");
        shares.getFirst().giveBack();
        BlockBudget.Share none = budget.share();
        assertFalse(shares.getFirst().take(0), "one that has several gets no more");
        assertTrue(none.take(0));
    }

    @Test
    void aPeerThatOwesMuchLeavesSomethingToOthers() {
        BlockBudget.Share share = BlockBudget.ofItsOwn(30).share();
        int first = 0;
        while (share.take(first)) {
            first++;
        }
        int second = 0;
        while (share.take(second)) {
            second++;
        }
        assertTrue(first <= 18, first + " of one");
        assertTrue(second >= 2, second + " of another");
    }

    @Property(tries = 200)
    void neverMoreThanThereAre(@ForAll @IntRange(min = 1, max = 300) int total,
            @ForAll @IntRange(min = 1, max = 20) int downloads, @ForAll long seed) {
        Random random = new Random(seed);
        BlockBudget budget = BlockBudget.ofItsOwn(total);
        List<BlockBudget.Share> shares = new ArrayList<>();
        int[] own = new int[downloads];
        for (int i = 0; i < downloads; i++) {
            shares.add(budget.share());
        }
        for (int step = 0; step < 1000; step++) {
            int i = random.nextInt(downloads);
            if (own[i] > 0 && random.nextBoolean()) {
                shares.get(i).giveBack();
                own[i]--;
            } else if (shares.get(i).take(random.nextInt(4))) {
                own[i]++;
            }
            assertTrue(budget.used() <= total, () -> budget.used() + " of " + total);
        }
        for (int i = 0; i < downloads; i++) {
            for (; own[i] > 0; own[i]--) {
                shares.get(i).giveBack();
            }
        }
        assertEquals(0, budget.used());
    }
}
