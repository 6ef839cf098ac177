// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.rate;

/**
 * One peer's or server's traffic in one direction. It asks for one turn at a time and waits for it in its own way:
 *
 * <pre>
 * flow.ask(bytes);
 * for (long pause = flow.pause(); pause &gt; 0; pause = flow.pause()) {
 *     // wait so long, or until told that the rates have changed
 * }
 * </pre>
 *
 * <p>Safe for several threads, but only one asks.
 */
public final class Flow implements AutoCloseable {
    private final RateLimiter limiter;
    /** Its own limit; the limiter's lock guards this and all below. */
    final TokenBucket own;
    final Runnable changed;
    /** Where it stands among the others, in bytes: what it has had, not counting what it left to others. */
    double finish;
    double start;
    long asked;
    /** Whether the limit for each applies. */
    final boolean peer;

    Flow(RateLimiter limiter, TokenBucket own, Runnable changed, boolean peer) {
        this.limiter = limiter;
        this.own = own;
        this.changed = changed;
        this.peer = peer;
    }

    /**
     * Wants to pass {@code bytes}, more than 0. An earlier wish must have been granted or withdrawn.
     */
    public void ask(long bytes) {
        limiter.ask(this, bytes);
    }

    /** How many nanoseconds to wait, at least, for what was asked for; 0 when it is granted, or nothing was asked for. */
    public long pause() {
        return limiter.pause(this);
    }

    /**
     * What was asked for is no longer wanted; what was saved up for it is kept for what is asked for next.
     *
     * @return whether it still waited; false when its turn had come
     */
    public boolean withdraw() {
        return limiter.withdraw(this);
    }

    /** Passes {@code bytes} that cannot wait: those who come next pay for them. */
    public void charge(long bytes) {
        limiter.charge(this, bytes);
    }

    /** Takes no further part; nothing is waited for. */
    @Override
    public void close() {
        limiter.close(this);
    }
}
