// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import org.guixp2p.node.memory.DynamicThreshold;

/**
 * The memory for small messages that wait to be written, over all peers. Half of it is there for each peer to have what
 * waits for a moment, when all that it asked for is refused, so that those who read nothing take nothing from one that
 * reads; of the other half a peer may have what its {@link DynamicThreshold} says. Safe for several threads.
 */
final class OutboxRoom {
    private final long total;
    private final long reserved;
    private final int peers;
    private long used;

    /**
     * @param total in bytes
     * @param peers how many there may be
     */
    OutboxRoom(long total, int peers) {
        this.total = total;
        this.reserved = total / 2;
        this.peers = peers;
    }

    /** What is taken, in bytes. */
    synchronized long used() {
        return used;
    }

    /** The part of one more peer. */
    Part part() {
        return new Part();
    }

    /** What one peer has of it. Everything that was taken is given back once. */
    final class Part {
        private long own;

        /** Takes some bytes; false when there are too few for this peer. */
        boolean take(long bytes) {
            synchronized (OutboxRoom.this) {
                long left = total - used - bytes;
                if (left < 0 || own + bytes > Math.max(reserved / peers, DynamicThreshold.of(left - reserved))) {
                    return false;
                }
                used += bytes;
                own += bytes;
                return true;
            }
        }

        void giveBack(long bytes) {
            synchronized (OutboxRoom.this) {
                used -= bytes;
                own -= bytes;
            }
        }

        void giveBackAll() {
            synchronized (OutboxRoom.this) {
                giveBack(own);
            }
        }
    }
}
