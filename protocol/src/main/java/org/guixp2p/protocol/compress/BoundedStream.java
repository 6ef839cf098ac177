// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.compress;

import java.io.IOException;
import java.io.InputStream;
import org.guixp2p.protocol.FormatException;

/** A stream that must end after a number of bytes, or before: one more is an error. */
final class BoundedStream extends DecompressedStream {
    private final String format;
    private final InputStream in;
    private final long bound;
    private long left;

    BoundedStream(String format, InputStream in, long bound) {
        this.format = format;
        this.in = in;
        this.bound = bound;
        this.left = bound;
    }

    @Override
    int readSome(byte[] buffer, int offset, int length) throws IOException {
        if (left == 0) {
            if (in.read() >= 0) {
                throw new FormatException(format + ": more than the " + bound + " bytes that it may be");
            }
            return -1;
        }
        int count = in.read(buffer, offset, (int) Math.min(length, left));
        left -= Math.max(count, 0);
        return count;
    }

    @Override
    void release() throws IOException {
        in.close();
    }
}
