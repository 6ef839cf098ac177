// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.memory;

import org.guixp2p.protocol.swarm.BlockLayout;

/**
 * The blocks that may be in memory at a time. Downloads and what is given to peers both take from it: a node mostly
 * does more of one than of the other. Each has a bound of its own below the whole, so that neither can take all. Safe
 * for several threads.
 */
public final class BlockPool {
    private final int total;
    private int taken;

    /** @param total blocks of {@value BlockLayout#BLOCK_BYTES} bytes, at least 1 */
    public BlockPool(int total) {
        this.total = total;
    }

    /** As many as {@code bytes} have room for. */
    static BlockPool of(long bytes) {
        return new BlockPool(Math.toIntExact(bytes / BlockLayout.BLOCK_BYTES));
    }

    /** How many there are. */
    public int total() {
        return total;
    }

    /** How many are left. */
    public synchronized int left() {
        return total - taken;
    }

    /** Takes one; false when none is left. */
    public synchronized boolean take() {
        if (taken == total) {
            return false;
        }
        taken++;
        return true;
    }

    /** Gives one back. */
    public synchronized void giveBack() {
        taken--;
    }
}
