// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.dht;

import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * When each has paid for all that it got: a leaky bucket for each (the generic cell rate algorithm, ITU-T I.371). Who owes nothing is
 * forgotten, and of too many who do, those that got nothing for the longest. One thread.
 *
 * @param <K> what names one
 */
final class Debts<K> {
    /** About as many as can get something while one still owes anything. */
    private static final int MOST = 8192;

    private final Limit limit;
    /** Whoever got something last is last. */
    private final Map<K, Long> paid = new LinkedHashMap<>();

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
        long until = now + owed(who, now) + limit.nanosFor(amount);
        paid.remove(who);
        paid.put(who, until);
        forget(now);
    }

    /** One who owes much may stand before others who owe nothing any more, but not for longer than a burst takes. */
    private void forget(long now) {
        Iterator<Long> longestAgo = paid.values().iterator();
        while (longestAgo.hasNext() && (longestAgo.next() - now <= 0 || paid.size() > MOST)) {
            longestAgo.remove();
        }
    }
}
