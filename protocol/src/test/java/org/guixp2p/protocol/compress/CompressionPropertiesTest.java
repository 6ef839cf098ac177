// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.compress;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.testing.TestMemory;

class CompressionPropertiesTest {
    private static final DecoderMemory MEMORY = TestMemory.forDecoders();

    /** Members of random data, of runs and noise, read in random steps. */
    @Property(tries = 100)
    void whatWasCompressedComesBack(@ForAll Compression compression, @ForAll @IntRange(min = 1, max = 3) int members,
            @ForAll long seed) throws IOException {
        Random random = new Random(seed);
        ByteArrayOutputStream wanted = new ByteArrayOutputStream();
        ByteArrayOutputStream compressed = new ByteArrayOutputStream();
        for (int i = 0; i < members; i++) {
            byte[] data = data(random);
            wanted.writeBytes(data);
            compressed.writeBytes(Compressor.compress(compression, data));
        }
        ByteArrayOutputStream got = new ByteArrayOutputStream();
        try (InputStream in = compression.decompress(new ByteArrayInputStream(compressed.toByteArray()),
                new NarSize(wanted.size()), MEMORY)) {
            byte[] buffer = new byte[1 + random.nextInt(5000)];
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer, 0, 1 + random.nextInt(
                    buffer.length))) {
                got.write(buffer, 0, count);
            }
        }
        assertArrayEquals(wanted.toByteArray(), got.toByteArray());
    }

    private static byte[] data(Random random) {
        ByteArrayOutputStream data = new ByteArrayOutputStream();
        int length = 1 + random.nextInt(20_000);
        while (data.size() < length) {
            byte[] run = new byte[1 + random.nextInt(500)];
            if (random.nextBoolean()) {
                random.nextBytes(run);
            }
            data.writeBytes(run);
        }
        return data.toByteArray();
    }
}
