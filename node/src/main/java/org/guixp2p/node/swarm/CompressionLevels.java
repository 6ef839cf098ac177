// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import java.util.List;

/**
 * How hard blocks for one peer are compressed: as hard as goes without making its link wait. Whether it waits is seen
 * whenever a block has been written: when the next one was ready, the link is what takes time. When none was, that says nothing
 * yet: all that the peer asks for at a time may lie in the kernel's buffers, and it asks for a few at once. Then times tell: what a
 * block takes from question to answer, whoever else uses the processor, and what lies between answers. When the first is less than
 * half of the second, nothing is being made most of the time; when it is more, something always is. Pure; for one thread.
 */
final class CompressionLevels {
    /** Levels of zstd; what each leaves, and takes, is measured in docs/decisions/0004. What lies between or beyond buys little. */
    static final List<Integer> LEVELS = List.of(1, 3, 6, 9);
    /** The same behind the blocks before, in about the same time. 0: there is no time for that. */
    private static final List<Integer> PREFIXED_LEVELS = List.of(0, 0, 3, 3);
    private static final int FIRST = 1;
    /** Blocks that find the next one ready, until a higher level is tried; twice as many each time that was too high. */
    private static final int READY = 16;
    private static final int MOST_READY = 1024;
    /**
     * Times that the link waited, in a row or nearly so, until a lower level is. When somebody else had the processor for a
     * moment, or the peer asks for many at once, it waits for some, whatever the level.
     */
    private static final int WAITED = 16;
    /** And for how long: many small blocks go into the kernel's buffers at once, and the link has not waited before these are empty. */
    private static final long WAITED_NANOS = 500_000_000;
    /** A peer that gets its blocks in a row gets the next one before that. */
    private static final long PAUSE_NANOS = 1_000_000_000;
    private static final int SPARE = 2;
    /** One that gets its blocks singly waits for most of the time when that is what they take of it. */
    private static final double SINGLY = 0.75;
    /** Of the last block in the means. */
    private static final double WEIGHT = 1 / 8.0;

    private int at = FIRST;
    private int ready;
    private int waited;
    private long waitedNanos;
    /** Blocks that were begun at the level before, and say nothing of this one. */
    private int settling;
    private double took;
    private double since;
    private int needed = READY;

    /** The level for the next block. */
    int level() {
        return LEVELS.get(at);
    }

    /** The level for the next block, if it may be compressed with those before it; 0 when that takes too long. */
    int prefixedLevel() {
        return PREFIXED_LEVELS.get(at);
    }

    /**
     * A block was handed to the kernel.
     *
     * @param prepared answers that were ready to follow it
     * @param unprepared answers that the peer waits for, that were begun and not ready
     * @param waiting questions for which nothing was begun
     * @param tookNanos from when it was begun until it was ready
     * @param sinceNanos since the one before was written
     */
    void written(int prepared, int unprepared, int waiting, long tookNanos, long sinceNanos) {
        if (settling > 0) {
            settling--;
            return;
        }
        if (sinceNanos < PAUSE_NANOS) {
            took += WEIGHT * (tookNanos - took);
            since += WEIGHT * (sinceNanos - since);
        }
        if (prepared > 0 || (sinceNanos < PAUSE_NANOS && SPARE * took < since)) {
            ready++;
            if (waited > 0) {
                waitedNanos -= waitedNanos / waited;
                waited--;
            }
        } else if (unprepared > 0 ? took > since : waiting > 0 && took > SINGLY * since) {
            waited = Math.min(WAITED, waited + 1);
            waitedNanos += Math.min(sinceNanos, WAITED_NANOS / 2);
        }
        if (waited >= WAITED && waitedNanos >= WAITED_NANOS) {
            lower(unprepared);
        } else if (ready >= needed && at < LEVELS.size() - 1) {
            at++;
            ready = 0;
            waited = 0;
            waitedNanos = 0;
        }
    }

    private void lower(int unprepared) {
        ready = 0;
        waited = 0;
        waitedNanos = 0;
        took = 0;
        since = 0;
        settling = unprepared;
        if (at > 0) {
            at--;
            needed = Math.min(MOST_READY, 2 * needed);
        }
    }
}
