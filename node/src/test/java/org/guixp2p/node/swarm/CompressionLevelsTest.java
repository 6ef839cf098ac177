// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class CompressionLevelsTest {
    private final CompressionLevels levels = new CompressionLevels();

    private void written(int times, int prepared, int unprepared) {
        for (int i = 0; i < times; i++) {
            levels.written(prepared, unprepared);
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
        written(3, 0, 1);
        assertEquals(3, levels.level());
        written(1, 0, 1);
        assertEquals(1, levels.level());
        written(10_000, 0, 9);
        assertEquals(1, levels.level());
    }

    /** It costs three times as much as the same level without. */
    @Test
    void onlyASlowLinkGetsBlocksCompressedWithThoseBefore() {
        assertEquals(0, levels.prefixedLevel());
        written(16, 1, 5);
        assertEquals(3, levels.prefixedLevel());
        written(16, 1, 5);
        assertEquals(5, levels.prefixedLevel());
        written(12, 0, 1);
        assertEquals(1, levels.level());
        assertEquals(0, levels.prefixedLevel());
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
            levels.written(before <= 3 ? 1 : 0, 1);
            high += before > 3 ? 1 : 0;
            changes += before == levels.level() ? 0 : 1;
        }
        assertTrue(high > 0 && high < 200, high + " of 10,000 blocks at a level that the link waits for");
        assertTrue(changes < 40, changes + " changes");
    }
}
