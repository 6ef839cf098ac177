// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.swarm;

/**
 * Tells what was compressed or encrypted before from what may be worth compressing, by how evenly the values of some of its
 * bytes are spread (Pearson's chi-squared test): some microseconds, where trying would take a hundred.
 */
final class Noise {
    /** Bytes looked at, in pieces spread evenly over the block. */
    private static final int PIECES = 64;
    private static final int PIECE_BYTES = 64;
    private static final int SAMPLE = PIECES * PIECE_BYTES;
    private static final int VALUES = 256;
    /** With 255 degrees of freedom random bytes exceed it once in ten million times: 255 + 6.4 × √(2 × 255). */
    private static final int CHI_SQUARED = 400;

    private Noise() {}

    /** Whether all values are about as frequent in it. A block too short to tell does not look like noise. */
    static boolean looksLike(byte[] block) {
        if (block.length < SAMPLE) {
            return false;
        }
        int[] counts = new int[VALUES];
        for (int piece = 0; piece < PIECES; piece++) {
            int from = (int) ((long) (block.length - PIECE_BYTES) * piece / (PIECES - 1));
            for (int i = from; i < from + PIECE_BYTES; i++) {
                counts[block[i] & 0xff]++;
            }
        }
        long squares = 0;
        for (int count : counts) {
            squares += (long) count * count;
        }
        return squares * VALUES / SAMPLE - SAMPLE < CHI_SQUARED;
    }
}
