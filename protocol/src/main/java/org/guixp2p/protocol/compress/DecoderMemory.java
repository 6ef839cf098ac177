// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.compress;

import java.time.Duration;

/**
 * What all decoders of a process may take together. lzip's dictionaries lie in the heap, zstd's windows outside of it.
 *
 * @param patience how long one that begins waits for others to end
 */
public record DecoderMemory(MemoryBudget heap, MemoryBudget outside, Duration patience) {
    /** The largest window of zstd, or a dozen of those of its level 19. */
    private static final long OUTSIDE_BYTES = 130L << 20;

    /** Whoever finds too little fails at once. */
    public DecoderMemory(MemoryBudget heap, MemoryBudget outside) {
        this(heap, outside, Duration.ZERO);
    }

    /** The same memory, for those who wait for it. */
    public DecoderMemory waiting(Duration other) {
        return new DecoderMemory(heap, outside, other);
    }

    /** So many bytes of the heap, and what is enough outside of it. */
    public static DecoderMemory ofHeap(long bytes) {
        return new DecoderMemory(new MemoryBudget(bytes), new MemoryBudget(OUTSIDE_BYTES));
    }
}
