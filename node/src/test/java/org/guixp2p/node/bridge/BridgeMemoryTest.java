// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.bridge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.guixp2p.node.memory.MemoryShares;
import org.junit.jupiter.api.Test;

class BridgeMemoryTest {
    private static int connections(long mib) {
        return Bridge.mostConnections(MemoryShares.of(mib << 20));
    }

    @Test
    void besideLargeCommandsThereIsRoomForSomeRestorersInAnyHeap() {
        assertTrue(connections(1) >= 64, () -> "room for " + connections(1));
        assertTrue(connections(186) >= 128, () -> "room for " + connections(186));
        assertEquals(512, connections(1 << 20));
    }
}
