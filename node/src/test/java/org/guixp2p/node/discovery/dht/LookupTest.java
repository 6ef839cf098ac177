// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.dht;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.IntStream;
import org.guixp2p.protocol.dht.AddressBound;
import org.guixp2p.protocol.dht.Contact;
import org.guixp2p.protocol.dht.DhtId;
import org.guixp2p.protocol.dht.Octets;
import org.junit.jupiter.api.Test;

class LookupTest {
    private static final int NODES = 1000;

    private final StillNetwork network = new StillNetwork(NODES, 11);
    private final DhtId target = DhtId.random(network.random);

    private Lookup lookup(IdRule rule) {
        return new Lookup(target, rule, network.knownTo(network.living().getFirst(), target));
    }

    private static List<Contact> contacts(List<Lookup.Holder> holders) {
        return holders.stream().map(Lookup.Holder::contact).toList();
    }

    private void assertFindsNearest(Lookup lookup, int atLeast) {
        Set<Contact> found = new HashSet<>(contacts(lookup.nearestHolders(Lookup.NEAREST)));
        found.retainAll(network.trulyNearest(target, Lookup.NEAREST));
        assertTrue(found.size() >= atLeast, found.size() + " of the nearest");
    }

    /** Another one than the target's, bound to the address or not. */
    private Contact near(InetSocketAddress address, boolean bound) {
        DhtId id = bound
                ? AddressBound.id(address.getAddress(), network.random)
                : target.randomWithPrefix(40, network.random);
        return new Contact(id, address);
    }

    @Test
    void findsTheNearestWithFewQuestions() {
        Lookup lookup = lookup(IdRule.PREFERRED);
        long took = network.run(lookup, target);
        assertFindsNearest(lookup, Lookup.NEAREST);
        assertTrue(network.asked.size() <= 48, network.asked.size() + " questions");
        assertEquals(network.asked.size(), lookup.messages());
        assertTrue(took <= 1000 * StillNetwork.MILLI, took / StillNetwork.MILLI + " ms");
    }

    @Test
    void findsTheNearestThatLiveAmongManyDead() {
        for (int i = 0; i < NODES * 3 / 10; i++) {
            network.dead.add(network.honest.get(network.random.nextInt(NODES)));
        }
        Lookup lookup = lookup(IdRule.ENFORCED);
        network.run(lookup, target);
        assertFindsNearest(lookup, Lookup.NEAREST - 1);
    }

    @Test
    void asksNobodyTwice() {
        network.run(lookup(IdRule.PREFERRED), target);
        assertEquals(network.asked.size(), new HashSet<>(network.asked).size());
    }

    @Test
    void withNobodyToAskItIsOver() {
        Lookup lookup = new Lookup(target, IdRule.PREFERRED, List.of());
        assertEquals(List.of(), lookup.next(0));
        assertTrue(lookup.isOver());
        assertEquals(List.of(), lookup.nearestHolders(Lookup.NEAREST));
    }

    /** Whom it asks until it is over; all answer, and name nobody but what is given. */
    private List<Contact> asked(Lookup lookup, Contact namer, Contact named) {
        List<Contact> asked = new ArrayList<>();
        for (List<Contact> next = lookup.next(0); !next.isEmpty(); next = lookup.next(0)) {
            next.forEach(contact -> lookup.answered(contact, contact.id(), Octets.ascii("token"),
                    contact.equals(namer) ? List.of(named) : List.of(), 0));
            asked.addAll(next);
        }
        assertTrue(lookup.isOver());
        return asked;
    }

    @Test
    void goesOnOnceFromOthersWhenThoseItBeganWithDidNotLeadThere() {
        Contact namer = network.honest.stream().sorted(StillNetwork.nearest(target)).skip(40).findFirst().orElseThrow();
        Contact named = network.trulyNearest(target, 1).getFirst();
        List<Contact> known = network.honest.stream().sorted(StillNetwork.nearest(target)).skip(10).limit(64).toList();
        Lookup lookup = new Lookup(target, IdRule.PREFERRED, known);
        List<Contact> first = asked(lookup, namer, named);
        assertFalse(first.contains(named), "else nothing is shown");
        assertTrue(lookup.widen());
        List<Contact> others = asked(lookup, namer, named);
        assertTrue(others.contains(named));
        others.retainAll(first);
        assertEquals(List.of(), others, "nobody is asked twice");
        assertEquals(named, lookup.nearestHolders(Lookup.NEAREST).getFirst().contact());
        assertFalse(lookup.widen());
        assertEquals(List.of(), lookup.next(0));
    }

    @Test
    void whoHasFoundWhatItWantedDoesNotGoOn() {
        Lookup lookup = new Lookup(target, IdRule.PREFERRED, network.honest.subList(0, 64));
        lookup.next(0);
        lookup.stop();
        assertFalse(lookup.widen());
    }

