// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.dht;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.guixp2p.protocol.dht.Contact;
import org.guixp2p.protocol.dht.DhtId;

/**
 * The nodes that this one knows, many of them near it and few far away (BEP 5, "Routing Table"; Kademlia). Bucket i has those
 * whose ids share exactly i bits with the own one; the last has all that share more, and is split when it is full, up to a depth:
 * else a few with ids of their choice next to the own one would split it into as many as an id has bits, to be looked after each.
 *
 * <p>A node gets in only by answering a question: whoever merely asks, or is named by others, does not. One machine has one
 * place, and a network two in a bucket; local addresses, which one machine may have many nodes at, are counted with their ports.
 * The caller passes only contacts that may be contacted.
 */
final class RoutingTable {
    /** So often the own half is divided: no network is so large that there are more than a bucket's in what is left. */
    static final int MOST_BUCKETS = 32;

    private DhtId own;
    private final IdRule rule;
    private final Lots lots;
    private final LongSupplier nanos;
    private final List<Bucket> buckets = new ArrayList<>();
    /** Who of those that are not gone has a place: at most one a place. */
    private final Map<KnownNode.Place, KnownNode> holders = new HashMap<>();
    private final CoolDown coolDown;

    /**
     * @param own this node's id
     * @param random must not be guessed by others
     * @param nanos a clock that only goes forward
     */
    RoutingTable(DhtId own, IdRule rule, RandomGenerator random, LongSupplier nanos) {
        this.own = own;
        this.rule = rule;
        this.lots = new Lots(random);
        this.nanos = nanos;
        this.coolDown = new CoolDown(nanos);
        buckets.add(new Bucket(nanos.getAsLong()));
    }

    /** This node's id. */
    DhtId own() {
        return own;
    }

    /** Whether a node has a place, or had one and is not forgotten. */
    boolean knows(Contact contact) {
        return bucket(contact.id()).find(contact.id()).filter(node -> node.contact.equals(contact)).isPresent();
    }

    /** Whether a node is known because it introduced itself, or from before a restart. */
    boolean introducedItself(InetSocketAddress address) {
        KnownNode holder = holders.get(KnownNode.Place.of(address));
        return holder != null && holder.introduced && holder.contact.address().equals(address);
    }

    /** Whether a node that is not gone is at an address. */
    boolean hasPlace(InetSocketAddress address) {
        KnownNode holder = holders.get(KnownNode.Place.of(address));
        return holder != null && holder.contact.address().equals(address);
    }

    /** From now on this node has another id. Those who are not gone keep their places, as far as there is room. */
    void move(DhtId to) {
        long now = nanos.getAsLong();
        List<KnownNode> nodes = all().filter(node -> !node.isBad()).toList();
        own = to;
        buckets.clear();
        buckets.add(new Bucket(now));
        holders.clear();
        nodes.forEach(node -> settle(node, now));
    }

    private void settle(KnownNode node, long now) {
        if (isEligible(node.contact)) {
            Bucket bucket = divided(node.contact.id(), now);
            if (!bucket.isFull() && !bucket.isCrowded(node.contact)) {
                add(node, bucket, now);
            }
        }
    }

    /** A node has answered a question of ours: it is known from now on, if there is room. */
    void answered(Contact contact) {
        answered(contact, false);
    }

    /**
     * A node has answered a question of ours.
     *
     * @param introduced whether it was asked because it had asked
     */
    void answered(Contact contact, boolean introduced) {
        long now = nanos.getAsLong();
        if (!isEligible(contact)) {
            return;
        }
        Bucket bucket = bucket(contact.id());
        Optional<KnownNode> known = bucket.find(contact.id());
        if (known.isPresent() && known.get().contact.equals(contact)) {
            revive(known.get(), bucket, now);
            return;
        }
        // Another id makes nobody somebody who was named.
        KnownNode node = new KnownNode(contact, lots.of(contact.address()),
                introduced || introducedItself(contact.address()), now);
        node.answered(now);
        insert(node, now);
    }

    private void revive(KnownNode node, Bucket bucket, long now) {
        // While it counted as gone, others may have taken its machine's place or its network's.
        if (node.isBad() && (isTaken(node.contact) || bucket.isCrowded(node.contact))) {
            bucket.remove(node);
            return;
        }
        node.answered(now);
        holders.put(node.place, node);
        bucket.settle(node);
        bucket.touch(now);
    }

    /** A node from before a restart: it gets a place while there is room, and is questionable until it answers. */
    void remember(Contact contact) {
        long now = nanos.getAsLong();
        if (bucket(contact.id()).find(contact.id()).isEmpty() && !isTaken(contact)) {
            settle(new KnownNode(contact, lots.of(contact.address()), true, now), now);
        }
    }

