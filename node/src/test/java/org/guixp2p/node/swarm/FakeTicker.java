// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;

/** Time that a test moves; whoever waits moves it too, and has waited. */
final class FakeTicker implements Ticker {
    private static final long HELD_NANOS = 1_000_000;

    private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 1_000_000_000L);
    private final AtomicLong waited = new AtomicLong();
    private final AtomicInteger waits = new AtomicInteger();
    private volatile boolean held;

    @Override
    public long nanos() {
        return now.get();
    }

    void advance(Duration time) {
        now.addAndGet(time.toNanos());
    }

    /** All that was waited for, in nanoseconds. */
    long waited() {
        return waited.get();
    }

    /** From now on whoever waits does wait: until {@link #release}, or until what it waits for comes to pass. */
    void hold() {
        held = true;
    }

    void release() {
        held = false;
    }

    /** How often somebody has begun to wait. */
    int waits() {
        return waits.get();
    }

    private void pass(long nanos) {
        now.addAndGet(nanos);
        waited.addAndGet(nanos);
    }

    @Override
    @SuppressWarnings("WaitNotInLoop") // Callers look again, as they must.
    public void await(Condition condition, long nanos) throws InterruptedException {
        waits.incrementAndGet();
        if (held) {
            condition.awaitNanos(HELD_NANOS);
        } else {
            pass(nanos);
        }
    }
}
