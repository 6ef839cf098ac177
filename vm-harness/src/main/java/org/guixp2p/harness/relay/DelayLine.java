// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.relay;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;

/** Bytes on their way: what one thread puts in, another gets out, in the same order, each with the time at which it arrives. */
final class DelayLine {
    private final long most;
    private final Deque<Part> travelling = new ArrayDeque<>();
    private long bytes;
    private boolean ended;

    /**
     * Bytes that arrive at some time.
     *
     * @param bytes from position to limit
     * @param due on the clock of {@link System#nanoTime}
     */
    record Part(ByteBuffer bytes, long due) {}

    /**
     * An empty one.
     *
     * @param most bytes in it at which nothing more is let in
     */
    DelayLine(long most) {
        this.most = most;
    }

    /** Waits for room, and copies what is in {@code from}; after {@link #end} that goes nowhere. */
    synchronized void put(ByteBuffer from, long due) throws InterruptedException {
        while (bytes >= most && !ended) {
            wait();
        }
        if (ended) {
            return;
        }
        byte[] copy = new byte[from.remaining()];
        from.get(copy);
        travelling.addLast(new Part(ByteBuffer.wrap(copy), due));
        bytes += copy.length;
        notifyAll();
    }

    /** The next part, which may not have arrived yet; nothing at the end. */
    synchronized Optional<Part> next() throws InterruptedException {
        while (travelling.isEmpty() && !ended) {
            wait();
        }
        return Optional.ofNullable(travelling.peekFirst());
    }

    /** The part that is next has left. */
    synchronized void left() {
        bytes -= travelling.removeFirst().bytes().limit();
        notifyAll();
    }

    /** Nothing comes any more, and nobody waits for room. */
    synchronized void end() {
        ended = true;
        notifyAll();
    }
}
