// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import java.util.Arrays;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/**
 * A set of the blocks of one NAR. Unlike {@link BitSet} it can be searched together with others, 64 blocks at a time and
 * without allocating anything.
 */
final class BlockSet {
    private final int blocks;
    private final long[] words;

    private BlockSet(int blocks) {
        this.blocks = blocks;
        this.words = new long[(blocks + Long.SIZE - 1) / Long.SIZE];
    }

    static BlockSet none(int blocks) {
        return new BlockSet(blocks);
    }

    static BlockSet all(int blocks) {
        BlockSet all = new BlockSet(blocks);
        Arrays.fill(all.words, -1);
        if (blocks % Long.SIZE != 0) {
            all.words[all.words.length - 1] = -1L >>> -blocks;
        }
        return all;
    }

    boolean get(int block) {
        return (words[block / Long.SIZE] & (1L << block)) != 0;
    }

    void set(int block) {
        words[block / Long.SIZE] |= 1L << block;
    }

    void clear(int block) {
        words[block / Long.SIZE] &= ~(1L << block);
    }

    /**
     * The first block from {@code from} on that this set has.
     *
     * @param to exclusive
     * @return -1 when there is none
     */
    int first(int from, int to) {
        return search(this, this, null, from, to);
    }

    /** As {@link #first(int, int)}, of those that another set has too and one has not. */
    int first(BlockSet with, BlockSet without, int from, int to) {
        return search(with, with, without, from, to);
    }

    /** As {@link #first(int, int)}, of those that two other sets have too and one has not. */
    int first(BlockSet second, BlockSet third, BlockSet without, int from, int to) {
        return search(second, third, without, from, to);
    }

    private int search(BlockSet second, BlockSet third, @Nullable BlockSet without, int from, int to) {
        int end = Math.min(to, blocks);
        if (from >= end) {
            return -1;
        }
        long mask = -1L << from;
        for (int i = from / Long.SIZE; i * Long.SIZE < end; i++) {
            long word = words[i] & second.words[i] & third.words[i] & mask;
            word &= without == null ? -1 : ~without.words[i];
            if (word != 0) {
                int block = i * Long.SIZE + Long.numberOfTrailingZeros(word);
                return block < end ? block : -1;
            }
            mask = -1;
        }
        return -1;
    }
}
