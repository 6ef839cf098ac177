// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.stages;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

/** Begins stages, passes on how they end, and says why they failed. */
public final class Stages {
    private Stages() {}

    /** Begins a work; when it throws that is how it ends. */
    public static <T> CompletionStage<T> begin(Supplier<CompletionStage<T>> work) {
        try {
            return work.get();
        } catch (RuntimeException | Error e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    /** A work that may fail as reading and writing do. */
    @FunctionalInterface
    public interface Blocking<T> {
        T run() throws IOException;
    }

    /** A work for a stage, which fails with what {@code work} throws; {@link #cause} finds that again. */
    public static <T> Supplier<T> blocking(Blocking<T> work) {
        return () -> {
            try {
                return work.run();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        };
    }

    /** Lets {@code end} end as {@code work} does. */
    public static <T> void into(CompletionStage<T> work, CompletableFuture<T> end) {
        var _ = work.whenComplete((value, failure) -> {
            if (failure == null) {
                end.complete(value);
            } else {
                end.completeExceptionally(failure);
            }
        });
    }

    /** Why a work failed, out of what stages wrap it in, and works that may throw nothing checked. */
    public static Throwable cause(Throwable failure) {
        Throwable cause = failure;
        while ((cause instanceof CompletionException || cause instanceof UncheckedIOException)
                && cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause;
    }
}
