// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.dht;

import java.net.InetAddress;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.guixp2p.protocol.dht.AddressFamily;
import org.guixp2p.protocol.dht.DhtId;

/**
 * Has a {@link DhtNode} announce what a {@link Republisher} says is due, from where the node is seen, as long as that is
 * of use to anybody. No I/O, one thread.
 */
public final class Announcer {
    private final DhtNode node;
    private final Republisher republisher;
    private final LongSupplier nanos;
    private int port;
    private boolean readOnly;
    private Optional<InetAddress> seenAt = Optional.empty();

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
        this.nanos = nanos;
    }

    /** This node is to be found under a key; again, when it is worth something else. */
    public void put(DhtId key, Worth worth) {
        republisher.put(key, worth);
    }

    /** It is not any more. */
    void remove(DhtId key) {
        republisher.remove(key);
        node.withdraw(key);
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
    }

    /** Announces what is due; early is harmless, and so is too often. */
    public void tick() {
        noteAddress();
        OptionalLong first = nextWake();
        if (first.isPresent() && first.getAsLong() - nanos.getAsLong() <= 0) {
            republisher.among(node.state().nodes().size());
            for (var due = republisher.next(); due.isPresent(); due = republisher.next()) {
                Republisher.Due next = due.get();
                node.announce(next.key(), port, next.near(), announced -> republisher.done(next, announced));
            }
        }
    }

    /**
     * When to call {@link #tick} next, by the clock; nothing when there is nothing to announce, or nobody is to be led to
     * where he cannot connect, or nobody is known: it would only fail.
     */
    public OptionalLong nextWake() {
        OptionalLong due = republisher.nextDue();
        return due.isEmpty() || readOnly || node.isAlone() ? OptionalLong.empty() : due;
    }

    /** What was announced elsewhere leads nobody here. */
    private void noteAddress() {
        Optional<InetAddress> now = node.address();
        if (!now.equals(seenAt)) {
            if (seenAt.isPresent()) {
                republisher.anew();
            }
            seenAt = now;
        }
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
