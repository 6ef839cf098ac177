// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.dht;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * How long the machine slept: its clock of day went on, and the one that {@link System#nanoTime} reads did not (Linux: {@code
 * CLOCK_MONOTONIC} stands still in suspension). A clock of day that somebody sets forward looks the same.
 */
final class Sleep {
    /** Clocks of day are corrected by less. */
    private static final Duration LEAST = Duration.ofSeconds(30);

    private final LongSupplier nanos;
    private final LongSupplier millisOfDay;
    private long lastNanos;
    private long lastMillis;

    /**
     * @param nanos a clock that only goes forward
     * @param millisOfDay milliseconds since any day, on a clock that sleep does not stop
     */
    Sleep(LongSupplier nanos, LongSupplier millisOfDay) {
        this.nanos = nanos;
        this.millisOfDay = millisOfDay;
        lastNanos = nanos.getAsLong();
        lastMillis = millisOfDay.getAsLong();
    }

    /** How long it slept since this was asked last; {@link Duration#ZERO} for a moment, or when the clock of day was set back. */
    Duration since() {
        long now = nanos.getAsLong();
        long millis = millisOfDay.getAsLong();
        Duration slept = Duration.ofMillis(millis - lastMillis).minusNanos(now - lastNanos);
        lastNanos = now;
        lastMillis = millis;
        return slept.compareTo(LEAST) < 0 ? Duration.ZERO : slept;
    }
}
