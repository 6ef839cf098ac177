// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.dht;

import java.net.InetSocketAddress;
import java.util.function.LongSupplier;

/**
 * How many datagrams are looked at at all: of one machine, and of all together. Whoever floods this node is dropped before anything
 * is read or any other part of it hears of it; and a flood from forged addresses costs it no more than a bound.
 */
final class ArrivalRate {
    /** In datagrams. */
    static final Debts.Limit MACHINE = new Debts.Limit(128, 50);
    static final Debts.Limit ALL = new Debts.Limit(2048, 2000);

    private final LongSupplier nanos;
    private final Debts<KnownNode.Place> machines = new Debts<>(MACHINE);
    private final Debts<Boolean> all = new Debts<>(ALL);

    /** @param nanos a clock that only goes forward */
    ArrivalRate(LongSupplier nanos) {
        this.nanos = nanos;
    }

    /** Whether to look at a datagram from there; if so, it counts. */
    boolean allows(InetSocketAddress source) {
        long now = nanos.getAsLong();
        KnownNode.Place machine = KnownNode.Place.of(source);
        // A machine that is over its bound takes nothing from others.
        if (!all.allows(true, now) || !machines.allows(machine, now)) {
            return false;
        }
        all.charge(true, now, 1);
        machines.charge(machine, now, 1);
        return true;
    }
}
