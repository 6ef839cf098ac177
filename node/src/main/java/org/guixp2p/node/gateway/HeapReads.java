// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.gateway;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.DefaultMaxMessagesRecvByteBufAllocator;

/** Reads come into small buffers of the heap: Netty would take one outside of it for each, which costs more than the copy. */
final class HeapReads extends DefaultMaxMessagesRecvByteBufAllocator {
    private final int bytes;

    /** @param bytes that are read at a time */
    HeapReads(int bytes) {
        this.bytes = bytes;
    }

    @Override
    public MaxMessageHandle newHandle() {
        return new MaxMessageHandle() {
            @Override
            public int guess() {
                return bytes;
            }

            @Override
            public ByteBuf allocate(ByteBufAllocator memory) {
                return memory.heapBuffer(bytes);
            }
        };
    }
}
