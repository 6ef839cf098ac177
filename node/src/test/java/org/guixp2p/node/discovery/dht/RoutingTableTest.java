// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.dht;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.guixp2p.protocol.dht.AddressBound;
import org.guixp2p.protocol.dht.Contact;
import org.guixp2p.protocol.dht.DhtId;
import org.junit.jupiter.api.Test;

class RoutingTableTest {
    private static final DhtId OWN = DhtId.of(new byte[DhtId.BYTES]);

    private final Random random = new Random(7);
    private long now = Long.MAX_VALUE - 1;
    private final RoutingTable table = new RoutingTable(OWN, IdRule.PREFERRED, () -> now);

    private void pass(Duration time) {
        now += time.toNanos();
    }

    private static InetSocketAddress at(String host, int port) {
        return new InetSocketAddress(InetAddress.ofLiteral(host), port);
    }

    /** An id that shares exactly {@code shared} bits with the own one. */
    private DhtId sharing(int shared) {
        DhtId id = OWN.randomWithPrefix(shared, random);
        while (OWN.commonPrefix(id) != shared) {
            id = OWN.randomWithPrefix(shared, random);
        }
        return id;
    }

    /** A node in a network of its own, whose id shares {@code shared} bits, and is not bound to its address. */
    private Contact node(int network, int shared) {
        InetSocketAddress address = at("5." + network / 256 + "." + network % 256 + ".1", 6881);
        DhtId id = sharing(shared);
        while (AddressBound.matches(id, address.getAddress())) {
            id = sharing(shared);
        }
        return new Contact(id, address);
    }

    /** The same, with an id that is bound to its address. */
    private Contact bound(int network, int shared) {
        InetSocketAddress address = at("5." + network / 256 + "." + network % 256 + ".1", 6881);
        DhtId id = AddressBound.id(address.getAddress(), random);
        while (OWN.commonPrefix(id) != shared) {
            id = AddressBound.id(address.getAddress(), random);
        }
        return new Contact(id, address);
    }

    /** The networks from which nodes can have bound ids that begin with a bit of 1. */
    private List<Contact> boundNodes(int from, int count) {
        List<Contact> nodes = new ArrayList<>();
        for (int network = from; nodes.size() < count; network++) {
            InetAddress host = at("5." + network / 256 + "." + network % 256 + ".1", 6881).getAddress();
            for (int i = 0; i < 50; i++) {
                if (OWN.commonPrefix(AddressBound.id(host, random)) == 0) {
                    nodes.add(bound(network, 0));
                    break;
                }
            }
        }
        return nodes;
    }

