// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.dht;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class SleepTest {
    private long nanos = Long.MAX_VALUE - 1;
    private long millis = 1_700_000_000_000L;
    private final Sleep sleep = new Sleep(() -> nanos, () -> millis);

    private void pass(Duration awake, Duration ofDay) {
        nanos += awake.toNanos();
        millis += ofDay.toMillis();
    }

    @Test
    void whatTheClockOfDayIsAheadIsSleepAndCountsOnce() {
        pass(Duration.ofSeconds(20), Duration.ofHours(1).plusSeconds(20));
        assertEquals(Duration.ofHours(1), sleep.since());
        assertEquals(Duration.ZERO, sleep.since());
        pass(Duration.ofHours(5), Duration.ofHours(5));
        assertEquals(Duration.ZERO, sleep.since());
    }

    @Test
    void aClockOfDayThatIsCorrectedOrSetBackIsNone() {
        pass(Duration.ofSeconds(20), Duration.ofSeconds(49));
        assertEquals(Duration.ZERO, sleep.since());
        pass(Duration.ofSeconds(20), Duration.ofHours(-3));
        assertEquals(Duration.ZERO, sleep.since());
        pass(Duration.ofSeconds(20), Duration.ofSeconds(50));
        assertEquals(Duration.ofSeconds(30), sleep.since());
    }
}
