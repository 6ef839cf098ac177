// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.dht;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * When each has paid for all that it got: a leaky bucket for each (the generic cell rate algorithm, ITU-T I.371). Those unheard the
 * longest are forgotten. One thread.
 *
 * @param <K> what names one
 */
final class Debts<K> {
    /** About as many as can get something while one still owes anything. */
    private static final int MOST = 4096;

    private final Limit limit;
    private final Map<K, Long> paid = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<K, Long> eldest) {
            return size() > MOST;
        }
    };

    /**
     * How much one may get, in whatever is counted.
     *
     * @param burst at once; the last of it may go beyond that
     * @param perSecond after that
     */
    record Limit(int burst, int perSecond) {
        long nanosFor(long amount) {
            return amount * Duration.ofSeconds(1).toNanos() / perSecond;
        }
    }

    Debts(Limit limit) {
        this.limit = limit;
    }

    private long owed(K who, long now) {
        return Math.max(0, paid.getOrDefault(who, now) - now);
    }

    /** Whether it may get something now. */
    boolean allows(K who, long now) {
        return owed(who, now) < limit.nanosFor(limit.burst);
    }

    /** It gets so much. */
    void charge(K who, long now, long amount) {
        paid.put(who, now + owed(who, now) + limit.nanosFor(amount));
    }
}
