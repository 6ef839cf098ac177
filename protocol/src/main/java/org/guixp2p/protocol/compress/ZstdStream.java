// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.compress;

import com.github.luben.zstd.ZstdIOException;
import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import java.io.IOException;

/** Reads Zstandard (RFC 8878): frames one after another, to the last byte. */
final class ZstdStream extends DecompressedStream {
    /** 128 MiB, what zstd's highest level takes; {@code guix publish} at level 19, which servers use, takes 8 MiB. */
    private static final int MAX_WINDOW_LOG = 27;
    private static final long MAX_WINDOW_BYTES = 1L << MAX_WINDOW_LOG;
    /** What the library takes besides: its tables, and room for a block on either side. */
    private static final long OTHER_BYTES = 512 * 1024;

    private final CompressedInput in;
    private final MemoryLease memory;
    private final ZstdFrames frames;
    private final ZstdInputStreamNoFinalizer stream;
    private boolean begun;

    ZstdStream(CompressedInput in, MemoryLease memory) throws IOException {
        this.in = in;
        this.memory = memory;
        this.frames = new ZstdFrames(in, this::frameBegins);
        this.stream = new ZstdInputStreamNoFinalizer(frames);
        stream.setLongMax(MAX_WINDOW_LOG);
    }

    private void frameBegins(long window, long contents) throws IOException {
        if (window > MAX_WINDOW_BYTES) {
            throw in.malformed("wants a window of " + window + " bytes, more than " + MAX_WINDOW_BYTES);
        }
        memory.grow((contents < 0 ? window : Math.min(window, contents)) + OTHER_BYTES);
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
            // The library takes a later frame for whole that is not, when it came together with the end of the one before.
            if (count < 0 && frames.isWithinFrame()) {
                throw in.truncated();
            }
            return count;
        } catch (ZstdIOException e) {
            throw in.malformed(String.valueOf(e.getMessage()) + " before byte " + in.consumed(), e);
        }
    }

    @Override
    void release() throws IOException {
        try {
            stream.close();
        } finally {
            memory.release();
        }
    }
}
