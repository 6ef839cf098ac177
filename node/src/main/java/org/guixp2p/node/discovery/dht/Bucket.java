// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.dht;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.guixp2p.protocol.dht.Contact;
import org.guixp2p.protocol.dht.DhtId;
import org.jspecify.annotations.Nullable;

/**
 * Up to {@value #SIZE} nodes of one part of the key space, and some that would take their places. Most places are for those that came
 * first: they are likely to stay, and no flood drives them out. But to every node these are the same few, and when they are gone all
 * at once nobody finds the way there any more; so the last places are for those that answered last.
 */
final class Bucket {
    /** Kademlia's k. */
    static final int SIZE = 8;
    /** How many nodes may be of one network (/24, or /48 in IPv6). */
    static final int PER_NETWORK = 2;

    /** How many places are for those that answered last. */
    static final int FOR_THE_LAST = 2;

    private static final Duration PATIENCE = Duration.ofSeconds(15);

    /** Who came first is first. */
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
        return nodes.stream().filter(node -> node.contact.id().equals(id)).findAny();
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
        return nodes.stream().filter(node -> !node.isBad() && !node.contact.id().equals(contact.id())
                && node.sharesNetwork(contact)).count() >= PER_NETWORK;
    }

    /**
     * Who has to leave a full bucket for another node: one that is gone, or else, if that other's id is bound to its address, the
     * one of those whose ids are not that was seen the longest ago.
     */
    Optional<KnownNode> replaceable(boolean bound) {
        Optional<KnownNode> gone = longestAgo(KnownNode::isBad);
        return gone.isPresent() || !bound ? gone : longestAgo(node -> !node.bound);
    }

    /** Who has had one of the last places the longest, for one that has just answered; no bound id makes way for one that is not. */
    Optional<KnownNode> lastFor(KnownNode next) {
        return Optional.of(nodes.get(SIZE - FOR_THE_LAST)).filter(node -> next.bound || !node.bound);
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
