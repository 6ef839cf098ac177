// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.dht;

import java.net.InetAddress;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeSet;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.dht.AddressFamily;
import org.guixp2p.protocol.dht.Compact;
import org.guixp2p.protocol.dht.Contact;
import org.guixp2p.protocol.dht.DhtId;
import org.guixp2p.protocol.item.NarHash;

/**
 * When to announce what, so that nobody forgets it and it costs no more messages a second than a budget. Others forget an
 * announcement after {@link PeerRecords#LIFETIME}: as many as can be made again before that are chosen, those worth most,
 * and the others are left out. No I/O, one thread.
 */
final class Republisher {
    /** How many are known: those that are worth less than all of these are only counted. */
    static final int MOST_KNOWN = 65_536;
    /** From one announcement to the next, at least and at most: before others forget it, and not all at a time. */
    static final Duration SOONEST = Duration.ofMinutes(36);
    static final Duration LATEST = Duration.ofMinutes(41);
    /** How long one that nobody, or too few have taken waits, give or take a quarter. */
    static final Duration AFTER_FAILURE = Duration.ofMinutes(5);
    /** How many are made at a time. */
    static final int MOST_UNDER_WAY = 16;

    /** What the first announcement of a key costs in messages, and each later one, as long as nobody knows better. */
    private static final double FIRST_COST = 63;
    private static final double LATER_COST = 26;
    /** Messages a second that each node may be sent on average: half of what it would answer with its longest answers. */
    static final int PER_NODE = 5;

    /** How much of the budget may be for what is announced already. */
    private static final double FOR_LATER = 7.0 / 8;
    /** How much of what one costs counts. */
    private static final double WEIGHT = 1.0 / 64;
    /** As many as take an announcement. */
    private static final int MOST_NEAR = 2 * Lookup.NEAREST;
    private static final double SECOND = Duration.ofSeconds(1).toNanos();
    private static final Comparator<Item> BY_WORTH = Comparator.<Item, Worth>comparing(item -> item.worth)
            .thenComparing(item -> item.key);
    /** Times are compared by their difference, as the clock may pass the highest number. */
    private static final Comparator<Item> BY_TIME = ((Comparator<Item>) (one,
            other) -> Long.signum(one.due - other.due)).thenComparing(item -> item.key);
    private static final byte[] NOBODY = {};

    private final AddressFamily family;
    private final int budget;
    private final RandomGenerator random;
    private final LongSupplier nanos;
    private final Map<DhtId, Item> items = new HashMap<>();
    private final NavigableSet<Item> chosen = new TreeSet<>(BY_WORTH);
    private final NavigableSet<Item> leftOut = new TreeSet<>(BY_WORTH);
    /** Chosen ones that were not announced yet. */
    private final NavigableSet<Item> fresh = new TreeSet<>(BY_WORTH);
    /** Chosen ones that are to be announced again. */
    private final NavigableSet<Item> again = new TreeSet<>(BY_TIME);
    private double firstCost = FIRST_COST;
    private double laterCost = LATER_COST;
    private int rate;
    private int room;
    private int underWay;
    private int held;
    private long unknown;
    /** How often all that others were told was no longer so. */
    private int generation;
    private Optional<InetAddress> seenAt = Optional.empty();
    private long nextStart;

    /** What is to be announced. */
    private static final class Item {
        private final DhtId key;
        private final Optional<NarHash> nar;
        private Worth worth;
        private byte[] near = NOBODY;
        private boolean isHeld;
        private boolean isUnderWay;
        /** Which it was begun under. */
        private int generation;
        private long due;

        Item(DhtId key, Optional<NarHash> nar, Worth worth) {
            this.key = key;
            this.nar = nar;
            this.worth = worth;
        }
    }

    /**
     * An announcement to be made now.
     *
     * @param nar what is announced; nothing where all meet
     * @param near who took it before
     */
    record Due(DhtId key, Optional<NarHash> nar, List<Contact> near) {}

    /**
     * @param budget messages a second, positive
     * @param nanos a clock that only goes forward
     */
    Republisher(AddressFamily family, int budget, RandomGenerator random, LongSupplier nanos) {
        this.family = family;
        this.budget = budget;
        this.rate = budget;
        this.random = random;
        this.nanos = nanos;
        this.nextStart = nanos.getAsLong();
        this.room = affordable();
    }