    @Test
    void whoIsSlowHoldsNobodyUp() {
        network.honest.stream().sorted(StillNetwork.nearest(target)).skip(8).limit(200)
                .forEach(contact -> network.slow.put(contact, 1900 * StillNetwork.MILLI));
        Lookup lookup = new Lookup(target, IdRule.PREFERRED, network.honest.subList(0, 16));
        long took = network.run(lookup, target);
        assertFindsNearest(lookup, Lookup.NEAREST);
        // One after another they would take as long as they are many.
        assertTrue(took < 4 * 1900 * StillNetwork.MILLI, took / StillNetwork.MILLI + " ms");
    }

    @Test
    void anAnswerThatComesLateCounts() {
        Contact only = network.honest.getFirst();
        network.slow.put(only, 1900 * StillNetwork.MILLI);
        Lookup lookup = new Lookup(target, IdRule.PREFERRED, List.of(only));
        network.run(lookup, target);
        assertFindsNearest(lookup, Lookup.NEAREST);
    }

    @Test
    void ofOneMachineAndOfOneNetworkFewAreAsked() {
        InetSocketAddress machine = StillNetwork.address(9, 1);
        List<Contact> crowd = new ArrayList<>();
        for (int port = 1024; port < 1040; port++) {
            crowd.add(near(new InetSocketAddress(machine.getAddress(), port), false));
        }
        for (int host = 2; host < 40; host++) {
            crowd.add(near(new InetSocketAddress(InetAddress.ofLiteral("9.9.9." + host), 6881), false));
        }
        network.run(new Lookup(target, IdRule.PREFERRED, crowd), target);
        int machines = (int) network.asked.stream()
                .filter(contact -> contact.address().getAddress().equals(machine.getAddress()))
                .count();
        // As many on each of the two paths that take ids of their choice.
        assertEquals(2 * 2, machines);
        assertEquals(2 * 4, network.asked.size() - machines);
    }

