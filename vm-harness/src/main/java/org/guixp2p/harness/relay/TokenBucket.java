// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.relay;

/**
 * When bytes may pass a link of some rate that lets a burst pass at once, as the generic cell rate algorithm has it (ITU-T
 * I.371). The caller brings the time, as nanoseconds of one steady clock. Not for use by several threads.
 */
public final class TokenBucket {
    private static final long NANOS = 1_000_000_000;
    /** So many bytes are counted without an overflow. */
    private static final int MAX_BURST = 1 << 30;

    private final long rate;
    private final int burst;
    private final long burstNanos;
    /** When the bucket would be full again. */
    private long full;
    private boolean used;

    /**
     * A bucket that is full.
     *
     * @param rate bytes a second
     * @param burst bytes that may pass at once after a pause
     */
    public TokenBucket(long rate, int burst) {
        if (rate <= 0 || burst <= 0 || burst > MAX_BURST) {
            throw new IllegalArgumentException("rate " + rate + ", burst " + burst);
        }
        this.rate = rate;
        this.burst = burst;
        this.burstNanos = duration(burst);
    }

    private long duration(long bytes) {
        // Rounded up: never faster than the rate.
        return Math.ceilDiv(bytes * NANOS, rate);
    }

    /** Bytes that may pass at once after a pause. */
    public int burst() {
        return burst;
    }

    /** How long it takes an empty bucket to fill. */
    public long burstNanos() {
        return burstNanos;
    }

    /**
     * Takes tokens for bytes, now or in advance.
     *
     * @param bytes from 1 to the burst
     * @return how many nanoseconds after {@code now} they may pass; 0 when at once
     */
    public long reserve(int bytes, long now) {
        if (bytes <= 0 || bytes > burst) {
            throw new IllegalArgumentException(bytes + " bytes of at most " + burst);
        }
        if (!used || full - now < 0) {
            full = now;
            used = true;
        }
        full += duration(bytes);
        return Math.max(0, full - burstNanos - now);
    }
}
