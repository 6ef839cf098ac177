// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.dht;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.guixp2p.protocol.dht.Contact;
import org.guixp2p.protocol.dht.DhtId;
import org.junit.jupiter.api.Test;

/** Which nodes are known, and what is known of them. */
class RoutingTableTest extends RoutingTableFixture {
    @Test
    void aNodeThatAnswersIsKnownAndThisOneIsNot() {
        assertFalse(table.hasGood());
        Contact contact = node(1, 3);
        table.answered(contact);
        assertEquals(List.of(contact), table.closest(OWN, 8));
        assertEquals(List.of(contact), table.closestGood(OWN, 8));
        assertTrue(table.hasGood());
        table.answered(new Contact(OWN, at("192.0.2.9", 1)));
        assertEquals(List.of(contact), table.contacts());
    }

    @Test
    void theOwnHalfIsDividedAndTheOtherNot() {
        for (int i = 0; i < 40; i++) {
            table.answered(node(i, i % 5));
        }
        assertEquals(40, table.contacts().size());
        for (int i = 40; i < 80; i++) {
            table.answered(node(i, 0));
        }
        assertEquals(40, table.contacts().size());
    }

    @Test
    void goodNodesTurnQuestionableAndAreGoodAgain() {
        Contact contact = node(1, 3);
        table.answered(contact);
        pass(KnownNode.FRESH.minusNanos(1));
        assertEquals(List.of(contact), table.closestGood(OWN, 8));
        pass(Duration.ofNanos(1));
        assertEquals(List.of(), table.closestGood(OWN, 8));
        assertFalse(table.hasGood());
        assertEquals(List.of(contact), table.closest(OWN, 8));
        // It has answered at some time, so a question is enough.
        assertFalse(table.asked(contact));
        assertEquals(List.of(contact), table.closestGood(OWN, 8));
        pass(KnownNode.FRESH);
        table.answered(contact);
        assertEquals(List.of(contact), table.closestGood(OWN, 8));
    }

    @Test
    void whoFailsTwiceIsBadUntilItAnswers() {
        Contact contact = node(1, 3);
        table.answered(contact);
        table.failed(contact);
        assertEquals(List.of(), table.closestGood(OWN, 8));
        assertEquals(List.of(contact), table.closest(OWN, 8));
        table.failed(contact);
        assertEquals(List.of(), table.closest(OWN, 8));
        assertEquals(List.of(), table.contacts());
        table.answered(contact);
        assertEquals(List.of(contact), table.closestGood(OWN, 8));
    }

    /** Whom of a full bucket's nodes and one more it has no room for. */
    private Contact leftOver(List<Contact> nodes) {
        Contact another = node(20, 0);
        table.answered(another);
        List<Contact> out = Stream.concat(nodes.stream(), Stream.of(another)).filter(contact -> !knows(contact))
                .toList();
        assertEquals(1, out.size());
        return out.getFirst();
    }

    @Test
    void whoHasToLeaveTakesThePlaceOfABadOne() {
        List<Contact> nodes = new ArrayList<>(fill());
        Contact waiting = leftOver(nodes);
        nodes.remove(waiting);
        fail(nodes.get(3));
        // It waited, so nobody has to come again.
        assertTrue(knows(waiting));
        fail(nodes.get(4));
        Contact later = node(21, 0);
        table.answered(later);
        assertTrue(knows(later));
        assertFalse(knows(nodes.get(4)));
    }

    @Test
    void questionableNodesArePingedOneByOneWhenAnotherWaits() {
        List<Contact> nodes = new ArrayList<>(fill());
        assertEquals(List.of(), table.toPing());
        pass(KnownNode.FRESH);
        assertEquals(List.of(), table.toPing());
        Contact waiting = leftOver(nodes);
        nodes.remove(waiting);
        assertEquals(List.of(nodes.get(0)), table.toPing());
        assertEquals(List.of(), table.toPing());
        pass(Duration.ofSeconds(1));
        table.answered(nodes.get(0));
        assertEquals(List.of(nodes.get(1)), table.toPing());
        table.failed(nodes.get(1));
        // Once more before it is given up (BEP 5).
        assertEquals(List.of(nodes.get(1)), table.toPing());
        assertFalse(knows(waiting));
        table.failed(nodes.get(1));
        assertTrue(knows(waiting));
        assertEquals(List.of(), table.toPing());
    }

    @Test
    void aPingOfWhichNothingIsHeardDoesNotHoldUpTheNext() {
        List<Contact> nodes = fill();
        pass(KnownNode.FRESH);
        table.answered(node(20, 0));
        assertEquals(List.of(nodes.get(0)), table.toPing());
        pass(Duration.ofSeconds(15));
        assertEquals(List.of(nodes.get(0)), table.toPing());
    }

    @Test
    void rememberedNodesAreQuestionable() {
        List<Contact> nodes = new ArrayList<>();
        for (int i = 0; i < 9; i++) {
            nodes.add(node(i, 0));
            table.remember(nodes.get(i));
            table.remember(nodes.get(i));
        }
        assertEquals(nodes.subList(0, 8), table.contacts());
        assertEquals(List.of(), table.closestGood(OWN, 8));
        assertEquals(8, table.closest(OWN, 20).size());
        assertFalse(table.asked(nodes.get(0)));
        assertEquals(List.of(), table.closestGood(OWN, 8));
        table.answered(nodes.get(0));
        assertEquals(List.of(nodes.get(0)), table.closestGood(OWN, 8));
    }

