// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.control;

import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Closes a channel that is not done with in time, so that whoever waits at it fails. */
final class Deadline implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Deadline.class);

    private final CompletableFuture<Void> done = new CompletableFuture<>();

    Deadline(SocketChannel channel, Duration patience) {
        var _ = done.orTimeout(patience.toNanos(), TimeUnit.NANOSECONDS).exceptionally(late -> close(channel));
    }

    private static Void close(SocketChannel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            LOG.debug("closing a connection: {}", e.getMessage());
        }
        return null;
    }

    /** Whether it was too late. */
    boolean isPassed() {
        return done.isCompletedExceptionally();
    }

    /** The channel was done with. */
    @Override
    public void close() {
        done.complete(null);
    }
}
