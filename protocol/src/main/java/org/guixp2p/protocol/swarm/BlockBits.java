// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.swarm;

import java.util.Arrays;
import java.util.BitSet;
import java.util.HexFormat;

/**
 * Which of a run of blocks a relay has: a window onto a bit field, since a whole one may be longer than a frame.
 */
public final class BlockBits {
    /** Longest window in bytes: 32,768 blocks, 8 GiB of NAR. */
    public static final int MAX_BYTES = 4096;

    private final int from;
    private final byte[] bits;

    private BlockBits(int from, byte[] bits) {
        this.from = from;
        this.bits = bits;
    }

    /**
     * A window of whole bytes.
     *
     * @param from the block that the highest bit of the first byte stands for
     * @param bits 1 to {@link #MAX_BYTES} bytes, copied; bits beyond the last block are 0
     * @throws IllegalArgumentException when a set bit could not be a block of any NAR
     */
    public static BlockBits of(int from, byte[] bits) {
        if (from < 0 || from >= BlockLayout.MAX_BLOCKS || bits.length < 1 || bits.length > MAX_BYTES) {
            throw new IllegalArgumentException("no window of blocks: from " + from + ", " + bits.length + " bytes");
        }
        BlockBits window = new BlockBits(from, bits.clone());
        if (window.end() > BlockLayout.MAX_BLOCKS) {
            throw new IllegalArgumentException("a window of blocks that reaches to " + window.end());
        }
        return window;
    }

    /**
     * The part of {@code blocks} that begins at {@code from} and fits one window.
     *
     * @param count how many blocks the NAR has; {@code from} is one of them
     */
    public static BlockBits of(BitSet blocks, int from, int count) {
        int width = Math.min(count - from, MAX_BYTES * Byte.SIZE);
        byte[] bits = new byte[(width + Byte.SIZE - 1) / Byte.SIZE];
        for (int i = blocks.nextSetBit(from); i >= 0 && i < from + width; i = blocks.nextSetBit(i + 1)) {
            bits[(i - from) / Byte.SIZE] |= (byte) (0x80 >>> (i - from) % Byte.SIZE);
        }
        return of(from, bits);
    }

    /** The first block of the window. */
    public int from() {
        return from;
    }

    /** How many blocks the window speaks of, up to seven of which may not exist. */
    public int width() {
        return bits.length * Byte.SIZE;
    }

    /** Whether block {@code index} is inside the window and said to be there. */
    public boolean contains(int index) {
        int bit = index - from;
        return bit >= 0 && bit < width() && (bits[bit / Byte.SIZE] & (0x80 >>> bit % Byte.SIZE)) != 0;
    }

    /** One more than the highest block said to be there; {@link #from} when none is. */
    public int end() {
        int end = from + width();
        while (end > from && !contains(end - 1)) {
            end--;
        }
        return end;
    }

    /** Sets in {@code blocks} what is there, and clears what is not. */
    public void copyTo(BitSet blocks) {
        for (int i = from; i < from + width(); i++) {
            blocks.set(i, contains(i));
        }
    }

    /** The window, a bit a block, 1 to {@link #MAX_BYTES} bytes: the highest bit of the first is block {@link #from}. A copy. */
    public byte[] bytes() {
        return bits.clone();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof BlockBits that && from == that.from && Arrays.equals(bits, that.bits);
    }

    @Override
    public int hashCode() {
        return 31 * from + Arrays.hashCode(bits);
    }

    @Override
    public String toString() {
        return from + "+" + HexFormat.of().formatHex(bits);
    }
}
