// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import org.guixp2p.node.memory.BlockPool;
import org.guixp2p.node.memory.DynamicThreshold;

/**
 * How many blocks and pages are read, compressed or waiting to be written at a time, over all peers: each is memory.
 *
 * <p>Each peer has one of its own, so that peers who read nothing of what they asked for starve nobody. Of the others one
 * peer gets what its {@link DynamicThreshold} says, so that the first who come do not take all. Safe for several threads.
 */
final class ServingSlots {
    /** For each peer. */
    private static final int ASSURED = 1;

    private final BlockPool pool;
    private final int total;
    private final int reserved;
    private int taken;

    /**
     * Five eighths of the blocks in memory, when downloads leave as many.
     *
     * @param peers how many there may be
     */
    ServingSlots(BlockPool pool, int peers) {
        this.pool = pool;
        this.total = Math.ceilDiv(pool.total() * 5, 8);
        this.reserved = peers * ASSURED;
    }

    /** How many there may be. */
    int total() {
        return total;
    }

    /**
     * Takes a slot for a peer.
     *
     * @param held by this peer already
     * @return whether there was one for it
     */
    synchronized boolean take(int held) {
        int left = Math.min(total - taken, pool.left());
        int most = Math.clamp(DynamicThreshold.of(left - reserved), ASSURED, Serving.PREPARED);
        if (left <= 0 || held >= most || !pool.take()) {
            return false;
        }
        taken++;
        return true;
    }

    /** Gives a slot back. */
    synchronized void release() {
        taken--;
        pool.giveBack();
    }
}
