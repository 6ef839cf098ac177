// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.bridge;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import org.apache.pekko.Done;
import org.guixp2p.protocol.bridge.FrameEncoder;
import org.guixp2p.protocol.bridge.FromNode;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes to one restorer, in the order of the calls, on a virtual thread that may block. */
final class BridgeWriter {
    /** How long what was sent before the end has to go out. */
    static final Duration LAST_WORD = Duration.ofSeconds(1);

    private static final Logger LOG = LoggerFactory.getLogger(BridgeWriter.class);

    private final BridgeConnection connection;
    private final LongSupplier nanoTime;
    private final ExecutorService thread = Executors
            .newSingleThreadExecutor(Thread.ofVirtual().name("bridge-writer").factory());
    private final AtomicInteger waiting = new AtomicInteger();
    private final AtomicBoolean closed = new AtomicBoolean();
    private volatile long lastWriteNanos;
    private volatile long sendBegunNanos;
    private volatile boolean sending;

    BridgeWriter(BridgeConnection connection, LongSupplier nanoTime) {
        this.connection = connection;
        this.nanoTime = nanoTime;
        this.lastWriteNanos = nanoTime.getAsLong();
    }

    /** Sends messages; completes when the kernel has them, or fails when the restorer is gone. */
    CompletionStage<Done> send(List<FromNode> messages) {
        waiting.incrementAndGet();
        return CompletableFuture.supplyAsync(() -> {
            sendBegunNanos = nanoTime.getAsLong();
            sending = true;
            try {
                FrameEncoder.writeAll(messages, connection.channel());
                lastWriteNanos = nanoTime.getAsLong();
                return Done.getInstance();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } finally {
                sending = false;
                waiting.decrementAndGet();
            }
        }, thread);
    }

    /** How long the restorer has been sent nothing, in nanoseconds; 0 while it has yet to take what was sent. */
    long silence() {
        return waiting.get() > 0 ? 0 : nanoTime.getAsLong() - lastWriteNanos;
    }

    /** For how long the restorer has not taken all of what was sent together, in nanoseconds; 0 when it has. */
    long blocked() {
        return sending ? nanoTime.getAsLong() - sendBegunNanos : 0;
    }

    /** Lets what was sent go out, for a second, then hangs up. */
    void close() {
        thread.execute(this::hangUp);
        thread.shutdown();
        Thread.ofVirtual().name("bridge-close").start(() -> {
            try {
                if (!thread.awaitTermination(LAST_WORD.toMillis(), TimeUnit.MILLISECONDS)) {
                    LOG.debug("a restorer does not read its last frames");
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            hangUp();
        });
    }

    private void hangUp() {
        if (closed.compareAndSet(false, true)) {
            try {
                connection.channel().close();
            } catch (IOException e) {
                LOG.debug("closing a restorer's connection: {}", e.getMessage());
            } finally {
                connection.closed().run();
            }
        }
    }
}
