// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.bridge;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.apache.pekko.Done;
import org.guixp2p.protocol.bridge.FrameEncoder;
import org.guixp2p.protocol.bridge.FromNode;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes to one restorer, in the order of the calls, on a virtual thread that may block. */
final class BridgeWriter {
    private static final Logger LOG = LoggerFactory.getLogger(BridgeWriter.class);

    private final SocketChannel channel;
    private final ExecutorService thread = Executors
            .newSingleThreadExecutor(Thread.ofVirtual().name("bridge-writer").factory());
    private volatile long lastWriteNanos = System.nanoTime();

    BridgeWriter(SocketChannel channel) {
        this.channel = channel;
    }

    /** Sends messages; completes when the kernel has them, or fails when the restorer is gone. */
    CompletionStage<Done> send(List<FromNode> messages) {
        return CompletableFuture.supplyAsync(() -> {
            try {
                for (FromNode message : messages) {
                    if (message instanceof FromNode.Nar(ByteBuffer bytes)) {
                        FrameEncoder.writeNar(bytes, channel);
                    } else {
                        FrameEncoder.write(message, channel);
                    }
                }
                lastWriteNanos = System.nanoTime();
                return Done.getInstance();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }, thread);
    }

    long nanosSinceLastWrite() {
        return System.nanoTime() - lastWriteNanos;
    }

    /** Lets what was sent go out, then hangs up. */
    void close() {
        thread.execute(() -> {
            try {
                channel.close();
            } catch (IOException e) {
                LOG.debug("closing a restorer's connection: {}", e.getMessage());
            }
        });
        thread.shutdown();
    }
}
