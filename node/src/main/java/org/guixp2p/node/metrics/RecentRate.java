// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.metrics;

import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** How much has passed lately: over the last {@link #SECONDS} whole seconds. Safe for several threads. */
final class RecentRate {
    static final int SECONDS = 10;
    private static final long NANOS = TimeUnit.SECONDS.toNanos(1);

    private final LongSupplier nanos;
    private final long startNanos;
    /** One for each second, and one for the second that is not over yet. */
    private final long[] amounts = new long[SECONDS + 1];
    private long second;

    /** @param nanos a clock as {@link System#nanoTime} */
    RecentRate(LongSupplier nanos) {
        this.nanos = nanos;
        this.startNanos = nanos.getAsLong();
    }

    synchronized void add(long amount) {
        goOn();
        amounts[slot(second)] += amount;
    }

    synchronized double perSecond() {
        goOn();
        return (double) (Arrays.stream(amounts).sum() - amounts[slot(second)]) / SECONDS;
    }

    /** What was counted longer ago than counts is forgotten. */
    private void goOn() {
        long now = (nanos.getAsLong() - startNanos) / NANOS;
        if (now - second >= amounts.length) {
            Arrays.fill(amounts, 0);
            second = now;
        }
        while (second < now) {
            second++;
            amounts[slot(second)] = 0;
        }
    }

    private int slot(long of) {
        return Math.floorMod(of, amounts.length);
    }
}
