// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.multinode;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** Waiting for what happens in nodes and on the disk, but not for ever. */
final class Await {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final long AGAIN_NANOS = 10_000_000;

    private Await() {}

    /** Waits until {@code condition} holds; fails with what is there instead when it does not come to hold. */
    static void until(BooleanSupplier condition, Supplier<String> instead) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - deadline > 0) {
                throw new AssertionError(instead.get());
            }
            LockSupport.parkNanos(AGAIN_NANOS);
        }
    }
}
