// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import java.util.concurrent.locks.Condition;

/** Time that only goes forward, and waiting for it to pass. A test has its own. */
interface Ticker {
    /** The time of this machine. */
    Ticker SYSTEM = new Ticker() {
        @Override
        public long nanos() {
            return System.nanoTime();
        }

        @Override
        @SuppressWarnings("WaitNotInLoop") // Callers look again, as they must.
        public void await(Condition condition, long nanos) throws InterruptedException {
            condition.awaitNanos(nanos);
        }
    };

    /** Nanoseconds since some moment; only differences mean something. */
    long nanos();

    /** Waits for a signal, at most {@code nanos}; may return earlier. The condition's lock is held. */
    void await(Condition condition, long nanos) throws InterruptedException;
}
