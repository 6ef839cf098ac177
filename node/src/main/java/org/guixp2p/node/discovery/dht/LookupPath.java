// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.dht;

import java.net.InetSocketAddress;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.guixp2p.protocol.dht.AddressBound;
import org.guixp2p.protocol.dht.Contact;
import org.guixp2p.protocol.dht.DhtId;

/**
 * One way to a point in the key space: what its own nodes named leads on, and nothing else. So whoever leads it astray leads no other
 * one of the same {@link Lookup}.
 */
final class LookupPath {
    private static final int MOST_WAITING = 64;

    private final DhtId target;
    private final boolean boundOnly;
    private final int width;
    private final int most;
    /** By distance from the target. */
    private final NavigableMap<DhtId, Contact> waiting = new TreeMap<>();
    /** Whom it begins with and has not asked, by distance from the target. */
    private final NavigableMap<DhtId, Contact> starts = new TreeMap<>();
    private final TreeSet<DhtId> nearestAnswered = new TreeSet<>();
    private final AskedPlaces places;
    private int asked;
    private boolean ended;
    private boolean startsTurn;

    /**
     * @param boundOnly whether it goes by nodes alone whose ids are bound to their addresses
     * @param width so many that have answered and are nearer than all that are left, and it has arrived
     * @param most how many it asks: liars can name nearer ones without end
     * @param places as often as it may ask one
     */
    LookupPath(DhtId target, boolean boundOnly, int width, int most, AskedPlaces places) {
        this.target = target;
        this.boundOnly = boundOnly;
        this.width = width;
        this.most = most;
        this.places = places;
    }

    /** Whether it goes by such a node. */
    boolean takes(Contact contact) {
        return !boundOnly || isBound(contact);
    }

    /**
     * It begins with a node, and asks it in any case: a liar among those who are asked first can name others of its kind, nearer than
     * all whom the honest ones have heard of, and would be the only one who is heard.
     */
    void begin(Contact contact) {
        if (takes(contact)) {
            starts.putIfAbsent(target.distance(contact.id()), contact);
        }
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
        while (!isExhausted()) {
            boolean leads = !waiting.isEmpty() && leadsOn(waiting.firstKey());
            if (!leads && starts.isEmpty()) {
                return Optional.empty();
            }
            // By turns: the nearest are not to wait for all with whom it began, nor these for all that are nearer.
            boolean starting = !leads || (!starts.isEmpty()
                    && (startsTurn || starts.firstKey().compareTo(waiting.firstKey()) < 0));
            Contact contact = (starting ? starts : waiting).pollFirstEntry().getValue();
            if (places.mayAsk(contact) && mayAsk.test(contact)) {
                startsTurn = !starting;
                return Optional.of(claimed(contact));
            }
        }
        return Optional.empty();
    }

    /** It goes on no more; who was named and waits may still be asked out of turn. */
    void end() {
        ended = true;
    }

    /** Whether it has asked as many as it may. */
    private boolean isExhausted() {
        return ended || asked >= most;
    }

    private Contact claimed(Contact contact) {
        asked++;
        places.add(contact);
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

    /** Who was named and may be asked out of turn, even when it has asked as many as it may: whoever led it astray is not to hide them. */
    Stream<Contact> waiting() {
        return waiting.values().stream().filter(places::mayAsk);
    }

    /** One of those that wait is asked out of turn, if it still may be. */
    boolean takeWaiting(Contact contact) {
        if (!places.mayAsk(contact) || !waiting.remove(target.distance(contact.id()), contact)) {
            return false;
        }
        claimed(contact);
        return true;
    }
}
