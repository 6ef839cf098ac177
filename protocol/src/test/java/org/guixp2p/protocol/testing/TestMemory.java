// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.testing;

import org.guixp2p.protocol.compress.DecoderMemory;
import org.guixp2p.protocol.compress.MemoryBudget;

/** Memory for tests that are not about memory. */
public final class TestMemory {
    /** Two of lzip's largest dictionaries, and what its decoders take besides. */
    private static final long HEAP_BYTES = 66 << 20;

    private TestMemory() {}

    /** Enough to decompress any file. */
    public static DecoderMemory forDecoders() {
        return new DecoderMemory(new MemoryBudget(HEAP_BYTES), DecoderMemory.outsideOfHeap());
    }
}
