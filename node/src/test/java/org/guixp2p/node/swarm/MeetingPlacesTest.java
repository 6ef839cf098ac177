// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.swarm.PeerId;
import org.junit.jupiter.api.Test;

/** Which addresses that others name are dialled, and when. */
class MeetingPlacesTest {
    private static final PeerId SOMEBODY = new PeerId(Sha256.hash(new byte[]{1}));

    private final MeetingPlaces<String> places = new MeetingPlaces<>(MeetingPlaces.WANTED, new Random(5), 0);
    private long now;

    private static InetSocketAddress at(String host, int port) {
        return new InetSocketAddress(InetAddress.ofLiteral(host), port);
    }

    /** Each on a machine of its own. */
    private static InetSocketAddress number(int number) {
        return at("198.18." + number / 256 + "." + number % 256, 4000);
    }

    private void pass(Duration time) {
        now += time.toNanos();
    }

    private List<InetSocketAddress> next() {
        return places.next(now).dial();
    }

    /** Asks and dials in vain. */
    private boolean fails(InetSocketAddress address, boolean own) {
        boolean asked = places.ask(address, "w", now);
        if (asked) {
            assertEquals(List.of(address), next());
            assertEquals(List.of("w"), places.failed(address, own, now));
        }
        return asked;
    }

    @Test
    void allWhoAskForOneAddressWaitForOneDial() {
        assertTrue(places.ask(number(1), "one", now));
        assertTrue(places.ask(number(1), "two", now));
        assertEquals(List.of(number(1)), next());
        assertTrue(places.ask(number(1), "three", now));
        assertEquals(List.of(), next());
        assertTrue(places.isDialled(number(1)));
        assertEquals(List.of("one", "two", "three"), places.met(number(1), SOMEBODY));
        assertEquals(Optional.of(SOMEBODY), places.found(number(1)));
        assertFalse(places.isDialled(number(1)));
    }

    @Test
    void whatNobodyHasAskedForHasNoOutcome() {
        assertEquals(List.of(), places.met(number(1), SOMEBODY));
        assertEquals(List.of(), places.failed(number(1), false, now));
        assertEquals(Optional.empty(), places.found(number(1)));
    }

    @Test
    void whereADialWasInVainIsNotDialledAgainSoonAndEachTimeLater() {
        assertTrue(fails(number(1), false));
        assertFalse(fails(number(1), false));
        pass(MeetingPlaces.FIRST_PAUSE);
        assertTrue(fails(number(1), false));
        pass(MeetingPlaces.FIRST_PAUSE);
        assertFalse(fails(number(1), false), "the second pause is longer");
        pass(MeetingPlaces.FIRST_PAUSE);
        assertTrue(fails(number(1), false));
        for (int i = 0; i < 40; i++) {
            pass(MeetingPlaces.LONGEST_PAUSE);
            assertTrue(fails(number(1), false), "no pause is longer than the longest");
        }
    }

    /** Dials and meets somebody. */
    private void meets(InetSocketAddress address) {
        assertTrue(places.ask(address, "w", now));
        assertEquals(List.of(address), next());
        assertEquals(List.of("w"), places.met(address, SOMEBODY));
    }

    @Test
    void aPeerThatStayedEndsThePauses() {
        assertTrue(fails(number(1), false));
        pass(MeetingPlaces.FIRST_PAUSE);
        meets(number(1));
        places.left(number(1), true, now);
        assertTrue(fails(number(1), false));
        assertEquals(Optional.empty(), places.found(number(1)), "who was there is there no more");
        pass(MeetingPlaces.FIRST_PAUSE);
        assertTrue(fails(number(1), false), "it was the first failure again");
    }

    /** Who has no place for this node greets it first, and would be dialled for ever. */
    @Test
    void whoeverHangsUpAtOnceIsLeftAloneLongerAndLonger() {
        meets(number(1));
        places.left(number(1), false, now);
        assertFalse(places.ask(number(1), "w", now));
        pass(MeetingPlaces.FIRST_PAUSE);
        meets(number(1));
        places.left(number(1), false, now);
        pass(MeetingPlaces.FIRST_PAUSE);
        assertFalse(places.ask(number(1), "w", now), "the second pause is longer");
    }

