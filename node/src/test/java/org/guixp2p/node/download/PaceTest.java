// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayDeque;
import java.util.Deque;
import org.guixp2p.protocol.swarm.BlockLayout;
import org.junit.jupiter.api.Test;

class PaceTest {
    private static final int BLOCK = BlockLayout.BLOCK_BYTES;
    private static final long MILLI = 1_000_000;
    private static final long SECOND = 1_000 * MILLI;

    private final Pace pace = new Pace(Pace.LARGEST_WINDOW);
    private final Deque<Pace.Asked> owed = new ArrayDeque<>();
    private final Deque<Long> arrivals = new ArrayDeque<>();
    private long now;
    private long linkFree;
    private int widest;
    private int delivered;

    /** Keeps the window full for a while, over a link that takes so long for a block and for the way. */
    private void deliver(long forNanos, long blockNanos, long delayNanos) {
        long end = now + forNanos;
        widest = 0;
        delivered = 0;
        while (now < end) {
            while (owed.size() < pace.window()) {
                owed.add(pace.asked(owed.size(), now));
                linkFree = Math.max(linkFree, now + delayNanos / 2) + blockNanos;
                arrivals.add(linkFree + delayNanos / 2);
            }
            widest = Math.max(widest, owed.size());
            now = arrivals.removeFirst();
            delivered++;
            pace.delivered(owed.removeFirst(), BLOCK, now);
        }
    }

    private static void near(long expected, long actual, long by) {
        assertTrue(Math.abs(expected - actual) <= by, () -> actual + " instead of " + expected);
    }

    @Test
    void beginsWithFewBlocksAndNoExpectation() {
        assertEquals(Pace.FIRST_WINDOW, pace.window());
        assertEquals(2 * SECOND, pace.lateAfter());
        assertEquals(Long.MAX_VALUE, pace.expectedNanos(0));
        assertEquals(0, pace.bytesPerSecond());
    }

    @Test
    void growsToTwiceTheProductOfBandwidthAndDelay() {
        deliver(SECOND, 2 * MILLI, 100 * MILLI);
        // 102 ms at a block in 2 ms.
        assertEquals(2 * 51 + 1, pace.window(), 1);
        near(500L * BLOCK, pace.bytesPerSecond(), 5L * BLOCK);
    }

    @Test
    void doublesEachRoundTripUntilTheLinkIsFull() {
        deliver(350 * MILLI, MILLI / 10, 100 * MILLI);
        assertTrue(widest >= 32, () -> widest + " after three round trips");
        assertTrue(widest <= 64, () -> widest + " after three round trips");
    }

    @Test
    void shrinksWithTheRate() {
        deliver(3 * SECOND, 2 * MILLI, 50 * MILLI);
        int before = pace.window();
        deliver(25 * SECOND, 20 * MILLI, 50 * MILLI);
        assertTrue(pace.window() <= before / 4, () -> before + " before, " + pace.window() + " after");
    }

    /** What is under way makes its own delay, which must not make the window grow. */
    @Test
    void doesNotGrowWithTheQueueThatItMakes() {
        deliver(300 * SECOND, 50 * MILLI, 10 * MILLI);
        assertTrue(widest <= 6, () -> widest + " blocks under way");
    }

    @Test
    void growsWithTheWay() {
        deliver(30 * SECOND, 2 * MILLI, 10 * MILLI);
        int before = pace.window();
        assertTrue(before < 2 * 20, () -> "it is " + before);
        deliver(60 * SECOND, 2 * MILLI, 200 * MILLI);
        assertTrue(delivered > 60 * 500 * 3 / 4, () -> delivered + " blocks of " + 60 * 500);
        assertTrue(pace.window() >= 2 * 90, () -> before + " before, " + pace.window() + " after");
    }

    /** Others may fill the queue of a link all the time, and no pause of ours shows its delay. */
    @Test
    void isBoundedWhereTheWaySeemsToTakeVeryLong() {
        deliver(60 * SECOND, 50 * MILLI, 20 * SECOND);
        assertTrue(pace.window() <= 2 * 11 + 1, () -> "it is " + pace.window());
    }

    @Test
    void isNeverLargerThanWhatTheSourceKeeps() {
        Pace narrow = new Pace(1);
        assertEquals(1, narrow.window());
        for (int i = 1; i < 10; i++) {
            narrow.delivered(narrow.asked(0, i * MILLI), BLOCK, i * MILLI + 10);
            assertEquals(1, narrow.window());
        }
        assertTrue(new Pace(65_535).window() <= Pace.LARGEST_WINDOW);
    }

    @Test
    void whatCameToNothingHalvesTheWindowOnceARoundTrip() {
        deliver(SECOND, 2 * MILLI, 100 * MILLI);
        int before = pace.window();
        Pace.Asked first = pace.asked(before - 1, now);
        Pace.Asked second = pace.asked(before - 1, now);
        pace.pushedBack(first, before, now + 1);
        pace.pushedBack(second, before, now + 2);
        near(before / 2, pace.window(), 1);
        pace.pushedBack(pace.asked(pace.window(), now + 3), pace.window(), now + 4);
        near(before / 4, pace.window(), 1);
        int after = pace.window();
        pace.delivered(pace.asked(1, now + 5), BLOCK, now + 100 * MILLI);
        pace.delivered(pace.asked(1, now + 5), BLOCK, now + 100 * MILLI);
        assertEquals(after + 2, pace.window(), 1, "each block that comes makes it wider");
        for (int i = 0; i < 100; i++) {
            now += SECOND;
            pace.pushedBack(pace.asked(1, now), 2, now + 1);
        }
        assertEquals(Pace.SMALLEST_WINDOW, pace.window());
    }

    @Test
    void latenessFollowsTheSourcesOwnTimes() {
        deliver(5 * SECOND, 2 * MILLI, 10 * MILLI);
        assertEquals(250 * MILLI, pace.lateAfter(), "hiccups of a quick source are not yet lateness");
        deliver(20 * SECOND, 500 * MILLI, 10 * MILLI);
        assertTrue(pace.lateAfter() > 2 * 500 * MILLI, () -> pace.lateAfter() + " ns");
    }

    @Test
    void tellsHowLongAnAnswerTakes() {
        deliver(5 * SECOND, 10 * MILLI, 40 * MILLI);
        long alone = 50 * MILLI;
        near(alone, pace.expectedNanos(0), MILLI);
        near(alone + 30 * MILLI, pace.expectedNanos(3), MILLI);
        Pace.Asked asked = pace.asked(0, now);
        near(alone, pace.leftNanos(0, asked, now), MILLI);
        near(20 * MILLI, pace.leftNanos(0, asked, now + 30 * MILLI), MILLI);
        near(5 * SECOND, pace.leftNanos(0, asked, now + 5 * SECOND), MILLI);
    }
}