    @Test
    void manyOnOneLocalMachineAreAsked() {
        List<Contact> crowd = IntStream.range(1024, 1034)
                .mapToObj(port -> near(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), false)).toList();
        network.run(new Lookup(target, IdRule.PREFERRED, crowd), target);
        assertEquals(10, network.asked.size());
    }

    /** It is said to be where another one is. */
    @Test
    void whoAnswersCountsForWhatItIs() {
        Contact real = network.honest.get(5);
        Contact misnamed = new Contact(target.randomWithPrefix(50, network.random), real.address());
        network.trueIds.put(real.address(), real.id());
        Lookup lookup = new Lookup(target, IdRule.PREFERRED, List.of(misnamed));
        network.run(lookup, target);
        assertFindsNearest(lookup, Lookup.NEAREST);
        assertFalse(contacts(lookup.nearestHolders(Lookup.NEAREST)).contains(misnamed));
    }

    /** Each names new ones without end, all nearer than anybody honest. */
    @Test
    void liarsWithIdsOfTheirChoiceDoNotHideThoseWithBoundOnes() {
        List<Contact> liars = IntStream.range(0, 500).mapToObj(i -> near(StillNetwork.address(9, i), false)).toList();
        liars.forEach(liar -> network.liars.put(liar, key -> network.some(liars)));
        List<Contact> start = new ArrayList<>(network.some(liars));
        start.addAll(network.knownTo(network.honest.getFirst(), target));
        Lookup lookup = new Lookup(target, IdRule.PREFERRED, start);
        network.run(lookup, target);
        assertFindsNearest(lookup, Lookup.NEAREST);
        assertTrue(
                contacts(lookup.nearestHolders(Lookup.NEAREST)).stream().filter(liars::contains)
                        .count() >= Lookup.NEAREST,
                "it is announced to them too");
        assertTrue(network.asked.size() <= 160, network.asked.size() + " questions");
    }

    /**
     * All have bound ids, so not many are near the target. But of those that are known ten are liars and the nearest, and the others
     * are so far away that whom they name at first is farther than many liars.
     */
    @Test
    void whoHasMostOfTheTableHidesNobody() {
        for (int seed = 1; seed <= 10; seed++) {
            StillNetwork crowded = new StillNetwork(2 * NODES, seed);
            DhtId key = DhtId.random(crowded.random);
            List<Contact> liars = IntStream.range(0, 1000).mapToObj(i -> crowded.node(StillNetwork.address(9, i)))
                    .sorted(StillNetwork.nearest(key)).limit(200).toList();
            liars.forEach(liar -> crowded.liars.put(liar, ignored -> crowded.some(liars)));
            List<Contact> start = new ArrayList<>(crowded.some(liars));
            start.addAll(crowded.some(liars));
            crowded.honest.stream().filter(far -> key.commonPrefix(far.id()) == 0).limit(6).forEach(start::add);
            Lookup lookup = new Lookup(key, IdRule.ENFORCED, start);
            crowded.run(lookup, key);
            Set<Contact> found = new HashSet<>(contacts(lookup.nearestHolders(Lookup.NEAREST)));
            found.retainAll(crowded.trulyNearest(key, Lookup.NEAREST));
            assertTrue(found.size() >= 3, found.size() + " of the nearest with seed " + seed);
        }
    }

    /** Each takes its time, and names such as are nearer still. */
    @Test
    void whoLeadsAPathAstraySlowlyDoesNotHoldUpTheEnd() {
        List<Contact> liars = IntStream.range(0, 500).mapToObj(i -> near(StillNetwork.address(9, i), false))
                .sorted(StillNetwork.nearest(target).reversed()).toList();
        for (int i = 0; i < 500; i++) {
            List<Contact> nearer = liars.subList(Math.min(499, i + 1), Math.min(500, i + 5));
            network.liars.put(liars.get(i), key -> nearer);
            network.slow.put(liars.get(i), 1400 * StillNetwork.MILLI);
        }
        List<Contact> start = new ArrayList<>(liars.subList(0, 1));
        start.addAll(network.knownTo(network.honest.getFirst(), target));
        Lookup lookup = new Lookup(target, IdRule.PREFERRED, start);
        long took = network.run(lookup, target);
        assertTrue(took <= 8000 * StillNetwork.MILLI, took / StillNetwork.MILLI + " ms");
        assertFindsNearest(lookup, Lookup.NEAREST);
    }

    /** Each takes its time, and names many that are gone. */
    @Test
    void manyWhoAreGoneDoNotHoldUpTheEnd() {
        List<Contact> start = new ArrayList<>();
        for (int i = 0; i < 16; i++) {
            Contact slow = network.node(StillNetwork.address(9, i));
            List<Contact> gone = IntStream.range(100 * (i + 1), 100 * (i + 1) + 60)
                    .mapToObj(j -> network.node(StillNetwork.address(9, j))).toList();
            network.liars.put(slow, key -> gone);
            network.slow.put(slow, 700 * StillNetwork.MILLI);
            start.add(slow);
        }
        Lookup lookup = new Lookup(target, IdRule.PREFERRED, start);
        long took = network.run(lookup, target);
        assertTrue(network.asked.size() > 50, network.asked.size() + " questions");
        assertTrue(took <= 9500 * StillNetwork.MILLI, took / StillNetwork.MILLI + " ms");
    }

    /** An id as near to the target as one can be that begins and ends as a bound one does. */
    private DhtId aimed(DhtId bound) {
        byte[] id = bound.bytes();
        System.arraycopy(target.bytes(), 3, id, 3, DhtId.BYTES - 4);
        return DhtId.of(id);
    }

    /** All that one node names are machines that are there, under wrong ports and as near as they can be: nobody answers. */
    @Test
    void oneWhoNamesThoseNearUnderWrongPortsHidesThemOnOnePath() {
        List<Contact> wrong = network.trulyNearest(target, Lookup.NEAREST).stream()
                .map(contact -> new Contact(aimed(contact.id()),
                        new InetSocketAddress(contact.address().getAddress(), 1024)))
                .toList();
        List<Contact> start = network.knownTo(network.honest.getFirst(), target);
        network.liars.put(start.getFirst(), key -> wrong);
        Lookup lookup = new Lookup(target, IdRule.ENFORCED, start);
        network.run(lookup, target);
        assertTrue(network.asked.stream().filter(wrong::contains).count() >= 4, "it was believed");
        assertFindsNearest(lookup, Lookup.NEAREST);
    }

    /** It says that it has an id that is bound, and when asked that it has one of its choice, next to the target. */
    @Test
    void whoAnswersUnderAnotherIdEndsNoPathThatGoesByBoundOnes() {
        List<Contact> liars = IntStream.range(0, 24).mapToObj(i -> StillNetwork.address(9, i))
                .map(address -> new Contact(aimed(network.node(address).id()), address)).toList();
        liars.forEach(liar -> {
            DhtId chosen = target.randomWithPrefix(100, network.random);
            network.trueIds.put(liar.address(), chosen);
        });
        List<Contact> start = new ArrayList<>(liars);
        start.addAll(network.knownTo(network.honest.getFirst(), target));
        Lookup lookup = new Lookup(target, IdRule.PREFERRED, start);
        network.run(lookup, target);
        assertFindsNearest(lookup, Lookup.NEAREST);
    }

    @Test
    void whenItIsStoppedItAsksNobodyAndWaitsForNobody() {
        Lookup lookup = lookup(IdRule.PREFERRED);
        assertFalse(lookup.next(0).isEmpty());
        lookup.stop();
        assertTrue(lookup.isOver());
        assertEquals(List.of(), lookup.next(10_000 * StillNetwork.MILLI));
        assertEquals(OptionalLong.empty(), lookup.nextChange(0));
    }

    @Test
    void whoTakesNoAnnouncementIsNoHolder() {
        Contact contact = network.honest.getFirst();
        Lookup lookup = new Lookup(target, IdRule.PREFERRED, List.of(contact));
        assertEquals(List.of(contact), lookup.next(0));
        lookup.answered(contact, contact.id(), Octets.EMPTY, List.of(), 1);
        assertEquals(List.of(), lookup.next(1));
        assertTrue(lookup.isOver());
        assertEquals(List.of(), lookup.nearestHolders(Lookup.NEAREST));
    }
}
