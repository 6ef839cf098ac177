// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.relay;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.guixp2p.protocol.swarm.HostAndPort;

/**
 * A link in front of a server on loopback: whoever connects to {@link #address} is connected to the server, and what the server
 * sends is shaped. What is sent to it is not, and both ways are delayed. When one side closes or is lost, so does the other
 * connection, after what was on its way.
 *
 * <p>Of a shaped link the relay's own receive buffer is small, lest it hide the rate from the server; the server's own send buffer
 * is the kernel's business, as everywhere.
 */
public final class Relay implements Closeable {
    /** A shaped link's buffer, in time: about what a queue in front of a link may hold. */
    private static final int BUFFERED_MILLIS = 50;
    /** Several segments of loopback, which have 64 KiB: with a smaller window its senders wait for timers. */
    private static final int LEAST_BUFFER = 256 * 1024;
    private static final int MOST_BUFFER = 4 << 20;

    private final ServerSocketChannel listener;
    private final HostAndPort server;
    private final Link link;
    private final Optional<Shaper> shaper;
    private final AtomicLong carried = new AtomicLong();
    private final AtomicInteger threads = new AtomicInteger();
    private volatile Duration delay;
    private final Set<SocketChannel> open = new HashSet<>();
    private boolean closed;

    private Relay(ServerSocketChannel listener, HostAndPort server, Link link) {
        this.listener = listener;
        this.server = server;
        this.link = link;
        this.delay = link.delay();
        this.shaper = link.isShaped()
                ? Optional.of(new Shaper(new TokenBucket(link.rate(), Link.BURST)))
                : Optional.empty();
    }

    /** Listens on a free port of loopback. */
    public static Relay start(HostAndPort server, Link link) throws IOException {
        ServerSocketChannel listener = ServerSocketChannel.open();
        try {
            listener.bind(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0));
            Relay relay = new Relay(listener, server, link);
            relay.run("accept", relay::accept);
            return relay;
        } catch (IOException e) {
            listener.close();
            throw e;
        }
    }

    private static int buffer(Link link) {
        return Math.clamp(link.rate() * BUFFERED_MILLIS / 1000, LEAST_BUFFER, MOST_BUFFER);
    }

    /** Where to connect instead of to the server. */
    public HostAndPort address() throws IOException {
        return new HostAndPort("127.0.0.1", ((InetSocketAddress) listener.getLocalAddress()).getPort());
    }

    /** Delays each way of the connections that come from now on by so much. */
    public void delay(Duration each) {
        delay = each;
    }

    /** Bytes of payload that have passed so far, both ways together. */
    public long carried() {
        return carried.get();
    }

    /** How long the link stood still, in nanoseconds, because this process was not given a processor in time. */
    public long lostNanos() {
        return shaper.map(Shaper::lostNanos).orElse(0L);
    }

    private interface Task {
        void run() throws IOException, InterruptedException;
    }

    private void run(String what, Task task) {
        threads.incrementAndGet();
        Thread.ofPlatform().daemon().name("relay-" + server.port() + "-" + what).start(() -> {
            try {
                task.run();
            } catch (IOException | InterruptedException e) {
                // A connection was lost or this relay is closed: both ends see it.
            } finally {
                threads.decrementAndGet();
            }
        });
    }

    private void accept() throws IOException, InterruptedException {
        Niceness.beforeOthers();
        while (true) {
            SocketChannel client = listener.accept();
            Optional<SocketChannel> upstream = connect();
            if (upstream.isEmpty()) {
                client.close();
            } else if (keep(client, upstream.get())) {
                join(client, upstream.get());
            }
        }
    }

    private Optional<SocketChannel> connect() throws IOException {
        SocketChannel upstream = SocketChannel.open();
        try {
            if (link.isShaped()) {
                upstream.setOption(StandardSocketOptions.SO_RCVBUF, buffer(link));
            }
            upstream.connect(new InetSocketAddress(InetAddress.ofLiteral(server.host()), server.port()));
            return Optional.of(upstream);
        } catch (IOException e) {
            upstream.close();
            return Optional.empty();
        }
    }

    private boolean keep(SocketChannel client, SocketChannel upstream) throws IOException {
        synchronized (this) {
            if (!closed) {
                open.add(client);
                open.add(upstream);
                return true;
            }
        }
        client.close();
        upstream.close();
        return false;
    }

    private void join(SocketChannel client, SocketChannel upstream) throws IOException {
        for (SocketChannel side : new SocketChannel[]{client, upstream}) {
            side.setOption(StandardSocketOptions.TCP_NODELAY, true);
        }
        AtomicInteger ways = new AtomicInteger(2);
        Duration each = delay;
        carry("down", new Pipe(upstream, client, shaper, each, carried), client, upstream, ways);
        carry("up", new Pipe(client, upstream, Optional.empty(), each, carried), client, upstream, ways);
    }

    private void carry(String way, Pipe pipe, SocketChannel client, SocketChannel upstream, AtomicInteger ways) {
        Task last = () -> {
            boolean whole = false;
            try {
                if (pipe.delays()) {
                    pipe.deliver();
                } else {
                    pipe.carryAtOnce();
                }
                whole = true;
            } finally {
                if (ways.decrementAndGet() == 0 || !whole) {
                    drop(client);
                    drop(upstream);
                }
            }
        };
        if (pipe.delays()) {
            run(way + "-take", pipe::take);
        }
        run(way, last);
    }

    private void drop(SocketChannel side) throws IOException {
        synchronized (this) {
            open.remove(side);
        }
        side.close();
    }

    /** How many threads it has. */
    int threads() {
        return threads.get();
    }

    /** Loses the connections that there are; others may come. */
    public void cut() throws IOException {
        Set<SocketChannel> lost;
        synchronized (this) {
            lost = new HashSet<>(open);
            open.clear();
        }
        for (SocketChannel side : lost) {
            side.close();
        }
    }

    /** Ends all connections, and lets nobody in any more. */
    @Override
    public void close() throws IOException {
        synchronized (this) {
            closed = true;
        }
        listener.close();
        cut();
    }
}
