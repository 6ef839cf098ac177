// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import org.guixp2p.node.memory.PrefixArray;
import org.guixp2p.node.stages.Stages;
import org.guixp2p.protocol.swarm.BlockLayout;
import org.guixp2p.protocol.swarm.BlockPayload;

/**
 * Compresses blocks with those before them. Whoever asks for blocks in a row has each of them read once, though it is needed
 * three times. Over all peers; few at a time, since each takes the memory of three or four blocks: whoever asks for many that are
 * far from each other waits, and takes no more. Nobody's turn goes by while a NAR is opened. Safe for several threads.
 */
final class PrefixedBlocks {
    private static final int MOST_AT_ONCE = 8;
    /** Blocks that each takes besides its own, which has one of the {@link ServingSlots}: those before it, read and joined. */
    private static final int EACH = 2 * BlockLayout.PREFIX_BLOCKS;
    /** Blocks that were read last: those of two peers that ask for blocks in a row. */
    private static final int RECENT = 7;

    private final PreparedBlocks prepared;
    private final Executor disk;
    private final int atOnce;
    private final Throttle throttle;
    private final LinkedHashMap<PreparedBlocks.Key, CompletableFuture<byte[]>> recent = new LinkedHashMap<>(16, 0.75f,
            true);

    /**
     * @param bytes of memory
     * @param prepared where they are kept
     * @param disk where blocks are compressed
     */
    PrefixedBlocks(long bytes, PreparedBlocks prepared, Executor disk) {
        this.atOnce = Math.clamp((bytes / BlockLayout.BLOCK_BYTES - RECENT) / EACH, 1, MOST_AT_ONCE);
        this.throttle = new Throttle(atOnce);
        this.prepared = prepared;
        this.disk = disk;
    }

    /** How many blocks there is room for at a time. */
    int atOnce() {
        return atOnce;
    }

    /** One NAR, of which blocks are read. */
    interface Nar {
        /** Makes it ready to be read, which may take long. */
        CompletionStage<?> open();

        /** The bytes of a block. */
        CompletionStage<byte[]> read(int index);
    }

    /**
     * A block as it goes over the wire: by itself, when there is more to be said against its prefix, or that cannot be read.
     *
     * @param key of a block that has a prefix
     * @param level of zstd; it may have been compressed harder before. When it was compressed before, 0 will do
     * @param given told that the block is given, though reading it would not
     */
    CompletionStage<BlockPayload> get(PreparedBlocks.Key key, int level, Nar nar, Runnable given) {
        int atLeast = Math.max(1, level);
        return prepared.get(key, level, incompressible -> {
            given.run();
            return nar.open().thenCompose(opened -> throttle.take(() -> incompressible
                    ? read(key, key.index(), nar).thenApply(BlockPayload::raw)
                    : compressed(key, atLeast, nar)));
        }, given);
    }

    private CompletionStage<BlockPayload> compressed(PreparedBlocks.Key key, int level, Nar nar) {
        List<CompletableFuture<byte[]>> before = new ArrayList<>(BlockLayout.PREFIX_BLOCKS);
        for (int index = BlockLayout.prefixFrom(key.index()); index < key.index(); index++) {
            before.add(read(key, index, nar));
        }
        CompletableFuture<byte[]> block = read(key, key.index(), nar);
        CompletableFuture<Boolean> hasPrefix = CompletableFuture.allOf(before.toArray(CompletableFuture[]::new))
                .handle((all, failure) -> failure == null);
        return block.thenCombineAsync(hasPrefix, (bytes, has) -> has
                ? BlockPayload.compress(bytes, joined(before), level)
                : BlockPayload.compress(bytes, level), disk);
    }

    private static byte[] joined(List<CompletableFuture<byte[]>> blocks) {
        byte[] all = PrefixArray.of(blocks.size());
        for (int i = 0; i < blocks.size(); i++) {
            // The last block of a NAR, which may be shorter, is before no other one.
            System.arraycopy(blocks.get(i).join(), 0, all, i * BlockLayout.BLOCK_BYTES, BlockLayout.BLOCK_BYTES);
        }
        return all;
    }

    private CompletableFuture<byte[]> read(PreparedBlocks.Key of, int index, Nar nar) {
        PreparedBlocks.Key key = new PreparedBlocks.Key(of.root(), index, false);
        CompletableFuture<byte[]> mine = new CompletableFuture<>();
        synchronized (recent) {
            CompletableFuture<byte[]> others = recent.get(key);
            if (others != null) {
                return others;
            }
            recent.put(key, mine);
            if (recent.size() > RECENT) {
                recent.pollFirstEntry();
            }
        }
        Stages.into(Stages.begin(() -> nar.read(index)).whenComplete((bytes, failure) -> {
            if (failure != null) {
                synchronized (recent) {
                    recent.remove(key, mine);
                }
            }
        }), mine);
        return mine;
    }
}
