// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

/**
 * How many blocks and pages are read, compressed or waiting to be written at a time, over all peers: each is memory.
 *
 * <p>One peer gets up to a quarter of what is free, so that the first who come do not take all, and those who come when much
 * is taken still get a few. Safe for several threads.
 */
final class ServingSlots {
    /** Of 256 KiB each. */
    static final int SLOTS = 160;
    private static final int ASSURED = 2;
    private static final int PART = 4;

    private int taken;

    /**
     * Takes a slot for a peer.
     *
     * @param held by this peer already
     * @return whether there was one for it
     */
    synchronized boolean take(int held) {
        int free = SLOTS - taken;
        int most = Math.min(PeerSession.SERVING, Math.max(ASSURED, free / PART));
        if (free == 0 || held >= most) {
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
