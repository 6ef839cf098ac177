// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import org.guixp2p.node.memory.BlockPool;
import org.guixp2p.node.memory.DynamicThreshold;

/**
 * How many blocks may be under way at a time, over all downloads: from when a peer is asked until the block is on the disk, each
 * may be memory, however slow that disk is. Safe for several threads.
 *
 * <p>A download may have what its {@link DynamicThreshold} says, and so may a peer of what is left to its download: one
 * alone owes four sevenths of all. When nothing is left after all, a download looks again when a block of its own has
 * come, and four times a second.
 */
public final class BlockBudget {
    private final BlockPool pool;
    private final int total;
    private int used;

    /** Six sevenths of the blocks in memory, when peers are given few: they always have the last seventh. */
    public BlockBudget(BlockPool pool) {
        this(pool, Math.ceilDiv(pool.total() * 6, 7));
    }

    /** @param total of the pool, at least 1 */
    private BlockBudget(BlockPool pool, int total) {
        this.pool = pool;
        this.total = total;
    }

    /** One that has so many blocks for itself. */
    static BlockBudget ofItsOwn(int blocks) {
        return new BlockBudget(new BlockPool(blocks), blocks);
    }

    /** How many there may be. */
    public int total() {
        return total;
    }

    /** How many are under way. */
    synchronized int used() {
        return used;
    }

    /** Whether no more than half is left: that is for what somebody waits for. */
    synchronized boolean isHalfUsed() {
        return used * 2 >= total;
    }

    /** The part of one more download. */
    Share share() {
        return new Share();
    }

    /** What one download has of it. Everything that was taken is given back once. */
    final class Share {
        private int own;

        /**
         * Takes one.
         *
         * @param owed how many the peer that is to be asked owes already
         * @return whether there was one
         */
        boolean take(int owed) {
            synchronized (BlockBudget.this) {
                long room = DynamicThreshold.of(Math.min(total - used, pool.left())) - own;
                if (room <= 0 || owed > DynamicThreshold.of(room) || !pool.take()) {
                    return false;
                }
                used++;
                own++;
                return true;
            }
        }

        /** Takes as many as there are, {@code most} at most, and returns how many. */
        int takeUpTo(int most) {
            int taken = 0;
            while (taken < most && take(taken)) {
                taken++;
            }
            return taken;
        }

        /** Gives one back. */
        void giveBack() {
            synchronized (BlockBudget.this) {
                used--;
                own--;
                pool.giveBack();
            }
        }
    }
}
