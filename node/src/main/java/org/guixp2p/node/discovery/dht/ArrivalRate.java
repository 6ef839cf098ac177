// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.dht;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * How many datagrams are looked at at all: of one machine, and of all together. Whoever floods this node is dropped before anything
 * is read or any other part of it hears of it; and a flood from forged addresses costs it no more than a bound.
 */
final class ArrivalRate {
    /** Datagrams in a row that one machine may send, and in how long each of them is forgiven. */
    static final int BURST = 128;
    static final Duration INTERVAL = Duration.ofMillis(20);
    /** The same of all together. */
    static final int BURST_IN_ALL = 2048;
    static final Duration INTERVAL_IN_ALL = Duration.ofNanos(500_000);

    private final AnswerRate each;
    private final LongSupplier nanos;
    /** When all have paid. */
    private long paid;

    /** @param nanos a clock that only goes forward */
    ArrivalRate(LongSupplier nanos) {
        this.each = new AnswerRate(BURST, INTERVAL, nanos);
        this.nanos = nanos;
        this.paid = nanos.getAsLong();
    }

    /** Whether to look at a datagram from there; if so, it counts. */
    boolean allows(InetSocketAddress source) {
        long now = nanos.getAsLong();
        long owed = Math.max(0, paid - now);
        // A machine that is over its bound takes nothing from others.
        if (owed > (BURST_IN_ALL - 1) * INTERVAL_IN_ALL.toNanos() || !each.allows(source)) {
            return false;
        }
        paid = now + owed + INTERVAL_IN_ALL.toNanos();
        return true;
    }
}
