// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.relay;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;

/** One way of a connection through a relay. */
final class Pipe {
    /** What is read at once where nothing is shaped. */
    private static final int LARGE = 256 * 1024;
    /** What is read at once of a shaped link: small against the burst, that bytes flow instead of coming in gushes. */
    private static final int SMALL = 16 * 1024;
    /** What can be on its way at most: with 25 ms of delay, 640 MiB a second. */
    private static final long TRAVELLING = 16 << 20;

    private final SocketChannel from;
    private final SocketChannel to;
    private final Optional<Shaper> shaper;
    private final long delayNanos;
    private final AtomicLong counter;
    private final ByteBuffer bytes;
    private final DelayLine line;

    /**
     * Carries bytes.
     *
     * @param counter is told how many bytes have left
     */
    Pipe(SocketChannel from, SocketChannel to, Optional<Shaper> shaper, Duration delay, AtomicLong counter) {
        this.from = from;
        this.to = to;
        this.shaper = shaper;
        this.delayNanos = delay.toNanos();
        this.counter = counter;
        this.bytes = ByteBuffer.allocateDirect(shaper.isPresent() ? SMALL : LARGE);
        this.line = new DelayLine(TRAVELLING);
    }

    /** Without delay: one thread does both. */
    void carryAtOnce() throws IOException, InterruptedException {
        while (from.read(bytes.clear()) >= 0) {
            bytes.flip();
            pass(bytes.remaining());
            send(bytes);
        }
        to.shutdownOutput();
    }

    /** With delay: reads, and puts on the way. */
    void take() throws IOException, InterruptedException {
        try {
            while (from.read(bytes.clear()) >= 0) {
                bytes.flip();
                pass(bytes.remaining());
                line.put(bytes, System.nanoTime() + delayNanos);
            }
        } finally {
            line.end();
        }
    }

    /** With delay: delivers what has arrived. */
    void deliver() throws IOException, InterruptedException {
        try {
            for (Optional<DelayLine.Part> next = line.next(); next.isPresent(); next = line.next()) {
                Shaper.sleepUntil(next.get().due());
                send(next.get().bytes());
                line.left();
            }
        } finally {
            line.end();
        }
        to.shutdownOutput();
    }

    private void pass(int length) throws InterruptedException {
        if (shaper.isPresent()) {
            shaper.get().await(length);
        }
    }

    private void send(ByteBuffer part) throws IOException {
        int length = part.remaining();
        while (part.hasRemaining()) {
            to.write(part);
        }
        counter.addAndGet(length);
    }

    boolean delays() {
        return delayNanos > 0;
    }
}
