// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.dht;

import java.net.InetAddress;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.guixp2p.protocol.dht.AddressFamily;
import org.guixp2p.protocol.swarm.AddressGroup;

/**
 * Where others see this node (BEP 42), which behind a router it cannot know by itself. What most of them say counts, and at first
 * the first one, since without an address no id can be bound to it. As that changes the id, it happens once in a while only: a
 * liar costs an id, and not the network's peace.
 */
final class OwnAddress {
    /** How many networks have a vote: those that told last. */
    static final int VOTERS = 16;
    /** How long it is kept to what is believed. */
    static final Duration PAUSE = Duration.ofMinutes(10);

    private final AddressFamily family;
    private final LongSupplier nanos;
    /** What each network said last, the longest ago first. */
    private final Map<AddressGroup, InetAddress> votes = new LinkedHashMap<>();
    private Optional<InetAddress> believed = Optional.empty();
    private long since;

    /** @param nanos a clock that only goes forward */
    OwnAddress(AddressFamily family, LongSupplier nanos) {
        this.family = family;
        this.nanos = nanos;
    }

    /**
     * Somebody at {@code voter}, whom this node asked, sees it at {@code seen}.
     *
     * @return the address, when from now on another one is believed than before
     */
    Optional<InetAddress> seen(InetAddress voter, InetAddress seen) {
        // Any id will do for local addresses, so nobody needs to know them.
        if (AddressFamily.of(seen) != family || !Admission.isGlobal(seen) || !Admission.isGlobal(voter)) {
            return Optional.empty();
        }
        AddressGroup network = AddressGroup.network(voter);
        votes.remove(network);
        votes.put(network, seen);
        if (votes.size() > VOTERS) {
            votes.remove(votes.keySet().iterator().next());
        }
        long now = nanos.getAsLong();
        boolean settled = believed.isPresent() && (believed.get().equals(seen) || now - since < PAUSE.toNanos());
        if (settled || 2 * Collections.frequency(votes.values(), seen) <= votes.size()) {
            return Optional.empty();
        }
        believed = Optional.of(seen);
        since = now;
        return believed;
    }

    /** Where most see this node; nothing until somebody has said. */
    Optional<InetAddress> believed() {
        return believed;
    }
}
