// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.gateway;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.pekko.actor.typed.ActorSystem;
import org.guixp2p.protocol.swarm.HostAndPort;
import org.jspecify.annotations.Nullable;

/** A substitute server: {@code /nix-cache-info}, {@code /HASH.narinfo} and {@code /nar/[COMPRESSION/]HASH-NAME}. */
public final class Gateway implements AutoCloseable {
    private static final Set<String> LOOPBACK_NAMES = Set.of("localhost", "127.0.0.1", "[::1]", "::1");
    /** They copy bytes, or have the system do it, and wait for nothing. */
    private static final int THREADS = 2;
    /** So many may connect at once. */
    private static final int BACKLOG = 512;
    private static final long END_SECONDS = 1;
    /**
     * Nothing is kept for the next one: what is read and written are small pieces, or blocks that lie in the heap already, which each
     * thread hands to the system through a few buffers outside of the heap.
     */
    private static final UnpooledByteBufAllocator MEMORY = new UnpooledByteBufAllocator(false, true);

    /** Answers wait for a client that does not take them where they take less room. */
    private static final WriteBufferWaterMark UNSENT = new WriteBufferWaterMark(4 << 10, 16 << 10);

    private final ActorSystem<?> system;
    private final GatewaySettings settings;
    private final LongSupplier nanoTime = System::nanoTime;
    private final Clients clients;
    private final Pages pages;
    private final Nars nars;
    private final EventLoopGroup threads = new MultiThreadIoEventLoopGroup(THREADS,
            new DefaultThreadFactory("gateway", true), NioIoHandler.newFactory());
    private final Set<Connection> connections = ConcurrentHashMap.newKeySet();
    private volatile @Nullable Channel listening;

    private Gateway(ActorSystem<?> system, GatewayItems items, GatewaySettings settings, Means means) {
        this.system = system;
        this.settings = settings;
        this.clients = new Clients(settings, nanoTime);
        this.pages = new Pages(items, settings.lookupWithin(), means.pages(), nanoTime);
        this.nars = new Nars(items, means.compressing(), means.reading(), settings.placeWithin());
    }

    /**
     * What it has of the node's.
     *
     * @param compressing where NARs are compressed
     * @param reading how many NARs that lie here are read at a time
     * @param pages memory for narinfos, in bytes
     */
    public record Means(Executor compressing, int reading, long pages) {}

    /** A gateway, and where it listens. */
    public record Started(Gateway gateway, HostAndPort address) {}

    /**
     * Listens.
     *
     * @param system where NARs that come by and by run
     * @throws ExecutionException when nobody can listen there
     */
    public static Started start(ActorSystem<?> system, GatewayItems items, GatewaySettings settings, Means means,
            HostAndPort address) throws ExecutionException, InterruptedException {
        return start(system, items, settings, means, address, OptionalInt.empty());
    }

    /** @param sendBuffer of the system, for each connection, in bytes; as the system has it, if it is not said */
    static Started start(ActorSystem<?> system, GatewayItems items, GatewaySettings settings, Means means,
            HostAndPort address, OptionalInt sendBuffer) throws ExecutionException, InterruptedException {
        Gateway gateway = new Gateway(system, items, settings, means);
        try {
            return new Started(gateway, gateway.listen(address, sendBuffer));
        } catch (ExecutionException | InterruptedException | RuntimeException e) {
            gateway.close();
            throw e;
        }
    }

    private HostAndPort listen(HostAndPort address, OptionalInt sendBuffer)
            throws ExecutionException, InterruptedException {
        InetSocketAddress where = new InetSocketAddress(address.host(), address.port());
        if (where.isUnresolved()) {
            throw new ExecutionException(new UnknownHostException(address.host()));
        }
        Routes routes = new Routes(pages, nars, names(where));
        ServerBootstrap server = new ServerBootstrap().group(threads).channel(NioServerSocketChannel.class)
                .option(ChannelOption.SO_BACKLOG, BACKLOG)
                .childOption(ChannelOption.ALLOCATOR, MEMORY)
                .childOption(ChannelOption.RECVBUF_ALLOCATOR, new HeapReads(RequestDecoder.READ_BYTES))
                .childOption(ChannelOption.AUTO_READ, false)
                .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, UNSENT)
                // Else Netty hangs up on whoever asks for nothing more, before it has its answers.
                .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
                .childHandler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel channel) {
                        accept(channel, routes);
                    }
                });
        sendBuffer.ifPresent(bytes -> server.childOption(ChannelOption.SO_SNDBUF, bytes));
        ChannelFuture bound = server.bind(where).await();
        if (!bound.isSuccess()) {
            throw new ExecutionException(bound.cause());
        }
        listening = bound.channel();
        InetSocketAddress own = (InetSocketAddress) bound.channel().localAddress();
        return HostAndPort.of(own.getAddress(), own.getPort());
    }

    /** On a loopback address it has names of this machine alone. */
    private static Set<String> names(InetSocketAddress where) {
        return where.getAddress().isLoopbackAddress()
                ? Stream.concat(LOOPBACK_NAMES.stream(), Stream.of(where.getAddress().getHostAddress()))
                        .collect(Collectors.toUnmodifiableSet())
                : Set.of();
    }

    private void accept(SocketChannel channel, Routes routes) {
        InetSocketAddress from = channel.remoteAddress();
        if (from == null) {
            // It has gone already.
            var _ = channel.close();
            return;
        }
        Clients.Client client = clients.of(from.getAddress());
        if (!client.connect()) {
            var _ = channel.close();
            return;
        }
        Connection connection = new Connection(channel, client, routes, settings, system, nanoTime);
        connections.add(connection);
        // Until its socket is closed it has its place, whatever is answered.
        channel.closeFuture().addListener(closed -> {
            connections.remove(connection);
            client.disconnect();
        });
        connection.begin();
    }

    /** Takes no more clients, and cuts off those who are there. */
    @Override
    public void close() {
        Channel server = listening;
        if (server != null) {
            server.close().awaitUninterruptibly(END_SECONDS, TimeUnit.SECONDS);
        }
        connections.forEach(Connection::cut);
        threads.shutdownGracefully(0, END_SECONDS, TimeUnit.SECONDS).awaitUninterruptibly(2 * END_SECONDS,
                TimeUnit.SECONDS);
    }
}
