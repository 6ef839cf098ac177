// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import javax.net.ssl.SSLSocket;
import org.guixp2p.node.rate.RateLimits;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.dht.Octets;
import org.guixp2p.protocol.swarm.FrameDecoder;
import org.guixp2p.protocol.swarm.GoodbyeReason;
import org.guixp2p.protocol.swarm.PeerId;
import org.guixp2p.protocol.swarm.RequestId;
import org.guixp2p.protocol.swarm.SwarmMessage;
import org.jspecify.annotations.Nullable;

/**
 * One connection to a peer whose key is known and whose hello was read. A virtual thread reads and another writes, so that
 * both may block and a slow peer holds up nobody else.
 *
 * <p>Bytes are paced by the node's rates here: a reader that waits lets TCP hold the peer back.
 */
final class PeerConnection implements AutoCloseable {
    /** Read and thrown away at a time, after the last word. */
    private static final int DISCARDED = 16 * 1024;
    /** A block's worth of bytes. */
    private static final int YIELD_AFTER = 256 * 1024;

    private final Sockets sockets;
    private final Greeted greeted;
    private final PeerId peer;
    private final FrameDecoder decoder;
    private final SwarmSettings settings;
    private final Outbox outbox;
    private final InboundPace inbound;
    private final OutboundPace outbound;
    private final RoundTrip roundTrip;
    private final AtomicBoolean leaving = new AtomicBoolean();
    private final CompletableFuture<Void> closed = new CompletableFuture<>();
    private final CompletableFuture<Void> settled = new CompletableFuture<>();
    private final AtomicBoolean ended = new AtomicBoolean();
    /** Open until nothing more will be read. */
    private final CountDownLatch reading = new CountDownLatch(1);
    private int sinceYield;
    private volatile boolean brokeProtocol;
    private volatile long blockBytes;
    private volatile long lastWriteNanos;
    private volatile long lastBlockNanos;
    private volatile Consumer<End> reports = end -> {};
    private volatile @Nullable WatchedOutput output;
    private volatile @Nullable Thread reader;
    private volatile @Nullable Thread writer;

    /**
     * The connection as the kernel has it, and as TLS does. What ends the connection closes the first: the second's
     * {@code close} waits for whoever is writing, and a peer that does not read lets nobody finish.
     */
    record Sockets(Socket tcp, SSLSocket tls) {}

    /** Why nothing more will come. */
    sealed interface End {
        /** What to say of it in a log. */
        String reason();

        /** The connection is gone. */
        record Lost(String reason) implements End {}

        /** The peer broke the protocol, and is yet to be told. */
        record Broken(String reason) implements End {}

        /** There is no memory for what the peer is to be told; it is not to blame for that. */
        record Crowded(String reason) implements End {}
    }

    /**
     * @param decoder that has read the hello: bytes that came after it are in it
     * @param room for what the peer has yet to read
     */
    PeerConnection(Sockets sockets, Greeted greeted, FrameDecoder decoder, RateLimits limits, OutboxRoom room,
            SwarmSettings settings) {
        this.sockets = sockets;
        this.greeted = greeted;
        this.peer = greeted.peer();
        this.decoder = decoder;
        this.settings = settings;
        this.outbox = new Outbox(settings, room);
        this.inbound = new InboundPace(limits.download(), settings.ticker());
        this.outbound = new OutboundPace(limits.upload(), outbox, settings.ticker(), this::flush);
        this.lastWriteNanos = settings.ticker().nanos();
        this.roundTrip = new RoundTrip(lastWriteNanos);
        this.lastBlockNanos = lastWriteNanos;
        if (greeted.light()) {
            decoder.refuseLarge();
        }
    }

    /** Whether nothing but inventories is exchanged. */
    boolean isLight() {
        return greeted.light();
    }

    PeerId peer() {
        return peer;
    }

    /** Its raw key, of which the peer id is the hash. */
    Octets publicKey() {
        return greeted.publicKey();
    }

    SwarmMessage.Hello hello() {
        return greeted.hello();
    }

