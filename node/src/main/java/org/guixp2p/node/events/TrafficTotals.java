// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.events;

import java.util.concurrent.atomic.LongAdder;
import org.guixp2p.api.NodeEvent;

/** How many bytes of NARs have come from elsewhere and were given to others. Safe for several threads. */
final class TrafficTotals {
    private final LongAdder received = new LongAdder();
    private final LongAdder given = new LongAdder();

    void count(NodeEvent event) {
        if (event instanceof NodeEvent.BlocksReceived some && !some.source().equals("disk")) {
            received.add(some.bytes());
        } else if (event instanceof NodeEvent.BlocksServed some) {
            given.add(some.bytes());
        }
    }

    long received() {
        return received.sum();
    }

    long given() {
        return given.sum();
    }
}
