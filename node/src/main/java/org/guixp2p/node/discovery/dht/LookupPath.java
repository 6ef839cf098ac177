// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.dht;

import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.guixp2p.protocol.dht.AddressBound;
import org.guixp2p.protocol.dht.Contact;
import org.guixp2p.protocol.dht.DhtId;
import org.guixp2p.protocol.swarm.AddressGroup;

/**
 * One way to a point in the key space: what its own nodes named leads on, and nothing else. So whoever leads it astray leads no other
 * one of the same {@link Lookup}.
 */
final class LookupPath {
    /** How many it asks at most: liars can name nearer ones without end. */
    private static final int MOST_ASKED = 40;
    private static final int MOST_WAITING = 64;
    /** Two, so that a false name for a machine, or a false port, does not stand in the way of the true one. */
    private static final int PER_MACHINE = 2;
    private static final int PER_NETWORK = 4;

    private final DhtId target;
    private final boolean boundOnly;
    private final int width;
    /** By distance from the target. */
    private final NavigableMap<DhtId, Contact> waiting = new TreeMap<>();
    private final TreeSet<DhtId> nearestAnswered = new TreeSet<>();
    private final Map<KnownNode.Place, Integer> machines = new HashMap<>();
    private final Map<AddressGroup, Integer> networks = new HashMap<>();
    private int asked;

    /**
     * @param boundOnly whether it goes by nodes alone whose ids are bound to their addresses
     * @param width so many that have answered and are nearer than all that are left, and it has arrived
     */
    LookupPath(DhtId target, boolean boundOnly, int width) {
        this.target = target;
        this.boundOnly = boundOnly;
        this.width = width;
    }

    /** Whether it goes by such a node. */
    boolean takes(Contact contact) {
        return !boundOnly || isBound(contact);
    }

    /** A node is named. */
    void add(Contact contact) {
        if (takes(contact)) {
            // Who is named first stays: else the true one would make way for a false one.
            waiting.putIfAbsent(target.distance(contact.id()), contact);
            if (waiting.size() > MOST_WAITING) {
                waiting.pollLastEntry();
            }
        }
    }

    static boolean isBound(Contact contact) {
        InetSocketAddress address = contact.address();
        return AddressBound.matches(contact.id(), address.getAddress());
    }

    /**
     * Whom to ask next, if it has not arrived; from now on it counts as asked.
     *
     * @param mayAsk who is not to be asked is passed over for good
     */
    Optional<Contact> next(Predicate<Contact> mayAsk) {
        while (!waiting.isEmpty() && !isExhausted() && leadsOn(waiting.firstKey())) {
            Contact nearest = waiting.pollFirstEntry().getValue();
            if (claims(nearest) && mayAsk.test(nearest)) {
                return Optional.of(claimed(nearest));
            }
        }
        return Optional.empty();
    }

    /** Whether it has asked as many as it may. */
    boolean isExhausted() {
        return asked >= MOST_ASKED;
    }

    /** Few questions to a machine, whatever ids it is said to have, and to a network: they may have nothing to do with the DHT. */
    private boolean claims(Contact contact) {
        return machines.getOrDefault(KnownNode.Place.of(contact.address()), 0) < PER_MACHINE
                && networks.getOrDefault(AddressGroup.network(contact.address().getAddress()), 0) < PER_NETWORK;
    }

    private Contact claimed(Contact contact) {
        asked++;
        machines.merge(KnownNode.Place.of(contact.address()), 1, Integer::sum);
        if (!AddressGroup.isLocal(contact.address().getAddress())) {
            networks.merge(AddressGroup.network(contact.address().getAddress()), 1, Integer::sum);
        }
        return contact;
    }

    private boolean leadsOn(DhtId distance) {
        return nearestAnswered.size() < width || distance.compareTo(nearestAnswered.last()) < 0;
    }

    /** A node that it asked answers, and may have another id than was said. */
    void answered(Contact by) {
        if (takes(by)) {
            nearestAnswered.add(target.distance(by.id()));
        }
        if (nearestAnswered.size() > width) {
            nearestAnswered.pollLast();
        }
    }

    /** Who was named and may be asked out of turn. */
    Stream<Contact> waiting() {
        return isExhausted() ? Stream.of() : waiting.values().stream().filter(this::claims);
    }

    /** One of those that wait is asked out of turn, if it still may be. */
    boolean takeWaiting(Contact contact) {
        if (isExhausted() || !claims(contact) || !waiting.remove(target.distance(contact.id()), contact)) {
            return false;
        }
        claimed(contact);
        return true;
    }
}
