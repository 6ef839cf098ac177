// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.dht;

import static org.guixp2p.node.discovery.dht.LoneNode.at;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.guixp2p.protocol.dht.Contact;
import org.guixp2p.protocol.dht.DhtId;
import org.junit.jupiter.api.Test;

class WalkTest {
    private final Random random = new Random(5);
    private final DhtId own = DhtId.random(random);
    private final DhtId target = DhtId.random(random);
    private final Comparator<Contact> nearest = Comparator.comparing(Contact::id, target::compareDistances);

    private List<Contact> contacts(int from, int count) {
        List<Contact> contacts = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            contacts.add(new Contact(DhtId.random(random), at(from + i)));
        }
        return contacts;
    }

    @Test
    void itAsksTheNearestFewFirst() {
        List<Contact> known = contacts(0, 20);
        Walk walk = new Walk(own, target, known);
        known.sort(nearest);
        assertEquals(known.subList(0, 3), walk.next());
        assertEquals(List.of(), walk.next());
        walk.failed();
        assertEquals(known.subList(3, 4), walk.next());
        assertFalse(walk.isOver());
    }

    @Test
    void itComesToTheNearestOfAll() {
        List<Contact> all = contacts(0, 500);
        List<Contact> sorted = all.stream().sorted(nearest).toList();
        Walk walk = new Walk(own, target, all.subList(0, 2));
        Set<Contact> asked = new HashSet<>();
        for (List<Contact> next = walk.next(); !walk.isOver(); next = walk.next()) {
            for (Contact contact : next) {
                assertTrue(asked.add(contact), "asked twice");
                // Each knows some by chance and some that are nearer to the target than it is.
                int place = sorted.indexOf(contact);
                List<Contact> named = new ArrayList<>(sorted.subList(place / 2, Math.min(place / 2 + 4, 500)));
                named.add(all.get(random.nextInt(500)));
                walk.answered(contact, named);
            }
        }
        assertTrue(asked.containsAll(sorted.subList(0, 8)));
        assertTrue(asked.size() <= 40, asked.size() + " asked");
    }

    @Test
    void itNeitherAsksItselfNorAMachineAgainAndAgain() {
        List<Contact> named = List.of(new Contact(own, at(1)), new Contact(DhtId.random(random), at("9.9.9.9", 2000)),
                new Contact(DhtId.random(random), at("9.9.9.9", 3000)),
                new Contact(DhtId.random(random), at("9.9.9.9", 4000)));
        Walk walk = new Walk(own, target, named);
        List<Contact> asked = walk.next();
        assertEquals(2, asked.size());
        assertFalse(asked.contains(named.getFirst()));
        asked.forEach(contact -> walk.answered(contact, named));
        assertEquals(List.of(), walk.next());
        assertTrue(walk.isOver());
    }

    @Test
    void whoNamesNearerOnesWithoutEndDoesNotHoldItUp() {
        Walk walk = new Walk(own, target, contacts(0, 1));
        int asked = 0;
        for (List<Contact> next = walk.next(); !walk.isOver(); next = walk.next()) {
            for (Contact contact : next) {
                asked++;
                int closer = Math.min(DhtId.BITS, target.commonPrefix(contact.id()) + 1);
                walk.answered(contact, List.of(new Contact(target.randomWithPrefix(closer, random), at(2 * asked)),
                        new Contact(target.randomWithPrefix(closer, random), at(2 * asked + 1))));
            }
        }
        assertEquals(40, asked);
    }

    /** They name others like them, nearer than all that the honest one knows. */
    @Test
    void liarsAmongThoseKnownDoNotKeepItFromAskingTheRest() {
        List<Contact> liars = contacts(0, 100).stream().map(
                liar -> new Contact(target.randomWithPrefix(20, random), liar.address())).sorted(nearest).toList();
        Contact honest = new Contact(target.randomWithPrefix(1, random), at(200));
        List<Contact> known = new ArrayList<>(liars.subList(93, 100));
        known.add(honest);
        Walk walk = new Walk(own, target, known);
        Set<Contact> asked = new HashSet<>();
        for (List<Contact> next = walk.next(); !walk.isOver(); next = walk.next()) {
            asked.addAll(next);
            next.forEach(contact -> walk.answered(contact, liars.subList(0, 50)));
        }
        assertTrue(asked.contains(honest));
    }

    /** Whoever is asked by his address is trusted to know some who know more. */
    @Test
    void thoseWhomARouterNamesAreAsked() {
        List<Contact> near = contacts(0, 20).stream().map(
                liar -> new Contact(target.randomWithPrefix(20, random), liar.address())).toList();
        Walk walk = new Walk(own, target, near);
        List<Contact> named = List.of(new Contact(target.randomWithPrefix(1, random), at(200)));
        walk.alsoAsked();
        walk.begin(named);
        walk.answered(contacts(300, 1).getFirst(), List.of());
        Set<Contact> asked = new HashSet<>();
        for (List<Contact> next = walk.next(); !walk.isOver(); next = walk.next()) {
            asked.addAll(next);
            next.forEach(contact -> walk.answered(contact, List.of()));
        }
        assertTrue(asked.containsAll(named));
    }

    @Test
    void itWaitsForThoseOfWhomOnlyTheAddressIsKnown() {
        Walk walk = new Walk(own, target, List.of());
        walk.alsoAsked();
        assertEquals(List.of(), walk.next());
        assertFalse(walk.isOver());
        List<Contact> named = contacts(0, 1);
        walk.answered(contacts(1, 1).getFirst(), named);
        assertEquals(named, walk.next());
        walk.failed();
        assertEquals(List.of(), walk.next());
        assertTrue(walk.isOver());
    }
}
