// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.compress;

/**
 * What all decoders of a process may take together. lzip's dictionaries lie in the heap, zstd's windows outside of it.
 */
public record DecoderMemory(MemoryBudget heap, MemoryBudget outside) {
    /** Two of the largest dictionaries of lzip, or a dozen of those that {@code guix publish} makes by default. */
    private static final long HEAP_BYTES = 66L << 20;
    /** The largest window of zstd, or a dozen of those of its level 19. */
    private static final long OUTSIDE_BYTES = 130L << 20;

    /** Enough for several downloads at a time, in a JVM with a heap of 192 MiB. */
    public DecoderMemory() {
        this(new MemoryBudget(HEAP_BYTES), new MemoryBudget(OUTSIDE_BYTES));
    }
}
