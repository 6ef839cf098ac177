// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.listen;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import org.apache.pekko.Done;
import org.apache.pekko.NotUsed;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.http.javadsl.Http;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.settings.ServerSettings;
import org.apache.pekko.stream.Materializer;
import org.apache.pekko.stream.TLSProtocol.SessionBytes;
import org.apache.pekko.stream.TLSProtocol.SslTlsInbound;
import org.apache.pekko.stream.TLSProtocol.SslTlsOutbound;
import org.apache.pekko.stream.javadsl.BidiFlow;
import org.apache.pekko.stream.javadsl.Flow;
import org.apache.pekko.stream.javadsl.Keep;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.stream.javadsl.Source;
import org.apache.pekko.stream.javadsl.TLSPlacebo;
import org.apache.pekko.stream.javadsl.Tcp;
import org.apache.pekko.stream.scaladsl.TcpAttributes;
import org.apache.pekko.util.ByteString;
import org.guixp2p.protocol.swarm.HostAndPort;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Accepts connections for Pekko's HTTP layer. Its own server hands the parser all that came at once, and that calls itself for each
 * request in it: some thousand small ones overflow the stack, which ends the whole node. Here it gets small pieces.
 */
public final class HttpListener implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(HttpListener.class);
    private static final int PARSED_BYTES = 4096;
    /** What a client has to take between two looks at whether it takes anything. */
    private static final int WRITTEN_BYTES = 1 << 18;
    /** More is asked for when all that was given is written; else Pekko would ask while up to 16 KiB wait. */
    private static final int NO_BYTES_BUFFERED = 1;
    /** So many may come at once. */
    private static final int BACKLOG = 100;
    private static final long END_SECONDS = 1;

    private final ActorSystem<?> system;
    private final BidiFlow<HttpResponse, SslTlsOutbound, SslTlsInbound, HttpRequest, NotUsed> layer;
    private final BidiFlow<SslTlsOutbound, ByteString, ByteString, SessionBytes, NotUsed> noTls = TLSPlacebo
            .getInstance();
    private final AtomicInteger connected = new AtomicInteger();
    private volatile Tcp.@Nullable ServerBinding binding;

    private HttpListener(ActorSystem<?> system, ServerSettings settings) {
        this.system = system;
        this.layer = Http.get(system).serverLayer(settings);
    }

    /**
     * Listens.
     *
     * @param accept takes each connection, one after the other: it serves it, or closes it
     * @throws ExecutionException when nobody can listen there
     */
    private static HttpListener open(ActorSystem<?> system, ServerSettings settings, HostAndPort address,
            BiConsumer<HttpListener, Tcp.IncomingConnection> accept) throws ExecutionException, InterruptedException {
        HttpListener listener = new HttpListener(system, settings);
        listener.binding = Tcp.get(system)
                .bind(address.host(), address.port(), BACKLOG, settings.getSocketOptions(), false, Optional.empty())
                .toMat(Sink.foreach(connection -> accept.accept(listener, connection)), Keep.left()).run(system)
                .toCompletableFuture().get();
        return listener;
    }

    /**
     * Listens, and answers all alike: with the bounds of Pekko's own server, on connections and on idle ones.
     *
     * @throws ExecutionException when nobody can listen there
     */
    public static HttpListener answering(ActorSystem<?> system, HostAndPort address,
            Flow<HttpRequest, HttpResponse, ?> answers) throws ExecutionException, InterruptedException {
        ServerSettings settings = ServerSettings.create(system.settings().config());
        Duration patience = Duration.ofMillis(settings.getTimeouts().idleTimeout().toMillis());
        BidiFlow<ByteString, ByteString, ByteString, ByteString, NotUsed> idle = BidiFlow
                .bidirectionalIdleTimeout(patience);
        return open(system, settings, address, (listener, incoming) -> {
            if (listener.connected.incrementAndGet() > settings.getMaxConnections()) {
                listener.connected.decrementAndGet();
                listener.refuse(incoming);
                return;
            }
            listener.serve(idle.join(listener.counted(incoming, patience)), answers);
        });
    }

    /**
     * A connection that counts until both sides have ended: a client may ask no more, and let its answers lie. To the last byte of
     * these it has some time for each piece; Pekko itself writes what is left at the end without a bound on the time.
     */
    private Flow<ByteString, ByteString, NotUsed> counted(Tcp.IncomingConnection incoming, Duration patience) {
        CompletableFuture<Done> written = new CompletableFuture<>();
        return Flow.of(ByteString.class).mapConcat(bytes -> pieces(bytes, WRITTEN_BYTES))
                // It ends when more is asked for, which is when the last piece has been written.
                .concatLazy(Source.lazySource(() -> Source.<ByteString>empty())).backpressureTimeout(patience)
                .watchTermination((notUsed, done) -> {
                    done.whenComplete((ok, failure) -> written.complete(Done.getInstance()));
                    return notUsed;
                })
                .via(incoming.flow().addAttributes(TcpAttributes.tcpWriteBufferSize(NO_BYTES_BUFFERED)))
                .watchTermination((notUsed, done) -> {
                    done.handle((ok, failure) -> ok)
                            .thenCombine(written, (read, all) -> connected.decrementAndGet());
                    return notUsed;
                });
    }

    /** How many clients are connected, of those that are answered all alike. */
    int connected() {
        return connected.get();
    }

    /** Where it listens. */
    public InetSocketAddress address() {
        return Objects.requireNonNull(binding, "it is open").localAddress();
    }

    /**
     * Serves a connection until it ends.
     *
     * @param wire takes what goes to the client, and gives what comes from it
     * @param answers to its requests, in their order
     */
    private void serve(Flow<ByteString, ByteString, ?> wire, Flow<HttpRequest, HttpResponse, ?> answers) {
        Flow<SslTlsOutbound, SslTlsInbound, NotUsed> plain = Flow
                .upcast(noTls.join(wire.mapConcat(bytes -> pieces(bytes, PARSED_BYTES))));
        layer.join(plain).join(answers).run(system);
    }

    /** The same bytes in their order, without a copy: no piece has more than {@code most}, at least 1. */
    private static List<ByteString> pieces(ByteString bytes, int most) {
        if (bytes.size() <= most) {
            return List.of(bytes);
        }
        List<ByteString> pieces = new ArrayList<>();
        for (int at = 0; at < bytes.size(); at += most) {
            pieces.add(bytes.slice(at, at + most));
        }
        return pieces;
    }

    /** Closes a connection at once. */
    private void refuse(Tcp.IncomingConnection connection) {
        connection.handleWith(Flow.fromSinkAndSource(Sink.cancelled(), Source.empty()),
                Materializer.matFromSystem(system));
    }

    /** Accepts nobody any more; who is connected stays. */
    @Override
    public void close() {
        Tcp.ServerBinding bound = binding;
        if (bound == null) {
            return;
        }
        try {
            bound.unbind().toCompletableFuture().get(END_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            LOG.warn("still listening at {}: {}", bound.localAddress(), e.toString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
