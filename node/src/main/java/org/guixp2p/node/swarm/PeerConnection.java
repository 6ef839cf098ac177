// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import javax.net.ssl.SSLSocket;
import org.guixp2p.protocol.swarm.EncodedFrame;
import org.guixp2p.protocol.swarm.FrameDecoder;
import org.guixp2p.protocol.swarm.FrameEncoder;
import org.guixp2p.protocol.swarm.PeerId;
import org.guixp2p.protocol.swarm.SwarmMessage;
import org.jspecify.annotations.Nullable;

/**
 * One connection to a peer whose key is known and whose hello was read. A virtual thread reads and another writes, so that
 * both may block and a slow peer holds up nobody else.
 *
 * <p>Bytes are paced by the node's rates here: a reader that waits lets TCP hold the peer back.
 */
final class PeerConnection implements AutoCloseable {
    private static final int WRITE_BUFFER = 64 * 1024;
    private static final Duration LAST_WORD = Duration.ofSeconds(1);

    private final SSLSocket socket;
    private final PeerId peer;
    private final SwarmMessage.Hello hello;
    private final boolean inbound;
    private final FrameDecoder decoder;
    private final Rates rates;
    private final LinkedBlockingQueue<Outgoing> outbox = new LinkedBlockingQueue<>();
    private volatile long lastReadNanos = System.nanoTime();
    private volatile boolean closed;
    private volatile boolean leaving;
    private volatile @Nullable Thread writer;

    /** The node's limits on bytes, over all peers. */
    record Rates(TokenBucket up, TokenBucket down) {}

    /** With no message it only ends the writing thread. */
    private record Outgoing(@Nullable SwarmMessage message, Runnable written, boolean last) {
        private static final Outgoing END = new Outgoing(null, () -> {}, true);
    }

    /**
     * @param decoder that has read the hello: bytes that came after it are in it
     */
    PeerConnection(SSLSocket socket, PeerId peer, SwarmMessage.Hello hello, boolean inbound, FrameDecoder decoder,
            Rates rates) {
        this.socket = socket;
        this.peer = peer;
        this.hello = hello;
        this.inbound = inbound;
        this.decoder = decoder;
        this.rates = rates;
    }

    PeerId peer() {
        return peer;
    }

    SwarmMessage.Hello hello() {
        return hello;
    }

    /** Whether the other side dialled. */
    boolean inbound() {
        return inbound;
    }

    InetAddress address() {
        return socket.getInetAddress();
    }

    InetSocketAddress remote() {
        return new InetSocketAddress(socket.getInetAddress(), socket.getPort());
    }

    /**
     * Begins to read and write.
     *
     * @param received takes each message, on the reading thread, and may block it
     * @param ended told once, why nothing more will come
     */
    void start(Consumer<SwarmMessage> received, Consumer<String> ended) {
        writer = Thread.ofVirtual().name("peer-writer").start(() -> ended(write(), ended));
        Thread.ofVirtual().name("peer-reader").start(() -> ended(read(received), ended));
    }

    private void ended(@Nullable String reason, Consumer<String> ended) {
        if (reason != null) {
            ended.accept(reason);
        }
    }

    private String read(Consumer<SwarmMessage> received) {
        try {
            InputStream in = socket.getInputStream();
            for (SwarmMessage message = read(in, decoder); message != null; message = read(in, decoder)) {
                received.accept(message);
            }
            return "the peer hung up";
        } catch (IOException e) {
            return String.valueOf(e.getMessage());
        }
    }

    private @Nullable SwarmMessage read(InputStream in, FrameDecoder frames) throws IOException {
        return readMessage(in, frames, count -> {
            lastReadNanos = System.nanoTime();
            pause(rates.down().take(count, lastReadNanos));
        });
    }

    /** What is told how many bytes came. */
    interface Progress {
        void read(int count);
    }

    /**
     * The next message of a stream, or null at its end.
     *
     * @throws EOFException when it ends within a frame
     */
    static @Nullable SwarmMessage readMessage(InputStream in, FrameDecoder frames, Progress progress)
            throws IOException {
        while (true) {
            ByteBuffer space = frames.space();
            int count = in.read(space.array(), space.arrayOffset() + space.position(), space.remaining());
            if (count < 0) {
                if (frames.midFrame()) {
                    throw new EOFException("the peer hung up within a frame");
                }
                return null;
            }
            progress.read(count);
            space.position(space.position() + count);
            SwarmMessage message = frames.advance();
            if (message != null) {
                return message;
            }
        }
    }

    private @Nullable String write() {
        try {
            OutputStream out = socket.getOutputStream();
            byte[] buffer = new byte[WRITE_BUFFER];
            while (true) {
                Outgoing next = outbox.take();
                if (next.message() != null) {
                    EncodedFrame frame = FrameEncoder.encode(next.message());
                    pause(rates.up().take(frame.length(), System.nanoTime()));
                    write(out, frame, buffer);
                    next.written().run();
                }
                if (next.last()) {
                    close();
                    return null;
                }
            }
        } catch (IOException | InterruptedException e) {
            return closed ? null : String.valueOf(e.getMessage());
        }
    }

    /** Head and the first bytes of the payload go out as one TLS record, not as a record of a few bytes and others. */
    private static void write(OutputStream out, EncodedFrame frame, byte[] buffer) throws IOException {
        byte[] head = frame.head();
        byte[] payload = frame.payload();
        if (payload.length == 0 || head.length >= buffer.length) {
            out.write(head);
            return;
        }
        int first = Math.min(buffer.length - head.length, payload.length);
        System.arraycopy(head, 0, buffer, 0, head.length);
        System.arraycopy(payload, 0, buffer, head.length, first);
        out.write(buffer, 0, head.length + first);
        if (first < payload.length) {
            out.write(payload, first, payload.length - first);
        }
    }

    private static void pause(long nanos) {
        long until = System.nanoTime() + nanos;
        for (long left = nanos; left > 0; left = until - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
    }

    /** Sends a message, after those sent before. */
    void send(SwarmMessage message) {
        outbox.add(new Outgoing(message, () -> {}, false));
    }

    /** Sends a message and says when it was handed to the kernel. */
    void send(SwarmMessage message, Runnable written) {
        outbox.add(new Outgoing(message, written, false));
    }

    /** Sends a last message instead of all that waits, and hangs up. */
    void sendLast(SwarmMessage message) {
        leaving = true;
        outbox.clear();
        outbox.add(new Outgoing(message, () -> {}, true));
        closeSoon();
    }

    /** Hangs up when the last message is out, or a second later if it does not get out. */
    void closeSoon() {
        if (!leaving) {
            leaving = true;
            outbox.clear();
            outbox.add(Outgoing.END);
        }
        Thread.ofVirtual().name("peer-close").start(() -> {
            Thread writing = writer;
            try {
                if (writing != null) {
                    writing.join(LAST_WORD);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            close();
        });
    }

    /** Nanoseconds since any byte came. */
    long silence() {
        return System.nanoTime() - lastReadNanos;
    }

    @Override
    public void close() {
        closed = true;
        try {
            socket.close();
        } catch (IOException e) {
            // It is gone, which is what was wanted.
            closed = true;
        }
    }
}
