// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.compress;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.testing.TestMemory;
import org.opentest4j.AssertionFailedError;

/** Any bytes are decompressed to no more than the bound, or refused with a reason. */
class DecompressionFuzzTest {
    private static final int BOUND = 1 << 20;
    private static final DecoderMemory MEMORY = TestMemory.forDecoders();

    @FuzzTest
    void gzip(byte[] input) throws IOException {
        check(Compression.GZIP, input);
    }

    @FuzzTest
    void lzip(byte[] input) throws IOException {
        check(Compression.LZIP, input);
    }

    @FuzzTest
    void zstd(byte[] input) throws IOException {
        check(Compression.ZSTD, input);
    }

    private static void check(Compression compression, byte[] input) throws IOException {
        try (InputStream in = compression.decompress(new ByteArrayInputStream(input), new NarSize(BOUND), MEMORY)) {
            int length = in.readAllBytes().length;
            if (length > BOUND) {
                throw new AssertionFailedError(length + " bytes came out");
            }
        } catch (FormatException e) {
            if (!String.valueOf(e.getMessage()).startsWith(compression.text() + ": ")) {
                throw new AssertionFailedError("not a clear message", e);
            }
        }
        if (MEMORY.heap().taken() != 0 || MEMORY.outside().taken() != 0) {
            throw new AssertionFailedError("memory was not given back");
        }
    }
}
