// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class FalsePositivesTest {
    private static final double RATE = 1.0 / 8192;

    private final FalsePositives peer = new FalsePositives();

    /** What a peer says to questions that its filter said yes of; how many times it was wrong until it was caught out. */
    private static int caught(FalsePositives peer, SplittableRandom random, double wrong) {
        int count = 0;
        for (int i = 0; i < 100_000; i++) {
            peer.looked(RATE, true);
            if (random.nextDouble() < wrong) {
                peer.wrong();
                count++;
            }
            if (peer.exceeded()) {
                return count;
            }
        }
        return Integer.MAX_VALUE;
    }

    @Property(tries = 30)
    void whoHasAnHonestFilterIsNeverCaught(@ForAll long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        FalsePositives honest = new FalsePositives();
        for (int i = 0; i < 300_000; i++) {
            boolean there = random.nextInt(100) == 0;
            boolean positive = there || random.nextDouble() < RATE;
            honest.looked(RATE, positive);
            // One in 25 that was there has gone since.
            if (positive && (!there || random.nextInt(25) == 0)) {
                honest.wrong();
            }
        }
        assertFalse(honest.exceeded());
    }

    @Test
    void whoClaimsAllAndHasNothingIsCaughtAtTheEighth() {
        assertEquals(FalsePositives.FORGIVEN, caught(peer, new SplittableRandom(1), 1));
    }

    @Property(tries = 30)
    void whoLiesHalfOfTheTimeIsCaughtSoon(@ForAll long seed) {
        int count = caught(new FalsePositives(), new SplittableRandom(seed), 0.5);
        assertTrue(count < 30, () -> count + " times");
    }

    @Property(tries = 30)
    void whoWasRightForLongCannotBeWrongForLong(@ForAll long seed) {
        FalsePositives turned = new FalsePositives();
        for (int i = 0; i < 1_000_000; i++) {
            turned.looked(RATE, true);
        }
        int count = caught(turned, new SplittableRandom(seed), 1);
        assertTrue(count < 100, () -> count + " times");
    }

    /** With many items the filter itself is wrong more often, and that is not the peer's fault. */
    @Test
    void aFilterThatSaysSoMayBeWrongMoreOften() {
        for (int i = 0; i < 12; i++) {
            peer.looked(1, false);
            peer.wrong();
        }
        assertFalse(peer.exceeded());
    }

    @Test
    void whoIsCaughtStaysSo() {
        caught(peer, new SplittableRandom(1), 1);
        for (int i = 0; i < 100_000; i++) {
            peer.looked(RATE, true);
        }
        assertTrue(peer.exceeded());
    }

    @Test
    void withoutALookNobodyIsWrongByRight() {
        for (int i = 1; i <= FalsePositives.FORGIVEN; i++) {
            assertFalse(peer.exceeded());
            peer.wrong();
        }
        assertTrue(peer.exceeded());
    }
}
