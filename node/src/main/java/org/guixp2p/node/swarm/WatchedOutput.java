// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import java.io.IOException;
import java.io.OutputStream;

/**
 * A stream to a peer, of which others may ask for how long the peer has not taken what is written, and whether it takes too
 * little. Only time in which something waits to be taken counts. One thread writes.
 */
final class WatchedOutput extends OutputStream {
    private static final long MINUTE = 60_000_000_000L;

    private final OutputStream out;
    private final Ticker ticker;
    private final long leastAMinute;
    private long minuteNanos;
    private long minuteBytes;
    private volatile boolean tooSlow;
    private volatile long begunNanos;
    private volatile boolean writing;

    /** @param leastAMinute bytes that the peer is to take in a minute in which it keeps us waiting */
    WatchedOutput(OutputStream out, Ticker ticker, long leastAMinute) {
        this.out = out;
        this.ticker = ticker;
        this.leastAMinute = leastAMinute;
    }

    @Override
    public void write(int b) throws IOException {
        write(new byte[]{(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        // A record at a time: a slow peer gets on, though a block takes it long.
        for (int done = 0; done < length; done += FrameWriter.RECORD) {
            int record = Math.min(FrameWriter.RECORD, length - done);
            long begun = ticker.nanos();
            begunNanos = begun;
            writing = true;
            try {
                out.write(bytes, offset + done, record);
            } finally {
                writing = false;
            }
            taken(record, ticker.nanos() - begun);
        }
    }

    private void taken(int record, long nanos) {
        minuteBytes += record;
        minuteNanos += nanos;
        if (minuteNanos >= MINUTE) {
            // The last record may have taken longer than what was left of the minute.
            tooSlow |= minuteBytes / (double) minuteNanos < leastAMinute / (double) MINUTE;
            minuteBytes = 0;
            minuteNanos = 0;
        }
    }

    /** Whether there was a minute in which the peer took less than it must. */
    boolean isTooSlow() {
        return tooSlow;
    }

    /** For how long the record that is being written has been so, in nanoseconds; 0 while none is. */
    long blocked() {
        return writing ? ticker.nanos() - begunNanos : 0;
    }
}
