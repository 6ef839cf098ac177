// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import java.nio.charset.StandardCharsets;
import java.util.Random;

/** Bytes that compress, and more so with those before them. */
final class Texts {
    private static final int SAME = 40_000;

    private Texts() {}

    /** So many bytes of lines, most of which come again some 100 KB later. */
    static byte[] of(int length, long seed) {
        Random random = new Random(seed);
        StringBuilder text = new StringBuilder(length + SAME);
        StringBuilder same = new StringBuilder();
        while (same.length() < 2 * SAME) {
            same.append(Integer.toString(random.nextInt(), Character.MAX_RADIX)).append('\n');
        }
        while (text.length() < length) {
            text.append(same);
            for (int i = 0; i < SAME / 10; i++) {
                text.append(Integer.toString(random.nextInt(1000), Character.MAX_RADIX)).append(' ');
            }
        }
        text.setLength(length);
        return text.toString().getBytes(StandardCharsets.US_ASCII);
    }
}
