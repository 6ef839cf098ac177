// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import java.io.IOException;
import org.guixp2p.node.rate.Flow;
import org.guixp2p.node.rate.RateLimiter;
import org.guixp2p.protocol.swarm.EncodedFrame;
import org.guixp2p.protocol.swarm.FrameEncoder;
import org.guixp2p.protocol.swarm.SwarmMessage;

/**
 * Writes what waits in an {@link Outbox} at the pace that the rates allow. While something waits for its turn, what goes before
 * it does not: a block may have to wait for long, and neither may we look dead meanwhile nor what we ask be asked late. For one
 * thread.
 */
final class OutboundPace implements AutoCloseable {
    private final Outbox outbox;
    private final Ticker ticker;
    private final Flow flow;
    private final Flushing flushing;
    private volatile long blockBytes;

    /** Sends out what was gathered so far. */
    interface Flushing {
        void flush(FrameWriter out) throws IOException;
    }

    OutboundPace(RateLimiter limiter, Outbox outbox, Ticker ticker, Flushing flushing) {
        this.outbox = outbox;
        this.ticker = ticker;
        this.flow = limiter.peer(outbox::wake);
        this.flushing = flushing;
    }

    /** Writes a message when it is its turn; whether more may follow. */
    @SuppressWarnings("NonAtomicVolatileUpdate") // Only the writer writes it.
    boolean send(FrameWriter out, Outbox.Outgoing next) throws IOException, InterruptedException {
        if (next.message() == null) {
            return false;
        }
        EncodedFrame frame = FrameEncoder.encode(next.message());
        if (next.isUrgent()) {
            // It is little, and what comes after it pays for it.
            flow.charge(frame.length());
        } else if (!waited(out, next, frame.length())) {
            return false;
        }
        out.write(frame, next.written());
        if (next.message() instanceof SwarmMessage.Block) {
            blockBytes += frame.length();
        }
        return !next.last();
    }

    /** Waits for the turn of a frame; false when the connection ends before that. */
    private boolean waited(FrameWriter out, Outbox.Outgoing frame, long length)
            throws IOException, InterruptedException {
        flow.ask(length);
        for (long pause = flow.pause(); pause > 0; pause = flow.pause()) {
            flushing.flush(out);
            Outbox.Outgoing sooner = outbox.beforeUntil(frame, ticker.nanos() + pause);
            if (sooner == null) {
                continue;
            }
            boolean again = !sooner.isUrgent() && flow.withdraw();
            if (!send(out, sooner)) {
                return false;
            }
            flushing.flush(out);
            if (again) {
                flow.ask(length);
            } else if (!sooner.isUrgent()) {
                // Its turn had come meanwhile, and was paid for.
                return true;
            }
        }
        return true;
    }

    /** Bytes of blocks that were written. */
    long blockBytes() {
        return blockBytes;
    }

    /** Waits for nothing any more. */
    @Override
    public void close() {
        flow.close();
    }
}
