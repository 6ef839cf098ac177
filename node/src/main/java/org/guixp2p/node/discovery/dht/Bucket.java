// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.dht;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.guixp2p.protocol.dht.Contact;
import org.guixp2p.protocol.dht.DhtId;
import org.guixp2p.protocol.swarm.AddressGroup;
import org.jspecify.annotations.Nullable;

/**
 * Up to {@value #SIZE} nodes of one part of the key space, and some that would take their places. When there are more, each place is
 * for the one that drew best for it ({@link Lots}) of all that have answered: so it is of no use to come first or to be named by many,
 * and each node knows others of the same part.
 */
final class Bucket {
    /** Kademlia's k. */
    static final int SIZE = 8;
    /** How many nodes may be of one network (/24, or /48 in IPv6). */
    static final int PER_NETWORK = 2;

    private static final Duration PATIENCE = Duration.ofSeconds(15);

    private final List<KnownNode> nodes = new ArrayList<>(SIZE);
    /** Nodes that have answered and found no room, the latest last. */
    private final Deque<KnownNode> waiting = new ArrayDeque<>();
    private long changed;
    private long lookedInto;
    private @Nullable KnownNode doubted;
    private long doubtedSince;

    Bucket(long now) {
        changed = now;
        lookedInto = now;
    }

    List<KnownNode> nodes() {
        return nodes;
    }

    boolean isFull() {
        return nodes.size() >= SIZE;
    }

    /** When it was last found to be in order, or changed. */
    long changed() {
        return changed;
    }

    void touch(long now) {
        changed = now;
    }

    /**
     * Whether to look for nodes in its part of the key space now: nothing was heard from there for long, or some of them are gone
     * and it was not looked into for long. If so, it counts as looked into, and they are forgotten.
     */
    boolean startsLooking(long now) {
        boolean silent = now - changed >= KnownNode.FRESH.toNanos();
        boolean thinned = now - lookedInto >= KnownNode.FRESH.toNanos() && nodes.stream().anyMatch(KnownNode::isBad);
        if (silent || thinned) {
            changed = now;
            lookedInto = now;
            nodes.removeIf(KnownNode::isBad);
        }
        return silent || thinned;
    }

    Optional<KnownNode> find(DhtId id) {
        for (KnownNode node : nodes) {
            if (node.contact.id().equals(id)) {
                return Optional.of(node);
            }
        }
        return Optional.empty();
    }

    void add(KnownNode node, long now) {
        waiting.removeIf(other -> other.contact.id().equals(node.contact.id()));
        nodes.add(node);
        changed = now;
    }

    void remove(KnownNode node) {
        nodes.remove(node);
    }

    /** Whether {@code PER_NETWORK} others, not gone, are of the same network. */
    boolean isCrowded(Contact contact) {
        AddressGroup network = AddressGroup.network(contact.address().getAddress());
        int others = 0;
        for (KnownNode node : nodes) {
            if (node.isIn(network) && !node.isBad() && !node.contact.id().equals(contact.id())) {
                others++;
            }
        }
        return others >= PER_NETWORK;
    }

    /** Who is gone and has a place still: of these the one that was seen the longest ago. */
    Optional<KnownNode> gone() {
        return longestAgo(KnownNode::isBad);
    }

    /**
     * Who has to leave a full bucket for another node that has answered: each place in turn is for the one that drew best for it, of
     * those whose ids are bound to their addresses as long as there are any, and one is left over.
     */
    Optional<KnownNode> leavesFor(KnownNode next) {
        List<KnownNode> left = new ArrayList<>(nodes);
        left.add(next);
        for (int place = 0; place < SIZE; place++) {
            left.remove(Collections.min(left, byLot(place)));
        }
        return Optional.of(left.getFirst()).filter(node -> node != next);
    }

    private static Comparator<KnownNode> byLot(int place) {
        return Comparator.<KnownNode, Boolean>comparing(node -> !node.bound)
                .thenComparingLong(node -> node.lots[place]);
    }

    private Optional<KnownNode> longestAgo(Predicate<KnownNode> which) {
        return nodes.stream().filter(which).min(KnownNode::compareSeen);
    }

    /** Keeps {@code node} in case that there is room later. */
    void await(KnownNode node) {
        waiting.removeIf(other -> other.contact.id().equals(node.contact.id()) || other.place.equals(node.place));
        if (waiting.size() >= SIZE) {
            waiting.removeFirst();
        }
        waiting.addLast(node);
    }

    /** The one that came last of those that wait and {@code fits}; it waits no longer. */
    Optional<KnownNode> nextWaiting(Predicate<KnownNode> fits) {
        while (!waiting.isEmpty()) {
            KnownNode next = waiting.removeLast();
            if (fits.test(next)) {
                return Optional.of(next);
            }
        }
        return Optional.empty();
    }

    /** {@code node} has answered, or has not: if it was doubted, another may be now. */
    void settle(KnownNode node) {
        if (doubted == node) {
            doubted = null;
        }
    }

    /**
     * A questionable node that is to be asked for a sign of life because another waits for its place: the one that was seen the
     * longest ago, and one at a time.
     */
    Optional<KnownNode> doubtful(long now) {
        if (waiting.isEmpty() || (doubted != null && now - doubtedSince < PATIENCE.toNanos())) {
            return Optional.empty();
        }
        Optional<KnownNode> node = longestAgo(some -> !some.isBad() && !some.isGood(now));
        doubted = node.orElse(null);
        doubtedSince = now;
        return node;
    }
}
