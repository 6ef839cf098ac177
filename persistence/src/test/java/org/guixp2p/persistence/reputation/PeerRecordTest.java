// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.persistence.reputation;

import static org.guixp2p.persistence.reputation.TestPeers.peer;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.guixp2p.protocol.swarm.PeerId;
import org.junit.jupiter.api.Test;

class PeerRecordTest {
    private static final PeerId PEER = peer(1);
    private static final long NOW = 1_800_000_000;
    private static final long WEEK = PeerRecord.HALF_LIFE.toSeconds();

    private static PeerEvent.Succeeded succeeded(long at, long bytes, long millis, long firstMillis) {
        return new PeerEvent.Succeeded(PEER, at, bytes, millis, 1 + (int) (bytes >> 18), firstMillis);
    }

    private static PeerRecord after(PeerEvent... events) {
        PeerRecord known = PeerRecord.UNKNOWN;
        for (PeerEvent event : events) {
            known = known.after(event);
        }
        return known;
    }

    @Test
    void aStrangerStandsInTheMiddle() {
        assertEquals(0.5, PeerRecord.UNKNOWN.score());
        assertFalse(PeerRecord.UNKNOWN.isKnown());
    }

    @Test
    void whatWentWellRaisesAndWhatWentWrongLowersTheScore() {
        PeerRecord good = after(succeeded(NOW, 1 << 20, 1000, 50));
        assertTrue(good.isKnown());
        assertEquals(2 / 3.0, good.score(), 1e-6);
        assertTrue(good.after(new PeerEvent.Failed(PEER, NOW, 1)).score() < good.score());
        assertTrue(good.after(new PeerEvent.Stalled(PEER, NOW, 1)).score() < good.score());
        assertTrue(good.after(new PeerEvent.DialFailed(PEER, NOW)).score() < good.score());
        assertTrue(good.after(new PeerEvent.CorruptBlock(PEER, NOW, 1)).score() < 0.5 / 2);
        assertTrue(after(new PeerEvent.Failed(PEER, NOW, 1_000)).score() > 0.1, "one transfer is not many");
    }

    @Test
    void halfIsForgottenInAHalfLife() {
        PeerRecord then = after(succeeded(NOW, 1 << 20, 1000, 50), new PeerEvent.Failed(PEER, NOW, 2),
                new PeerEvent.Malformed(PEER, NOW));
        PeerRecord later = then.at(NOW + WEEK);
        assertEquals(then.good() / 2, later.good(), 1e-5);
        assertEquals(then.bad() / 2, later.bad(), 1e-5);
        assertEquals(0.5, then.at(NOW + PeerRecord.STRIKES_HALF_LIFE.toSeconds()).strikes(), 1e-5);
        assertEquals(0.5, then.at(NOW + 500 * WEEK).score(), 1e-6);
        assertEquals(1 << 20, later.bytes());
    }

    @Test
    void averagesMoveTowardsTheNewest() {
        PeerRecord first = after(succeeded(NOW, 1_000_000, 1_000, 100));
        assertEquals(1_000_000, first.rate());
        assertEquals(100, first.latency());
        PeerRecord second = first.after(succeeded(NOW, 2_000_000, 1_000, 200));
        assertEquals(1_300_000, second.rate());
        assertEquals(130, second.latency());
        assertEquals(second.rate(), second.after(succeeded(NOW, 1_000, 1_000, 130)).rate(), "too small to tell");
        PeerRecord settled = second;
        for (int i = 0; i < 40; i++) {
            settled = settled.after(succeeded(NOW, 5_000_000, 1_000, 10));
        }
        assertEquals(5_000_000, settled.rate(), 100);
        assertEquals(10, settled.latency(), 0.1);
    }

    @Test
    void aConnectionEndsAStreakOfDialsThatFailed() {
        PeerRecord known = PeerRecord.UNKNOWN;
        for (int i = 1; i <= 100; i++) {
            known = known.after(new PeerEvent.DialFailed(PEER, NOW));
            assertEquals(Math.min(i, PeerRecord.MAX_STREAK), known.dialStreak());
        }
        assertEquals(0, known.after(new PeerEvent.Connected(PEER, NOW)).dialStreak());
    }

    @Test
    void aClockThatIsSetBackTakesNothingAwayAndProlongsNoBan() {
        PeerRecord known = after(succeeded(NOW, 1 << 20, 1000, 50), new PeerEvent.Banned(PEER, NOW, 3600));
        PeerRecord earlier = known.after(succeeded(NOW - WEEK, 1 << 20, 1000, 50));
        assertEquals(2, earlier.good());
        assertEquals(NOW, earlier.seen());
        assertEquals(3600, known.bannedFor(NOW));
        assertEquals(0, known.bannedFor(NOW + 3600));
        assertEquals(Bans.LONGEST.toSeconds(), known.bannedFor(NOW + 3600 - Bans.LONGEST.toSeconds()));
        assertEquals(0, known.bannedFor(NOW - 100 * WEEK));
    }

    @Test
    void figuresOutOfRangeAreNone() {
        for (float figure : new float[]{-1, Float.NaN, Float.POSITIVE_INFINITY}) {
            assertThrows(IllegalArgumentException.class, () -> new PeerRecord(figure, 0, 0, 0, 0, 0, 0, 0, 0));
            assertThrows(IllegalArgumentException.class, () -> new PeerRecord(0, 0, 0, 0, figure, 0, 0, 0, 0));
        }
        assertThrows(IllegalArgumentException.class, () -> new PeerRecord(0, 0, 0, 0, 0, 31, 0, 0, 0));
        assertThrows(IllegalArgumentException.class, () -> new PeerRecord(0, 0, 0, 0, 0, 0, 0, -1, 0));
        assertThrows(IllegalArgumentException.class, () -> new PeerEvent.Failed(PEER, NOW, 0));
        assertThrows(IllegalArgumentException.class, () -> new PeerEvent.Connected(PEER, -1));
        assertThrows(IllegalArgumentException.class, () -> new PeerEvent.Banned(PEER, NOW, -1));
    }

    @Property
    void noEventMakesAFigureThatIsNone(@ForAll @LongRange(max = PeerEvent.MAX_AMOUNT) long amount,
            @ForAll @IntRange(min = 1, max = PeerEvent.MAX_COUNT) int count,
            @ForAll @LongRange(max = PeerEvent.MAX_AMOUNT) long at) {
        PeerRecord known = after(new PeerEvent.Succeeded(PEER, at, amount, amount, count, amount),
                new PeerEvent.Failed(PEER, at, count), new PeerEvent.Succeeded(PEER, at, amount, 0, count, 0),
                new PeerEvent.Banned(PEER, at, amount), new PeerEvent.CorruptBlock(PEER, at, count));
        assertTrue(known.score() > 0 && known.score() < 1, () -> "score " + known.score());
        assertTrue(known.worth(PeerEvent.MAX_AMOUNT) >= 0);
    }
}
