// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class UptakeTest {
    private static final long SECOND = Duration.ofSeconds(1).toNanos();
    private static final int MINUTE = 60;

    private final Uptake uptake = new Uptake(MINUTE * SECOND, 0);

    /** For how many seconds it is no error that a client takes so many bytes in each, with more there. */
    private int borne(int bytesPerSecond, int seconds) {
        for (int now = 1; now <= seconds; now++) {
            if (uptake.hasStalled(now * SECOND, (long) now * bytesPerSecond, true)) {
                return now;
            }
        }
        return seconds;
    }

    @Test
    void whoeverTakesAQuarterOfAMebibyteAMinuteIsNotCutOff() {
        assertEquals(3600, borne(4500, 3600));
    }

    @Test
    void whoeverTakesLessIsCutOffAfterAMinute() {
        assertEquals(1 + MINUTE, borne(4300, 3600));
    }

    @Test
    void whoeverTakesNothingIsCutOffAfterAMinute() {
        assertEquals(1 + MINUTE, borne(0, 3600));
    }

    /** It is the source that is slow. */
    @Test
    void whoeverHasTakenAllThereIsMayWaitForMore() {
        for (int now = 1; now <= 3600; now++) {
            assertFalse(uptake.hasStalled(now * SECOND, now, false));
        }
        assertFalse(uptake.hasStalled(3659 * SECOND, 3600, true));
        assertFalse(uptake.hasStalled(3718 * SECOND, 3600, true));
        assertTrue(uptake.hasStalled(3719 * SECOND, 3600, true));
    }

    /** When it came between two looks is not known. */
    @Test
    void itsTimeBeginsWithTheFirstLookAtWhichSomethingIsThere() {
        assertFalse(uptake.hasStalled(15 * SECOND, 0, false));
        for (int now = 30; now < 90; now += 15) {
            assertFalse(uptake.hasStalled(now * SECOND, 0, true));
        }
        assertTrue(uptake.hasStalled(90 * SECOND, 0, true));
    }
}
