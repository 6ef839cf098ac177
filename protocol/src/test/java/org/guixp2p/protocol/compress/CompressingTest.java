// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.compress;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.Random;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.testing.TestMemory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What is compressed here is read by what reads the files of servers, and is whole only when it was closed. */
class CompressingTest {
    private static final int[] SIZES = {0, 1, 300_000, 3_000_000};

    private static byte[] read(Compression compression, byte[] compressed, int size) throws IOException {
        try (InputStream in = compression.decompress(new ByteArrayInputStream(compressed),
                new NarSize(Math.max(1, size)),
                TestMemory.forDecoders())) {
            return in.readAllBytes();
        }
    }

    @ParameterizedTest
    @EnumSource(Compression.class)
    void whatIsWrittenIsRead(Compression compression) throws IOException {
        for (int size : SIZES) {
            byte[] plain = new byte[size];
            new Random(size).nextBytes(plain);
            // Half of it says nothing new.
            Arrays.fill(plain, 0, size / 2, (byte) 7);
            ByteArrayOutputStream made = new ByteArrayOutputStream();
            try (OutputStream out = compression.compress(made)) {
                for (int at = 0; at < size; at += 70_001) {
                    out.write(plain, at, Math.min(70_001, size - at));
                }
            }
            byte[] whole = made.toByteArray();
            assertArrayEquals(plain, read(compression, whole, size));
            if (compression != Compression.NONE && size > 0) {
                assertThrows(IOException.class,
                        () -> read(compression, Arrays.copyOf(whole, whole.length - 1), size));
            }
        }
    }
}
