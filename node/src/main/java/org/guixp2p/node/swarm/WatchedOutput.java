// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import java.io.IOException;
import java.io.OutputStream;

/** A stream to a peer, of which others may ask for how long the peer has not taken what is written. One thread writes. */
final class WatchedOutput extends OutputStream {
    private final OutputStream out;
    private final Ticker ticker;
    private volatile long begunNanos;
    private volatile boolean writing;

    WatchedOutput(OutputStream out, Ticker ticker) {
        this.out = out;
        this.ticker = ticker;
    }

    @Override
    public void write(int b) throws IOException {
        write(new byte[]{(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        // A record at a time: a slow peer gets on, though a block takes it long.
        for (int done = 0; done < length; done += FrameWriter.RECORD) {
            begunNanos = ticker.nanos();
            writing = true;
            try {
                out.write(bytes, offset + done, Math.min(FrameWriter.RECORD, length - done));
            } finally {
                writing = false;
            }
        }
    }

    /** For how long the record that is being written has been so, in nanoseconds; 0 while none is. */
    long blocked() {
        return writing ? ticker.nanos() - begunNanos : 0;
    }
}