    /** How many can be announced again and again within the budget, and a part of it left for new ones. */
    private int affordable() {
        Duration between = SOONEST.plus(LATEST).dividedBy(2);
        return (int) Math.clamp(FOR_LATER * rate * between.toNanos() / SECOND / laterCost, 1, MOST_KNOWN);
    }

    /**
     * A key is to be announced from now on, or is worth something else than before; that there is a part of it says nothing when the whole
     * is there.
     *
     * @param nar whose key it is; nothing when it is where all meet
     */
    void put(DhtId key, Optional<NarHash> nar, Worth worth) {
        Item item = items.get(key);
        if (item == null) {
            item = new Item(key, nar, worth);
            items.put(key, item);
            leftOut.add(item);
        } else if (!item.worth.equals(worth) && (item.worth.isPart() || !worth.isPart())) {
            revalue(item, worth);
        }
        choose();
        if (items.size() > MOST_KNOWN) {
            Item least = leftOut.pollLast();
            items.remove(least.key);
            // Of parts nobody says later that the whole is gone.
            unknown += least.worth.isPart() ? 0 : 1;
        }
    }

    private void revalue(Item item, Worth worth) {
        boolean wasChosen = chosen.remove(item);
        boolean wasFresh = fresh.remove(item);
        leftOut.remove(item);
        item.worth = worth;
        (wasChosen ? chosen : leftOut).add(item);
        if (wasFresh) {
            fresh.add(item);
        }
    }

    /** It is not announced any more; one that is under way is for the caller to end. */
    void remove(DhtId key) {
        Item item = items.remove(key);
        if (item == null) {
            unknown = Math.max(0, unknown - 1);
            return;
        }
        drop(item);
        leftOut.remove(item);
        choose();
    }

    /**
     * There is no part of it any more.
     *
     * @return whether that was why it was announced
     */
    boolean removePart(DhtId key) {
        Item item = items.get(key);
        boolean wasPart = item != null && item.worth.isPart();
        if (wasPart) {
            remove(key);
        }
        return wasPart;
    }

    /** Lets those that are worth most be chosen, as many as there is room for. */
    private void choose() {
        while (chosen.size() > room || isBetter(leftOut, chosen)) {
            Item least = chosen.last();
            drop(least);
            leftOut.add(least);
        }
        while (chosen.size() < room && !leftOut.isEmpty()) {
            Item best = leftOut.removeFirst();
            chosen.add(best);
            if (!best.isUnderWay) {
                fresh.add(best);
            }
        }
    }

    private boolean isBetter(NavigableSet<Item> some, NavigableSet<Item> others) {
        return others.size() == room && !some.isEmpty() && BY_WORTH.compare(some.first(), others.last()) < 0;
    }

    private void drop(Item item) {
        chosen.remove(item);
        fresh.remove(item);
        again.remove(item);
        hold(item, false);
        item.near = NOBODY;
    }

    private void hold(Item item, boolean value) {
        held += (value ? 1 : 0) - (item.isHeld ? 1 : 0);
        item.isHeld = value;
    }

    /**
     * The machine slept for so long, while the clock stood still and others forgot what they were told; or somebody set the clock
     * of day forward: then all is announced earlier than need be, within the budget.
     */
    void slept(Duration time) {
        // More than that others remember nothing.
        long nanos = Math.min(time.toNanos(), LATEST.multipliedBy(2).toNanos());
        if (nanos <= 0) {
            return;
        }
        List<Item> later = List.copyOf(again);
        again.clear();
        long forgotten = this.nanos.getAsLong() - PeerRecords.LIFETIME.minus(LATEST).toNanos();
        for (Item item : later) {
            item.due -= nanos;
            if (item.due - forgotten < 0) {
                hold(item, false);
            }
            again.add(item);
        }
    }

    /**
     * Where others see this node by now: what was announced elsewhere leads nobody here.
     *
     * @param now nothing until they have said
     */
    void seenAt(Optional<InetAddress> now) {
        if (!now.equals(seenAt)) {
            if (seenAt.isPresent()) {
                anew();
            }
            seenAt = now;
        }
    }