    @Test
    void thisNodesOwnAddressIsLeftAloneForLong() {
        assertTrue(fails(number(1), true));
        pass(MeetingPlaces.LONGEST_PAUSE);
        assertFalse(fails(number(1), true));
        pass(MeetingPlaces.OWN_PAUSE);
        assertTrue(fails(number(1), true));
    }

    @Test
    void someAtATimeAndOthersAfterThem() {
        int more = MeetingPlaces.WANTED.atATime() + 3;
        for (int i = 0; i < more; i++) {
            assertTrue(places.ask(number(i), "w" + i, now));
        }
        assertEquals(MeetingPlaces.WANTED.atATime(), next().size());
        assertEquals(List.of(), next());
        places.met(number(0), SOMEBODY);
        places.failed(number(1), false, now);
        assertEquals(List.of(number(more - 3), number(more - 2)), next());
    }

    @Test
    void aCrowdThatWaitsIsNotGrown() {
        int most = MeetingPlaces.WANTED.waiting();
        for (int i = 0; i < most; i++) {
            assertTrue(places.ask(number(i), "w", now));
        }
        assertFalse(places.ask(number(most), "w", now));
        assertTrue(places.ask(number(0), "w", now), "that one is waited for anyway");
        next();
        assertTrue(places.ask(number(most), "w", now), "there is room again");
    }

    /** Whoever announces a victim's ports must not have us dial them all. */
    @Test
    void oneMachineIsDialledOnlySoOftenInAnHour() {
        int most = MeetingPlaces.MOST_OF_A_MACHINE;
        int dialled = 0;
        int refused = 0;
        for (int port = 2000; port < 2000 + 3 * most; port++) {
            InetSocketAddress victim = at("198.51.100.7", port);
            assertTrue(places.ask(victim, "w", now));
            MeetingPlaces.Next<String> next = places.next(now);
            dialled += next.dial().size();
            next.dial().forEach(address -> places.failed(address, false, now));
            refused += next.refused().equals(Map.of(victim, List.of("w"))) ? 1 : 0;
        }
        assertEquals(List.of(most, 2 * most), List.of(dialled, refused));
        pass(Duration.ofHours(1));
        assertTrue(fails(at("198.51.100.7", 9000), false));
    }

    /** Where all nodes of a test, or of a machine with several, are. */
    @Test
    void thisNetworksOwnMachinesHaveNoSuchBound() {
        for (int port = 2000; port < 2000 + 3 * MeetingPlaces.MOST_OF_A_MACHINE; port++) {
            assertTrue(fails(at("127.0.0.1", port), false));
        }
    }

    @Test
    void soManyDialsInAnHourAndNoMore() {
        int dialled = 0;
        for (int i = 0; i < MeetingPlaces.WANTED.anHour() + 50; i++) {
            assertTrue(places.ask(number(i), "w", now));
            List<InetSocketAddress> dial = next();
            dialled += dial.size();
            dial.forEach(address -> places.met(address, SOMEBODY));
        }
        assertEquals(MeetingPlaces.WANTED.anHour(), dialled);
        pass(Duration.ofHours(1));
        assertTrue(fails(number(9000), false));
    }

    /** An address that is dialled keeps those who wait for it, however many others are named. */
    @Test
    void whatIsLongAgoIsForgottenFirst() {
        assertTrue(places.ask(number(0), "waits", now));
        assertEquals(List.of(number(0)), next());
        assertTrue(fails(number(1), false));
        Set<InetSocketAddress> refused = new HashSet<>();
        for (int i = 2; i < 2 + MeetingPlaces.MOST_PLACES; i++) {
            if (i % 1000 == 0) {
                pass(Duration.ofHours(1));
            }
            assertTrue(fails(number(i), true));
            refused.add(number(i));
        }
        assertEquals(MeetingPlaces.MOST_PLACES, refused.size());
        assertTrue(fails(number(1), false), "its failure is forgotten");
        assertFalse(fails(number(1 + MeetingPlaces.MOST_PLACES), true), "the last one's is not");
        assertEquals(List.of("waits"), places.met(number(0), SOMEBODY));
    }
}
