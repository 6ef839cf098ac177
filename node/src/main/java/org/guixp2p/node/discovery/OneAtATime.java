// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Runs what it is given one after the other, in order, on the threads that give it: whoever comes while something runs leaves
 * what it brings to that thread. No lock is held meanwhile, so that whoever is called may call back.
 */
final class OneAtATime {
    private final Queue<Runnable> waiting = new ConcurrentLinkedQueue<>();
    private final AtomicInteger count = new AtomicInteger();

    /** Runs an action, which does not fail, now or when those before it have run. */
    void run(Runnable action) {
        waiting.add(action);
        if (count.getAndIncrement() > 0) {
            return;
        }
        do {
            waiting.remove().run();
        } while (count.decrementAndGet() > 0);
    }
}