    @Test
    void asManyAreRememberedAsTheTableHasRoomFor() {
        List<Contact> nodes = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            nodes.add(node(i, i % 5));
            table.remember(nodes.get(i));
        }
        assertEquals(Set.copyOf(nodes), Set.copyOf(table.contacts()));
    }

    @Test
    void silentPartsAreLookedUpAgain() {
        List<Contact> nodes = fill();
        assertEquals(List.of(), table.toRefresh(random));
        pass(KnownNode.FRESH.minusNanos(1));
        table.answered(nodes.get(0));
        assertEquals(List.of(), table.toRefresh(random));
        pass(Duration.ofNanos(1));
        List<DhtId> targets = table.toRefresh(random);
        assertEquals(1, targets.size());
        assertTrue(OWN.commonPrefix(targets.getFirst()) >= 1);
        assertEquals(List.of(), table.toRefresh(random));
        pass(KnownNode.FRESH);
        targets = table.toRefresh(random);
        assertEquals(2, targets.size());
        assertEquals(0, OWN.commonPrefix(targets.getFirst()));
    }

    @Test
    void thoseOfWhomNothingWasHeardForLongAreKept() {
        Contact first = node(1, 3);
        Contact second = node(2, 3);
        table.answered(first);
        pass(Duration.ofMinutes(1));
        table.answered(second);
        assertEquals(List.of(), table.toKeep(8));
        pass(KnownNode.FRESH.minusMinutes(1));
        assertEquals(List.of(first), table.toKeep(8));
        pass(Duration.ofMinutes(1));
        assertEquals(List.of(first, second), table.toKeep(8));
        assertEquals(List.of(first), table.toKeep(1));
        table.answered(first);
        assertEquals(List.of(second), table.toKeep(8));
        fail(second);
        assertEquals(List.of(), table.toKeep(8));
    }

    @Test
    void allPartsButTheOwnAreFilledTheNearestFirst() {
        assertEquals(List.of(), table.toFill(random));
        for (int i = 0; i < 33; i++) {
            table.answered(node(i, i % 4));
        }
        assertEquals(List.of(2, 1, 0), table.toFill(random).stream().map(OWN::commonPrefix).toList());
    }

    @Test
    void withAnotherIdThePlacesAreOthersAndTheNodesTheSame() {
        List<Contact> nodes = fill();
        Contact gone = nodes.removeLast();
        fail(gone);
        DhtId other = sharing(0);
        table.move(other);
        assertEquals(other, table.own());
        assertEquals(8, table.contacts().size());
        assertTrue(table.contacts().containsAll(nodes));
        assertEquals(8, table.closestGood(other, 20).size());
        assertFalse(table.asked(nodes.getFirst()));
        assertTrue(table.asked(gone));
        table.answered(new Contact(other, gone.address()));
        assertEquals(8, table.contacts().size());
    }

    @Test
    void whereSomeAreGoneOthersAreLookedForThoughTheRestAnswers() {
        List<Contact> nodes = fill();
        fail(nodes.get(3));
        pass(KnownNode.FRESH.minusNanos(1));
        table.answered(nodes.get(0));
        assertEquals(List.of(), table.toRefresh(random));
        pass(Duration.ofNanos(1));
        List<DhtId> targets = table.toRefresh(random);
        assertEquals(List.of(0), targets.stream().map(OWN::commonPrefix).filter(shared -> shared == 0).toList());
        table.answered(nodes.get(0));
        assertEquals(List.of(), table.toRefresh(random));
        pass(KnownNode.FRESH.minusNanos(1));
        table.answered(nodes.get(0));
        pass(Duration.ofNanos(1));
        assertTrue(table.toRefresh(random).stream().noneMatch(target -> OWN.commonPrefix(target) == 0));
    }

    @Test
    void theTableHasABoundHoweverNearTheIdsAre() {
        for (int i = 0; i < 4000; i++) {
            Contact contact = new Contact(sharing(Math.min(i / 20, 159)), at("5." + i / 256 + "." + i % 256 + ".1", 1));
            table.answered(contact);
        }
        assertEquals(Bucket.SIZE * RoutingTable.MOST_BUCKETS, table.contacts().size());
    }

    @Test
    void aFewNextToThisNodeDoNotMakeItLookAfterManyParts() {
        for (int i = 0; i < 9; i++) {
            table.answered(node(i, 150 + i));
        }
        assertTrue(table.toFill(random).size() < RoutingTable.MOST_BUCKETS);
        pass(KnownNode.FRESH);
        assertTrue(table.toRefresh(random).size() <= RoutingTable.MOST_BUCKETS);
    }

    /** Against a sort of all that it knows. */
    @Property(tries = 100)
    void theClosestAreTheClosest(@ForAll long seed) {
        Random chance = new Random(seed);
        DhtId own = DhtId.random(chance);
        RoutingTable tested = new RoutingTable(own, IdRule.PREFERRED, random, () -> 0);
        for (int i = 0; i < 300; i++) {
            tested.answered(new Contact(own.randomWithPrefix(chance.nextInt(20), chance),
                    at("5." + i / 256 + "." + i % 256 + ".1", 1)));
        }
        for (int i = 0; i < 20; i++) {
            DhtId target = own.randomWithPrefix(chance.nextInt(25), chance);
            int most = chance.nextInt(30);
            List<Contact> expected = tested.contacts().stream()
                    .sorted(Comparator.comparing(Contact::id, target::compareDistances)).limit(most).toList();
            assertEquals(expected, tested.closest(target, most));
        }
    }
}
