// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.rate;

import org.guixp2p.node.config.ByteRate;

/**
 * Keeps a flow of bytes to a rate. What is taken on credit is paid off by those who come next, so a piece larger than the
 * burst passes too. For one thread at a time.
 */
final class TokenBucket {
    /** What may pass at once after a pause, in seconds of the rate. */
    private static final double BURST_SECONDS = 0.1;
    private static final double NANOS = 1e9;

    private double bytesPerNano;
    private double burst;
    private double tokens;
    private long awaited;
    private long lastNanos;

    TokenBucket(ByteRate rate, long nowNanos) {
        this.lastNanos = nowNanos;
        set(rate);
        this.tokens = burst;
    }

    /** From now on another rate holds; a debt stays, and is paid off at that rate. */
    void rate(ByteRate rate, long nowNanos) {
        refill(nowNanos);
        boolean limitedBefore = bytesPerNano > 0;
        set(rate);
        // Without a rate nothing was counted.
        tokens = limitedBefore ? Math.min(tokens, Math.max(burst, (double) awaited)) : burst;
    }

    private void set(ByteRate rate) {
        bytesPerNano = rate.bytesPerSecond() / NANOS;
        burst = rate.bytesPerSecond() * BURST_SECONDS;
    }

    private void refill(long nowNanos) {
        double most = Math.max(Math.max(burst, (double) awaited), tokens);
        tokens = Math.min(most, tokens + (nowNanos - lastNanos) * bytesPerNano);
        lastNanos = nowNanos;
    }

    /** Takes {@code bytes}; {@link #pause} tells when they may pass. */
    void take(long bytes, long nowNanos) {
        if (bytesPerNano > 0) {
            refill(nowNanos);
            tokens -= bytes;
        }
    }

    /** What was taken is not needed. It was waited for, and may be more than a burst. */
    void giveBack(long bytes, long nowNanos) {
        if (bytesPerNano > 0) {
            refill(nowNanos);
            tokens += bytes;
        }
    }

    /**
     * So many bytes will be taken as soon as there are tokens for them: they are saved up for, though that be more than a burst.
     * Else whoever looks late, since it had not the processor, would lose what came meanwhile.
     */
    void await(long bytes, long nowNanos) {
        if (bytesPerNano > 0) {
            refill(nowNanos);
        }
        awaited = bytes;
    }

    /** How many nanoseconds to wait before what was taken, and {@code more} bytes behind it, may pass. */
    long pause(long more, long nowNanos) {
        if (bytesPerNano == 0) {
            return 0;
        }
        refill(nowNanos);
        double lack = more - tokens;
        return lack <= 0 ? 0 : (long) Math.ceil(lack / bytesPerNano);
    }
}
