// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.bridge;

import java.util.concurrent.Semaphore;

/**
 * Whose turn it is with a query that takes much memory, over all sessions. Those that are huge wait for each other and not
 * those that are only large: a slow server that somebody names holds up few others.
 */
final class Turns {
    /**
     * Above this a frame is large: a command names more than some fifty paths. What is smaller waits for nobody, so the
     * answers to all that may be asked at once, by as many as may connect, must fit into the heap.
     */
    static final int LARGE_BYTES = 4096;
    private static final int HUGE_BYTES = 64 * 1024;
    private static final int LARGE_AT_A_TIME = 16;
    private static final int HUGE_AT_A_TIME = 1;
    /** What a command and the paths that are read from it take together, by its length; the longest has 2 MiB. */
    private static final int TIMES_LENGTH = 4;
    private static final int LONGEST = 2 << 20;
    /** What all that have a turn take at most, in bytes. */
    static final long MEMORY = (long) TIMES_LENGTH
            * (LARGE_AT_A_TIME * HUGE_BYTES + HUGE_AT_A_TIME * LONGEST);

    private final Semaphore large;
    private final Semaphore huge;

    Turns() {
        this(LARGE_AT_A_TIME, HUGE_AT_A_TIME);
    }

    /** How many of each may be at work at a time. */
    Turns(int large, int huge) {
        this.large = new Semaphore(large, true);
        this.huge = new Semaphore(huge, true);
    }

    /** What a frame of so many bytes, a large one, waits for. */
    Semaphore of(long bytes) {
        return bytes > HUGE_BYTES ? huge : large;
    }
}
