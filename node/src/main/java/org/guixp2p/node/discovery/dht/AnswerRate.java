// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.dht;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import org.guixp2p.protocol.swarm.AddressGroup;

/**
 * How much is answered: to a machine, to a network, and in all to those in the routing table and to all others. Answers are longer than
 * questions, and the address on a question can be forged: without limits this node would help to flood whoever is there.
 */
final class AnswerRate {
    static final Limit MACHINE = new Limit(16_384, 8_192);
    static final Limit NETWORK = new Limit(32_768, 16_384);
    /** For each of the two. */
    static final Limit ALL = new Limit(131_072, 65_536);

    private final LongSupplier nanos;
    private final Debts<KnownNode.Place> machines = new Debts<>(MACHINE);
    private final Debts<AddressGroup> networks = new Debts<>(NETWORK);
    /** By whether they are known. */
    private final Debts<Boolean> all = new Debts<>(ALL);

    /**
     * @param burst bytes at once; an answer that is begun is sent whole
     * @param perSecond bytes after that
     */
    record Limit(int burst, int perSecond) {
        long nanosFor(long bytes) {
            return bytes * Duration.ofSeconds(1).toNanos() / perSecond;
        }
    }

    AnswerRate(LongSupplier nanos) {
        this.nanos = nanos;
    }

    /** When each has paid for all that it got: a leaky bucket for each (the generic cell rate algorithm, ITU-T I.371). */
    private static final class Debts<K> extends LinkedHashMap<K, Long> {
        private static final long serialVersionUID = 1L;
        /** About as many as can be answered while one still owes anything. */
        private static final int MOST = 4096;

        private final transient Limit limit;

        private Debts(Limit limit) {
            super(16, 0.75f, true);
            this.limit = limit;
        }

        @Override
        protected boolean removeEldestEntry(Map.Entry<K, Long> eldest) {
            return size() > MOST;
        }

        private long owed(K who, long now) {
            return Math.max(0, getOrDefault(who, now) - now);
        }

        private boolean allows(K who, long now) {
            return owed(who, now) < limit.nanosFor(limit.burst);
        }

        private void charge(K who, long now, int bytes) {
            put(who, now + owed(who, now) + limit.nanosFor(bytes));
        }
    }

    /**
     * Whether to answer somebody now.
     *
     * @param known whether he has a place in the routing table: a flood from strangers is not to cut this node off from its own
     */
    boolean allows(InetSocketAddress source, boolean known) {
        long now = nanos.getAsLong();
        KnownNode.Place place = KnownNode.Place.of(source);
        return all.allows(known, now) && machines.allows(place, now)
                && (place.local().isPresent() || networks.allows(network(source), now));
    }

    /** An answer of so many bytes is sent. */
    void sent(InetSocketAddress source, boolean known, int bytes) {
        long now = nanos.getAsLong();
        all.charge(known, now, bytes);
        machines.charge(KnownNode.Place.of(source), now, bytes);
        networks.charge(network(source), now, bytes);
    }

    private static AddressGroup network(InetSocketAddress source) {
        return AddressGroup.network(source.getAddress());
    }
}
