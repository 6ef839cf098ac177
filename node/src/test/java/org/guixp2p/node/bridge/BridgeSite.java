// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.bridge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.ManualTime;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.NotUsed;
import org.apache.pekko.stream.javadsl.Source;
import org.guixp2p.node.download.NarEvent;
import org.guixp2p.node.download.OpenedNar;
import org.guixp2p.protocol.bridge.BridgeMessage;
import org.guixp2p.protocol.bridge.FrameDecoder;
import org.guixp2p.protocol.bridge.FrameEncoder;
import org.guixp2p.protocol.bridge.FromNode;
import org.guixp2p.protocol.bridge.FromRestorer;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.substituter.NixOptions;
import org.jspecify.annotations.Nullable;

/** A bridge on a real socket, with the test in the place of metadata and downloads, and time that goes when it is told to. */
final class BridgeSite implements Substitutes, Walks, AutoCloseable {
    static final long DEADLINE_SECONDS = 20;

    final BlockingQueue<Lookup> lookups = new LinkedBlockingQueue<>();
    final BlockingQueue<Opening> openings = new LinkedBlockingQueue<>();
    final ActorTestKit kit = ActorTestKit.create(ManualTime.config());
    /** What was said of walks. */
    final BlockingQueue<String> heard = new LinkedBlockingQueue<>();
    /** Two, of those with queries that are large. */
    final Semaphore turns;
    final ActorRef<Bridge.Command> bridge;
    private final ManualTime time = ManualTime.get(kit.system());
    private final AtomicLong nanos = new AtomicLong(1);
    final AtomicLong asked = new AtomicLong();
    private final Path socket;
    private final BridgeServer server;

    /** A question that waits for its answer. */
    record Lookup(List<StorePath> paths, NixOptions options, CompletableFuture<List<Available>> answer) {}

    /** A NAR that is to be opened. */
    record Opening(StorePath path, CompletableFuture<Optional<Opened>> answer) {}

    BridgeSite(Path directory) throws IOException {
        this.socket = directory.resolve("socket");
        Turns few = new Turns(2, 2);
        BridgeContext context = new BridgeContext(this, this, "test/1", few, asked::incrementAndGet, nanos::get);
        this.turns = few.of(Turns.LARGE_BYTES + 1);
        this.bridge = kit.spawn(Bridge.create(context));
        this.server = BridgeServer.start(socket, Optional.empty(), Bridge.MOST_CONNECTIONS,
                connection -> bridge.tell(new Bridge.Connected(connection)));
    }

    @Override
    public CompletionStage<List<Available>> lookup(List<StorePath> paths, NixOptions options) {
        Lookup lookup = new Lookup(List.copyOf(paths), options, new CompletableFuture<>());
        lookups.add(lookup);
        return lookup.answer();
    }

    @Override
    public CompletionStage<Optional<Opened>> open(StorePath path, NixOptions options) {
        Opening opening = new Opening(path, new CompletableFuture<>());
        openings.add(opening);
        return opening.answer();
    }

    /** An item that comes bit by bit, and is let go of by whoever reads it. */
    static Opened opened(Available item, long narBytes, Source<NarEvent, NotUsed> events) {
        return opened(item, narBytes, events, () -> {});
    }

    static Opened opened(Available item, long narBytes, Source<NarEvent, NotUsed> events, Runnable release) {
        return new Opened(item, narBytes,
                new OpenedNar(events, CompletableFuture.completedFuture(true), release));
    }

    /** An item that refers to nothing. */
    static Available available(StorePath path, ByteBuffer narinfo) {
        return new Available(path, narinfo, List.of(), narinfo.remaining());
    }

    @Override
    public void came(FromRestorer.Daemon daemon) {
        heard.add("came " + daemon);
    }

    @Override
    public void went(FromRestorer.Daemon daemon) {
        heard.add("went " + daemon);
    }

    @Override
    public void told(FromRestorer.Daemon daemon, List<Available> items, boolean alone, NixOptions options) {
        heard.add("told " + daemon + items.stream().map(Available::path).toList() + (alone ? " alone" : ""));
    }

    @Override
    public void wants(FromRestorer.Daemon daemon, StorePath path) {
        heard.add("wants " + daemon + " " + path);
    }

    @Override
    public void taken(StorePath path, NixOptions options) {
        heard.add("taken " + path);
    }

    void pass(Duration duration) {
        nanos.addAndGet(duration.toNanos());
        time.timePasses(duration);
    }

    /** The next of what the node is asked. */
    static <T> T next(BlockingQueue<T> queue) throws InterruptedException {
        T next = queue.poll(DEADLINE_SECONDS, TimeUnit.SECONDS);
        assertNotNull(next, "the node was not asked");
        return next;
    }

    /** Polls until {@code condition} holds. */
    void await(String what, BooleanSupplier condition) {
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(DEADLINE_SECONDS);
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > until) {
                fail("in vain waited for: " + what);
            }
            LockSupport.parkNanos(2_000_000);
        }
    }

    Client connect() throws IOException {
        return new Client(SocketChannel.open(UnixDomainSocketAddress.of(socket)));
    }

    /** A restorer that has said hello and was welcomed. */
    Client restorer(FromRestorer.Mode mode, String options) throws IOException {
        return restorer(mode, null, options);
    }

    /** One that says whose it is. */
    Client restorer(FromRestorer.Mode mode, FromRestorer.Daemon daemon) throws IOException {
        return restorer(mode, daemon, "");
    }

    private Client restorer(FromRestorer.Mode mode, FromRestorer.@Nullable Daemon daemon, String options)
            throws IOException {
        Client client = connect();
        client.send(new FromRestorer.Hello(BridgeMessage.VERSION, mode, daemon, options));
        assertEquals(new FromNode.Welcome(1, "test/1"), client.read());
        return client;
    }

    @Override
    public void close() throws IOException {
        server.close();
        kit.shutdownTestKit();
    }

    /** What connects: a restorer, or somebody who behaves worse. */
    static final class Client implements AutoCloseable {
        final SocketChannel channel;
        private final FrameDecoder<FromNode> frames = FrameDecoder.ofNode();

        Client(SocketChannel channel) {
            this.channel = channel;
        }

        void send(FromRestorer message) throws IOException {
            FrameEncoder.write(message, channel);
        }

        void command(String line) throws IOException {
            send(new FromRestorer.Command(line));
        }

        /** Sends bytes, until the node hangs up if it does. */
        void raw(byte[] bytes) {
            ByteBuffer rest = ByteBuffer.wrap(bytes);
            try {
                while (rest.hasRemaining()) {
                    channel.write(rest);
                }
            } catch (IOException hungUp) {
                rest.clear();
            }
        }

        FromNode read() throws IOException {
            FromNode message = frames.read(channel);
            assertNotNull(message, "the node hung up");
            return message;
        }

        /** The node says why it hangs up, and does. */
        String refusal() throws IOException {
            String reason = assertInstanceOf(FromNode.Refused.class, read()).reason();
            assertHungUp();
            return reason;
        }

        void assertHungUp() {
            try {
                assertEquals(-1, frames.fill(channel));
            } catch (IOException reset) {
                // It did not read all that was sent.
                assertTrue(String.valueOf(reset.getMessage()).startsWith("Connection reset"), reset.toString());
            }
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }
}
