// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.ahead;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.guixp2p.protocol.swarm.BlockLayout;
import org.junit.jupiter.api.Test;

/** How much is fetched ahead. */
class AheadBudgetTest {
    private static final long MIB = 1L << 20;
    private static final long LARGE = Long.MAX_VALUE / 2;

    private final AheadBudget budget = new AheadBudget(16 * MIB);

    @Test
    void aQuarterOfTheFreeDiskIsAllThereIs() {
        assertTrue(budget.mayBegin(25 * MIB, 100 * MIB));
        assertFalse(budget.mayBegin(25 * MIB + 1, 100 * MIB));
        assertFalse(budget.mayEver(25 * MIB + 1, 100 * MIB));
        budget.begun(15 * MIB);
        budget.whole(15 * MIB);
        // It has taken its part of what was free.
        assertTrue(budget.mayBegin(10 * MIB, 85 * MIB));
        assertFalse(budget.mayBegin(10 * MIB + 1, 85 * MIB));
        assertTrue(budget.mayEver(25 * MIB, 85 * MIB));
        budget.ended(15 * MIB, true);
        assertTrue(budget.mayBegin(25 * MIB, 100 * MIB));
    }

    @Test
    void onALargeDiskThereIsABoundAllTheSame() {
        assertTrue(budget.mayBegin(AheadBudget.MOST_DISK, LARGE));
        assertFalse(budget.mayEver(AheadBudget.MOST_DISK + 1, LARGE));
    }

    @Test
    void largeOnesComeOneByOne() {
        budget.begun(20 * MIB);
        assertFalse(budget.mayBegin(1, LARGE));
        budget.whole(20 * MIB);
        assertTrue(budget.mayBegin(20 * MIB, LARGE));
    }

    @Test
    void smallOnesComeSoManyAtOnce() {
        for (int i = 0; i < AheadBudget.MOST_AT_ONCE; i++) {
            assertTrue(budget.mayBegin(1000, LARGE));
            budget.begun(1000);
        }
        assertFalse(budget.mayBegin(1000, LARGE));
    }

    /** A slow peer has to give all of what waits there before its downloads are taken for stalled. */
    @Test
    void ofThoseThatFillABlockFewerComeAtOnce() {
        for (int i = 0; i < 32; i++) {
            assertTrue(budget.mayBegin(BlockLayout.BLOCK_BYTES, LARGE));
            budget.begun(BlockLayout.BLOCK_BYTES);
        }
        assertFalse(budget.mayBegin(1000, LARGE));
        budget.whole(BlockLayout.BLOCK_BYTES);
        assertTrue(budget.mayBegin(BlockLayout.BLOCK_BYTES, LARGE));
    }

    /** Of a large one no more than its first blocks: the others are asked for as they come. */
    @Test
    void ofLargeOnesEightComeAtOnce() {
        AheadBudget much = new AheadBudget(LARGE);
        for (int i = 0; i < 8; i++) {
            assertTrue(much.mayBegin(20 * MIB, LARGE));
            much.begun(20 * MIB);
        }
        assertFalse(much.mayBegin(20 * MIB, LARGE));
        much.ended(20 * MIB, false);
        assertTrue(much.mayBegin(20 * MIB, LARGE));
    }

    /** What their downloads take of the memory for blocks. */
    @Test
    void eachBlockCountsAsAWholeOne() {
        AheadBudget small = new AheadBudget(3 * BlockLayout.BLOCK_BYTES);
        small.begun(1000);
        assertFalse(small.mayBegin(2 * BlockLayout.BLOCK_BYTES + 1, LARGE));
        assertTrue(small.mayBegin(2 * BlockLayout.BLOCK_BYTES, LARGE));
        small.begun(BlockLayout.BLOCK_BYTES + 1);
        assertFalse(small.mayBegin(1, LARGE));
        small.ended(1000, false);
        assertTrue(small.mayBegin(1, LARGE));
    }

    /** One by one they would cost a frame each. */
    @Test
    void theNextOnesWaitForOthersToBeAskedForWithThem() {
        for (int i = 0; i < AheadBudget.MOST_AT_ONCE; i++) {
            budget.begun(1000);
        }
        for (int i = 1; i < AheadBudget.TOGETHER; i++) {
            budget.ended(1000, false);
        }
        assertFalse(budget.hasPlace());
        budget.whole(1000);
        for (int i = 0; i < AheadBudget.TOGETHER; i++) {
            assertTrue(budget.mayBegin(1000, LARGE));
            budget.begun(1000);
        }
        assertFalse(budget.hasPlace());
    }

    @Test
    void withoutHavingBeenFullTheyWaitForNobody() {
        for (int i = 1; i < AheadBudget.MOST_AT_ONCE; i++) {
            budget.begun(1000);
        }
        assertTrue(budget.hasPlace());
    }

    /** One client that does not ask for what is held for it must not keep others from theirs. */
    @Test
    void whereManyAreHeldThereIsAPlaceAsSoonAsOneEnds() {
        for (int i = 0; i < AheadBudget.MOST_NARS; i++) {
            budget.begun(1000);
            if (i < 250) {
                budget.whole(1000);
            }
        }
        for (int i = 250; i < AheadBudget.MOST_NARS; i++) {
            budget.whole(1000);
            budget.ended(1000, true);
            assertTrue(budget.hasPlace());
        }
        assertTrue(budget.mayBegin(1000, LARGE));
    }

    @Test
    void soManyAreHeldAndNoMore() {
        for (int i = 0; i < AheadBudget.MOST_NARS; i++) {
            assertTrue(budget.mayBegin(1000, LARGE));
            budget.begun(1000);
            budget.whole(1000);
        }
        assertFalse(budget.mayBegin(1000, LARGE));
        for (int i = 0; i < AheadBudget.MOST_NARS; i++) {
            budget.ended(1000, true);
        }
        assertTrue(budget.mayBegin(AheadBudget.MOST_DISK, LARGE));
    }
}
