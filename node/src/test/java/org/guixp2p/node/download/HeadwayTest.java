// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class HeadwayTest {
    private final Headway headway = new Headway();

    @Test
    void aBlockIsHeadway() {
        headway.made(1_000);
        assertFalse(headway.isStalled(31_000, 30_000));
        assertTrue(headway.isStalled(31_001, 30_000));
        headway.made(31_001);
        assertFalse(headway.isStalled(61_001, 30_000));
    }

    @Test
    void partsOfBlocksAreHeadwayOnceTheyAreEnough() {
        headway.received(Headway.ENOUGH_BYTES - 1, 29_000);
        assertTrue(headway.isStalled(30_001, 30_000));
        headway.received(1, 30_000);
        assertFalse(headway.isStalled(60_000, 30_000));
    }

    @Test
    void partsWithoutAnyWholeBlockAreHeadwayForAWhile() {
        for (int second = 1; second <= 120; second++) {
            headway.received(Headway.ENOUGH_BYTES, second * 1_000L);
        }
        assertFalse(headway.isStalled(120_000, 30_000));
        assertTrue(headway.isStalled(120_001, 30_000));
    }

    @Test
    void aTrickleIsNone() {
        for (int second = 0; second < 30; second++) {
            headway.received(1_000, second * 1_000L);
        }
        assertTrue(headway.isStalled(30_001, 30_000));
    }
}
