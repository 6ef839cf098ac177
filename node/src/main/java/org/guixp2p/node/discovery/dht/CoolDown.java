// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.dht;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * When a stranger may be pinged for having asked: not again soon where one was, and only so many in all. Who asks can be forged, and
 * a flood of pings would leave no room for this node's own questions.
 */
final class CoolDown {
    /** How long nobody is pinged again on a machine: another port costs it nothing. */
    static final Duration TIME = Duration.ofMinutes(5);
    /** Strangers in a row that are pinged. */
    static final int BURST = 16;
    /** After that one is in so long. */
    static final Duration INTERVAL = Duration.ofMillis(200);

    private final LongSupplier nanos;
    /** Since when, the longest ago first: as many as may be pinged in that time. */
    private final Map<KnownNode.Place, Long> cooling = new LinkedHashMap<>();
    /** When all pings so far have been paid for, if anything is owed. */
    private long paid;

    CoolDown(LongSupplier nanos) {
        this.nanos = nanos;
        paid = nanos.getAsLong();
    }

    /** Whether somebody may be pinged at an address; from now on he may not. */
    boolean starts(InetSocketAddress address) {
        long now = nanos.getAsLong();
        Iterator<Long> oldest = cooling.values().iterator();
        while (oldest.hasNext() && now - oldest.next() >= TIME.toNanos()) {
            oldest.remove();
        }
        long owed = Math.max(0, paid - now);
        if (owed > (BURST - 1) * INTERVAL.toNanos() || cooling.putIfAbsent(KnownNode.Place.of(address), now) != null) {
            return false;
        }
        paid = now + owed + INTERVAL.toNanos();
        return true;
    }
}