    /** Whatever others were told is not so any more. */
    void anew() {
        generation++;
        slept(LATEST.multipliedBy(2));
    }

    /** So many other nodes are known: where they are few they would not answer as many questions as the budget allows. */
    void among(int nodes) {
        rate = Math.min(budget, PER_NODE * Math.max(1, nodes));
        resize();
    }

    /** What to announce now, if anything; from here on it is under way, until {@link #done}. */
    Optional<Due> next() {
        long now = nanos.getAsLong();
        if (underWay == MOST_UNDER_WAY || nextStart - now > 0) {
            return Optional.empty();
        }
        // What others would forget comes first.
        Item item = !again.isEmpty() && again.first().due - now <= 0 ? again.pollFirst() : fresh.pollFirst();
        if (item == null) {
            return Optional.empty();
        }
        underWay++;
        item.isUnderWay = true;
        item.generation = generation;
        nextStart = now + time(expected(item.near.length > 0));
        return Optional.of(new Due(item.key, item.nar, contacts(item)));
    }

    /** Whether there is budget now for something else that costs as much as an announcement of a new key; if so, it is spent. */
    boolean spends() {
        long now = nanos.getAsLong();
        if (nextStart - now > 0) {
            return false;
        }
        nextStart = now + time(firstCost);
        return true;
    }

    /** When there is budget again. */
    long nextStart() {
        return nextStart;
    }

    private long time(double messages) {
        return (long) (messages / rate * SECOND);
    }

    private double expected(boolean later) {
        return later ? laterCost : firstCost;
    }

    private List<Contact> contacts(Item item) {
        try {
            return Compact.nodes(item.near, family, MOST_NEAR);
        } catch (FormatException e) {
            throw new IllegalStateException("not what was written", e);
        }
    }

    /** An announcement has come to its end. */
    void done(Due due, Announced announced) {
        underWay--;
        boolean later = !due.near().isEmpty();
        nextStart += time(announced.messages() - expected(later));
        learn(later, announced.messages());
        Item item = items.get(due.key());
        if (item == null) {
            return;
        }
        item.isUnderWay = false;
        if (!chosen.contains(item)) {
            return;
        }
        // It may have been withdrawn and announced anew meanwhile.
        fresh.remove(item);
        again.remove(item);
        boolean taken = !announced.by().isEmpty();
        hold(item, taken);
        item.near = Compact.encode(announced.by());
        item.due = nanos.getAsLong() + (item.generation == generation ? pause(announced) : 0);
        again.add(item);
    }

    private long pause(Announced announced) {
        return announced.isKept()
                ? random.nextLong(SOONEST.toNanos(), LATEST.toNanos())
                : random.nextLong(AFTER_FAILURE.toNanos() * 3 / 4, AFTER_FAILURE.toNanos() * 5 / 4);
    }

    private void learn(boolean later, int messages) {
        if (later) {
            laterCost += (Math.max(1, messages) - laterCost) * WEIGHT;
        } else {
            firstCost += (Math.max(1, messages) - firstCost) * WEIGHT;
            // In a small network all are asked by the first one already, and that is not much.
            laterCost = Math.min(laterCost, firstCost);
        }
        resize();
    }

    private void resize() {
        int affordable = affordable();
        // Small changes would have those at the edge come and go.
        if (Math.abs(affordable - room) > room / 16) {
            room = affordable;
            choose();
        }
    }

    /** When to call {@link #next} again; nothing when there is nothing to announce. */
    OptionalLong nextDue() {
        if (underWay == MOST_UNDER_WAY || (fresh.isEmpty() && again.isEmpty())) {
            return OptionalLong.empty();
        }
        long due = fresh.isEmpty() ? again.first().due : nextStart;
        return OptionalLong.of(due - nextStart > 0 ? due : nextStart);
    }

    /** How many others keep for this node, as far as it knows. */
    int held() {
        return held;
    }

    /** How many are announced, or about to be. */
    int chosen() {
        return chosen.size();
    }

    /** How many are not announced, as the budget does not reach. */
    long leftOut() {
        return leftOut.size() + unknown;
    }
}
