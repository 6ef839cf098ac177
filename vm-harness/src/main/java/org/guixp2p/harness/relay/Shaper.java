// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.relay;

import java.util.concurrent.locks.LockSupport;

/** The sending side of a link: all connections of a server share its rate, in the order in which they come. */
final class Shaper {
    /** Below this a thread spins: it would not be woken up in time. */
    private static final long SPIN_NANOS = 2_000;

    private final TokenBucket bucket;
    private long lostNanos;

    Shaper(TokenBucket bucket) {
        this.bucket = bucket;
    }

    /** The most that {@link #await} takes. */
    int most() {
        return bucket.burst();
    }

    /** Waits until so many bytes may pass. */
    void await(int bytes) throws InterruptedException {
        long now = System.nanoTime();
        long due;
        synchronized (this) {
            long wait = bucket.reserve(bytes, now);
            if (wait == 0) {
                return;
            }
            due = now + wait;
        }
        sleepUntil(due);
        long late = System.nanoTime() - due - bucket.burstNanos();
        if (late > 0) {
            synchronized (this) {
                lostNanos += late;
            }
        }
    }

    /** How long the link stood still beyond what a burst makes up for, because its thread was not woken up. */
    synchronized long lostNanos() {
        return lostNanos;
    }

    /** Sleeps until a time on the clock of {@link System#nanoTime}. */
    static void sleepUntil(long due) throws InterruptedException {
        for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
            if (left > SPIN_NANOS) {
                LockSupport.parkNanos(left);
            } else {
                Thread.onSpinWait();
            }
            if (Thread.interrupted()) {
                throw new InterruptedException("waiting for a link");
            }
        }
    }
}
