// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.bench.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.timeout.ReadTimeoutHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.guixp2p.harness.bench.Latencies;
import org.guixp2p.harness.world.TreeItem;
import org.guixp2p.protocol.swarm.HostAndPort;

/**
 * Clients that each ask for narinfos, one after another, all at the same time. All of them are on one thread: a thread for each, be it a
 * virtual one, takes more of the processors than the gateway does, and the clients wait for each other.
 */
final class NarinfoClients implements AutoCloseable {
    private static final double NANOS = 1e9;
    private static final int WARM_UP_QUESTIONS = 100;
    private static final int MOST_BYTES = 1 << 16;
    private static final int PATIENCE_SECONDS = 120;

    private final HostAndPort gateway;
    private final List<TreeItem> items;
    private final EventLoopGroup thread = new MultiThreadIoEventLoopGroup(1,
            new DefaultThreadFactory("narinfo-clients", true), NioIoHandler.newFactory());

    /**
     * What came of it.
     *
     * @param failure of one whose questions were not all answered
     */
    record Outcome(Latencies latencies, int errors, Optional<String> failure, double seconds) {
        static final Outcome NONE = new Outcome(Latencies.of(new long[0]), 0, Optional.empty(), 0);
    }

    NarinfoClients(HostAndPort gateway, List<TreeItem> items) {
        this.gateway = gateway;
        this.items = List.copyOf(items);
    }

    /** One client asks for all once, and then so many each for some: the JVM compiles what clients do before they are measured. */
    int warmUp(int clients) throws InterruptedException {
        return run(1, items.size()).errors() + run(clients, WARM_UP_QUESTIONS).errors();
    }

    /** So many clients each ask so often, each beginning elsewhere. */
    Outcome run(int clients, int questions) throws InterruptedException {
        List<CompletableFuture<long[]>> all = new ArrayList<>();
        long began = System.nanoTime();
        for (int i = 0; i < clients; i++) {
            all.add(connect(new Client(i, questions)));
        }
        int errors = 0;
        Optional<String> failure = Optional.empty();
        List<long[]> nanos = new ArrayList<>();
        for (CompletableFuture<long[]> client : all) {
            try {
                nanos.add(client.get());
            } catch (ExecutionException e) {
                errors += questions;
                failure = Optional.of(String.valueOf(e.getCause()));
            }
        }
        double seconds = (System.nanoTime() - began) / NANOS;
        return new Outcome(Latencies.of(nanos.stream().flatMapToLong(Arrays::stream).toArray()), errors, failure,
                seconds);
    }

    private CompletableFuture<long[]> connect(Client client) {
        new Bootstrap().group(thread).channel(NioSocketChannel.class).option(ChannelOption.TCP_NODELAY, true)
                .handler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel channel) {
                        channel.pipeline().addLast(new ReadTimeoutHandler(PATIENCE_SECONDS), new HttpClientCodec(),
                                new HttpObjectAggregator(MOST_BYTES), client);
                    }
                }).connect(new InetSocketAddress(gateway.host(), gateway.port())).addListener(connected -> {
                    if (!connected.isSuccess()) {
                        client.done.completeExceptionally(connected.cause());
                    }
                });
        return client.done;
    }

    @Override
    public void close() {
        var _ = thread.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }

    /** Asks the next question when it has the answer to the one before, and ends with the first answer that is wrong. */
    private final class Client extends SimpleChannelInboundHandler<FullHttpResponse> {
        private final CompletableFuture<long[]> done = new CompletableFuture<>();
        private final int first;
        private final long[] nanos;
        private int answered;
        private long asked;

        Client(int first, int questions) {
            this.first = first;
            this.nanos = new long[questions];
        }

        private TreeItem item() {
            return items.get((first + answered) % items.size());
        }

        private void ask(ChannelHandlerContext context) {
            DefaultFullHttpRequest request = new DefaultFullHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET,
                    "/" + item().path().hashPart() + ".narinfo");
            request.headers().set(HttpHeaderNames.HOST, "localhost");
            asked = System.nanoTime();
            context.writeAndFlush(request).addListener(ChannelFutureListener.FIRE_EXCEPTION_ON_FAILURE);
        }

        @Override
        public void channelActive(ChannelHandlerContext context) {
            ask(context);
        }

        @Override
        protected void channelRead0(ChannelHandlerContext context, FullHttpResponse response) {
            nanos[answered] = System.nanoTime() - asked;
            if (!isRight(response)) {
                exceptionCaught(context, new IOException("an answer of another kind: " + response.status()));
                return;
            }
            answered++;
            if (answered < nanos.length) {
                ask(context);
            } else {
                done.complete(nanos);
                var _ = context.close();
            }
        }

        private boolean isRight(FullHttpResponse response) {
            return response.decoderResult().isSuccess() && response.status().equals(HttpResponseStatus.OK)
                    && response.content().toString(UTF_8).startsWith("StorePath: " + item().path().path() + "\n");
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable failure) {
            done.completeExceptionally(failure);
            var _ = context.close();
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            done.completeExceptionally(new IOException("the connection was closed"));
        }
    }
}
