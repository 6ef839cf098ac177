// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.guixp2p.node.rate.Flow;
import org.guixp2p.node.rate.RateLimiter;

/** Holds the reader of one connection back for the sake of the rates, so that TCP holds the peer back. One thread waits. */
final class InboundPace implements AutoCloseable {
    private final Ticker ticker;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Flow flow;
    private boolean closed;
    private volatile long lastNanos;
    private volatile boolean holding;

    InboundPace(RateLimiter limiter, Ticker ticker) {
        this.ticker = ticker;
        this.flow = limiter.peer(this::wake);
        this.lastNanos = ticker.nanos();
    }

    private void wake() {
        lock.lock();
        try {
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Waits for the turn of bytes that have come. */
    void await(long bytes) throws InterruptedException {
        lastNanos = ticker.nanos();
        flow.ask(bytes);
        if (flow.pause() <= 0) {
            return;
        }
        holding = true;
        lock.lock();
        try {
            for (long pause = flow.pause(); pause > 0 && !closed; pause = flow.pause()) {
                ticker.await(changed, pause);
            }
        } finally {
            lock.unlock();
            // In this order: the peer was not silent while nobody listened.
            lastNanos = ticker.nanos();
            holding = false;
        }
    }

    /** Nanoseconds since any byte came, or could have come: 0 while the peer is being held back. */
    long silence() {
        return holding ? 0 : ticker.nanos() - lastNanos;
    }

    /** Nobody is held back any more. */
    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
        } finally {
            lock.unlock();
        }
        flow.close();
    }
}
