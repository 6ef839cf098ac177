// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import org.guixp2p.node.config.ByteRate;

/**
 * Keeps a flow of bytes to a rate. Whoever takes bytes learns how long to wait; what is taken on credit is paid off by those
 * who come next, so a piece larger than the burst passes too.
 */
final class TokenBucket {
    /** What may pass at once after a pause, in seconds of the rate. */
    private static final double BURST_SECONDS = 0.1;
    private static final double NANOS = 1e9;

    private final double bytesPerNano;
    private final double burst;
    private double tokens;
    private long lastNanos;

    TokenBucket(ByteRate rate, long nowNanos) {
        this.bytesPerNano = rate.bytesPerSecond() / NANOS;
        this.burst = rate.bytesPerSecond() * BURST_SECONDS;
        this.tokens = burst;
        this.lastNanos = nowNanos;
    }

    /**
     * Takes {@code bytes}.
     *
     * @return how many nanoseconds to wait before they may pass
     */
    long take(long bytes, long nowNanos) {
        // Without a rate there is nothing to keep, and no reason for peers to meet at a lock.
        return bytesPerNano == 0 ? 0 : pay(bytes, nowNanos);
    }

    private synchronized long pay(long bytes, long nowNanos) {
        tokens = Math.min(burst, tokens + (nowNanos - lastNanos) * bytesPerNano);
        lastNanos = nowNanos;
        tokens -= bytes;
        return tokens >= 0 ? 0 : (long) Math.ceil(-tokens / bytesPerNano);
    }
}
