// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node;

import java.time.Duration;
import java.util.Deque;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/** Threads for what blocks. */
final class Pools {
    private Pools() {}

    /**
     * Starts a pool that is closed with the rest of the node.
     *
     * @param open what is to be closed
     * @param within what its threads may take at the end to finish what they were given
     */
    static ExecutorService open(Deque<AutoCloseable> open, String name, int threads, Duration within) {
        ExecutorService pool = Executors.newFixedThreadPool(threads,
                Thread.ofPlatform().name(name + "-", 0).daemon().factory());
        open.push(() -> {
            pool.shutdown();
            if (!pool.awaitTermination(within.toMillis(), TimeUnit.MILLISECONDS)) {
                pool.shutdownNow();
            }
        });
        return pool;
    }
}
