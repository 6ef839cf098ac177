// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.swarm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;

class NoiseTest {
    private static byte[] random(int length, long seed) {
        byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    /** Words in no order, a line for each seed, up to a block. */
    private static byte[] text() {
        Random random = new Random(3);
        StringBuilder text = new StringBuilder();
        while (text.length() < BlockLayout.BLOCK_BYTES) {
            text.append(Integer.toString(random.nextInt(50_000), Character.MAX_RADIX)).append(' ');
        }
        return Arrays.copyOf(text.toString().getBytes(StandardCharsets.US_ASCII), BlockLayout.BLOCK_BYTES);
    }

    @Test
    void randomBytesDoWhateverTheSeed() {
        for (long seed = 0; seed < 500; seed++) {
            assertTrue(Noise.looksLike(random(BlockLayout.BLOCK_BYTES, seed)), "seed " + seed);
            assertTrue(Noise.looksLike(random(4096, seed)), "seed " + seed);
        }
    }

    @Test
    void whatWasCompressedDoes() throws IOException {
        ByteArrayOutputStream compressed = new ByteArrayOutputStream();
        try (OutputStream gzip = new GZIPOutputStream(compressed)) {
            for (int i = 0; i < 3; i++) {
                gzip.write(text());
            }
        }
        assertTrue(Noise.looksLike(Arrays.copyOf(compressed.toByteArray(), BlockLayout.BLOCK_BYTES)));
    }

    @Test
    void textZerosAndMixturesDoNot() {
        assertFalse(Noise.looksLike(new byte[BlockLayout.BLOCK_BYTES]));
        assertFalse(Noise.looksLike(text()));
        byte[] mixture = random(BlockLayout.BLOCK_BYTES, 5);
        Arrays.fill(mixture, mixture.length / 2, mixture.length * 3 / 4, (byte) 0);
        assertFalse(Noise.looksLike(mixture));
    }

    @Test
    void aFewBytesTellNothing() {
        assertFalse(Noise.looksLike(random(4095, 1)));
        assertFalse(Noise.looksLike(new byte[0]));
    }

    /** It repeats itself: only trying would have told. */
    @Test
    void whatLooksLikeItIsNotTried() {
        byte[] twice = random(BlockLayout.BLOCK_BYTES, 7);
        System.arraycopy(twice, 0, twice, twice.length / 2, twice.length / 2);
        assertEquals(BlockPayload.raw(twice), BlockPayload.compress(twice, 9));
        assertEquals(BlockPayload.Encoding.ZSTD, BlockPayload.compress(text(), 1).encoding());
    }
}
