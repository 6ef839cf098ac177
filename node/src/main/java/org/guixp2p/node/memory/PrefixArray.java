// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.memory;

import org.guixp2p.protocol.swarm.BlockLayout;

/**
 * The array in which a thread joins the blocks before one: of use until it asks again. Arrays of this size have regions
 * of the heap of their own, and are collected at some cost, so each thread of the disk's pool keeps one.
 */
public final class PrefixArray {
    /** What a thread keeps, in bytes. */
    static final int BYTES = BlockLayout.PREFIX_BLOCKS * BlockLayout.BLOCK_BYTES;
    /** Of a machine with many processors this bounds what their threads keep: an eighth of {@link MemoryShares#RESERVE}. */
    private static final int MOST_THREADS = 8;
    private static final int LEAST_THREADS = 2;

    private static final ThreadLocal<byte[]> KEPT = ThreadLocal.withInitial(() -> new byte[BYTES]);

    private PrefixArray() {}

    /** How many threads may read, write and compress blocks. */
    public static int threads(int processors) {
        return Math.clamp(processors, LEAST_THREADS, MOST_THREADS);
    }

    /** An array of exactly so many blocks, at most {@link BlockLayout#PREFIX_BLOCKS}, with whatever bytes. */
    public static byte[] of(int blocks) {
        return blocks == BlockLayout.PREFIX_BLOCKS ? KEPT.get() : new byte[blocks * BlockLayout.BLOCK_BYTES];
    }
}
