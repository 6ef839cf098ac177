// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.guixp2p.node.stages.Stages;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.swarm.BlockPayload;
import org.jspecify.annotations.Nullable;

/**
 * Blocks as they went to some peer, for the next ones who ask: ten who fetch one NAR cost one compression. Those asked for at the
 * same time share one. Over all peers; bounded, the one that was asked for longest ago goes first. Of a block that does not
 * compress only that is remembered: it is read again, which costs little. Safe for several threads.
 */
final class PreparedBlocks {
    /** What an entry takes besides its payload. */
    private static final int ENTRY = 256;

    /**
     * A block under the root of a manifest has one content, and one before it, whatever the NAR is called.
     *
     * @param index of the block
     * @param prefixed whether it may refer to the blocks before it
     */
    record Key(Sha256 root, int index, boolean prefixed) {}

    /** Reads and compresses a block. */
    interface Making {
        /**
         * Begins to.
         *
         * @param incompressible whether that was found before
         */
        CompletionStage<BlockPayload> begin(boolean incompressible);
    }

    /**
     * What is remembered.
     *
     * @param payload null when the block does not compress
     */
    private record Known(int level, @Nullable BlockPayload payload) {
        private long weight() {
            return payload == null ? ENTRY : (long) ENTRY + payload.wireLength();
        }
    }

    private final long bound;
    private final Executor disk;
    private final LinkedHashMap<Key, Known> known = new LinkedHashMap<>(16, 0.75f, true);
    private final Map<Key, CompletableFuture<BlockPayload>> underWay = new HashMap<>();
    private long bytes;

    /**
     * @param bound bytes of memory, roughly
     * @param disk where blocks are compressed
     */
    PreparedBlocks(long bound, Executor disk) {
        this.bound = bound;
        this.disk = disk;
    }

    /**
     * A block as it goes over the wire.
     *
     * @param level of zstd; it may have been compressed harder before
     * @param read gives its bytes, when they are needed; what it fails with, everybody who waits for this block is told
     * @param reused run when they are not
     */
    CompletionStage<BlockPayload> get(Key key, int level, Supplier<CompletionStage<byte[]>> read, Runnable reused) {
        return get(key, level, incompressible -> read.get().thenApplyAsync(
                bytes -> incompressible ? BlockPayload.raw(bytes) : BlockPayload.compress(bytes, level), disk), reused);
    }

    /** Like the other one, for what is made in another way. */
    CompletionStage<BlockPayload> get(Key key, int level, Making making, Runnable reused) {
        CompletableFuture<BlockPayload> mine = new CompletableFuture<>();
        Known earlier;
        synchronized (this) {
            CompletableFuture<BlockPayload> others = underWay.get(key);
            earlier = known.get(key);
            if (others != null) {
                reused.run();
                return others.copy();
            }
            if (earlier != null && earlier.payload() != null && earlier.level() >= level) {
                reused.run();
                return CompletableFuture.completedFuture(earlier.payload());
            }
            underWay.put(key, mine);
        }
        boolean incompressible = earlier != null && earlier.payload() == null;
        Stages.into(Stages.begin(() -> making.begin(incompressible))
                .whenComplete((payload, failure) -> finish(key, level, payload)), mine);
        return mine;
    }

    /** Whether a block is there already, compressed. */
    synchronized boolean has(Key key) {
        Known there = known.get(key);
        return there != null && there.payload() != null;
    }

    private synchronized void finish(Key key, int level, @Nullable BlockPayload payload) {
        underWay.remove(key);
        if (payload == null) {
            return;
        }
        Known now = new Known(level, payload.encoding() == BlockPayload.Encoding.RAW ? null : payload);
        Known before = known.put(key, now);
        bytes += now.weight() - (before == null ? 0 : before.weight());
        while (bytes > bound) {
            Known oldest = known.pollFirstEntry().getValue();
            bytes -= oldest.weight();
        }
    }

    /** Memory taken by what is remembered, in bytes, roughly. */
    synchronized long weight() {
        return bytes;
    }
}
