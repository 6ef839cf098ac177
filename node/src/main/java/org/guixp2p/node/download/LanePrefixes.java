// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.guixp2p.node.memory.PrefixArray;
import org.guixp2p.persistence.nar.PartialNar;
import org.guixp2p.protocol.swarm.BlockLayout;
import org.guixp2p.protocol.swarm.Manifest;

/**
 * Of the blocks that one peer is asked for, which may come compressed with those before them, and reads those that do: when
 * each of the blocks before is in the file, or the same peer was asked for it earlier. Those are read from the file when they are
 * there; until then the answer waits, which is memory that the peer may owe anyway.
 *
 * <p>Blocks are wanted on one thread, whatever else on any.
 */
final class LanePrefixes {
    /** So many entries, and all that are of no more use go: more than a peer may owe. */
    private static final int CLEAN_AT = 2 * Pace.LARGEST_WINDOW;

    private final Manifest manifest;
    private final BlockLayout layout;
    private final PartialNar file;
    /** Whether it was stored, of each block that is under way, or was until a moment ago. */
    private final Map<Integer, CompletableFuture<Boolean>> asked = new ConcurrentHashMap<>();

    /**
     * A block that is asked for.
     *
     * @param prefixed whether it may come with a prefix
     * @param before completes when nothing of that is under way any more
     * @param stored to be completed when it is known what became of the block
     */
    record Wanted(int block, boolean prefixed, CompletableFuture<?> before, CompletableFuture<Boolean> stored) {}

    LanePrefixes(Manifest manifest, PartialNar file) {
        this.manifest = manifest;
        this.layout = new BlockLayout(manifest.narSize());
        this.file = file;
    }

    /**
     * Notes that a block is asked for.
     *
     * @param isThere whether a block is in the file
     */
    Wanted want(int block, IntPredicate isThere) {
        List<CompletableFuture<Boolean>> before = new ArrayList<>(BlockLayout.PREFIX_BLOCKS);
        boolean prefixed = block > 0;
        for (int index = BlockLayout.prefixFrom(block); index < block; index++) {
            if (!isThere.test(index)) {
                CompletableFuture<Boolean> earlier = asked.get(index);
                prefixed &= earlier != null && earlier.getNow(true);
                before.add(earlier == null ? CompletableFuture.completedFuture(false) : earlier);
            }
        }
        if (asked.size() >= CLEAN_AT) {
            asked.entrySet().removeIf(
                    entry -> entry.getValue().isDone() && (!entry.getValue().join() || isThere.test(entry.getKey())));
        }
        CompletableFuture<Boolean> stored = new CompletableFuture<>();
        asked.put(block, stored);
        return new Wanted(block, prefixed, CompletableFuture.allOf(before.toArray(CompletableFuture[]::new)), stored);
    }

    /** Of how many blocks something is remembered. */
    int remembered() {
        return asked.size();
    }

    /** Whether the blocks before one are what they should be: what a server gave, or nothing yet, may lie there too. */
    boolean matches(int block, byte[] prefix) {
        int from = BlockLayout.prefixFrom(block);
        return IntStream.range(from, block).allMatch(before -> manifest.matches(before, prefix,
                (before - from) * BlockLayout.BLOCK_BYTES, BlockLayout.BLOCK_BYTES));
    }

    /**
     * The blocks before one, as they are in the file at this moment: of use until the thread asks for others. Empty when the
     * file does not reach so far.
     */
    Optional<byte[]> prefix(int block) {
        int from = BlockLayout.prefixFrom(block);
        byte[] bytes = PrefixArray.of(block - from);
        try {
            file.read(layout.offset(from), bytes, 0, bytes.length);
            return Optional.of(bytes);
        } catch (IOException e) {
            // They were not written. If the disk is at fault, writing will tell.
            return Optional.empty();
        }
    }
}
