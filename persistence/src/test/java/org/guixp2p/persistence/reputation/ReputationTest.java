// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.persistence.reputation;

import static org.guixp2p.persistence.reputation.TestPeers.peer;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.guixp2p.protocol.swarm.PeerId;
import org.junit.jupiter.api.Test;

class ReputationTest {
    private static final Transfer WENT_WELL = new Transfer(10 << 20, 2_000, 40, 30, 0, 0);

    private final TestClock clock = new TestClock();
    private final Reputation reputation = Reputation.empty(clock, new Random(5));

    private static void assertWithin(long mostMillis, Duration wait) {
        assertTrue(wait.toMillis() >= mostMillis / 2 && wait.toMillis() <= mostMillis,
                wait + ", at most " + mostMillis + " ms");
    }

    // Bans.

    @Test
    void offencesAreBannedForHoursThenForDays() {
        for (Duration length : List.of(Duration.ofHours(1), Duration.ofHours(6), Duration.ofDays(1), Duration.ofDays(3),
                Duration.ofDays(7), Duration.ofDays(7))) {
            assertEquals(Optional.empty(), reputation.refusedFor(peer(1)));
            assertEquals(length, reputation.misbehaved(peer(1), Offence.CORRUPT_BLOCK));
            assertEquals(Optional.of(length), reputation.refusedFor(peer(1)));
            clock.advance(length.minusSeconds(1));
            assertEquals(Optional.of(Duration.ofSeconds(1)), reputation.refusedFor(peer(1)));
            clock.advance(Duration.ofSeconds(1));
        }
        assertEquals(Optional.empty(), reputation.refusedFor(peer(2)));
    }

    /** It may be a program's fault, and its user's next version may have it mended. */
    @Test
    void aBrokenMessageCostsHoursHoweverOften() {
        for (int hours : new int[]{1, 6, 6, 6}) {
            assertEquals(Duration.ofHours(hours), reputation.misbehaved(peer(1), Offence.MALFORMED));
            clock.advance(Duration.ofHours(hours));
        }
        assertEquals(Duration.ofDays(7), reputation.misbehaved(peer(1), Offence.CORRUPT_BLOCK));
    }

    @Test
    void everyKindOfOffenceIsBanned() {
        int number = 0;
        for (Offence offence : Offence.values()) {
            assertEquals(Duration.ofHours(1), reputation.misbehaved(peer(number++), offence));
        }
    }

    @Test
    void severalReportsOfOneOffenceAreOne() {
        reputation.misbehaved(peer(1), Offence.VOUCHED_WRONGLY);
        clock.advance(Duration.ofMinutes(20));
        assertEquals(Duration.ofMinutes(40), reputation.misbehaved(peer(1), Offence.CORRUPT_BLOCK));
        assertEquals(1, reputation.known(peer(1)).strikes(), 1e-3);
    }

    @Test
    void anOffenceOfLongAgoCountsNoMore() {
        reputation.misbehaved(peer(1), Offence.CORRUPT_BLOCK);
        clock.advance(PeerRecord.STRIKES_HALF_LIFE.multipliedBy(2));
        assertEquals(Duration.ofHours(1), reputation.misbehaved(peer(1), Offence.CORRUPT_BLOCK));
    }

    @Property
    void nobodyIsRefusedForSlownessOrFailures(@ForAll List<Integer> happenings) {
        for (int happening : happenings) {
            switch (Math.floorMod(happening, 4)) {
                case 0 -> reputation.transferred(peer(1), new Transfer(1, Integer.MAX_VALUE, 1, 600_000, 5, 1_000));
                case 1 -> reputation.transferred(peer(1), new Transfer(0, 0, 0, 0, 100, 100));
                case 2 -> reputation.dialFailed(peer(1));
                default -> reputation.connected(peer(1));
            }
            assertEquals(Optional.empty(), reputation.refusedFor(peer(1)));
        }
    }

    // Dials.

    @Test
    void twiceAsLongEachTimeWithinLimits() {
        for (long most : new long[]{1000, 2000, 4000, 8000, 16_000, 32_000, 64_000, 128_000, 256_000, 300_000,
            300_000}) {
            reputation.dialFailed(peer(1));
            assertWithin(most, reputation.dialDelay(peer(1)));
        }
        for (int i = 0; i < 100; i++) {
            reputation.dialFailed(peer(1));
            assertWithin(300_000, reputation.dialDelay(peer(1)));
        }
        assertWithin(1000, reputation.dialDelay(peer(2)));
        reputation.connected(peer(1));
        assertWithin(1000, reputation.dialDelay(peer(1)));
    }

    /** Nodes that lost the same peer at the same moment must not come back at the same moment. */
    @Test
    void chanceSpreadsIt() {
        reputation.dialFailed(peer(1));
        Set<Duration> different = new HashSet<>();
        for (int i = 0; i < 100; i++) {
            different.add(reputation.dialDelay(peer(1)));
        }
        assertTrue(different.size() > 50, different.size() + " of 100");
        Reputation same = Reputation.empty(clock, new Random(9));
        Reputation again = Reputation.empty(clock, new Random(9));
        assertEquals(same.dialDelay(peer(1)), again.dialDelay(peer(2)));
    }

