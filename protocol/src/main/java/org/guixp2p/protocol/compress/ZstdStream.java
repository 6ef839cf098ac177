// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.compress;

import com.github.luben.zstd.ZstdIOException;
import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import java.io.IOException;

/** Reads Zstandard (RFC 8878): frames one after another, to the last byte. */
final class ZstdStream extends DecompressedStream {
    /** 128 MiB: the most that a window may take. */
    private static final int MAX_WINDOW_LOG = 27;

    private final CompressedInput in;
    private final ZstdInputStreamNoFinalizer stream;
    private boolean begun;

    ZstdStream(CompressedInput in) throws IOException {
        this.in = in;
        this.stream = new ZstdInputStreamNoFinalizer(in);
        stream.setLongMax(MAX_WINDOW_LOG);
    }

    @Override
    int readSome(byte[] buffer, int offset, int length) throws IOException {
        // The library takes nothing at all for an empty file.
        if (!begun && in.atEnd()) {
            throw in.truncated();
        }
        begun = true;
        try {
            int count = stream.read(buffer, offset, length);
            while (count == 0) {
                count = stream.read(buffer, offset, length);
            }
            return count;
        } catch (ZstdIOException e) {
            throw in.malformed(String.valueOf(e.getMessage()) + " before byte " + in.consumed(), e);
        }
    }

    @Override
    void release() throws IOException {
        stream.close();
    }
}
