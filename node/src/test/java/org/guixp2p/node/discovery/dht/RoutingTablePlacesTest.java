// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.dht;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Arrays;
import java.util.Map;
import java.util.HashMap;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.guixp2p.protocol.dht.Contact;
import org.guixp2p.protocol.dht.DhtId;
import org.junit.jupiter.api.Test;

/** Who gets a place in the table, and who is pinged for one. */
class RoutingTablePlacesTest extends RoutingTableFixture {
    @Test
    void whoOnlyAsksIsNotKnown() {
        assertTrue(table.asked(node(1, 3)));
        assertEquals(List.of(), table.contacts());
    }

    /** Two nodes that do not know each other: each ping is a question, and must not cause another for ever. */
    @Test
    void twoFullNodesDoNotPingEachOtherForEver() {
        Map<Integer, Integer> pings = new HashMap<>();
        for (int round = 0; round < 200; round++) {
            pings.merge(pings(true), 1, Integer::sum);
        }
        // Neither has a place for the other, or one, or both have.
        assertEquals(Set.of(0, 1, 2), pings.keySet());
        assertEquals(2, pings(false));
    }

    private int pings(boolean full) {
        DhtId otherId = sharing(0);
        RoutingTable other = new RoutingTable(otherId, IdRule.PREFERRED, random, () -> now);
        RoutingTable self = new RoutingTable(OWN, IdRule.PREFERRED, random, () -> now);
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
        return pings;
    }

    /** Whoever has one network has no better chances by many addresses or ids. */
    @Test
    void allOfANetworkDrawTheSame() {
        Lots lots = new Lots(random);
        long[] drawn = lots.of(at("5.6.7.8", 1024));
        assertEquals(Bucket.SIZE, drawn.length);
        assertArrayEquals(drawn, lots.of(at("5.6.7.200", 6881)));
        assertFalse(Arrays.equals(drawn, lots.of(at("5.6.8.8", 1024))));
        assertFalse(Arrays.equals(drawn, new Lots(random).of(at("5.6.7.8", 1024))), "nobody else knows the secret");
        assertArrayEquals(lots.of(at("2001:db8:1:2::1", 1)), lots.of(at("2001:db8:1:ffff::2", 2)));
        // One machine may have many nodes of a test.
        assertFalse(Arrays.equals(lots.of(at("127.0.0.1", 1024)), lots.of(at("127.0.0.1", 1025))));
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

    /** Their questions may be forged; whoever comes later has his turn. */
    @Test
    void ofManyStrangersFewArePingedAtOnce() {
        int pinged = 0;
        for (int i = 0; i < 5000; i++) {
            pinged += table.asked(node(i, 0)) ? 1 : 0;
        }
        assertEquals(CoolDown.BURST, pinged);
        pass(CoolDown.INTERVAL.minusNanos(1));
        assertFalse(table.asked(node(5000, 0)));
        pass(Duration.ofNanos(1));
        assertTrue(table.asked(node(5000, 0)));
        assertFalse(table.asked(node(5001, 0)));
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
        for (int i = 0; i < 3; i++) {
            table.answered(new Contact(sharing(2), at("9.9.9." + (78 + i), 1)));
        }
        assertEquals(2, table.contacts().stream().filter(node -> OWN.commonPrefix(node.id()) == 2).count());
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
        assertEquals(7, nodes.stream().filter(this::knows).count());
        bound.subList(1, 9).forEach(table::answered);
        assertEquals(Bucket.SIZE, bound.stream().filter(this::knows).count());
        Contact unbound = node(99, 0);
        assertFalse(table.asked(unbound));
        table.answered(unbound);
        assertFalse(knows(unbound));
    }

    /** Else whoever is named by many, and so is met first or most often, would have the places. */
    @Test
    void whoHasPlacesIsDrawnByLotWhateverTheOrderInWhichTheyCome() {
        List<Contact> nodes = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            nodes.add(node(i, 0));
        }
        List<Contact> bound = boundNodes(300, 2);
        nodes.addAll(bound);
        Set<Set<Contact>> outcomes = new HashSet<>();
        Set<Contact> everHeld = new HashSet<>();
        for (int draw = 0; draw < 50; draw++) {
            outcomes.clear();
            for (int order = 0; order < 3; order++) {
                RoutingTable tested = new RoutingTable(OWN, IdRule.PREFERRED, new Random(draw), () -> now);
                tested.answered(node(200, 1));
                Collections.shuffle(nodes, random);
                nodes.forEach(tested::answered);
                outcomes.add(Set.copyOf(tested.closest(nodes.getFirst().id(), Bucket.SIZE)));
            }
            assertEquals(1, outcomes.size());
            everHeld.addAll(outcomes.iterator().next());
        }
        // Chance leaves out few in 300 draws of 100.
        assertTrue(everHeld.size() > 80, everHeld.size() + " of 102");
        assertTrue(everHeld.containsAll(bound), "there are places for all of these");
    }

