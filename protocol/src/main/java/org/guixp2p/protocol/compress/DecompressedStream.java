// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.compress;

import java.io.IOException;
import java.io.InputStream;
import java.util.Objects;

/** The common part of the streams here: single bytes and bounds. After an exception, reading goes on failing. */
abstract class DecompressedStream extends InputStream {
    private final byte[] one = new byte[1];
    private boolean broken;
    private boolean closed;

    /** Reads 1 to {@code length} bytes, or returns -1 at the end, and then again each time. */
    abstract int readSome(byte[] buffer, int offset, int length) throws IOException;

    @Override
    public final int read() throws IOException {
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public final int read(byte[] buffer, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, buffer.length);
        if (length == 0) {
            return 0;
        }
        if (broken) {
            throw new IOException(closed ? "this stream is closed" : "reading failed before");
        }
        broken = true;
        int count = readSome(buffer, offset, length);
        broken = false;
        return count;
    }

    /** Frees what is held and closes the input; called once. */
    abstract void release() throws IOException;

    @Override
    public final void close() throws IOException {
        if (!closed) {
            closed = true;
            broken = true;
            release();
        }
    }
}
