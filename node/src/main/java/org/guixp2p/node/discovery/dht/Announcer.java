// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.dht;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.guixp2p.protocol.dht.AddressFamily;
import org.guixp2p.protocol.dht.DhtId;
import org.guixp2p.protocol.dht.DhtItem;
import org.guixp2p.protocol.item.NarHash;

/**
 * Has a {@link DhtNode} announce what a {@link Republisher} says is due, from where the node is seen, as long as that is
 * of use to anybody. No I/O, one thread.
 */
public final class Announcer {
    private final DhtNode node;
    private final Republisher republisher;
    private final OwnRecord own;
    private final LongSupplier nanos;
    private int port;
    private boolean readOnly;
    private AnnouncementWatcher watcher = (nar, key, keptBy, asked) -> {};
    private LongConsumer newerThanOwn = sequence -> {};

    /**
     * @param port where this node's peers connect
     * @param budget messages a second that announcing may cost, positive
     * @param random must not be guessed by others
     * @param nanos the node's clock
     */
    public Announcer(DhtNode node, AddressFamily family, int port, int budget, RandomGenerator random,
            LongSupplier nanos) {
        this.node = node;
        this.port = port;
        this.republisher = new Republisher(family, budget, random, nanos);
        this.own = new OwnRecord(random, nanos);
        this.nanos = nanos;
    }

    /** Has {@code other} hear what becomes of announcements. */
    void watch(AnnouncementWatcher other) {
        watcher = other;
    }

    /** This node is to be found under a key; again, when it is worth something else. */
    public void put(DhtId key, Worth worth) {
        put(key, Optional.empty(), worth);
    }

    /** Likewise, when it is the key of a NAR. */
    void put(DhtId key, Optional<NarHash> nar, Worth worth) {
        republisher.put(key, nar, worth);
    }

    /** It is not any more. */
    void remove(DhtId key) {
        republisher.remove(key);
        node.withdraw(key);
    }

    /** The part of it that is there is not any more; the whole may be. */
    void removePart(DhtId key) {
        if (republisher.removePart(key)) {
            node.withdraw(key);
        }
    }

    /**
     * What this node says of itself from now on.
     *
     * @param newer takes the number of one that others keep, if that is higher
     */
    void own(Optional<DhtItem.Mutable> item, LongConsumer newer) {
        own.set(item);
        newerThanOwn = newer;
    }

    /** Whether nothing is announced, as others cannot reach this node. */
    void readOnly(boolean value) {
        readOnly = value;
    }

    /** Where this node's peers connect from now on; if that is elsewhere than before, all is announced anew. */
    void port(int value) {
        if (value != port) {
            port = value;
            republisher.anew();
        }
    }

    /** Where this node's peers connect. */
    int port() {
        return port;
    }

    /** The machine slept for so long, and others forgot what they were told. */
    void slept(Duration time) {
        republisher.slept(time);
        own.slept(time);
    }

    /** Announces what is due; early is harmless, and so is too often. */
    public void tick() {
        // What was announced elsewhere leads nobody here.
        republisher.seenAt(node.address());
        if (!isDue(nextWake())) {
            return;
        }
        republisher.among(node.state().nodes().size());
        // One in an hour is in nobody's way.
        if (isDue(nextOfOwn()) && republisher.spends()) {
            own.next().ifPresent(item -> node.renew(item, newerThanOwn, by -> own.done(item, by)));
        }
        for (var due = republisher.next(); due.isPresent(); due = republisher.next()) {
            Republisher.Due next = due.get();
            node.announce(next.key(), port, next.near(), announced -> done(next, announced));
        }
    }

    private void done(Republisher.Due due, Announced announced) {
        republisher.done(due, announced);
        watcher.ended(due.nar(), due.key(), announced.by().size(), announced.asked());
    }

    private boolean isDue(OptionalLong time) {
        return time.isPresent() && time.getAsLong() - nanos.getAsLong() <= 0;
    }

    /**
     * When to call {@link #tick} next, by the clock; nothing when there is nothing to announce, or nobody is to be led to
     * where he cannot connect, or nobody is known: it would only fail.
     */
    public OptionalLong nextWake() {
        OptionalLong due = earlier(republisher.nextDue(), nextOfOwn());
        return due.isEmpty() || readOnly || node.isAlone() ? OptionalLong.empty() : due;
    }

    private OptionalLong nextOfOwn() {
        OptionalLong due = own.nextDue();
        long start = republisher.nextStart();
        return due.isPresent() && due.getAsLong() - start < 0 ? OptionalLong.of(start) : due;
    }

    private static OptionalLong earlier(OptionalLong one, OptionalLong other) {
        return one.isEmpty() || (other.isPresent() && other.getAsLong() - one.getAsLong() < 0) ? other : one;
    }

    /** How many nodes keep what this one says of itself. */
    int ownKeptBy() {
        return own.keptBy();
    }

    /** How many keys others keep for this node, as far as it knows. */
    public int held() {
        return republisher.held();
    }

    /** How many keys are announced, or about to be. */
    public int chosen() {
        return republisher.chosen();
    }

    /** How many keys are not announced, as the budget does not reach. */
    public long leftOut() {
        return republisher.leftOut();
    }
}
