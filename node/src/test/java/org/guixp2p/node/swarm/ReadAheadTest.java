// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.guixp2p.protocol.swarm.Fingerprints;
import org.guixp2p.protocol.swarm.SwarmMessage;
import org.junit.jupiter.api.Test;

/** How much lies in memory that no session has looked at yet. */
class ReadAheadTest {
    private static final SwarmMessage CHANGE = new SwarmMessage.InventoryChange(Fingerprints.of(new long[0]),
            Fingerprints.of(new long[0]));

    @Test
    void aFullSessionHasRoomForEightPages() {
        ReadAhead ahead = new ReadAhead(false);
        for (int i = 0; i < 8; i++) {
            ahead.take(CHANGE);
        }
        assertEquals(0, ahead.left());
        ahead.give(CHANGE);
        ahead.take(new SwarmMessage.Ping(1));
        assertEquals(7, ahead.left());
    }

    @Test
    void aLightOneHasRoomForOneFrameOfChanges() {
        ReadAhead ahead = new ReadAhead(true);
        ahead.take(CHANGE);
        assertEquals(0, ahead.left());
        ahead.give(CHANGE);
        ahead.take(new SwarmMessage.Ping(1));
        assertEquals(63, ahead.left());
    }
}
