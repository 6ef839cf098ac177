// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.ahead;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.guixp2p.node.ahead.AheadBudget.Stage;
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
        budget.reached(15 * MIB, Stage.ASKING, Stage.WHOLE);
        // It has taken its part of what was free.
        assertTrue(budget.mayBegin(10 * MIB, 85 * MIB));
        assertFalse(budget.mayBegin(10 * MIB + 1, 85 * MIB));
        assertTrue(budget.mayEver(25 * MIB, 85 * MIB));
        budget.ended(15 * MIB, Stage.WHOLE);
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
        budget.reached(20 * MIB, Stage.ASKING, Stage.WHOLE);
        assertTrue(budget.mayBegin(20 * MIB, LARGE));
    }

    @Test
    void theNextLargeOneBeginsWhenOneHasNothingMoreToAskFor() {
        budget.begun(20 * MIB);
        budget.reached(20 * MIB, Stage.ASKING, Stage.NEARLY_ALL_ASKED);
        assertTrue(budget.mayBegin(20 * MIB, LARGE));
        budget.begun(20 * MIB);
        assertFalse(budget.mayBegin(1, LARGE));
        // Both have the disk before them yet.
        assertTrue(budget.mayEver(20 * MIB, 80 * MIB));
        assertFalse(budget.mayEver(20 * MIB + 1, 80 * MIB));
        budget.reached(20 * MIB, Stage.NEARLY_ALL_ASKED, Stage.WHOLE);
        assertTrue(budget.mayEver(25 * MIB, 80 * MIB));
        assertFalse(budget.mayBegin(1, LARGE));
        budget.ended(20 * MIB, Stage.WHOLE);
        budget.ended(20 * MIB, Stage.ASKING);
        assertTrue(budget.mayEver(20 * MIB, 80 * MIB));
        assertFalse(budget.mayEver(20 * MIB + 1, 80 * MIB));
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
        budget.reached(BlockLayout.BLOCK_BYTES, Stage.ASKING, Stage.WHOLE);
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
        much.ended(20 * MIB, Stage.ASKING);
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
        small.ended(1000, Stage.ASKING);
        assertTrue(small.mayBegin(1, LARGE));
    }

    /** One by one they would cost a frame each. */
    @Test
    void theNextOnesWaitForOthersToBeAskedForWithThem() {
        for (int i = 0; i < AheadBudget.MOST_AT_ONCE; i++) {
            budget.begun(1000);
        }
        for (int i = 1; i < AheadBudget.TOGETHER; i++) {
            budget.ended(1000, Stage.ASKING);
        }
        assertFalse(budget.hasPlace());
        budget.reached(1000, Stage.ASKING, Stage.WHOLE);
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
                budget.reached(1000, Stage.ASKING, Stage.WHOLE);
            }
        }
        for (int i = 250; i < AheadBudget.MOST_NARS; i++) {
            budget.reached(1000, Stage.ASKING, Stage.WHOLE);
            budget.ended(1000, Stage.WHOLE);
            assertTrue(budget.hasPlace());
        }
        assertTrue(budget.mayBegin(1000, LARGE));
    }

    @Test
    void soManyAreHeldAndNoMore() {
        for (int i = 0; i < AheadBudget.MOST_NARS; i++) {
            assertTrue(budget.mayBegin(1000, LARGE));
            budget.begun(1000);
            budget.reached(1000, Stage.ASKING, Stage.WHOLE);
        }
        assertFalse(budget.mayBegin(1000, LARGE));
        for (int i = 0; i < AheadBudget.MOST_NARS; i++) {
            budget.ended(1000, Stage.WHOLE);
        }
        assertTrue(budget.mayBegin(AheadBudget.MOST_DISK, LARGE));
    }
}
