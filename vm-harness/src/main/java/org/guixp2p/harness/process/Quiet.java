// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.process;

import java.io.IOException;
import java.time.Duration;

/** Waits for processes that have just been started to have nothing more to do, lest their start be measured. */
public final class Quiet {
    private static final Duration LOOK_AGAIN = Duration.ofMillis(250);
    /** Less of a processor than anything takes that still loads its code. */
    private static final Duration IDLE = Duration.ofMillis(20);
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private Quiet() {}

    /**
     * Returns when {@code child} has done something and then, for a quarter of a second, nearly nothing; or when it is never quiet.
     *
     * @throws IOException when it has ended
     */
    public static void await(Child child) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        Duration before = Duration.ZERO;
        boolean quiet = false;
        while (!quiet && System.nanoTime() - deadline < 0) {
            Thread.sleep(LOOK_AGAIN);
            if (!child.isAlive()) {
                throw new IOException(child + " has ended before it was asked for anything");
            }
            Duration now = child.process().info().totalCpuDuration().orElse(Duration.ZERO);
            quiet = before.isPositive() && now.minus(before).compareTo(IDLE) <= 0;
            before = now;
        }
    }
}
