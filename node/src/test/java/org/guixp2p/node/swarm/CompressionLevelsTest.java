// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class CompressionLevelsTest {
    private final CompressionLevels levels = new CompressionLevels();

    private void written(int times, int prepared, int unprepared) {
        for (int i = 0; i < times; i++) {
            levels.written(prepared, unprepared, 0, 100_000_000, 50_000_000);
        }
    }

    @Test
    void aSlowLinkGetsTheHighestLevel() {
        assertEquals(3, levels.level());
        written(15, 1, 5);
        assertEquals(3, levels.level());
        written(1, 1, 5);
        assertEquals(6, levels.level());
        written(16, 31, 0);
        assertEquals(9, levels.level());
        written(10_000, 2, 2);
        assertEquals(9, levels.level());
    }

    @Test
    void aLinkThatWaitsGetsTheLowestLevel() {
        written(15, 0, 1);
        assertEquals(3, levels.level());
        written(1, 0, 1);
        assertEquals(1, levels.level());
        written(10_000, 0, 9);
        assertEquals(1, levels.level());
    }

    /** What was asked for fits into the kernel's buffers, so that nothing ever waits here, though the link is slow. */
    @Test
    void aProcessorWithTimeToSpareGetsTheHighestLevel() {
        for (int i = 0; i < 32; i++) {
            levels.written(0, 0, 0, 9_000_000, 20_000_000);
        }
        assertEquals(9, levels.level());
    }

    /** Thirty small blocks go into the kernel's buffers one after the other, before their link has sent the first of them. */
    @Test
    void aSlowLinkWithLargeBuffersGetsTheHighestLevel() {
        for (int times = 0; times < 100; times++) {
            for (int i = 30; i > 0; i--) {
                levels.written(0, i, 0, 22_000_000, 1_600_000);
            }
            for (int i = 10; i > 0; i--) {
                levels.written(i, 1, 0, 22_000_000, 190_000_000);
            }
        }
        assertEquals(9, levels.level());
    }

    /** Another program had the processor for a second, and all that was asked for meanwhile is made at once. */
    @Test
    void aHiccupOfTheMachineChangesNothing() {
        written(32, 1, 1);
        for (int times = 0; times < 100; times++) {
            for (int i = 15; i > 0; i--) {
                levels.written(0, i, 0, 400_000_000, 3_000_000);
            }
            for (int i = 0; i < 20; i++) {
                levels.written(2, 1, 0, 10_000_000, 20_000_000);
            }
        }
        assertEquals(9, levels.level());
    }

    /** So often the link waited for a block that was being made, for so long each time. */
    private void linkWaits(int times, long nanos) {
        for (int i = 0; i < times; i++) {
            levels.written(0, 1, 0, 400_000_000, nanos);
        }
    }

    /** However long it took, it is one of a few. */
    @Test
    void oneLongWaitAmongShortOnesIsNotEnough() {
        written(32, 1, 1);
        linkWaits(15, 3_000_000);
        linkWaits(1, 900_000_000);
        assertEquals(9, levels.level());
    }

    /** However many there were, as many good blocks as it takes to lower a level make up for them. */
    @Test
    void manyShortWaitsAreForgottenAsSoonAsAFew() {
        written(32, 1, 1);
        linkWaits(40, 3_000_000);
        for (int i = 0; i < 16; i++) {
            levels.written(1, 1, 0, 400_000_000, 1_000_000);
        }
        linkWaits(2, 300_000_000);
        assertEquals(9, levels.level());
    }

    /** How long they were must not add up over hours to what many blocks at once then lower the level for. */
    @Test
    void longWaitsAreForgottenWithTheirNumber() {
        written(32, 1, 1);
        linkWaits(1, 3_000_000);
        for (int i = 0; i < 10; i++) {
            levels.written(0, 1, 0, 400_000_000, 300_000_000);
            levels.written(1, 1, 0, 400_000_000, 3_000_000);
        }
        linkWaits(15, 3_000_000);
        assertEquals(9, levels.level());
    }

    /** Blocks that queue up at a level that is too high are written at the next one, too late as they are. */
    @Test
    void aBacklogIsWorkedOffBeforeALevelIsJudged() {
        written(32, 1, 1);
        written(16, 0, 31);
        assertEquals(6, levels.level());
        written(31, 0, 31);
        written(15, 0, 31);
        assertEquals(6, levels.level());
        written(1, 0, 31);
        assertEquals(3, levels.level());
    }

    /** It asks for three at once, and for the next three when it has got those. */
    @Test
    void aSlowLinkThatIsAskedForByFitsAndStartsGetsTheHighestLevel() {
        for (int i = 0; i < 15; i++) {
            levels.written(0, 2, 0, 3_000_000, 54_000_000);
            levels.written(0, 1, 0, 6_000_000, 3_000_000);
            levels.written(0, 0, 0, 9_000_000, 3_000_000);
        }
        assertEquals(9, levels.level());
    }

    @Test
    void aPeerThatTakesBlocksAboutAsFastAsTheyAreMadeKeepsTheLevel() {
        for (int i = 0; i < 1000; i++) {
            levels.written(0, 1, 0, 8_000_000, 12_000_000);
        }
        assertEquals(3, levels.level());
    }

    /** What it takes its time for is not known. */
    @Test
    void aPeerThatAsksNowAndThenKeepsTheLevel() {
        for (int i = 0; i < 1000; i++) {
            levels.written(0, 0, 0, 4_000_000, 1_000_000_000);
        }
        assertEquals(3, levels.level());
    }

    /** It costs three times as much as the same level without. */
    @Test
    void onlyASlowLinkGetsBlocksCompressedWithThoseBefore() {
        assertEquals(0, levels.prefixedLevel());
        written(16, 1, 5);
        assertEquals(3, levels.prefixedLevel());
        written(16, 1, 5);
        assertEquals(3, levels.prefixedLevel());
        written(3 * 17, 0, 1);
        assertEquals(1, levels.level());
        assertEquals(0, levels.prefixedLevel());
    }

    /** When memory is short each peer has one block made for it at a time, and its further questions wait. */
    @Test
    void aLinkThatWaitsForOneBlockAfterTheOtherGetsTheLowestLevel() {
        for (int i = 0; i < 100; i++) {
            levels.written(0, 0, 5, 60_000_000, 65_000_000);
        }
        assertEquals(1, levels.level());
    }

    /** It is the link that takes its time. */
    @Test
    void aSlowLinkThatGetsOneBlockAfterTheOtherGetsTheHighestLevel() {
        for (int i = 0; i < 100; i++) {
            levels.written(0, 0, 5, 20_000_000, 65_000_000);
        }
        assertEquals(9, levels.level());
    }

    /** Nothing is wanted: that says nothing of the link. */
    @Test
    void aPeerThatAsksForLittleChangesNothing() {
        written(10_000, 0, 0);
        assertEquals(3, levels.level());
    }

    /** The system has hiccups. */
    @Test
    void aLinkThatWaitsNowAndThenKeepsItsLevel() {
        written(32, 1, 1);
        for (int i = 0; i < 1000; i++) {
            written(3, 0, 1);
            written(3, 1, 1);
        }
        assertEquals(9, levels.level());
    }

    /** Between a level that is too low and one that is too high it does not go to and fro for ever. */
    @Test
    void whatWasTooHighIsTriedMoreAndMoreSeldom() {
        int high = 0;
        int changes = 0;
        for (int i = 0; i < 10_000; i++) {
            int before = levels.level();
            levels.written(before <= 3 ? 1 : 0, 1, 0, 100_000_000, 50_000_000);
            high += before > 3 ? 1 : 0;
            changes += before == levels.level() ? 0 : 1;
        }
        assertTrue(high > 0 && high < 300, high + " of 10,000 blocks at a level that the link waits for");
        assertTrue(changes < 40, changes + " changes");
    }
}
