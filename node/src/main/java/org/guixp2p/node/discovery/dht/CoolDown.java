// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.dht;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/** Where a stranger was pinged for having asked, nobody is pinged again soon. */
final class CoolDown {
    /** How long. */
    static final Duration TIME = Duration.ofMinutes(5);
    /** How many addresses are remembered. */
    static final int MAX_ADDRESSES = 1024;

    private final LongSupplier nanos;
    /** Since when, the longest ago first. */
    private final Map<InetSocketAddress, Long> cooling = new LinkedHashMap<>();

    CoolDown(LongSupplier nanos) {
        this.nanos = nanos;
    }

    /** Whether somebody may be pinged at an address; from now on he may not. */
    boolean starts(InetSocketAddress address) {
        long now = nanos.getAsLong();
        Iterator<Long> oldest = cooling.values().iterator();
        while (oldest.hasNext() && now - oldest.next() >= TIME.toNanos()) {
            oldest.remove();
        }
        // When it is full, whoever comes has to wait: forgetting one early would let the pings go on.
        return cooling.size() < MAX_ADDRESSES && cooling.putIfAbsent(address, now) == null;
    }
}
