// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.seed;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.junit.jupiter.api.Test;

class EvictionOrderTest {
    private static EvictionOrder.Kept kept(double demand, int others, boolean lasting, long since) {
        return kept(demand, others, lasting, false, since);
    }

    private static EvictionOrder.Kept kept(double demand, int others, boolean lasting, boolean spare, long since) {
        return new EvictionOrder.Kept(new NarHash(Sha256.hash(new byte[0])), demand, others, lasting, spare,
                Instant.ofEpochSecond(since));
    }

    /** However they come. */
    private static void assertOrder(EvictionOrder.Kept... expected) {
        for (int seed = 0; seed < 20; seed++) {
            List<EvictionOrder.Kept> all = new ArrayList<>(List.of(expected));
            Collections.shuffle(all, new Random(seed));
            all.sort(EvictionOrder.FIRST_TO_GO);
            assertEquals(List.of(expected), all, "seed " + seed);
        }
    }

    @Test
    void theLeastWantedGoFirst() {
        assertOrder(kept(0, 0, false, 9), kept(0.1, 0, false, 8), kept(2, 0, false, 7), kept(30, 0, false, 6));
    }

    @Test
    void ofWhatNobodyWantsThatGoesFirstWhichMostOthersHave() {
        assertOrder(kept(0, 30, false, 9), kept(0, 2, false, 8), kept(0, 1, false, 7), kept(0, 0, false, 6));
    }

    @Test
    void whatManyHaveIsMissedLessThanItIsWanted() {
        assertOrder(kept(3, 9, false, 9), kept(2, 3, false, 8), kept(1, 0, false, 7), kept(9, 3, false, 6),
                kept(3, 0, false, 5));
    }

    @Test
    void ofEqualsThatGoesFirstWhichWasWantedLongestAgo() {
        assertOrder(kept(0, 0, false, 1), kept(0, 0, false, 2), kept(1, 0, false, 0), kept(1, 0, false, 3));
    }

    @Test
    void whatIsToLastGoesAfterAllOthers() {
        assertOrder(kept(9, 0, false, 9), kept(0, 50, true, 1), kept(3, 0, true, 0));
    }

    /** Nothing is lost by it, however much it is wanted; but what the user wants to last does. */
    @Test
    void whatNobodyWouldMissGoesFirst() {
        List<EvictionOrder.Kept> expected = List.of(kept(5, 0, false, true, 9), kept(7, 0, false, true, 8),
                kept(0, 9, false, false, 7), kept(0, 0, true, true, 6), kept(0, 0, true, false, 1));
        assertOrder(expected.toArray(EvictionOrder.Kept[]::new));
        List<EvictionOrder.Kept> likely = new ArrayList<>(expected.reversed());
        likely.sort(EvictionOrder.LIKELY_FIRST);
        assertEquals(expected, likely);
    }

    @Test
    void whatIsNotKnownOfOthersChangesNothingInWhoIsLikely() {
        List<EvictionOrder.Kept> all = new ArrayList<>(List.of(kept(3, 0, true, 0), kept(0, 0, true, 1),
                kept(9, 0, false, 9), kept(1, 0, false, 2), kept(1, 0, false, 1)));
        all.sort(EvictionOrder.LIKELY_FIRST);
        assertEquals(List.of(kept(1, 0, false, 1), kept(1, 0, false, 2), kept(9, 0, false, 9), kept(0, 0, true, 1),
                kept(3, 0, true, 0)), all);
    }
}
