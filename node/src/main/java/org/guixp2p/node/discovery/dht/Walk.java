// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.dht;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.guixp2p.protocol.dht.Contact;
import org.guixp2p.protocol.dht.DhtId;

/**
 * A search for the nodes nearest to a point, for the sake of those who answer on the way: they are whom the routing table wants
 * (Kademlia, "bucket refresh"). Unlike a lookup of a key it need not be fast, nor hold against liars.
 */
final class Walk {
    private static final int PARALLEL = 3;
    private static final int MOST_ASKED = 40;
    private static final int MOST_WAITING = 64;

    private final DhtId own;
    private final DhtId target;
    /** By distance from the target. */
    private final NavigableMap<DhtId, Contact> waiting = new TreeMap<>();
    /** The distances of the nearest that have answered. */
    private final TreeSet<DhtId> nearest = new TreeSet<>();
    private final Set<KnownNode.Place> named = new HashSet<>();
    private int asked;
    private int open;

    /**
     * @param own who walks: others name it too
     * @param start nodes that are known
     */
    Walk(DhtId own, DhtId target, List<Contact> start) {
        this.own = own;
        this.target = target;
        start.forEach(this::add);
    }

    DhtId target() {
        return target;
    }

    private void add(Contact contact) {
        if (!contact.id().equals(own) && named.add(KnownNode.Place.of(contact.address()))) {
            waiting.put(target.distance(contact.id()), contact);
            if (waiting.size() > MOST_WAITING) {
                waiting.pollLastEntry();
            }
        }
    }

    /** Whom to ask now. For each {@link #answered} or {@link #failed} is called later. */
    List<Contact> next() {
        List<Contact> next = new ArrayList<>();
        while (open < PARALLEL && asked < MOST_ASKED && !waiting.isEmpty() && leadsOn(waiting.firstKey())) {
            next.add(waiting.pollFirstEntry().getValue());
            asked++;
            open++;
        }
        return next;
    }

    /** Somebody else has been asked, of whom only the address is known. */
    void alsoAsked() {
        open++;
    }

    private boolean leadsOn(DhtId distance) {
        return nearest.size() < Bucket.SIZE || distance.compareTo(nearest.last()) < 0;
    }

    /** @param nodes that the answer names */
    void answered(DhtId by, List<Contact> nodes) {
        open--;
        nearest.add(target.distance(by));
        if (nearest.size() > Bucket.SIZE) {
            nearest.pollLast();
        }
        nodes.forEach(this::add);
    }

    void failed() {
        open--;
    }

    /** Whether there is nobody left to ask or to wait for; after {@link #next}. */
    boolean isOver() {
        return open == 0;
    }
}