    @Test
    void aStrangerIsPingedInAFullBucketIfThePlaceOfAnotherWouldBeHis() {
        List<Contact> nodes = fill();
        int pinged = 0;
        for (int i = 20; i < 60; i++) {
            pass(CoolDown.INTERVAL);
            Contact stranger = node(i, 0);
            boolean ping = table.asked(stranger);
            Set<Contact> before = Set.copyOf(table.contacts());
            table.answered(stranger);
            assertEquals(ping, !Set.copyOf(table.contacts()).equals(before));
            assertEquals(ping, knows(stranger));
            pinged += ping ? 1 : 0;
        }
        assertTrue(pinged > 0 && pinged < 40, pinged + " of 40");
        assertFalse(table.contacts().containsAll(nodes));
    }

    @Test
    void whereBoundIdsAreEnforcedOthersAreNotKnown() {
        RoutingTable strict = new RoutingTable(OWN, IdRule.ENFORCED, random, () -> now);
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

    /** Whatever happens, no id, address or machine stands twice, and no bucket is more than full. */
    @Property(tries = 100)
    void theTableStaysInOrder(@ForAll long seed) {
        Random chance = new Random(seed);
        DhtId own = DhtId.random(chance);
        long[] clock = {0};
        RoutingTable tested = new RoutingTable(own, chance.nextBoolean() ? IdRule.PREFERRED : IdRule.ENFORCED,
                chance, () -> clock[0]);
        List<DhtId> ids = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            ids.add(own.randomWithPrefix(chance.nextInt(6), chance));
        }
        for (int step = 0; step < 500; step++) {
            clock[0] += chance.nextLong(Duration.ofMinutes(2).toNanos());
            String host = (chance.nextInt(5) == 0 ? "127.0.0." : "9.9." + chance.nextInt(12) + ".") + chance.nextInt(4);
            Contact contact = new Contact(ids.get(chance.nextInt(60)), at(host, 1 + chance.nextInt(2)));
            switch (chance.nextInt(8)) {
                case 0 -> tested.asked(contact);
                case 1 -> tested.toPing().forEach(tested::failed);
                case 2 -> tested.remember(contact);
                case 3 -> tested.closest(contact.id(), 3).forEach(tested::failed);
                case 4 -> tested.toRefresh(chance);
                case 5 -> tested.move(chance.nextInt(10) == 0 ? own.randomWithPrefix(3, chance) : tested.own());
                default -> tested.answered(contact);
            }
            List<Contact> contacts = tested.contacts();
            Set<Object> seen = new HashSet<>();
            int[] counts = new int[DhtId.BITS + 1];
            for (Contact known : contacts) {
                assertTrue(seen.add(known.id()) && seen.add(known.address()), "twice: " + known);
                boolean local = known.address().getAddress().isLoopbackAddress();
                assertTrue(local || seen.add(known.address().getAddress()), "a machine twice: " + known);
                counts[tested.own().commonPrefix(known.id())]++;
            }
            for (int shared = 0; shared < counts.length; shared++) {
                assertTrue(counts[shared] <= Bucket.SIZE, counts[shared] + " nodes that share " + shared);
            }
        }
    }
}
