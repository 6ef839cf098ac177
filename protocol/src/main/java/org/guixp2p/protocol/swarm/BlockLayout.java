// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.swarm;

import java.util.Objects;
import org.guixp2p.protocol.item.NarSize;

/**
 * How a NAR of a given size is cut into blocks: {@value #BLOCK_BYTES} bytes each, the last one shorter. A NAR of 0 bytes has
 * no block.
 */
public record BlockLayout(NarSize narSize) {
    /** Size of every block but the last. */
    public static final int BLOCK_BYTES = 256 * 1024;
    /** How many blocks, those right before it, one may be compressed with; fewer at the beginning of a NAR. */
    public static final int PREFIX_BLOCKS = 2;
    /** How many blocks the largest NAR has. */
    public static final int MAX_BLOCKS = (int) (NarSize.MAX_BYTES / BLOCK_BYTES);

    /** How many blocks there are; at most {@link #MAX_BLOCKS}, 2^22, since a NAR has at most 2^40 bytes. */
    public int count() {
        return (int) ((narSize.bytes() + BLOCK_BYTES - 1) / BLOCK_BYTES);
    }

    /** Where block {@code index} begins in the NAR. */
    public long offset(int index) {
        return (long) checked(index) * BLOCK_BYTES;
    }

    /** How many bytes block {@code index} has. */
    public int length(int index) {
        return (int) Math.min(BLOCK_BYTES, narSize.bytes() - offset(index));
    }

    /** The first block of the prefix of block {@code index}; {@code index} itself when it has none. */
    public static int prefixFrom(int index) {
        return Math.max(0, index - PREFIX_BLOCKS);
    }

    /** Whether there is a block {@code index}. */
    public boolean contains(int index) {
        return index >= 0 && index < count();
    }

    private int checked(int index) {
        return Objects.checkIndex(index, count());
    }
}
