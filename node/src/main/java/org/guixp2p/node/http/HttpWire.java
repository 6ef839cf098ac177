// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.http;

import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import org.apache.pekko.NotUsed;
import org.apache.pekko.actor.ClassicActorSystemProvider;
import org.apache.pekko.http.javadsl.Http;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.headers.Host;
import org.apache.pekko.http.javadsl.settings.ClientConnectionSettings;
import org.apache.pekko.stream.Attributes;
import org.apache.pekko.stream.FlowShape;
import org.apache.pekko.stream.OverflowStrategy;
import org.apache.pekko.stream.TLSClosing;
import org.apache.pekko.stream.TLSProtocol.SslTlsInbound;
import org.apache.pekko.stream.TLSProtocol.SslTlsOutbound;
import org.apache.pekko.stream.UniformFanOutShape;
import org.apache.pekko.stream.javadsl.BidiFlow;
import org.apache.pekko.stream.javadsl.Broadcast;
import org.apache.pekko.stream.javadsl.Flow;
import org.apache.pekko.stream.javadsl.GraphDSL;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.stream.javadsl.TLSPlacebo;
import org.apache.pekko.stream.javadsl.Tcp;
import org.apache.pekko.util.ByteString;

/**
 * One HTTP/1.1 connection on which GETs are written as they come, without waiting for the answers before them.
 *
 * <p>Pekko's client reads answers well and does not pipeline: its layer takes the next request only when the last answer
 * is complete (apache/pekko-http issue 32). So requests are written here, past that layer, and the layer is told of each
 * only so that it knows what it reads an answer to; what it writes itself goes nowhere. Its host pools are not used
 * either: a request cannot be taken back from a pool, so a server that never answers would keep its connection for ever.
 */
final class HttpWire {
    /** Room for any number of requests under way on one connection. */
    static final int MOST_UNDER_WAY = 1 << 12;
    /** What a server does wrong is a fault in one line; Pekko would log it with a stack trace. */
    static final Attributes QUIET = Attributes.createLogLevels(Attributes.logLevelOff(),
            Attributes.logLevelOff(), Attributes.logLevelOff());

    private HttpWire() {}

    /**
     * What is asked for.
     *
     * @param from from which byte on; 0 for all
     */
    record Question(URI uri, long from) {
        /** All of it. */
        static Question whole(URI uri) {
            return new Question(uri, 0);
        }
    }

    /**
     * Takes questions for {@code origin} and gives the answers, in the same order.
     *
     * @param config settings of Pekko HTTP for reading them
     */
    static Flow<Question, HttpResponse, CompletionStage<Tcp.OutgoingConnection>> connect(Origin origin,
            HttpSettings settings, String config, ClassicActorSystemProvider system) {
        BidiFlow<HttpRequest, ByteString, ByteString, HttpResponse, NotUsed> reader = Http
                .get(system.classicSystem())
                .clientLayer(Host.create(origin.host(), origin.port()), ClientConnectionSettings.create(config))
                .atop(noTls());
        return Flow.fromGraph(GraphDSL.create(transport(origin, settings, system), (builder, transport) -> {
            UniformFanOutShape<Question, Question> split = builder.add(Broadcast.create(2));
            var layer = builder.add(reader);
            var write = builder
                    .add(Flow.of(Question.class).map(question -> render(question, origin, settings)));
            var told = builder.add(Flow.of(Question.class).map(question -> HttpRequest.GET("/"))
                    .buffer(MOST_UNDER_WAY, OverflowStrategy.backpressure()));
            var nowhere = builder.add(Sink.<ByteString>ignore());
            builder.from(split).via(write).via(transport).toInlet(layer.in2());
            builder.from(split).via(told).toInlet(layer.in1());
            builder.from(layer.out1()).toInlet(nowhere.in());
            return FlowShape.of(split.in(), layer.out2());
        }));
    }

    /** The layer speaks to a TLS stage; where the transport has seen to that already, it speaks to this. */
    @SuppressWarnings("unchecked") // TLSPlacebo says SessionBytes where its users say the wider SslTlsInbound.
    private static BidiFlow<SslTlsOutbound, ByteString, ByteString, SslTlsInbound, NotUsed> noTls() {
        return (BidiFlow<SslTlsOutbound, ByteString, ByteString, SslTlsInbound, NotUsed>) (BidiFlow<?, ?, ?, ?, ?>) TLSPlacebo
                .getInstance();
    }

    private static Flow<ByteString, ByteString, CompletionStage<Tcp.OutgoingConnection>> transport(Origin origin,
            HttpSettings settings, ClassicActorSystemProvider system) {
        Tcp tcp = Tcp.get(system.classicSystem());
        InetSocketAddress remote = InetSocketAddress.createUnresolved(origin.host(), origin.port());
        Optional<Duration> connecting = Optional.of(settings.requestTimeout());
        if (!origin.secure()) {
            return tcp.outgoingConnection(remote, Optional.empty(), List.of(), true, connecting, Optional.empty());
        }
        return tcp.outgoingConnectionWithTls(remote, () -> engine(origin, settings), Optional.empty(), List.of(),
                connecting, Optional.empty(), session -> Optional.empty(), TLSClosing.eagerClose());
    }

    private static SSLEngine engine(Origin origin, HttpSettings settings) {
        SSLEngine engine = settings.tls().createSSLEngine(origin.host(), origin.port());
        engine.setUseClientMode(true);
        SSLParameters parameters = engine.getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        engine.setSSLParameters(parameters);
        return engine;
    }

    private static ByteString render(Question question, Origin origin, HttpSettings settings) {
        URI uri = question.uri();
        String range = question.from() == 0 ? "" : "\r\nRange: bytes=" + question.from() + "-";
        // RFC 9111, section 5.2.1.7: what it would have to ask others for is not wanted.
        String own = settings.strangers().isAt(uri) ? "\r\nCache-Control: only-if-cached" : "";
        String path = uri.getRawPath().isEmpty() ? "/" : uri.getRawPath();
        String query = uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery();
        return ByteString.fromString("GET " + path + query + " HTTP/1.1\r\nHost: " + origin.authority()
                + "\r\nUser-Agent: " + settings.userAgent() + "\r\nAccept: */*" + range + own + "\r\n\r\n");
    }
}
