// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;

/** Strangers who have connected and not said yet who they are: so many in all, and so many from one address. Safe for several threads. */
final class Greetings {
    private final Semaphore free;
    private final int most;
    private final int mostFromOne;
    private final Map<String, Integer> bySource = new ConcurrentHashMap<>();

    Greetings(SwarmSettings settings) {
        this.most = settings.greetings();
        this.free = new Semaphore(most);
        this.mostFromOne = settings.greetingsPerAddress();
    }

    /** Waits until there is a place for one more. */
    void awaitPlace() {
        free.acquireUninterruptibly();
    }

    /** The place is not needed: nobody came. */
    void givePlaceBack() {
        free.release();
    }

    /**
     * Somebody came who takes the place, until {@link #over}.
     *
     * @return how many others from there have not said yet who they are
     */
    int begin(String source) {
        return bySource.merge(source, 1, Integer::sum) - 1;
    }

    /** Whether there are as many others from one address as there may be. */
    boolean isTooMany(int others) {
        return others >= mostFromOne;
    }

    /** Whoever came from there is a peer now, or gone. */
    void over(String source) {
        bySource.computeIfPresent(source, (key, count) -> count == 1 ? null : count - 1);
        free.release();
    }

    /** Nobody waits for a place any more. */
    void stop() {
        free.release(most);
    }
}
