// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.bridge;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import org.guixp2p.protocol.hash.Sha256;
import org.jspecify.annotations.Nullable;

/**
 * SHA-256 of a stream, computed beside whoever reads it: hashing takes as long as all the rest of a restore together.
 *
 * <p>The first bytes are hashed where they come, for most items are small; a thread starts when more follow. Buffers are
 * taken as they are and must not be written again.
 */
final class ParallelSha256 implements AutoCloseable {
    private static final int INLINE_BYTES = 1 << 20;
    /** Buffers that may wait, each of at most one frame: a few MiB. */
    private static final int QUEUED = 64;
    private static final ByteBuffer END = ByteBuffer.allocate(0);

    private final MessageDigest digest = Sha256.digest();
    private final BlockingQueue<ByteBuffer> queue = new ArrayBlockingQueue<>(QUEUED);
    private int inline;
    private @Nullable Thread worker;

    void update(ByteBuffer bytes) {
        if (!bytes.hasRemaining()) {
            // In the queue that would mean the end.
            return;
        }
        if (worker == null && inline < INLINE_BYTES) {
            inline += bytes.remaining();
            digest.update(bytes.duplicate());
            return;
        }
        if (worker == null) {
            worker = new Thread(this::work, "sha256");
            worker.setDaemon(true);
            worker.start();
        }
        put(bytes.duplicate());
    }

    private void work() {
        try {
            for (ByteBuffer bytes = queue.take(); bytes.hasRemaining(); bytes = queue.take()) {
                digest.update(bytes);
            }
        } catch (InterruptedException e) {
            // Nobody wants the hash any more.
        }
    }

    private void put(ByteBuffer bytes) {
        try {
            queue.put(bytes);
        } catch (InterruptedException e) {
            throw new IllegalStateException("nobody interrupts this thread", e);
        }
    }

    /** The hash of all that came; nothing may come after. */
    Sha256 finish() {
        if (worker != null) {
            put(END);
            try {
                worker.join();
            } catch (InterruptedException e) {
                throw new IllegalStateException("nobody interrupts this thread", e);
            }
            worker = null;
        }
        return Sha256.finish(digest);
    }

    /** Stops hashing. */
    @Override
    public void close() {
        if (worker != null) {
            worker.interrupt();
            worker = null;
        }
    }
}
