// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.metrics;

import java.util.function.LongSupplier;
import org.guixp2p.api.NodeEvent;

/** How many bytes of NARs come and go at the moment. Safe for several threads. */
final class TrafficRates {
    private final RecentRate receiving;
    private final RecentRate serving;

    /** @param nanos a clock as {@link System#nanoTime} */
    TrafficRates(LongSupplier nanos) {
        this.receiving = new RecentRate(nanos);
        this.serving = new RecentRate(nanos);
    }

    void count(NodeEvent event) {
        if (event instanceof NodeEvent.BlocksReceived some && !some.source().equals("disk")) {
            receiving.add(some.bytes());
        } else if (event instanceof NodeEvent.BlocksServed some) {
            serving.add(some.bytes());
        }
    }

    double received() {
        return receiving.perSecond();
    }

    double served() {
        return serving.perSecond();
    }
}
