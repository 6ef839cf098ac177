// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.dht;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.Set;
import java.util.function.Function;
import org.guixp2p.protocol.dht.AddressBound;
import org.guixp2p.protocol.dht.Contact;
import org.guixp2p.protocol.dht.DhtId;
import org.guixp2p.protocol.dht.Octets;

/**
 * A DHT that has come to rest, in virtual time: each node knows up to eight of every distance, and answers after a tenth of a
 * second, or some do not. Liars answer as they are told to.
 */
final class StillNetwork {
    static final long MILLI = 1_000_000;
    /** Longer than any lookup waits before it asks another one. */
    static final long TIMEOUT = 2000 * MILLI;
    private static final Octets TOKEN = Octets.of((byte) 1);

    final Random random;
    final List<Contact> honest = new ArrayList<>();
    final Set<Contact> dead = new HashSet<>();
    final Map<Contact, Function<DhtId, List<Contact>>> liars = new HashMap<>();
    /** Those whose answers take as long. */
    final Map<Contact, Long> slow = new HashMap<>();
    /** Addresses where somebody else is than is said. */
    final Map<InetSocketAddress, DhtId> trueIds = new HashMap<>();
    final List<Contact> asked = new ArrayList<>();
    private final Map<Contact, List<Contact>> tables = new HashMap<>();
    private long now = Long.MAX_VALUE - 1000;

    private record Arrival(long at, Contact from, boolean answers) {}

    StillNetwork(int nodes, long seed) {
        random = new Random(seed);
        for (int i = 0; i < nodes; i++) {
            honest.add(node(address(5, i)));
        }
        honest.forEach(this::table);
        introduce(honest.stream().sorted(Comparator.comparing(Contact::id)).toList(), 0);
    }

    /** One in a network of its own; from {@code first}.0.0.1 on. */
    static InetSocketAddress address(int first, int network) {
        return new InetSocketAddress(InetAddress.ofLiteral(first + "." + network / 256 + "." + network % 256 + ".1"),
                6881);
    }

    Contact node(InetSocketAddress address) {
        return new Contact(AddressBound.id(address.getAddress(), random), address);
    }

    /** Both halves of those whose ids share so many bits: each of one half gets to know some of the other. */
    private void introduce(List<Contact> sharing, int bits) {
        if (sharing.size() < 2) {
            return;
        }
        DhtId first = sharing.getFirst().id();
        int half = (int) sharing.stream().takeWhile(contact -> first.commonPrefix(contact.id()) > bits).count();
        List<Contact> low = sharing.subList(0, half);
        List<Contact> high = sharing.subList(half, sharing.size());
        low.forEach(contact -> table(contact).addAll(some(high)));
        high.forEach(contact -> table(contact).addAll(some(low)));
        introduce(low, bits + 1);
        introduce(high, bits + 1);
    }

    private List<Contact> table(Contact contact) {
        return tables.computeIfAbsent(contact, ignored -> new ArrayList<>());
    }

    /** Up to a bucket of them. */
    List<Contact> some(List<Contact> all) {
        return all.size() <= Bucket.SIZE
                ? all
                : random.ints(0, all.size()).distinct().limit(Bucket.SIZE).mapToObj(all::get).toList();
    }

    static Comparator<Contact> nearest(DhtId target) {
        return Comparator.comparing(Contact::id, target::compareDistances);
    }

    List<Contact> living() {
        return honest.stream().filter(contact -> !dead.contains(contact)).toList();
    }

    /** The nearest of those who answer, as somebody would see who knows all. */
    List<Contact> trulyNearest(DhtId target, int most) {
        return living().stream().sorted(nearest(target)).limit(most).toList();
    }

    /** Whom one of the honest nodes would begin with. */
    List<Contact> knownTo(Contact node, DhtId target) {
        return nearestOf(tables.getOrDefault(node, List.of()), target, 2 * Bucket.SIZE);
    }

    private static List<Contact> nearestOf(List<Contact> table, DhtId target, int most) {
        return table.stream().sorted(nearest(target)).limit(most).toList();
    }

    /** Lets a lookup ask until it is over; how long that took. */
    long run(Lookup lookup, DhtId target) {
        long begin = now;
        PriorityQueue<Arrival> arrivals = new PriorityQueue<>(Comparator.comparingLong(arrival -> arrival.at - begin));
        ask(lookup, arrivals);
        while (!lookup.isOver()) {
            OptionalLong at = lookup.nextChange(now);
            Arrival next = arrivals.peek();
            if (next != null && (at.isEmpty() || next.at - begin <= at.getAsLong() - begin)) {
                arrivals.remove();
                now = next.at;
                arrive(lookup, next, target);
            } else {
                now = at.orElseThrow();
            }
            ask(lookup, arrivals);
        }
        return now - begin;
    }

    private void ask(Lookup lookup, PriorityQueue<Arrival> arrivals) {
        for (Contact contact : lookup.next(now)) {
            asked.add(contact);
            boolean answers = !dead.contains(contact)
                    && (tables.containsKey(contact) || liars.containsKey(contact)
                            || trueIds.containsKey(contact.address()));
            arrivals.add(
                    new Arrival(now + (answers ? slow.getOrDefault(contact, 100 * MILLI) : TIMEOUT), contact, answers));
        }
    }

    private void arrive(Lookup lookup, Arrival arrival, DhtId target) {
        if (!arrival.answers) {
            lookup.failed(arrival.from);
            return;
        }
        DhtId id = trueIds.getOrDefault(arrival.from.address(), arrival.from.id());
        Contact who = new Contact(id, arrival.from.address());
        Function<DhtId, List<Contact>> lie = liars.get(who);
        List<Contact> named = lie != null
                ? lie.apply(target)
                : nearestOf(tables.getOrDefault(who, List.of()), target, Bucket.SIZE);
        lookup.answered(arrival.from, id, TOKEN, named, now);
    }
}
