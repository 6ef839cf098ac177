// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import org.guixp2p.protocol.swarm.EncodedFrame;

/**
 * Gathers small frames, so that many of them go out as one TLS record. A block's bytes are not gathered but for its first:
 * they are written from where they are. For one thread.
 */
final class FrameWriter {
    /**
     * The most that the platform puts into one record: it counts a record's type, and 16 bytes of padding, into the 2^14 bytes that
     * RFC 8446, section 5.1, allows without them.
     */
    static final int RECORD = (1 << 14) - 17;

    private final OutputStream out;
    private final byte[] buffer = new byte[RECORD];
    private final List<Runnable> written = new ArrayList<>();
    private int filled;

    FrameWriter(OutputStream out) {
        this.out = out;
    }

    /**
     * Takes a frame.
     *
     * @param after is run when the frame is written, by this or a later call
     */
    void write(EncodedFrame frame, Runnable after) throws IOException {
        written.add(after);
        put(frame.head());
        if (frame.payload().length > 0) {
            put(frame.payload());
            // It is the payload's owner who waits for room.
            flush();
        }
    }

    private void put(byte[] bytes) throws IOException {
        int first = Math.min(buffer.length - filled, bytes.length);
        System.arraycopy(bytes, 0, buffer, filled, first);
        filled += first;
        if (first < bytes.length) {
            out.write(buffer, 0, filled);
            filled = 0;
            out.write(bytes, first, bytes.length - first);
        }
    }

    /** Writes what was gathered. */
    void flush() throws IOException {
        if (filled > 0) {
            out.write(buffer, 0, filled);
            filled = 0;
        }
        written.forEach(Runnable::run);
        written.clear();
    }
}
