// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.relay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TokenBucketTest {
    private static final long SECOND = 1_000_000_000;

    @Test
    void aFullBucketLetsItsBurstPassAndThenTheRate() {
        TokenBucket bucket = new TokenBucket(1000, 100);
        assertEquals(0, bucket.reserve(60, 5));
        assertEquals(0, bucket.reserve(40, 5));
        assertEquals(SECOND / 1000, bucket.reserve(1, 5));
        assertEquals(SECOND / 1000 * 51, bucket.reserve(50, 5));
    }

    @Test
    void aPauseFillsItUpToTheBurst() {
        TokenBucket bucket = new TokenBucket(1000, 100);
        assertEquals(0, bucket.reserve(100, 0));
        assertEquals(0, bucket.reserve(30, SECOND * 30 / 1000));
        assertEquals(0, bucket.reserve(100, 100 * SECOND));
        assertTrue(bucket.reserve(100, 100 * SECOND) > 0);
    }

    @Test
    void theClockMayBeginAnywhereAndWrap() {
        TokenBucket bucket = new TokenBucket(1000, 100);
        long begin = Long.MAX_VALUE - 5;
        assertEquals(0, bucket.reserve(100, begin));
        assertEquals(SECOND / 10 - 10, bucket.reserve(100, begin + 10));
        assertEquals(0, bucket.reserve(100, begin + SECOND));
    }

    @ParameterizedTest
    @CsvSource({"5000000, 65536", "125000000, 65536", "1, 10", "3, 65536", "9000000000, 1073741824"})
    void overAnyTimeThePassageIsTheRateAndNeverMore(long rate, int burst) {
        long seed = rate + burst;
        SplittableRandom random = new SplittableRandom(seed);
        TokenBucket bucket = new TokenBucket(rate, burst);
        double nanosPerByte = SECOND / (double) rate;
        long now = 0;
        long sent = 0;
        for (int i = 0; i < 10_000; i++) {
            int bytes = random.nextInt(1, burst + 1);
            now += bucket.reserve(bytes, now);
            sent += bytes;
            double allowed = now / nanosPerByte + burst;
            assertTrue(sent <= allowed + 1e-6 * allowed, () -> "seed " + seed + ": more than the rate");
            // A nanosecond a reservation is lost at most, by rounding.
            assertTrue(sent >= (now - i - 1) / nanosPerByte - burst, () -> "seed " + seed + ": less than the rate");
        }
    }

    @Test
    void whoIsLateByLessThanTheBurstLosesNothing() {
        TokenBucket bucket = new TokenBucket(1_000_000, 64 * 1024);
        long now = 0;
        for (int i = 0; i < 1000; i++) {
            now += bucket.reserve(16 * 1024, now) + (i % 2 == 0 ? 30_000_000 : 0);
        }
        // 1000 times 16 KiB less the burst; the last wait may have been late.
        long exact = (1000L * 16 * 1024 - 64 * 1024) * 1000;
        assertTrue(now >= exact && now <= exact + 30_000_000, () -> "not " + exact);
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 0, 101})
    void whatIsNothingOrMoreThanTheBurstIsRefused(int bytes) {
        TokenBucket bucket = new TokenBucket(1000, 100);
        assertThrows(IllegalArgumentException.class, () -> bucket.reserve(bytes, 0));
    }

    @ParameterizedTest
    @CsvSource({"0, 1", "-1, 1", "1, 0", "1, 1073741825"})
    void aLinkHasARateAndABurst(long rate, int burst) {
        assertThrows(IllegalArgumentException.class, () -> new TokenBucket(rate, burst));
    }
}
