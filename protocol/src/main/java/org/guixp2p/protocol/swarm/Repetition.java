// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.swarm;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Tells whether much of a block stands in the blocks before it too, in a fraction of the time that trying to compress it takes.
 * Contents of files begin at multiples of 8 bytes in a NAR, and in blocks, so a file that comes twice is at the same place
 * modulo 8 both times: it is enough to compare some of the aligned words of 8 bytes, chosen by their value.
 */
final class Repetition {
    private static final VarHandle WORD = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    /** Odd, with bits everywhere: 2^64 divided by the golden ratio. */
    private static final long MIX = 0x9e3779b97f4a7c15L;
    /** One word of 2^6 is compared: of a whole block 512. */
    private static final int CHOSEN_BITS = 6;
    private static final int SLOTS = 4096;
    private static final int SLOT_BITS = 12;
    private static final int SMALLEST = 1024;
    /** The least share of a block whose saving counts. */
    private static final int SHARE = 8;

    private Repetition() {}

    /** Whether some eighth of the block, or more, seems to stand in its prefix. */
    static boolean ofMuch(byte[] block, byte[] prefix) {
        if (block.length < SMALLEST) {
            return true;
        }
        long[] words = new long[SLOTS];
        int chosen = 0;
        for (int at = 0; at + Long.BYTES <= block.length; at += Long.BYTES) {
            long word = (long) WORD.get(block, at);
            long mixed = word * MIX;
            if (isChosen(mixed)) {
                chosen++;
                words[slot(mixed)] = word;
            }
        }
        // What is found is counted once, so that a prefix which repeats itself proves nothing.
        int found = 0;
        for (int at = 0; at + Long.BYTES <= prefix.length; at += Long.BYTES) {
            long word = (long) WORD.get(prefix, at);
            long mixed = word * MIX;
            if (isChosen(mixed) && words[slot(mixed)] == word) {
                words[slot(mixed)] = 0;
                found++;
            }
        }
        return found > 0 && found * SHARE >= chosen;
    }

    /** Zero is not: it fills gaps everywhere. */
    private static boolean isChosen(long mixed) {
        return mixed != 0 && mixed >>> (Long.SIZE - CHOSEN_BITS) == 0;
    }

    private static int slot(long mixed) {
        return (int) (mixed >>> (Long.SIZE - CHOSEN_BITS - SLOT_BITS)) & (SLOTS - 1);
    }
}