    /**
     * A node has asked this one, and says that it answers questions.
     *
     * @return whether to ping it, to get to know it: only if it is a stranger for whom there is room, or counts as gone, and not
     *         again soon. Two nodes with no room for each other would otherwise ping each other for ever, since each ping is a
     *         question too
     */
    boolean asked(Contact contact) {
        long now = nanos.getAsLong();
        Bucket bucket = bucket(contact.id());
        Optional<KnownNode> known = bucket.find(contact.id());
        if (known.isPresent()) {
            if (!known.get().contact.equals(contact)) {
                return false;
            }
            known.get().asked(now);
            return known.get().isBad() && coolDown.starts(contact.address());
        }
        return isEligible(contact) && !isTaken(contact) && !bucket.isCrowded(contact)
                && mayGetPlace(contact, bucket, now) && coolDown.starts(contact.address());
    }

    private boolean mayGetPlace(Contact contact, Bucket bucket, long now) {
        return hasRoom(bucket) || bucket.gone().isPresent()
                || bucket.leavesFor(new KnownNode(contact, lots.of(contact.address()), true, now)).isPresent();
    }

    /** A full last bucket has room if it can be split with some effect: at worst a ping leads nowhere, once in a while. */
    private boolean hasRoom(Bucket bucket) {
        return !bucket.isFull() || canSplit(bucket);
    }

    /** A node has left a question of ours unanswered. */
    void failed(Contact contact) {
        long now = nanos.getAsLong();
        Bucket bucket = bucket(contact.id());
        bucket.find(contact.id()).filter(node -> node.contact.equals(contact)).ifPresent(node -> {
            node.failed();
            bucket.settle(node);
            if (node.isBad()) {
                holders.remove(node.place, node);
                bucket.nextWaiting(next -> !isTaken(next.contact) && !bucket.isCrowded(next.contact))
                        .ifPresent(next -> {
                            bucket.remove(node);
                            add(next, bucket, now);
                        });
            }
        });
    }

    /** Whoever is at an address loses its place. */
    void forget(InetSocketAddress address) {
        KnownNode holder = holders.get(KnownNode.Place.of(address));
        if (holder != null && holder.contact.address().equals(address)) {
            remove(holder, bucket(holder.contact.id()));
        }
    }

    private boolean isEligible(Contact contact) {
        return !contact.id().equals(own) && rule.admits(contact);
    }

    private void insert(KnownNode node, long now) {
        Contact contact = node.contact;
        // Whoever is at an address now is who answered from there; whoever was is gone.
        KnownNode before = holders.get(node.place);
        if (before != null && before.contact.address().equals(contact.address())) {
            remove(before, bucket(before.contact.id()));
        }
        Optional<KnownNode> namesake = bucket(contact.id()).find(contact.id());
        if (namesake.isPresent()) {
            // An id is not taken over from another address while its holder answers.
            if (!namesake.get().isBad()) {
                return;
            }
            remove(namesake.get(), bucket(contact.id()));
        }
        if (isTaken(contact)) {
            return;
        }
        Bucket bucket = divided(contact.id(), now);
        if (bucket.isCrowded(contact)) {
            return;
        }
        if (bucket.isFull()) {
            Optional<KnownNode> leaves = bucket.gone().or(() -> bucket.leavesFor(node));
            if (leaves.isEmpty()) {
                bucket.await(node);
                return;
            }
            remove(leaves.get(), bucket);
            if (!leaves.get().isBad()) {
                bucket.await(leaves.get());
            }
        }
        add(node, bucket, now);
    }

    private void add(KnownNode node, Bucket bucket, long now) {
        bucket.add(node, now);
        holders.put(node.place, node);
    }

    private void remove(KnownNode node, Bucket bucket) {
        bucket.remove(node);
        holders.remove(node.place, node);
    }

    /** Whether a node that is not gone is on the same machine. */
    private boolean isTaken(Contact contact) {
        return holders.containsKey(KnownNode.Place.of(contact.address()));
    }

    private Stream<KnownNode> all() {
        return buckets.stream().flatMap(bucket -> bucket.nodes().stream());
    }

    private Bucket bucket(DhtId id) {
        return buckets.get(index(id));
    }

    private int index(DhtId id) {
        return Math.min(own.commonPrefix(id), buckets.size() - 1);
    }

    private boolean canSplit(Bucket bucket) {
        return bucket == buckets.getLast() && buckets.size() < MOST_BUCKETS;
    }

