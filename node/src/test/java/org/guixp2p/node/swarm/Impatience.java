// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Has the time for a greeting be over when a test says so, and no sooner. */
final class Impatience implements SwarmSettings.Patience {
    private static final long AGAIN_MILLIS = 2;
    private static final long PATIENCE_SECONDS = 10;

    private final AtomicInteger ends = new AtomicInteger();
    private final Semaphore begun = new Semaphore(0);

    /** The time of whoever is being greeted, or will be soon, is over. */
    void end() {
        end(1);
    }

    /** The time of so many is over. */
    void end(int greetings) {
        try {
            if (!begun.tryAcquire(greetings, PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                throw new AssertionError("nobody is being greeted");
            }
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
        ends.incrementAndGet();
    }

    @Override
    public boolean await(CountDownLatch done, Duration time) throws InterruptedException {
        int before = ends.get();
        begun.release();
        while (!done.await(AGAIN_MILLIS, TimeUnit.MILLISECONDS)) {
            if (ends.get() != before) {
                return false;
            }
        }
        return true;
    }
}