    /** Whether the other side dialled. */
    boolean inbound() {
        return greeted.inbound();
    }

    SwarmSettings settings() {
        return settings;
    }

    Socket tcp() {
        return sockets.tcp();
    }

    InetAddress address() {
        return sockets.tcp().getInetAddress();
    }

    InetSocketAddress remote() {
        return new InetSocketAddress(sockets.tcp().getInetAddress(), sockets.tcp().getPort());
    }

    /**
     * Begins to read and write.
     *
     * @param received takes each message, on the reading thread, and may block it
     * @param end told once, unless the connection was left first
     */
    void start(Consumer<SwarmMessage> received, Consumer<End> end) {
        reports = why -> {
            if (!leaving.get() && ended.compareAndSet(false, true)) {
                end.accept(why);
            }
        };
        writer = Thread.ofVirtual().name("peer-writer").start(this::write);
        reader = Thread.ofVirtual().name("peer-reader").start(() -> read(received));
    }

    // Reading.

    private void read(Consumer<SwarmMessage> received) {
        try {
            InputStream in = sockets.tls().getInputStream();
            try {
                for (SwarmMessage next = next(in); next != null && !leaving.get(); next = next(in)) {
                    received.accept(next);
                }
            } catch (FormatException e) {
                reports.accept(new End.Broken(String.valueOf(e.getMessage())));
            }
            reports.accept(new End.Lost("the peer hung up"));
            reading.countDown();
            discard(in);
        } catch (IOException | InterruptedException e) {
            reports.accept(new End.Lost(String.valueOf(e.getMessage())));
        } catch (RuntimeException e) {
            reports.accept(new End.Lost("reading failed: " + e));
        } finally {
            reading.countDown();
        }
    }

