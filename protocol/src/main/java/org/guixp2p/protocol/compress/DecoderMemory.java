// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.compress;

/** What decoders may take together. lzip's dictionaries lie in the heap, zstd's windows outside of it. */
public record DecoderMemory(MemoryBudget heap, MemoryBudget outside) {
    /** The largest window of zstd, or a dozen of those of its level 19. */
    private static final long OUTSIDE_BYTES = 130L << 20;

    /** What is enough outside of the heap for all decoders of a process. */
    public static MemoryBudget outsideOfHeap() {
        return new MemoryBudget(OUTSIDE_BYTES);
    }
}
