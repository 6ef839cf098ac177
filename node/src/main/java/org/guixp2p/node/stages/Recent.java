// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.stages;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What takes work to find out, found out once for all who ask meanwhile and for a while after: however many ask, it is under way
 * once. What failed is tried again for the next who asks. Safe for several threads.
 */
public final class Recent<T> {
    private final Supplier<CompletionStage<T>> find;
    private final long keepNanos;
    private final LongSupplier nanos;
    private @Nullable CompletableFuture<T> last;
    private long foundNanos;

    /**
     * @param find begins to find it out; does not block
     * @param keep for how long it counts once it is found
     * @param nanos a clock as {@link System#nanoTime}
     */
    public Recent(Supplier<CompletionStage<T>> find, Duration keep, LongSupplier nanos) {
        this.find = find;
        this.keepNanos = keep.toNanos();
        this.nanos = nanos;
    }

    /** What was found lately, or will be. */
    public CompletionStage<T> get() {
        CompletableFuture<T> mine;
        synchronized (this) {
            CompletableFuture<T> known = last;
            if (known != null && counts(known)) {
                return known.minimalCompletionStage();
            }
            mine = new CompletableFuture<>();
            last = mine;
        }
        // Not under the lock: whoever finds it at once would hold up all others.
        var _ = Stages.begin(find).whenComplete((found, failure) -> {
            noteTime();
            if (failure == null) {
                mine.complete(found);
            } else {
                mine.completeExceptionally(failure);
            }
        });
        return mine.minimalCompletionStage();
    }

    private boolean counts(CompletableFuture<T> known) {
        return !known.isDone() || (!known.isCompletedExceptionally() && nanos.getAsLong() - foundNanos < keepNanos);
    }

    private synchronized void noteTime() {
        foundNanos = nanos.getAsLong();
    }
}
