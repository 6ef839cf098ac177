// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

/**
 * How many blocks and pages are read, compressed or waiting to be written at a time, over all peers: each is memory.
 *
 * <p>Each peer has a few of its own, so that peers who read nothing of what they asked for starve nobody. Of the others one
 * peer gets up to half of those that are free, so that the first who come do not take all. Safe for several threads.
 */
final class ServingSlots {
    /** Of 256 KiB each. */
    static final int SLOTS = 200;
    /** For each peer. */
    private static final int ASSURED = 2;
    /** For as many peers as a node has by default. */
    private static final int RESERVED = 50 * ASSURED;
    private static final int PART = 2;

    private int taken;

    /**
     * Takes a slot for a peer.
     *
     * @param held by this peer already
     * @return whether there was one for it
     */
    synchronized boolean take(int held) {
        int most = Math.clamp((SLOTS - RESERVED - taken) / PART, ASSURED, Serving.PREPARED);
        if (taken == SLOTS || held >= most) {
            return false;
        }
        taken++;
        return true;
    }

    /** Gives a slot back. */
    synchronized void release() {
        taken--;
    }
}