    /** Fills the half of the key space that is not the own one, and splits the table. */
    private List<Contact> fill() {
        List<Contact> nodes = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            nodes.add(node(i, 0));
            table.answered(nodes.get(i));
        }
        Contact near = node(8, 1);
        table.answered(near);
        assertEquals(9, table.contacts().size());
        return nodes;
    }

    private boolean knows(Contact contact) {
        return table.contacts().contains(contact);
    }

    private void fail(Contact contact) {
        table.failed(contact);
        table.failed(contact);
    }

    @Test
    void aNodeThatAnswersIsKnownAndThisOneIsNot() {
        Contact contact = node(1, 3);
        table.answered(contact);
        assertEquals(List.of(contact), table.closest(OWN, 8));
        assertEquals(List.of(contact), table.closestGood(OWN, 8));
        table.answered(new Contact(OWN, at("192.0.2.9", 1)));
        assertEquals(List.of(contact), table.contacts());
    }

    @Test
    void whoOnlyAsksIsNotKnown() {
        assertTrue(table.asked(node(1, 3)));
        assertEquals(List.of(), table.contacts());
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

    @Test
    void aNewNodeTakesThePlaceOfABadOneOnly() {
        List<Contact> nodes = fill();
        Contact next = node(20, 0);
        table.answered(next);
        assertFalse(knows(next));
        fail(nodes.get(3));
        // It waited, so nobody has to come again.
        assertTrue(knows(next));
        fail(nodes.get(4));
        Contact later = node(21, 0);
        table.answered(later);
        assertTrue(knows(later));
        assertFalse(knows(nodes.get(4)));
    }

    @Test
    void questionableNodesArePingedOneByOneWhenAnotherWaits() {
        List<Contact> nodes = fill();
        assertEquals(List.of(), table.toPing());
        pass(KnownNode.FRESH);
        assertEquals(List.of(), table.toPing());
        Contact next = node(20, 0);
        table.answered(next);
        assertEquals(List.of(nodes.get(0)), table.toPing());
        assertEquals(List.of(), table.toPing());
        pass(Duration.ofSeconds(1));
        table.answered(nodes.get(0));
        assertEquals(List.of(nodes.get(1)), table.toPing());
        table.failed(nodes.get(1));
        // Once more before it is given up (BEP 5).
        assertEquals(List.of(nodes.get(1)), table.toPing());
        assertFalse(knows(next));
        table.failed(nodes.get(1));
        assertTrue(knows(next));
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

    /** Two nodes with full buckets that do not know each other: each ping is a question, and must not cause another. */
    @Test
    void twoFullNodesDoNotPingEachOtherForEver() {
        for (boolean full : new boolean[]{true, false}) {
            DhtId otherId = sharing(0);
            RoutingTable other = new RoutingTable(otherId, IdRule.PREFERRED, () -> now);
            RoutingTable self = new RoutingTable(OWN, IdRule.PREFERRED, () -> now);
            for (int i = 0; full && i < 9; i++) {
                self.answered(node(i, i / 8));
                DhtId far = otherId.randomWithPrefix(0, random);
                while (otherId.commonPrefix(far) != i / 8) {
                    far = otherId.randomWithPrefix(0, random);
                }
                other.answered(new Contact(far, node(30 + i, 0).address()));
            }
            Contact own = new Contact(OWN, at("7.7.7.7", 6881));
            Contact stranger = new Contact(otherId, at("8.8.8.8", 6881));
            int pings = 0;
            boolean fromOther = true;
            // One question sets it off; then each ping is a question to the other side.
            while (pings < 1000 && (fromOther ? self.asked(stranger) : other.asked(own))) {
                pings++;
                fromOther = !fromOther;
            }
            assertTrue(pings <= (full ? 0 : 2), pings + " pings");
        }
    }

    @Test
    void aStrangerIsPingedOnceInAWhile() {
        Contact contact = node(1, 3);
        assertTrue(table.asked(contact));
        assertFalse(table.asked(contact));
        // Another id does not help.
        assertFalse(table.asked(new Contact(sharing(4), contact.address())));
        pass(CoolDown.TIME.minusNanos(1));
        assertFalse(table.asked(contact));
        pass(Duration.ofNanos(1));
        assertTrue(table.asked(contact));
    }

    @Test
    void whoCountsAsGoneAndAsksIsPingedOnceInAWhile() {
        Contact contact = node(1, 3);
        table.answered(contact);
        assertFalse(table.asked(contact));
        fail(contact);
        assertTrue(table.asked(contact));
        assertFalse(table.asked(contact));
        table.answered(contact);
        assertEquals(List.of(contact), table.closestGood(OWN, 8));
    }

    @Test
    void manyStrangersAreNotRememberedForEver() {
        int pinged = 0;
        for (int i = 0; i < 5000; i++) {
            pinged += table.asked(node(i, 0)) ? 1 : 0;
        }
        assertEquals(CoolDown.MAX_ADDRESSES, pinged);
        assertFalse(table.asked(node(0, 0)));
        pass(CoolDown.TIME);
        assertTrue(table.asked(node(0, 0)));
    }

    @Test
    void aMachineHasOnePlace() {
        Contact first = new Contact(sharing(3), at("9.9.9.9", 1));
        Contact second = new Contact(sharing(4), at("9.9.9.9", 2));
        table.answered(first);
        table.answered(second);
        assertEquals(List.of(first), table.contacts());
        assertFalse(table.asked(second));
        fail(first);
        table.answered(second);
        assertEquals(List.of(second), table.contacts());
        table.answered(new Contact(sharing(5), at("2001:db8::1", 1)));
        table.answered(new Contact(sharing(6), at("2001:db8::2", 1)));
        assertEquals(2, table.contacts().size());
    }

    @Test
    void aNetworkHasTwoPlacesInABucket() {
        for (int i = 1; i <= 20; i++) {
            table.answered(new Contact(sharing(0), at("9.9.9." + i, 1)));
        }
        assertEquals(2, table.contacts().size());
        assertFalse(table.asked(new Contact(sharing(0), at("9.9.9.77", 1))));
        // Once the table is split, the other half has two more.
        for (int i = 0; i < 9; i++) {
            table.answered(node(i, 0));
        }
        table.answered(new Contact(sharing(2), at("9.9.9.78", 1)));
        assertEquals(3, table.contacts().stream().filter(node -> node.address().toString().contains("9.9.9.")).count());
    }

    @Test
    void whoComesBackFindsItsPlaceTaken() {
        Contact before = new Contact(sharing(3), at("9.9.9.9", 1));
        Contact after = new Contact(sharing(4), at("9.9.9.9", 2));
        table.answered(before);
        fail(before);
        table.answered(after);
        table.answered(before);
        assertEquals(List.of(after), table.contacts());
    }

    @Test
    void localNodesAreCountedByTheirPorts() {
        for (int i = 1; i <= 8; i++) {
            table.answered(new Contact(sharing(0), at("127.0.0.1", i)));
            table.answered(new Contact(sharing(1), at("10.1.1.1", i)));
        }
        assertEquals(16, table.contacts().size());
    }

    @Test
    void whoAnswersAtAnAddressTakesThePlaceOfWhoDid() {
        Contact before = node(1, 3);
        Contact after = new Contact(sharing(5), before.address());
        table.answered(before);
        table.answered(after);
        assertEquals(List.of(after), table.contacts());
    }

    @Test
    void anIdIsNotTakenOverWhileItsHolderAnswers() {
        Contact holder = node(1, 3);
        Contact thief = new Contact(holder.id(), node(2, 0).address());
        table.answered(holder);
        table.answered(thief);
        table.failed(thief);
        table.failed(thief);
        assertEquals(List.of(holder), table.contacts());
        assertFalse(table.asked(thief));
        fail(holder);
        table.answered(thief);
        assertEquals(List.of(thief), table.contacts());
    }

    @Test
    void boundIdsArePreferredInAFullBucket() {
        List<Contact> nodes = fill();
        pass(Duration.ofSeconds(1));
        table.answered(nodes.get(0));
        List<Contact> bound = boundNodes(100, 9);
        assertTrue(table.asked(bound.get(0)));
        table.answered(bound.get(0));
        assertTrue(knows(bound.get(0)));
        assertFalse(knows(nodes.get(1)));
        bound.subList(1, 9).forEach(table::answered);
        assertTrue(table.contacts().containsAll(bound.subList(0, 8)));
        assertFalse(knows(bound.get(8)));
        Contact unbound = node(99, 0);
        assertFalse(table.asked(unbound));
        table.answered(unbound);
        assertFalse(knows(unbound));
    }

    @Test
    void whereBoundIdsAreEnforcedOthersAreNotKnown() {
        RoutingTable strict = new RoutingTable(OWN, IdRule.ENFORCED, () -> now);
        Contact unbound = node(1, 0);
        assertFalse(strict.asked(unbound));
        strict.answered(unbound);
        strict.remember(unbound);
        assertEquals(List.of(), strict.contacts());
        Contact bound = boundNodes(1, 1).getFirst();
        Contact local = new Contact(sharing(3), at("192.168.1.1", 1));
        strict.answered(bound);
        strict.answered(local);
        assertEquals(Set.of(bound, local), Set.copyOf(strict.contacts()));
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
    void partsWithRoomAreFilled() {
        assertEquals(List.of(), table.toFill(random));
        for (int i = 0; i < 40; i++) {
            // Of those that share one bit there are fewer than a bucket holds.
            table.answered(node(i, i % 5 == 1 && i > 20 ? 0 : i % 5));
        }
        List<DhtId> targets = table.toFill(random);
        assertTrue(targets.stream().anyMatch(target -> OWN.commonPrefix(target) == 1));
        assertTrue(targets.stream().noneMatch(target -> OWN.commonPrefix(target) == 0));
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
        assertTrue(table.contacts().size() <= 8 * DhtId.BITS, table.contacts().size() + " nodes");
    }

    /** Against a sort of all that it knows. */
    @Property(tries = 100)
    void theClosestAreTheClosest(@ForAll long seed) {
        Random chance = new Random(seed);
        DhtId own = DhtId.random(chance);
        RoutingTable tested = new RoutingTable(own, IdRule.PREFERRED, () -> 0);
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

    /** Whatever happens, no id, address or machine stands twice, and no bucket is more than full. */
    @Property(tries = 100)
    void theTableStaysInOrder(@ForAll long seed) {
        Random chance = new Random(seed);
        DhtId own = DhtId.random(chance);
        long[] clock = {0};
        RoutingTable tested = new RoutingTable(own, chance.nextBoolean() ? IdRule.PREFERRED : IdRule.ENFORCED,
                () -> clock[0]);
        List<DhtId> ids = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            ids.add(own.randomWithPrefix(chance.nextInt(6), chance));
        }
        for (int step = 0; step < 500; step++) {
            clock[0] += chance.nextLong(Duration.ofMinutes(2).toNanos());
            String host = (chance.nextInt(5) == 0 ? "127.0.0." : "9.9." + chance.nextInt(12) + ".") + chance.nextInt(4);
            Contact contact = new Contact(ids.get(chance.nextInt(60)), at(host, 1 + chance.nextInt(2)));
            switch (chance.nextInt(6)) {
                case 0 -> tested.asked(contact);
                case 1 -> tested.toPing().forEach(tested::failed);
                case 2 -> tested.remember(contact);
                case 3 -> tested.closest(contact.id(), 3).forEach(tested::failed);
                default -> tested.answered(contact);
            }
            List<Contact> contacts = tested.contacts();
            Set<Object> seen = new HashSet<>();
            int[] counts = new int[DhtId.BITS + 1];
            for (Contact known : contacts) {
                assertTrue(seen.add(known.id()) && seen.add(known.address()), "twice: " + known);
                boolean local = known.address().getAddress().isLoopbackAddress();
                assertTrue(local || seen.add(known.address().getAddress()), "a machine twice: " + known);
                counts[own.commonPrefix(known.id())]++;
            }
            for (int shared = 0; shared < counts.length; shared++) {
                assertTrue(counts[shared] <= Bucket.SIZE, counts[shared] + " nodes that share " + shared);
            }
        }
    }
}
