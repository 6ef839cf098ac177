// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import java.util.concurrent.Semaphore;
import org.guixp2p.protocol.swarm.SwarmMessage;

/** What is read of one connection before its session gets to it: 64 messages, but four blocks at most. For use on any thread. */
final class ReadAhead {
    private static final int MESSAGES = 64;
    private static final int BLOCK = MESSAGES / 4;
    /** A page has half as many bytes as a block. */
    private static final int PAGE = BLOCK / 2;

    private final Semaphore room = new Semaphore(MESSAGES);
    private final boolean light;

    /** @param light whether it is a light session: it has memory for one frame of changes */
    ReadAhead(boolean light) {
        this.light = light;
    }

    /** A message has been read; waits till there is room for it. */
    void take(SwarmMessage message) {
        room.acquireUninterruptibly(weight(message));
    }

    /** The session looks at it. */
    void give(SwarmMessage message) {
        room.release(weight(message));
    }

    /** The session is over; whoever waits goes on. */
    void end() {
        room.release(MESSAGES);
    }

    /** How many messages' room is left. */
    int left() {
        return room.availablePermits();
    }

    private int weight(SwarmMessage message) {
        return switch (message) {
            case SwarmMessage.Block _ -> BLOCK;
            case SwarmMessage.InventoryChange _ -> light ? MESSAGES : PAGE;
            case SwarmMessage.ManifestPart _,SwarmMessage.SignedNarinfo _ -> PAGE;
            default -> 1;
        };
    }
}
