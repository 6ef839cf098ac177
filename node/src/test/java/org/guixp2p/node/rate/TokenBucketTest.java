// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.rate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;
import java.util.List;
import org.guixp2p.node.config.ByteRate;
import org.junit.jupiter.api.Test;

class TokenBucketTest {
    private static final long SECOND = 1_000_000_000L;

    private static TokenBucket bucket(long bytesPerSecond) {
        return new TokenBucket(new ByteRate(bytesPerSecond), 0);
    }

    /** How long to wait before these bytes, which are taken, may pass. */
    private static long take(TokenBucket bucket, long bytes, long nowNanos) {
        bucket.take(bytes, nowNanos);
        return bucket.pause(0, nowNanos);
    }

    @Test
    void aBurstPassesAtOnce() {
        TokenBucket bucket = bucket(1000);
        assertEquals(0, take(bucket, 100, 0));
        assertEquals(SECOND / 1000, take(bucket, 1, 0));
    }

    @Test
    void aPieceLargerThanTheBurstWaitsForWhatItLacks() {
        assertEquals(SECOND, take(bucket(1000), 1100, 0));
    }

    @Test
    void thoseWhoComeNextPayTheDebt() {
        TokenBucket bucket = bucket(1000);
        assertEquals(SECOND, take(bucket, 1100, 0));
        assertEquals(2 * SECOND, take(bucket, 1000, 0));
        assertEquals(2 * SECOND, take(bucket, 1000, SECOND));
    }

    @Test
    void aPauseSavesNoMoreThanABurst() {
        TokenBucket bucket = bucket(1000);
        assertEquals(0, take(bucket, 100, 0));
        assertEquals(0, take(bucket, 100, 1000 * SECOND));
        assertEquals(SECOND / 10, take(bucket, 100, 1000 * SECOND));
    }

    @Test
    void withoutARateNothingWaits() {
        TokenBucket bucket = new TokenBucket(ByteRate.UNLIMITED, 0);
        assertEquals(0, take(bucket, Long.MAX_VALUE, 0));
        assertEquals(0, take(bucket, Long.MAX_VALUE, 0));
    }

    /** Clocks of this kind may begin anywhere, and wrap around. */
    @Test
    void timeThatWrapsAround() {
        long before = Long.MAX_VALUE - SECOND / 2;
        long after = Long.MIN_VALUE + SECOND / 2 - 1;
        TokenBucket bucket = new TokenBucket(new ByteRate(1000), before);
        assertEquals(SECOND, take(bucket, 1100, before));
        assertEquals(SECOND / 10, take(bucket, 100, after));
    }

    /** Two threads may take in another order than they looked at the clock. */
    @Test
    void timeThatGoesBackALittleCostsNothing() {
        TokenBucket bucket = bucket(1000);
        bucket.take(1100, SECOND);
        assertEquals(SECOND, take(bucket, 0, SECOND - 1) - 1);
        assertEquals(SECOND, take(bucket, 0, SECOND));
    }

    /** Whoever waits as told never gets more than rate times time, and a burst. */
    @Property(tries = 200)
    void neverMoreThanTheRate(@ForAll @LongRange(min = 1, max = 1L << 40) long rate,
            @ForAll @Size(min = 1, max = 50) List<@IntRange(min = 1, max = 300_000) Integer> pieces) {
        TokenBucket bucket = bucket(rate);
        double now = 0;
        double bytes = 0;
        for (int piece : pieces) {
            now += take(bucket, piece, (long) now);
            bytes += piece;
            double allowed = rate * 0.1 + rate * now / 1e9;
            assertTrue(bytes <= allowed * (1 + 1e-9) + 1, bytes + " bytes, " + allowed + " allowed");
        }
    }
}
