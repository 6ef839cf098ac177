// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.dht;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.guixp2p.protocol.dht.Contact;
import org.guixp2p.protocol.dht.DhtId;

/**
 * A search for the nodes nearest to a point, for the sake of those who answer on the way: they are whom the routing table wants
 * (Kademlia, "bucket refresh"). Unlike a {@link Lookup} of a key it need not be fast, nor hold against liars: one path is enough.
 */
final class Walk {
    private static final int PARALLEL = 3;
    private static final int MOST_ASKED = 40;
    /** How many of those that are known it asks in any case. */
    private static final int STARTS = Bucket.SIZE;

    private final DhtId own;
    private final DhtId target;
    private final LookupPath path;
    private final Set<InetSocketAddress> asked = new HashSet<>();
    private int open;

    /**
     * @param own who walks: others name it too
     * @param start nodes that are known
     */
    Walk(DhtId own, DhtId target, List<Contact> start) {
        this.own = own;
        this.target = target;
        this.path = new LookupPath(target, false, Bucket.SIZE, MOST_ASKED, new AskedPlaces(2, 4));
        List<Contact> nearest = start.stream().sorted(Comparator.comparing(Contact::id, target::compareDistances))
                .toList();
        begin(nearest.subList(0, Math.min(STARTS, nearest.size())));
        add(nearest.subList(Math.min(STARTS, nearest.size()), nearest.size()));
    }

    /** It begins with these as well: whoever is asked by his address alone names them. */
    void begin(List<Contact> nodes) {
        nodes.stream().filter(contact -> !contact.id().equals(own)).forEach(path::begin);
    }

    DhtId target() {
        return target;
    }

    private void add(List<Contact> contacts) {
        contacts.stream().filter(contact -> !contact.id().equals(own)).forEach(path::add);
    }

    /** Whom to ask now. For each {@link #answered} or {@link #failed} is called later. */
    List<Contact> next() {
        List<Contact> next = new ArrayList<>();
        while (open < PARALLEL) {
            Optional<Contact> nearest = path.next(contact -> asked.add(contact.address()));
            if (nearest.isEmpty()) {
                break;
            }
            next.add(nearest.get());
            open++;
        }
        return next;
    }

    /** Somebody else has been asked, of whom only the address is known. */
    void alsoAsked() {
        open++;
    }

    /** @param nodes that the answer names */
    void answered(Contact by, List<Contact> nodes) {
        open--;
        path.answered(by);
        add(nodes);
    }

    void failed() {
        open--;
    }

    /** Whether there is nobody left to ask or to wait for; after {@link #next}. */
    boolean isOver() {
        return open == 0;
    }
}
