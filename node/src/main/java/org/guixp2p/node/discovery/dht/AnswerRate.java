// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.dht;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * How often a machine is answered. Answers are larger than questions, and the address on a question can be forged: without a limit
 * this node would help to flood whoever is there. Each has a leaky bucket (as by the generic cell rate algorithm, ITU-T I.371).
 */
final class AnswerRate {
    /** Answers in a row that a machine gets. */
    static final int BURST = 60;
    /** After that it gets one in so long. */
    static final Duration INTERVAL = Duration.ofMillis(100);
    /** How many machines are counted. */
    static final int MACHINES = 4096;

    private final int burst;
    private final Duration interval;
    private final LongSupplier nanos;
    /** When each has paid for all its answers. */
    private final Map<KnownNode.Place, Long> paid = new Recent();

    AnswerRate(LongSupplier nanos) {
        this(BURST, INTERVAL, nanos);
    }

    /** With another bound than that of answers. */
    AnswerRate(int burst, Duration interval, LongSupplier nanos) {
        this.burst = burst;
        this.interval = interval;
        this.nanos = nanos;
    }

    /**
     * The longest unheard is forgotten. To be forgotten on purpose takes a question from each of so many machines, forged or not:
     * more than the answers are worth.
     */
    private static final class Recent extends LinkedHashMap<KnownNode.Place, Long> {
        private static final long serialVersionUID = 1L;

        Recent() {
            super(16, 0.75f, true);
        }

        @Override
        protected boolean removeEldestEntry(Map.Entry<KnownNode.Place, Long> eldest) {
            return size() > MACHINES;
        }
    }

    /** Whether to answer somebody now; if so, it counts. */
    boolean allows(InetSocketAddress source) {
        long now = nanos.getAsLong();
        KnownNode.Place place = KnownNode.Place.of(source);
        long owed = Math.max(0, paid.getOrDefault(place, now) - now);
        if (owed > (burst - 1) * interval.toNanos()) {
            return false;
        }
        paid.put(place, now + owed + interval.toNanos());
        return true;
    }
}
