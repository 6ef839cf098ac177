// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class ServingSlotsTest {
    private final ServingSlots slots = new ServingSlots();

    /** All that one peer can have at this moment. */
    private int takeAll() {
        int held = 0;
        while (slots.take(held)) {
            held++;
        }
        return held;
    }

    @Test
    void onePeerAloneGetsAllThatItWasPromised() {
        assertEquals(Serving.PREPARED, takeAll());
    }

    @Test
    void greedyPeersNeverHaveMoreThanThereIsAndLeaveAFewForEachOther() {
        int taken = 0;
        for (int peer = 0; peer < 50; peer++) {
            int held = takeAll();
            assertTrue(held >= 2, "peer " + peer + " has " + held);
            taken += held;
        }
        for (int peer = 0; peer < ServingSlots.SLOTS; peer++) {
            taken += takeAll();
        }
        assertEquals(ServingSlots.SLOTS, taken);
        assertFalse(slots.take(0));
    }

    @Test
    void whatIsGivenBackIsThereForOthers() {
        for (int peer = 0; peer < ServingSlots.SLOTS; peer++) {
            takeAll();
        }
        slots.release();
        assertFalse(slots.take(2), "a peer that has its few waits");
        assertTrue(slots.take(0));
        assertFalse(slots.take(0));
    }
}
