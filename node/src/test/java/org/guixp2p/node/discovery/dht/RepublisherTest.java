// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.dht;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import org.guixp2p.protocol.dht.AddressFamily;
import org.guixp2p.protocol.dht.Contact;
import org.guixp2p.protocol.dht.DhtId;
import org.junit.jupiter.api.Test;

class RepublisherTest {
    private static final Duration LIFETIME = PeerRecords.LIFETIME;
    private static final int FIRST = 48;
    private static final int LATER = 26;
    private static final int RATE = 100;
    private static final List<Contact> TAKERS = List.of(
            new Contact(DhtId.random(new Random(1)), LoneNode.at(1)),
            new Contact(DhtId.random(new Random(2)), LoneNode.at(2)));

    private final Random random = new Random(7);
    private long now = Long.MAX_VALUE - Duration.ofMinutes(1).toNanos();
    private final Republisher republisher = new Republisher(AddressFamily.IPV4, RATE, random, () -> now);
    /** When others were told last, and how often. */
    private final Map<DhtId, Long> told = new HashMap<>();
    private final List<DhtId> order = new ArrayList<>();
    private long messages;
    private long longestGap;
    private List<Contact> takers = TAKERS;

    private DhtId key() {
        return DhtId.random(random);
    }

    private List<DhtId> put(int count, int demand, long size) {
        List<DhtId> keys = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            keys.add(key());
            republisher.put(keys.getLast(), Optional.empty(), new Worth(demand, size));
        }
        return keys;
    }

    private void make(Republisher.Due due) {
        int cost = due.near().isEmpty() ? FIRST : LATER;
        messages += cost;
        order.add(due.key());
        Long before = told.put(due.key(), now);
        if (before != null) {
            longestGap = Math.max(longestGap, now - before);
        }
        republisher.done(due, new Announced(takers, takers.size(), cost));
    }

    /** Lets time pass, and makes what is due at once. */
    private void pass(Duration time) {
        long end = now + time.toNanos();
        while (true) {
            for (Optional<Republisher.Due> due = republisher.next(); due.isPresent(); due = republisher.next()) {
                make(due.get());
            }
            OptionalLong next = republisher.nextDue();
            if (next.isEmpty() || next.getAsLong() - end > 0) {
                now = end;
                return;
            }
            // A timer is never early.
            now = Math.max(next.getAsLong() - now, 1) + now;
        }
    }

    @Test
    void aNewOneIsAnnouncedAtOnceAndAgainBeforeOthersForgetIt() {
        DhtId key = put(1, 0, 1).getFirst();
        pass(Duration.ZERO);
        assertEquals(List.of(key), order);
        pass(Republisher.SOONEST.minusSeconds(1));
        assertEquals(1, order.size());
        assertEquals(1, republisher.held());
        pass(Duration.ofHours(24));
        assertTrue(order.size() >= 24 * 60 / 41 && order.size() <= 24 * 60 / 36 + 1, () -> "" + order.size());
        assertTrue(longestGap < LIFETIME.toNanos());
    }

    @Test
    void whoTookItIsAskedFirstTheNextTime() {
        put(1, 0, 1);
        Republisher.Due first = republisher.next().orElseThrow();
        assertEquals(List.of(), first.near());
        make(first);
        now += Republisher.LATEST.toNanos();
        assertEquals(TAKERS, republisher.next().orElseThrow().near());
    }

    @Test
    void partsComeAfterAllThatIsWholeAndWantedAsMuch() {
        DhtId part = key();
        DhtId wantedPart = key();
        DhtId whole = key();
        republisher.put(part, Optional.empty(), new Worth(0, 1 << 30, true));
        republisher.put(whole, Optional.empty(), new Worth(0, 1));
        republisher.put(wantedPart, Optional.empty(), new Worth(1, 1, true));
        pass(Duration.ofSeconds(10));
        assertEquals(List.of(wantedPart, whole, part), order);
    }

    @Test
    void aPartIsWithdrawnUnlessItIsWholeByNow() {
        DhtId part = key();
        DhtId whole = key();
        for (DhtId key : List.of(part, whole)) {
            assertFalse(republisher.removePart(key));
            republisher.put(key, Optional.empty(), new Worth(0, 5, true));
        }
        republisher.put(whole, Optional.empty(), new Worth(0, 5));
        republisher.put(whole, Optional.empty(), new Worth(0, 5, true));
        assertTrue(republisher.removePart(part));
        assertFalse(republisher.removePart(whole));
        assertEquals(1, republisher.chosen());
        pass(Duration.ofSeconds(10));
        assertEquals(List.of(whole), order);
        republisher.remove(whole);
        assertEquals(0, republisher.chosen());
    }

    @Test
    void whatElseIsSentIsPaidForFromTheSameBudget() {
        assertTrue(republisher.spends());
        assertFalse(republisher.spends());
        put(1, 0, 1);
        assertEquals(Optional.empty(), republisher.next());
        now = republisher.nextStart();
        make(republisher.next().orElseThrow());
        assertFalse(republisher.spends());
        now = republisher.nextStart();
        assertTrue(republisher.spends());
        assertTrue(republisher.nextStart() - now >= Duration.ofSeconds(1).toNanos() * FIRST / RATE - 1);
    }

    @Test
    void theMostWantedComeFirstAndOfThoseTheLargest() {
        List<DhtId> wanted = new ArrayList<>();
        republisher.put(key(), Optional.empty(), new Worth(0, 1 << 20));
        for (Worth worth : List.of(new Worth(1, 5), new Worth(3, 1), new Worth(1, 9), new Worth(2, 0))) {
            wanted.add(key());
            republisher.put(wanted.getLast(), Optional.empty(), worth);
        }
        republisher.put(key(), Optional.empty(), new Worth(0, 0));
        republisher.put(DhtId.random(random), Optional.empty(), Worth.MOST);
        pass(Duration.ofMinutes(1));
        assertEquals(List.of(wanted.get(1), wanted.get(3), wanted.get(2), wanted.get(0)), order.subList(1, 5));
        assertEquals(7, order.size());
    }

    /** What docs/dht.md promises: at the budget's default all of them, again and again. */
    @Test
    void fiveThousandAreKeptAlive() {
        List<DhtId> keys = put(5000, 0, 1);
        pass(Duration.ofHours(2));
        assertEquals(0, republisher.leftOut());
        assertEquals(5000, republisher.held());
        messages = 0;
        longestGap = 0;
        Duration day = Duration.ofHours(24);
        pass(day);
        assertTrue(told.keySet().containsAll(keys));
        assertTrue(longestGap < LIFETIME.toNanos(), () -> Duration.ofNanos(longestGap).toString());
        assertTrue(messages <= RATE * day.toSeconds(), () -> "" + messages);
        told.values().forEach(last -> assertTrue(now - last < LIFETIME.toNanos()));
    }

    /** While a pile of new ones waits, those that are announced stay so. */
    @Test
    void newOnesDoNotLetOthersBeForgotten() {
        put(2000, 0, 1);
        pass(Duration.ofHours(1));
        longestGap = 0;
        put(3000, 9, 9);
        pass(Duration.ofHours(3));
        assertEquals(5000, republisher.held());
        assertTrue(longestGap < LIFETIME.toNanos(), () -> Duration.ofNanos(longestGap).toString());
    }

    /** Two nodes answer each ten questions a second, and are not to be kept busy by one machine. */
    @Test
    void inASmallNetworkNobodyIsAskedMoreThanItAnswers() {
        republisher.among(2);
        put(20, 0, 1);
        pass(Duration.ofMinutes(1));
        assertTrue(messages <= 2 * Republisher.PER_NODE * 60 + FIRST, () -> "" + messages);
        assertTrue(messages > Republisher.PER_NODE * 60, () -> "" + messages);
        int room = republisher.chosen();
        republisher.among(1000);
        put(5000, 0, 1);
        assertEquals(5000 + room, republisher.chosen());
    }

    /** There an announcement takes a few messages only, so that many can be made all the same. */
    @Test
    void inASmallNetworkManyAreAnnouncedAsEachIsCheap() {
        republisher.among(2);
        put(5000, 0, 1);
        assertTrue(republisher.chosen() < 1000, () -> "" + republisher.chosen());
        for (int i = 0; i < 1500; i++) {
            now += Duration.ofSeconds(1).toNanos();
            republisher.next().ifPresent(due -> republisher.done(due, new Announced(takers, takers.size(), 4)));
        }
        assertTrue(republisher.chosen() > 4000, () -> "" + republisher.chosen());
    }

    @Test
    void theBudgetIsKeptFromTheFirstSecondOn() {
        put(5000, 0, 1);
        for (int minute = 1; minute <= 60; minute++) {
            pass(Duration.ofMinutes(1));
            assertTrue(messages <= RATE * 60L * minute + FIRST, messages + " in minute " + minute);
        }
        assertTrue(messages > RATE * 3000, () -> "" + messages);
    }

    /** Of more than can be announced the least wanted are left out, and nobody pretends otherwise. */
    @Test
    void whatIsBeyondTheBudgetIsLeftOutAndCounted() {
        List<DhtId> wanted = put(1000, 5, 1);
        put(199_000, 0, 1);
        assertEquals(200_000, republisher.chosen() + republisher.leftOut());
        assertTrue(republisher.chosen() > 7500 && republisher.chosen() < 8000, () -> "" + republisher.chosen());
        pass(Duration.ofHours(3));
        assertTrue(told.keySet().containsAll(wanted));
        assertEquals(republisher.chosen(), republisher.held());
        assertTrue(longestGap < LIFETIME.toNanos());
        wanted.forEach(republisher::remove);
        assertEquals(199_000, republisher.chosen() + republisher.leftOut());
        assertTrue(republisher.chosen() > 7500, () -> "" + republisher.chosen());
    }

    @Test
    void whoIsWantedMoreTakesThePlaceOfAnother() {
        put(Republisher.MOST_KNOWN, 1, 1);
        DhtId later = key();
        republisher.put(later, Optional.empty(), new Worth(0, 1));
        pass(Duration.ofMinutes(10));
        assertFalse(told.containsKey(later));
        int chosen = republisher.chosen();
        republisher.put(later, Optional.empty(), new Worth(2, 1));
        pass(Duration.ofMinutes(1));
        assertTrue(told.containsKey(later));
        assertEquals(chosen, republisher.chosen());
        republisher.put(later, Optional.empty(), new Worth(0, 0));
        assertEquals(chosen, republisher.chosen());
        told.clear();
        pass(Duration.ofHours(2));
        assertFalse(told.containsKey(later));
    }

    /** Where each costs more than was thought fewer are announced, rather than too late. */
    @Test
    void whatAnnouncementsCostIsLearnt() {
        put(5000, 0, 1);
        pass(Duration.ofHours(2));
        int chosen = republisher.chosen();
        for (int i = 0; i < 3000; i++) {
            now += Duration.ofSeconds(2).toNanos();
            republisher.next().ifPresent(due -> republisher.done(due, new Announced(takers, takers.size(), 4 * LATER)));
        }
        assertTrue(republisher.chosen() < chosen * 2 / 3, () -> "" + republisher.chosen());
        assertEquals(5000, republisher.chosen() + republisher.leftOut());
    }

    @Test
    void whatIsWithdrawnIsNeverAnnouncedAgain() {
        List<DhtId> keys = put(3, 0, 1);
        Republisher.Due first = republisher.next().orElseThrow();
        republisher.remove(first.key());
        republisher.done(first, new Announced(takers, takers.size(), FIRST));
        pass(Duration.ofMinutes(1));
        keys.forEach(republisher::remove);
        assertEquals(2, order.size());
        assertEquals(0, republisher.held());
        pass(Duration.ofHours(2));
        assertEquals(2, order.size());
        assertEquals(OptionalLong.empty(), republisher.nextDue());
    }

    @Test
    void whatComesBackWhileItIsUnderWayIsKeptOnce() {
        DhtId key = put(1, 0, 1).getFirst();
        Republisher.Due first = republisher.next().orElseThrow();
        republisher.remove(key);
        republisher.put(key, Optional.empty(), new Worth(1, 1));
        now += Duration.ofSeconds(2).toNanos();
        Republisher.Due second = republisher.next().orElseThrow();
        republisher.done(first, new Announced(takers, takers.size(), FIRST));
        republisher.done(second, new Announced(takers, takers.size(), FIRST));
        assertEquals(1, republisher.held());
        pass(Republisher.LATEST);
        assertEquals(List.of(key), order);
    }

    /** The clock stood still, and others have forgotten. */
    @Test
    void whatLapsedInSleepIsMadeAnew() {
        List<DhtId> keys = put(100, 0, 1);
        pass(Duration.ofMinutes(10));
        assertEquals(100, republisher.held());
        order.clear();
        republisher.slept(Duration.ofHours(8));
        assertEquals(0, republisher.held());
        pass(Duration.ofMinutes(1));
        assertEquals(Set.copyOf(keys), Set.copyOf(order));
        assertEquals(100, order.size());
        assertEquals(100, republisher.held());
        // A nap brings forward what comes next, and nothing has lapsed.
        order.clear();
        republisher.slept(Duration.ofMinutes(10));
        assertEquals(100, republisher.held());
        pass(Republisher.SOONEST.minusMinutes(12));
        assertEquals(List.of(), order);
        pass(Duration.ofMinutes(8));
        assertEquals(100, order.size());
    }

    /** It may have told others what is not so any more. */
    @Test
    void whatIsUnderWayWhenAllIsToBeAnnouncedAnewIsMadeOnceMore() {
        put(1, 1, 1);
        Republisher.Due due = republisher.next().orElseThrow();
        republisher.anew();
        make(due);
        order.clear();
        pass(Duration.ofMinutes(1));
        assertEquals(List.of(due.key()), order);
    }

    /** The port is where this node says, the address where others see it. */
    @Test
    void whereThisNodeHasAnotherAddressAllIsAnnouncedAnew() {
        List<DhtId> keys = put(20, 1, 1);
        pass(Duration.ofMinutes(10));
        order.clear();
        republisher.seenAt(Optional.of(LoneNode.at(1).getAddress()));
        republisher.seenAt(Optional.of(LoneNode.at(1).getAddress()));
        pass(Duration.ofMinutes(1));
        assertEquals(List.of(), order, "there it was before, as far as anybody knows");
        republisher.seenAt(Optional.of(LoneNode.at(2).getAddress()));
        assertEquals(0, republisher.held());
        pass(Duration.ofMinutes(1));
        assertEquals(20, order.size());
        assertEquals(Set.copyOf(keys), Set.copyOf(order));
        assertEquals(20, republisher.held());
    }

    /** One alone may be gone soon, or keep it to himself. */
    @Test
    void whatFewTakeIsKnownAndMadeAgainSoon() {
        republisher.put(key(), Optional.empty(), new Worth(1, 1));
        Republisher.Due due = republisher.next().orElseThrow();
        republisher.done(due, new Announced(TAKERS, 2 * TAKERS.size() + 1, FIRST));
        assertEquals(1, republisher.held());
        pass(Republisher.AFTER_FAILURE.multipliedBy(2));
        assertEquals(List.of(due.key()), order);
    }

    @Test
    void whatNobodyTakesIsTriedAgainLater() {
        DhtId key = put(1, 0, 1).getFirst();
        takers = List.of();
        pass(Duration.ofMinutes(3));
        assertEquals(List.of(key), order);
        assertEquals(0, republisher.held());
        takers = TAKERS;
        pass(Duration.ofMinutes(4));
        assertEquals(List.of(key, key), order);
        assertEquals(1, republisher.held());
    }

    @Test
    void onlySoManyAreUnderWay() {
        put(100, 0, 1);
        List<Republisher.Due> open = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            now += Duration.ofSeconds(2).toNanos();
            republisher.next().ifPresent(open::add);
        }
        assertEquals(Republisher.MOST_UNDER_WAY, open.size());
        assertEquals(OptionalLong.empty(), republisher.nextDue());
        republisher.done(open.getFirst(), new Announced(takers, takers.size(), FIRST));
        assertTrue(republisher.nextDue().isPresent());
    }

    @Test
    void theyAreSpreadAndNotMadeAllAtATime() {
        Set<Long> seconds = new HashSet<>();
        put(100, 0, 1);
        pass(Duration.ofMinutes(30));
        told.clear();
        pass(Duration.ofMinutes(30));
        told.values().forEach(at -> seconds.add(at / 1_000_000_000));
        assertTrue(seconds.size() > 60, () -> "" + seconds.size());
    }
}