    private @Nullable SwarmMessage next(InputStream in) throws IOException {
        return FrameReader.next(in, decoder, this::pace);
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // Only the reader writes it.
    private void pace(int count) {
        makeWay(count);
        if (decoder.inBlock()) {
            blockBytes += count;
            lastBlockNanos = settings.ticker().nanos();
        }
        try {
            inbound.await(count);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * Lets other connections have the processor now and then: virtual threads are not preempted, and a peer that sends
     * faster than we read would never make this one wait.
     */
    @SuppressWarnings("ThreadPriorityCheck")
    private void makeWay(int count) {
        sinceYield += count;
        if (sinceYield >= YIELD_AFTER) {
            sinceYield = 0;
            Thread.yield();
        }
    }

    /**
     * Reads on until the peer has hung up too. The kernel resets a connection that is closed with bytes unread, and the
     * peer would not get our last word.
     */
    private void discard(InputStream in) throws IOException, InterruptedException {
        byte[] bytes = new byte[DISCARDED];
        int count = in.read(bytes);
        while (count >= 0) {
            makeWay(count);
            count = in.read(bytes);
        }
    }

    // Writing.

    private void write() {
        try {
            WatchedOutput watched = new WatchedOutput(sockets.tls().getOutputStream(), settings.ticker(),
                    settings.takenAMinute());
            output = watched;
            FrameWriter out = new FrameWriter(watched);
            Outbox.Outgoing next = outbox.take();
            while (outbound.send(out, next)) {
                next = outbox.poll();
                if (next == null) {
                    flush(out);
                    next = outbox.take();
                }
            }
            flush(out);
            sockets.tls().shutdownOutput();
        } catch (IOException | InterruptedException e) {
            unwritable(String.valueOf(e.getMessage()));
        } catch (RuntimeException e) {
            unwritable("writing failed: " + e);
        }
    }

    /** A peer that is gone may have given something before: what the kernel has of it is read, if that does not take long. */
    private void unwritable(String reason) {
        outbox.leave(null);
        try {
            settings.patience().await(reading, settings.lastWord());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        reports.accept(new End.Lost(reason));
    }

    private void flush(FrameWriter out) throws IOException {
        // Before: what a small message brings about must not find it unsaid.
        lastWriteNanos = settings.ticker().nanos();
        out.flush();
    }

    /** Sends a message, after those sent before. */
    void send(SwarmMessage message) {
        send(message, () -> {});
    }

    /** Sends a message and says when it was handed to the kernel. */
    void send(SwarmMessage message, Runnable written) {
        send(message, written, () -> {});
    }

    /** Sends a message and says when it was handed to the kernel, or that it was {@linkplain #drop dropped}. */
    void send(SwarmMessage message, Runnable written, Runnable dropped) {
        if (message instanceof SwarmMessage.Block) {
            lastBlockNanos = settings.ticker().nanos();
        }
        switch (outbox.add(message, written, dropped)) {
            case TAKEN -> {
                // The writer has it.
            }
            case TOO_MUCH -> reports.accept(new End.Broken("it does not read its answers: more than "
                    + settings.waitingMessages() + " messages or " + settings.waitingBytes() + " bytes wait"));
            case NO_ROOM -> reports.accept(new End.Crowded("others leave no room for its answers"));
        }
    }

    /** A block that was to be sent is no longer wanted. */
    void drop(RequestId id) {
        outbox.drop(id);
    }

    /**
     * Hangs up, with a last message, if any, instead of all that waits. The connection ends when that is out and the peer
     * has hung up too, or a little later.
     */
    void leave(@Nullable SwarmMessage last) {
        outbox.leave(last);
        inbound.close();
        if (last instanceof SwarmMessage.Goodbye goodbye && goodbye.reason() == GoodbyeReason.MALFORMED) {
            brokeProtocol = true;
        }
        if (leaving.getAndSet(true)) {
            return;
        }
        Thread.ofVirtual().name("peer-closer").start(() -> {
            long until = System.nanoTime() + settings.lastWord().toNanos();
            try {
                join(writer, until);
                join(reader, until);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            close();
        });
    }

    private static void join(@Nullable Thread thread, long until) throws InterruptedException {
        long left = until - System.nanoTime();
        if (thread != null && left > 0) {
            thread.join(Duration.ofNanos(left));
        }
    }

    /** Nanoseconds since any byte came, or could have come: while we hold the peer back it is not silent. */
    long silence() {
        return inbound.silence();
    }

    /** Bytes of blocks that have come, whole blocks or not. */
    long blockBytes() {
        return blockBytes;
    }

    /** Bytes of blocks that were sent. */
    long sentBlockBytes() {
        return outbound.blockBytes();
    }

    /** How long its answers take. */
    RoundTrip roundTrip() {
        return roundTrip;
    }

    /** Nanoseconds since a block came, or was to go; or since the connection stands, when there was none. */
    long sinceBlock() {
        return settings.ticker().nanos() - lastBlockNanos;
    }

    /** Nanoseconds that the peer has not taken what is being written to it; 0 while nothing is, as when we hold it back. */
    long blocked() {
        WatchedOutput written = output;
        return written == null ? 0 : written.blocked();
    }

    /** Whether the peer takes less of what waits for it than is worth the memory. */
    boolean takesTooLittle() {
        WatchedOutput written = output;
        return written != null && written.isTooSlow();
    }

    /** Whether the peer was hung up on because it broke the protocol. */
    boolean brokeProtocol() {
        return brokeProtocol;
    }

    /** Nanoseconds since we sent anything. */
    long quiet() {
        return settings.ticker().nanos() - lastWriteNanos;
    }

    /** Completes when nothing of the connection is left. */
    CompletionStage<Void> whenClosed() {
        return closed.copy();
    }

    /** The peer may stay. */
    void settle() {
        settled.complete(null);
    }

    /** Completes when the peer was found to be one that may stay, or else when it is gone: so long it is a stranger. */
    CompletionStage<Void> whenSettled() {
        return settled.copy();
    }

    @Override
    public void close() {
        leaving.set(true);
        outbox.leave(null);
        inbound.close();
        outbound.close();
        try {
            sockets.tcp().close();
        } catch (IOException e) {
            // It is gone, which is what was wanted.
        } finally {
            closed.complete(null);
            settled.complete(null);
        }
    }
}
