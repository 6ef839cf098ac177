// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import org.guixp2p.protocol.swarm.BlockLayout;

/**
 * How fast one source delivers, learnt from its answers: how many blocks it may owe so that its link never runs dry, and
 * after how long a block of it is late. No clock of its own, one thread; times in nanoseconds since some start, not negative.
 *
 * <p>The window is twice the product of bandwidth and delay, both the best that was seen lately, as in BBR (N. Cardwell et
 * al., "BBR: Congestion-Based Congestion Control", 2016): while the link is not full, more under way means a higher rate, so
 * that the window doubles each round trip; once it is full, the rate stays and so does the window. As what is under way
 * makes its own delay, the window is closed for a moment every ten seconds to see the link's own. Lateness is told by mean
 * and deviation of the answer times (RFC 6298).
 */
final class Pace {
    /** Before anything is known. */
    static final int FIRST_WINDOW = 4;
    static final int SMALLEST_WINDOW = 2;
    static final int LARGEST_WINDOW = 256;
    private static final double GAIN = 2;
    /**
     * Hand-overs between threads, hashing and writing take their time too, more of it when the processors are busy, and
     * nearby there is no other delay. To owe a few blocks too many costs little there; to owe too few costs the link.
     */
    private static final long SHORTEST_DELAY_NANOS = 20_000_000;
    /** Where others fill the link's queue too, the window may not grow with it. */
    private static final long LONGEST_DELAY_NANOS = 500_000_000;
    private static final long DELAY_HOLDS_NANOS = 10_000_000_000L;
    /** As long as the delay: were it forgotten first, a delay that has grown would close the window ever more. */
    private static final long RATE_HOLDS_NANOS = DELAY_HOLDS_NANOS;
    private static final long LATE_AT_LEAST_NANOS = 250_000_000;
    private static final long LATE_UNKNOWN_NANOS = 2_000_000_000L;
    private static final double MEAN_WEIGHT = 1 / 8.0;
    private static final double DEVIATION_WEIGHT = 1 / 4.0;
    private static final int DEVIATIONS = 4;

    private final int largest;
    private long deliveredBytes;
    private long deliveredNanos;
    /** Bytes a nanosecond: the best of this span of time, and of the one before. */
    private double rate;
    private double rateBefore;
    private long rateSince;
    private long delayNanos;
    private long delaySince;
    private boolean closed;
    private double meanNanos;
    private double deviationNanos;
    private boolean known;
    private double ceiling;
    private long pushedBackNanos = -1;

    /**
     * What must be remembered of a request to learn from its answer.
     *
     * @param alone whether so little was owed that its answer time is the link's own
     */
    record Asked(long nanos, long deliveredBytes, long deliveredNanos, boolean alone) {}

    /** @param largest how many blocks it may owe at most, at least 1 */
    Pace(int largest) {
        this.largest = Math.min(largest, LARGEST_WINDOW);
        this.ceiling = this.largest;
    }

    /**
     * A block is asked for now.
     *
     * @param owed how many it owes besides; when none, the time before now says nothing about the rate
     */
    Asked asked(int owed, long now) {
        return new Asked(now, deliveredBytes, owed == 0 ? now : deliveredNanos, closed && owed < SMALLEST_WINDOW);
    }

    /** A block of {@code bytes} has come. */
    void delivered(Asked request, int bytes, long now) {
        long answer = Math.max(1, now - request.nanos());
        deliveredBytes += bytes;
        deliveredNanos = now;
        noteRate((deliveredBytes - request.deliveredBytes()) / (double) Math.max(1, now - request.deliveredNanos()),
                now);
        noteDelay(answer, request.alone(), now);
        if (known) {
            deviationNanos += DEVIATION_WEIGHT * (Math.abs(answer - meanNanos) - deviationNanos);
            meanNanos += MEAN_WEIGHT * (answer - meanNanos);
        } else {
            meanNanos = answer;
            deviationNanos = answer / 2.0;
            known = true;
        }
        ceiling = Math.min(largest, ceiling + 1);
    }

    private void noteRate(double value, long now) {
        if (now - rateSince > RATE_HOLDS_NANOS) {
            rateBefore = now - rateSince > 2 * RATE_HOLDS_NANOS ? 0 : rate;
            rate = 0;
            rateSince = now;
        }
        rate = Math.max(rate, value);
    }

    private void noteDelay(long answer, boolean alone, long now) {
        if (!known || answer <= delayNanos || alone) {
            delayNanos = answer;
            delaySince = now;
            closed = false;
        } else if (now - delaySince > DELAY_HOLDS_NANOS) {
            closed = true;
        }
    }

    /**
     * A request of it came to nothing while it owed so many blocks: it gets half as many, and more again with each that
     * comes. What was asked before the last time says nothing new.
     */
    void pushedBack(Asked request, int owed, long now) {
        if (request.nanos() > pushedBackNanos) {
            pushedBackNanos = now;
            ceiling = Math.max(SMALLEST_WINDOW, Math.min(ceiling, owed) / 2.0);
        }
    }

    /** How many blocks it may owe. */
    int window() {
        if (!known) {
            return (int) Math.min(FIRST_WINDOW, ceiling);
        }
        if (closed) {
            return (int) Math.min(SMALLEST_WINDOW, ceiling);
        }
        double best = Math.max(rate, rateBefore);
        double longest = LONGEST_DELAY_NANOS + BlockLayout.BLOCK_BYTES / best;
        double delay = Math.max(SHORTEST_DELAY_NANOS, Math.min((double) delayNanos, longest));
        double blocks = Math.ceil(GAIN * best * delay / BlockLayout.BLOCK_BYTES) + 1;
        return (int) Math.min(Math.max(SMALLEST_WINDOW, blocks), Math.min(ceiling, largest));
    }

    /** After how many nanoseconds a block that was asked for is late. */
    long lateAfter() {
        return known
                ? Math.max(LATE_AT_LEAST_NANOS, (long) (2 * meanNanos + DEVIATIONS * deviationNanos))
                : LATE_UNKNOWN_NANOS;
    }

    /** Whether a block has come. */
    boolean known() {
        return known;
    }

    /**
     * How long the answer to a new question takes, in nanoseconds; the longest there is while nothing is known.
     *
     * @param ahead how many blocks are owed besides
     */
    long expectedNanos(int ahead) {
        return known ? delayNanos + ahead * blockNanos() : Long.MAX_VALUE;
    }

    /**
     * How much longer an answer most likely takes, in nanoseconds. One that is past its time may take as long again.
     *
     * @param ahead how many blocks come before it
     */
    long leftNanos(int ahead, Asked request, long now) {
        long waited = now - request.nanos();
        if (!known || waited > meanNanos + 2 * deviationNanos + ahead * blockNanos()) {
            return waited;
        }
        long sinceLast = now - Math.max(deliveredNanos, request.nanos());
        return Math.max(delayNanos - waited, (ahead + 1) * blockNanos() - sinceLast);
    }

    private long blockNanos() {
        return (long) (BlockLayout.BLOCK_BYTES / Math.max(rate, rateBefore));
    }

    /** Bytes a second, of late; 0 while nothing is known. */
    long bytesPerSecond() {
        return (long) (Math.max(rate, rateBefore) * 1e9);
    }
}
