// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node;

import java.time.Duration;
import java.util.Deque;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import org.guixp2p.node.files.IdleDisk;

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
        return open(open, threads, within, factory(name));
    }

    /** The same with one thread, which steps back when others want the disk, and finishes nothing at the end. */
    static ExecutorService openIdle(Deque<AutoCloseable> open, String name) {
        return open(open, 1, Duration.ZERO, IdleDisk.steppingBack(factory(name)));
    }

    private static ThreadFactory factory(String name) {
        return Thread.ofPlatform().name(name + "-", 0).daemon().factory();
    }

    private static ExecutorService open(Deque<AutoCloseable> open, int threads, Duration within,
            ThreadFactory factory) {
        ExecutorService pool = Executors.newFixedThreadPool(threads, factory);
        open.push(() -> {
            pool.shutdown();
            if (!pool.awaitTermination(within.toMillis(), TimeUnit.MILLISECONDS)) {
                pool.shutdownNow();
            }
        });
        return pool;
    }
}
