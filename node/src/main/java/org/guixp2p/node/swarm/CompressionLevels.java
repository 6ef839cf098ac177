// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import java.util.List;

/**
 * How hard blocks for one peer are compressed: as hard as goes without making its link wait. Whether it waits is seen
 * whenever a block has been written: when the next one was ready, the link is what takes time; when one is wanted and none is
 * ready, the processor is, whoever else uses it. Pure; for one thread.
 */
final class CompressionLevels {
    /**
     * Levels of zstd. Of blocks by themselves 3 leaves a sixth to a half of what NARs of programs have, at over 100 MB/s and
     * processor; 9 another 4 % less, at a fifth of that. What lies between or beyond buys little.
     */
    static final List<Integer> LEVELS = List.of(1, 3, 6, 9);
    /**
     * The same behind the blocks before, in about the same time: 3 so leaves a tenth less than by itself, 5 another 3 %, and 9
     * takes five times as long for one more. 0: there is no time for that.
     */
    private static final List<Integer> PREFIXED_LEVELS = List.of(0, 0, 3, 5);
    private static final int FIRST = 1;
    /** Blocks that find the next one ready, until a higher level is tried; twice as many each time that was too high. */
    private static final int READY = 16;
    private static final int MOST_READY = 1024;
    /** Times that the link waited, in a row or nearly so, until a lower level is. */
    private static final int WAITED = 4;

    private int at = FIRST;
    private int ready;
    private int waited;
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
     * @param unprepared answers that the peer waits for and that were not
     */
    void written(int prepared, int unprepared) {
        if (prepared > 0) {
            ready++;
            waited = Math.max(0, waited - 1);
        } else if (unprepared > 0) {
            waited++;
        }
        if (waited >= WAITED) {
            lower();
        } else if (ready >= needed && at < LEVELS.size() - 1) {
            at++;
            ready = 0;
            waited = 0;
        }
    }

    private void lower() {
        ready = 0;
        waited = 0;
        if (at > 0) {
            at--;
            needed = Math.min(MOST_READY, 2 * needed);
        }
    }
}