    /** The bucket for an id, once the table has been divided as far as that makes room. */
    private Bucket divided(DhtId id, long now) {
        Bucket bucket = bucket(id);
        while (bucket.isFull() && canSplit(bucket)) {
            split(now);
            bucket = bucket(id);
        }
        return bucket;
    }

    /** Divides the last bucket: those that share more of the own id move to a new one. */
    private void split(long now) {
        Bucket last = buckets.getLast();
        int shared = buckets.size() - 1;
        Bucket next = new Bucket(last.changed());
        buckets.add(next);
        for (KnownNode node : List.copyOf(last.nodes())) {
            if (own.commonPrefix(node.contact.id()) > shared) {
                last.remove(node);
                next.add(node, now);
            }
        }
    }

    /** Up to {@code most} nodes that may answer, nearest to {@code target} first: where to begin a lookup. */
    List<Contact> closest(DhtId target, int most) {
        return closest(target, most, node -> !node.isBad());
    }

    /** Up to {@code most} nodes that have shown lately that they answer, nearest to {@code target} first: what others are told. */
    List<Contact> closestGood(DhtId target, int most) {
        long now = nanos.getAsLong();
        return closest(target, most, node -> node.isGood(now));
    }

    /** Whether any node has shown lately that it answers. */
    boolean hasGood() {
        long now = nanos.getAsLong();
        return all().anyMatch(node -> node.isGood(now));
    }

    private List<Contact> closest(DhtId target, int most, Predicate<KnownNode> which) {
        int index = index(target);
        List<Contact> found = new ArrayList<>(most);
        // Nearest are those of the target's own bucket, then those that share more with this node, then each bucket before.
        collect(buckets.subList(index, index + 1), target, most, which, found);
        collect(buckets.subList(index + 1, buckets.size()), target, most, which, found);
        for (int i = index - 1; i >= 0 && found.size() < most; i--) {
            collect(buckets.subList(i, i + 1), target, most, which, found);
        }
        return found;
    }

    /** By loops: every question of others comes here. */
    private static void collect(Collection<Bucket> from, DhtId target, int most, Predicate<KnownNode> which,
            List<Contact> found) {
        if (found.size() < most) {
            List<Contact> some = new ArrayList<>();
            for (Bucket bucket : from) {
                for (KnownNode node : bucket.nodes()) {
                    if (which.test(node)) {
                        some.add(node.contact);
                    }
                }
            }
            some.sort((a, b) -> target.compareDistances(a.id(), b.id()));
            found.addAll(some.subList(0, Math.min(some.size(), most - found.size())));
        }
    }

    /** Questionable nodes to ping now, since others wait for their places: one a bucket at most, and not again soon. */
    List<Contact> toPing() {
        long now = nanos.getAsLong();
        return buckets.stream().flatMap(bucket -> bucket.doubtful(now).stream()).map(node -> node.contact).toList();
    }

    /** Up to {@code most} questionable nodes to ask for a sign of life, those first that were seen the longest ago. */
    List<Contact> toKeep(int most) {
        long now = nanos.getAsLong();
        return all().filter(node -> !node.isBad() && !node.isGood(now)).sorted(KnownNode::compareSeen).limit(most)
                .map(node -> node.contact).toList();
    }

    /** Where to look up nodes, since nothing has been heard from that part of the key space for long, or some are gone; once each. */
    List<DhtId> toRefresh(RandomGenerator random) {
        long now = nanos.getAsLong();
        List<DhtId> targets = new ArrayList<>();
        for (int i = 0; i < buckets.size(); i++) {
            Bucket bucket = buckets.get(i);
            if (bucket.startsLooking(now)) {
                targets.add(inBucket(i, random));
            }
        }
        return targets;
    }

    /**
     * Where to look up nodes for all parts of the key space but the own one, from the nearest on. Parts without room too: there are
     * those whom others name first, and all would know the same.
     */
    List<DhtId> toFill(RandomGenerator random) {
        return IntStream.iterate(buckets.size() - 2, i -> i >= 0, i -> i - 1).mapToObj(i -> inBucket(i, random))
                .toList();
    }

    private DhtId inBucket(int index, RandomGenerator random) {
        DhtId target = own.randomWithPrefix(index, random);
        boolean last = index == buckets.size() - 1;
        while (!last && own.commonPrefix(target) != index) {
            target = own.randomWithPrefix(index, random);
        }
        return target;
    }

    /** All nodes that are not gone, to be remembered across a restart. */
    List<Contact> contacts() {
        return all().filter(node -> !node.isBad()).map(node -> node.contact).toList();
    }
}
