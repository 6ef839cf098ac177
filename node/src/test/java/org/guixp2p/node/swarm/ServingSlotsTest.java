// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.guixp2p.node.memory.BlockPool;
import org.junit.jupiter.api.Test;

class ServingSlotsTest {
    private static final int PEERS = 50;

    /** What a node as launched has. */
    private final BlockPool pool = new BlockPool(224);
    private final ServingSlots slots = new ServingSlots(pool, PEERS);

    /** All that one peer can have at this moment, which has some already. */
    private int takeAll(int before) {
        int held = before;
        while (slots.take(held)) {
            held++;
        }
        return held;
    }

    @Test
    void onePeerAloneGetsAllThatItWasPromised() {
        assertEquals(Serving.PREPARED, takeAll(0));
    }

    /** Each takes one after the other, until none can have more. */
    @Test
    void tenPeersHaveEightEach() {
        int[] held = new int[10];
        for (int round = 0; round < Serving.PREPARED; round++) {
            for (int peer = 0; peer < held.length; peer++) {
                held[peer] += slots.take(held[peer]) ? 1 : 0;
            }
        }
        for (int each : held) {
            assertTrue(each >= 8, () -> each + " of " + slots.total());
        }
    }

    @Test
    void greedyPeersNeverHaveMoreThanThereIsAndLeaveOneForEachOther() {
        int taken = 0;
        for (int peer = 0; peer < PEERS; peer++) {
            int held = takeAll(0);
            assertTrue(held >= 1, "peer " + peer + " has none");
            taken += held;
        }
        for (int peer = 0; peer < slots.total(); peer++) {
            taken += takeAll(0);
        }
        assertEquals(slots.total(), taken);
        assertFalse(slots.take(0));
        assertEquals(pool.total() - taken, pool.left());
    }

    /** A larger heap has more places, a user may want fewer: each has its own all the same. */
    @Test
    void whateverNumberOfPeersThereMayBeEachHasOne() {
        for (int peers : new int[]{5, 100, 140}) {
            ServingSlots some = new ServingSlots(new BlockPool(224), peers);
            for (int peer = 0; peer < peers; peer++) {
                int held = 0;
                while (some.take(held)) {
                    held++;
                }
                assertTrue(held >= 1, "one of " + peers + " has none");
            }
        }
    }

    @Test
    void whatDownloadsHaveIsNotThereForPeers() {
        while (pool.left() > 20) {
            assertTrue(pool.take());
        }
        assertEquals(1, takeAll(0), "others are to have one each");
        for (int peer = 1; peer < 20; peer++) {
            assertEquals(1, takeAll(0));
        }
        assertFalse(slots.take(0));
        pool.giveBack();
        assertTrue(slots.take(0));
    }

    @Test
    void whatIsGivenBackIsThereForOthers() {
        for (int peer = 0; peer < slots.total(); peer++) {
            takeAll(0);
        }
        int left = pool.left();
        slots.release();
        assertEquals(left + 1, pool.left());
        assertFalse(slots.take(1), "a peer that has its own waits");
        assertTrue(slots.take(0));
        assertFalse(slots.take(0));
    }
}
