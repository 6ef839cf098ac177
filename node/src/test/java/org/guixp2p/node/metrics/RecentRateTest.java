// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class RecentRateTest {
    /** Such a clock may say anything, and does not begin at 0. */
    private long nanos = Long.MAX_VALUE - TimeUnit.SECONDS.toNanos(3);
    private final RecentRate rate = new RecentRate(() -> nanos);

    private void pass(long millis) {
        nanos += TimeUnit.MILLISECONDS.toNanos(millis);
    }

    @Test
    void itIsThatOfTheLastSecondsThatAreOver() {
        assertEquals(0, rate.perSecond());
        rate.add(500);
        pass(999);
        rate.add(500);
        assertEquals(0, rate.perSecond(), "the second is not over");
        pass(1);
        assertEquals(100, rate.perSecond());
        for (int second = 0; second < 10; second++) {
            rate.add(2000);
            pass(1000);
        }
        assertEquals(2000, rate.perSecond(), "what was before is forgotten");
    }

    @Test
    void whatIsOldIsForgottenHoweverLongNobodyAsks() {
        rate.add(1000);
        pass(10_999);
        assertEquals(100, rate.perSecond());
        pass(1);
        assertEquals(0, rate.perSecond());
        rate.add(1000);
        pass(3_600_000);
        assertEquals(0, rate.perSecond());
        rate.add(70);
        pass(1000);
        assertEquals(7, rate.perSecond());
    }
}
