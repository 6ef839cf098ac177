// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.bench;

import java.util.Arrays;

/** How long answers took. */
public final class Latencies {
    private static final double NANOS_PER_MILLI = 1e6;
    private static final double HALF = 0.5;
    private static final double ALL_BUT_ONE_PERCENT = 0.99;

    private final long[] sorted;

    private Latencies(long[] sorted) {
        this.sorted = sorted;
    }

    /**
     * Of so many answers.
     *
     * @param nanos of each, in any order
     */
    public static Latencies of(long[] nanos) {
        long[] sorted = nanos.clone();
        Arrays.sort(sorted);
        return new Latencies(sorted);
    }

    /** How many answers. */
    public int count() {
        return sorted.length;
    }

    /** What half of them took no longer than, in milliseconds; 0 without any. */
    public double p50() {
        return millis(HALF);
    }

    /** What all but one in a hundred took no longer than, in milliseconds; 0 without any. */
    public double p99() {
        return millis(ALL_BUT_ONE_PERCENT);
    }

    /** What the last one took, in milliseconds; 0 without any. */
    public double max() {
        return millis(1);
    }

    private double millis(double share) {
        return sorted.length == 0
                ? 0
                : sorted[(int) Math.min(sorted.length - 1, sorted.length * share)] / NANOS_PER_MILLI;
    }
}
