// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.dht;

import java.net.InetSocketAddress;
import java.util.function.LongSupplier;
import org.guixp2p.protocol.swarm.AddressGroup;

/**
 * How much is answered: to a machine, to a network, and in all to those in the routing table and to all others. Answers are longer than
 * questions, and the address on a question can be forged: without limits this node would help to flood whoever is there.
 */
final class AnswerRate {
    /** In bytes; an answer that is begun is sent whole. */
    static final Debts.Limit MACHINE = new Debts.Limit(16_384, 8_192);
    static final Debts.Limit NETWORK = new Debts.Limit(32_768, 16_384);
    /** For each of the two. */
    static final Debts.Limit ALL = new Debts.Limit(131_072, 65_536);

    private final LongSupplier nanos;
    private final Debts<KnownNode.Place> machines = new Debts<>(MACHINE);
    private final Debts<AddressGroup> networks = new Debts<>(NETWORK);
    /** By whether they are known. */
    private final Debts<Boolean> all = new Debts<>(ALL);

    AnswerRate(LongSupplier nanos) {
        this.nanos = nanos;
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
