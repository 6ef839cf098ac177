// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node;

import java.time.Duration;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.pekko.Done;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How a node ends: what it closes, and who waits for that. Safe for several threads. */
final class Ending {
    private static final Logger LOG = LoggerFactory.getLogger(Ending.class);

    private final Deque<AutoCloseable> open;
    private final CompletableFuture<Done> ended = new CompletableFuture<>();
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

    /**
     * @param open what to close, last opened first
     */
    Ending(Deque<AutoCloseable> open) {
        this.open = open;
    }

    /** Why the node ends, if nobody told it to. The first reason counts. */
    void because(Throwable cause) {
        failure.compareAndSet(null, cause);
    }

    /** Why the node ends, as far as that is known. */
    Optional<Throwable> cause() {
        return Optional.ofNullable(failure.get());
    }

    /** Closes everything, however long that takes. */
    void now() {
        closeAll(open);
        end();
    }

    /** Has whoever waits for the end wait no longer than this, whatever has not been closed by then. */
    void within(Duration time) {
        CompletableFuture.delayedExecutor(time.toMillis(), TimeUnit.MILLISECONDS).execute(() -> {
            if (end()) {
                LOG.warn("the node has not ended in time: what is under way is given up");
                closeAll(open);
            }
        });
    }

    private boolean end() {
        Throwable cause = failure.get();
        return cause == null ? ended.complete(Done.getInstance()) : ended.completeExceptionally(cause);
    }

    CompletionStage<Done> whenEnded() {
        return ended.minimalCompletionStage();
    }

    /** Closes what is open, each once. */
    static void closeAll(Deque<AutoCloseable> open) {
        synchronized (open) {
            while (!open.isEmpty()) {
                try {
                    open.pop().close();
                } catch (Exception e) {
                    LOG.warn("while stopping: {}", e.getMessage());
                }
            }
        }
    }
}
