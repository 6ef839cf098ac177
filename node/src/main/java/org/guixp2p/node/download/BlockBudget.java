// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import org.guixp2p.node.memory.BlockPool;

/**
 * How many blocks may be under way at a time, over all downloads: from when a peer is asked until the block is on the disk, each
 * may be memory, however slow that disk is. Safe for several threads.
 *
 * <p>A download may have twice as many as are left after it (A. Choudhury and E. Hahne, "Dynamic Queue Length Thresholds for
 * Shared-Memory Packet Switches", 1998): one alone gets two thirds of all, several get equal parts, and there is always something
 * left for the next one, which waits for nobody. So it is with the peers of a download too: one alone owes four sevenths. When nothing is left after all, a
 * download looks again when a block of its own has come, and four times a second.
 */
public final class BlockBudget {
    private static final int TIMES_LEFT = 2;

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
    int total() {
        return total;
    }

    /** How many are under way. */
    synchronized int used() {
        return used;
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
                int room = TIMES_LEFT * Math.min(total - used, pool.left()) - own;
                if (room <= 0 || owed > TIMES_LEFT * room || !pool.take()) {
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
