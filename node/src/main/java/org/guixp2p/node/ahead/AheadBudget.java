// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.ahead;

import org.guixp2p.protocol.swarm.BlockLayout;
import org.guixp2p.protocol.swarm.SwarmMessage;

/**
 * How much may be fetched ahead: so many NARs, so many bytes of the disk, and so many blocks on their way at a time. No I/O, one
 * thread.
 */
final class AheadBudget {
    /** Enough for the daemon to find some seconds' work; each has an open file. */
    static final int MOST_NARS = 256;
    /** As many as one frame asks a peer for, if they are small: with 50 ms to a peer and back, a thousand a second. */
    static final int MOST_AT_ONCE = SwarmMessage.Queries.MAX_NARS;
    /** When there was no place, the next ones wait for so many, and are asked for together. */
    static final int TOGETHER = MOST_AT_ONCE / 4;
    /**
     * In bytes, what those on their way ask a peer for with their first question. It may be one peer for all, that gives 100 KB/s:
     * the last block comes before its download takes it for stalled.
     */
    static final long MOST_FIRST = 32L * BlockLayout.BLOCK_BYTES;
    /** In bytes, on the largest disk. */
    static final long MOST_DISK = 8L << 30;
    /** The part of the free disk. */
    static final int DISK_SHARE = 4;

    private final long memory;
    private int nars;
    private int atOnce;
    private long disk;
    private long onTheirWay;
    /** What those on their way ask for first, in bytes. */
    private long first;
    private int asking;
    /** What those that have blocks to ask for may take of the memory, in bytes. */
    private long blocks;
    private boolean full;

    /** How far one has come. */
    enum Stage {
        /** It is on its way, and has blocks to ask for. */
        ASKING,
        /** Little of it is left to ask for: with what the next one asks for meanwhile, links do not run dry. */
        NEARLY_ALL_ASKED,
        /** It is here. */
        WHOLE
    }

    /** @param memory that blocks of those on their way may take, in bytes */
    AheadBudget(long memory) {
        this.memory = memory;
    }

    /** Whether a NAR of this size may ever be fetched, with this much of the disk free now, in bytes. */
    boolean mayEver(long narBytes, long free) {
        return narBytes <= most(free);
    }

    /** Whether one more may be begun now. */
    boolean mayBegin(long narBytes, long free) {
        boolean room = (asking == 0 || blocks + inBlocks(narBytes) <= memory)
                && (atOnce == 0 || first + firstOf(narBytes) <= MOST_FIRST);
        return hasPlace() && room && disk + narBytes <= most(free);
    }

    /** Whether none has blocks to ask for. */
    boolean isIdle() {
        return asking == 0;
    }

    /** Whether one more may be begun if it is small. */
    boolean hasPlace() {
        return !full && nars < MOST_NARS;
    }

    /** One more is on its way, or one less. */
    private void count(int sign, long narBytes) {
        atOnce += sign;
        full = MOST_AT_ONCE - atOnce < (full ? TOGETHER : 1);
        onTheirWay += sign * narBytes;
        first += sign * firstOf(narBytes);
    }

    /** One more has blocks to ask for, or one less. */
    private void countAsking(int sign, long narBytes) {
        asking += sign;
        blocks += sign * inBlocks(narBytes);
    }

    /** In memory each block has a whole one's place. */
    private static long inBlocks(long narBytes) {
        return Math.ceilDiv(narBytes, (long) BlockLayout.BLOCK_BYTES) * BlockLayout.BLOCK_BYTES;
    }

    private static long firstOf(long narBytes) {
        return Math.min(narBytes, (long) SwarmMessage.Query.MAX_BLOCKS * BlockLayout.BLOCK_BYTES);
    }

    /** What is here already was free before. */
    private long most(long free) {
        return Math.min(MOST_DISK, (free + disk - onTheirWay) / DISK_SHARE);
    }

    /** One more is on its way. */
    void begun(long narBytes) {
        nars++;
        disk += narBytes;
        count(1, narBytes);
        countAsking(1, narBytes);
    }

    /** One has come further. */
    void reached(long narBytes, Stage from, Stage to) {
        if (from == Stage.ASKING && to != Stage.ASKING) {
            countAsking(-1, narBytes);
        }
        if (from != Stage.WHOLE && to == Stage.WHOLE) {
            count(-1, narBytes);
        }
    }

    /** One is held no more, that had come so far. */
    void ended(long narBytes, Stage at) {
        reached(narBytes, at, Stage.WHOLE);
        nars--;
        disk -= narBytes;
    }
}