    @Test
    void whoIsRefusedIsDialledWhenThatEnds() {
        reputation.misbehaved(peer(1), Offence.MALFORMED);
        assertEquals(Backoff.LONGEST, reputation.dialDelay(peer(1)));
        clock.advance(Duration.ofMinutes(58));
        assertEquals(Duration.ofMinutes(2), reputation.dialDelay(peer(1)));
        clock.advance(Duration.ofMinutes(2));
        assertWithin(1000, reputation.dialDelay(peer(1)));
    }

    // Order.

    @Test
    void theFastAndReliableComeFirstAndTheRefusedLast() {
        reputation.transferred(peer(1), new Transfer(10 << 20, 10_000, 40, 30, 0, 0));
        reputation.transferred(peer(2), new Transfer(10 << 20, 1_000, 40, 30, 0, 0));
        reputation.transferred(peer(3), new Transfer(10 << 20, 1_000, 40, 30, 3, 3));
        reputation.transferred(peer(4), new Transfer(10 << 20, 100, 40, 1, 0, 0));
        reputation.misbehaved(peer(4), Offence.CORRUPT_BLOCK);
        assertEquals(List.of(peer(2), peer(3), peer(1), peer(4)),
                reputation.rank(List.of(peer(4), peer(3), peer(2), peer(1))));
    }

    @Test
    void whomNobodyKnowsIsTriedNowAndThen() {
        for (int i = 0; i < 8; i++) {
            reputation.transferred(peer(i), WENT_WELL);
        }
        int first = 0;
        int among = 0;
        for (int i = 0; i < 1_000; i++) {
            List<PeerId> ranked = reputation.rank(TestPeers.peers(9));
            first += ranked.getFirst().equals(peer(8)) ? 1 : 0;
            among += ranked.subList(0, 4).contains(peer(8)) ? 1 : 0;
        }
        assertTrue(first > 150 && first < 350, first + " times first of 1000");
        assertTrue(among > 550 && among < 800, among + " times among four of 1000");
    }

    @Test
    void strangersAmongThemselvesTakeTurns() {
        Set<PeerId> firsts = new HashSet<>();
        for (int i = 0; i < 200; i++) {
            firsts.add(reputation.rank(TestPeers.peers(5)).getFirst());
        }
        assertEquals(5, firsts.size());
    }

    @Test
    void aStrangerIsBetterThanWhoFails() {
        for (int i = 0; i < 10; i++) {
            reputation.transferred(peer(1), new Transfer(0, 0, 0, 0, 4, 4));
        }
        assertEquals(List.of(peer(2), peer(1)), reputation.rank(List.of(peer(1), peer(2))));
    }

    @Property
    void everybodyIsInTheOrderOnce(@ForAll long seed) {
        Random random = new Random(seed);
        Reputation some = Reputation.empty(clock, random);
        for (int i = 0; i < 30; i++) {
            switch (random.nextInt(3)) {
                case 0 -> some.transferred(peer(random.nextInt(12)),
                        new Transfer(random.nextInt(1 << 24), random.nextInt(5_000), 4, 10, random.nextInt(3), 0));
                case 1 -> some.misbehaved(peer(random.nextInt(12)), Offence.MALFORMED);
                default -> some.dialFailed(peer(random.nextInt(12)));
            }
        }
        List<PeerId> ranked = some.rank(TestPeers.peers(12));
        assertEquals(new HashSet<>(TestPeers.peers(12)), new HashSet<>(ranked));
        assertEquals(12, ranked.size());
        List<Boolean> refused = ranked.stream().map(peer -> some.refusedFor(peer).isPresent()).toList();
        assertFalse(refused.lastIndexOf(false) > refused.indexOf(true) && refused.contains(true), "refused come last");
    }

    // What waits for the disk.

    @Test
    void inMemoryNothingWaits() {
        reputation.transferred(peer(1), WENT_WELL);
        assertFalse(reputation.hasUnwritten());
    }

    @Test
    void whatWaitsForTheDiskIsBounded() {
        reputation.begin(List.of(), () -> {});
        for (int i = 0; i < Reputation.MAX_UNWRITTEN + 5; i++) {
            reputation.transferred(peer(i), WENT_WELL);
        }
        assertEquals(5, reputation.takeLost());
        assertEquals(0, reputation.takeLost());
        List<PeerEvent> taken = new ArrayList<>(reputation.take(100));
        assertEquals(100, taken.size());
        assertEquals(peer(5), taken.getFirst().peer());
        taken.addAll(reputation.take(Integer.MAX_VALUE));
        assertEquals(Reputation.MAX_UNWRITTEN, taken.size());
        assertFalse(reputation.hasUnwritten());
    }

    @Test
    void anOffenceIsWrittenAtOnce() {
        List<String> asked = new ArrayList<>();
        reputation.begin(List.of(), () -> asked.add("at once"));
        reputation.transferred(peer(1), WENT_WELL);
        assertEquals(List.of(), asked);
        reputation.misbehaved(peer(1), Offence.MALFORMED);
        assertEquals(List.of("at once"), asked);
        assertEquals(3, reputation.take(10).size());
    }
}
