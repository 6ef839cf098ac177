// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.gateway;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.pekko.Done;
import org.apache.pekko.NotUsed;
import org.apache.pekko.actor.Cancellable;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.http.javadsl.model.ContentTypes;
import org.apache.pekko.http.javadsl.model.HttpEntities;
import org.apache.pekko.http.javadsl.model.HttpMethods;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.StatusCodes;
import org.apache.pekko.http.javadsl.settings.ServerSettings;
import org.apache.pekko.stream.javadsl.Flow;
import org.apache.pekko.stream.javadsl.Tcp;
import org.apache.pekko.util.ByteString;
import org.guixp2p.node.listen.HttpListener;
import org.guixp2p.node.stages.Stages;
import org.guixp2p.protocol.compress.Compression;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.swarm.HostAndPort;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A substitute server: {@code /nix-cache-info}, {@code /HASH.narinfo} and {@code /nar/[COMPRESSION/]HASH-NAME}. */
public final class Gateway implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Gateway.class);
    /** Guix sends many questions behind one another; so many are looked into at a time. */
    private static final int PIPELINED = 64;
    private static final Set<String> LOOPBACK_NAMES = Set.of("localhost", "127.0.0.1", "[::1]", "::1");
    private static final int CHECKS = 4;
    private static final String CACHE_INFO = "StoreDir: " + StorePath.STORE + "\nWantMassQuery: 0\nPriority: 100\n";
    /** A NAR may be slow to come; clients that are slow are looked after by {@link Connection}. */
    private static final Config NO_TIMEOUTS = ConfigFactory.parseString("""
            pekko.http.server {
              idle-timeout = infinite
              request-timeout = infinite
              server-header = ""
              raw-request-uri-header = on
              pipelining-limit = %d
              parsing { error-logging-verbosity = off, max-content-length = 64k, max-header-count = 64, max-uri-length = 2k, illegal-header-warnings = off }
            }
            """.formatted(PIPELINED));

    private final ActorSystem<?> system;
    private final GatewaySettings settings;
    private final LongSupplier nanoTime;
    private final Clients clients;
    private final Pages pages;
    private final Nars nars;
    private final GivenUrls urls = new GivenUrls();
    private final ServerSettings server;
    /** Names to which it answers; all of them when there is none. */
    private volatile Set<String> names = Set.of();
    private final Set<Connection> connections = ConcurrentHashMap.newKeySet();
    private final List<Runnable> toStop = new ArrayList<>();

    private Gateway(ActorSystem<?> system, GatewayItems items, GatewaySettings settings, Means means,
            LongSupplier nanoTime) {
        this.system = system;
        this.settings = settings;
        this.nanoTime = nanoTime;
        this.clients = new Clients(settings, nanoTime);
        this.pages = new Pages(items, settings.lookupWithin(), means.pages(), nanoTime);
        this.nars = new Nars(items, means.compressing(), means.reading(), settings.placeWithin());
        this.server = ServerSettings.create(NO_TIMEOUTS.withFallback(system.settings().config()));
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
     * @throws ExecutionException when nobody can listen there
     */
    public static Started start(ActorSystem<?> system, GatewayItems items, GatewaySettings settings, Means means,
            HostAndPort address) throws ExecutionException, InterruptedException {
        Gateway gateway = new Gateway(system, items, settings, means, System::nanoTime);
        return new Started(gateway, gateway.listen(address));
    }

    private HostAndPort listen(HostAndPort address) throws ExecutionException, InterruptedException {
        HttpListener listener = HttpListener.open(system, server, address, this::accept);
        Cancellable looks = system.scheduler().scheduleWithFixedDelay(settings.idle().dividedBy(CHECKS),
                settings.idle().dividedBy(CHECKS),
                () -> connections.forEach(connection -> connection.endIfIdle(settings.idle().toNanos())),
                system.executionContext());
        toStop.add(looks::cancel);
        toStop.add(listener::close);
        InetSocketAddress bound = listener.address();
        if (bound.getAddress().isLoopbackAddress()) {
            names = Stream.concat(LOOPBACK_NAMES.stream(), Stream.of(bound.getAddress().getHostAddress()))
                    .collect(Collectors.toUnmodifiableSet());
        }
        return HostAndPort.of(bound.getAddress(), bound.getPort());
    }

    /** Takes no more clients, and cuts off those who are there. */
    @Override
    public void close() {
        toStop.forEach(Runnable::run);
        connections.forEach(Connection::end);
    }

    private void accept(HttpListener listener, Tcp.IncomingConnection incoming) {
        Clients.Client client = clients.of(incoming.remoteAddress().getAddress());
        if (!client.connect()) {
            listener.refuse(incoming);
            return;
        }
        Connection connection = new Connection(client, nanoTime);
        connections.add(connection);
        Flow<HttpRequest, HttpResponse, NotUsed> answers = connection
                .answering(PIPELINED, request -> answer(request, connection))
                .watchTermination((notUsed, done) -> {
                    done.whenComplete((ok, failure) -> connection.ended());
                    return notUsed;
                });
        // Until its socket is closed it has its place, whatever is answered.
        Flow<ByteString, ByteString, NotUsed> wire = incoming.flow().watchTermination((notUsed, done) -> {
            done.whenComplete((ok, failure) -> {
                connections.remove(connection);
                client.disconnect();
            });
            return notUsed;
        });
        listener.serve(connection.bounded(wire, settings.stalled()), answers);
    }

    private CompletionStage<HttpResponse> answer(HttpRequest request, Connection connection) {
        request.discardEntityBytes(system);
        return Stages.begin(() -> route(request, connection)).exceptionally(failure -> {
            LOG.warn("{}: {}", request.getUri().path(), String.valueOf(Stages.cause(failure)));
            return HttpResponse.create().withStatus(StatusCodes.INTERNAL_SERVER_ERROR)
                    .addHeader(Answers.lasts(Answers.SOON));
        }).thenApply(response -> {
            if (isShort(response, request)) {
                connection.over();
            }
            return response;
        });
    }

    /** Only GET is answered by {@code guix publish}; HEAD is too, here. */
    private CompletionStage<HttpResponse> route(HttpRequest request, Connection connection) {
        if (!request.method().equals(HttpMethods.GET) && !request.method().equals(HttpMethods.HEAD)) {
            return CompletableFuture.completedFuture(Answers.nothing(request, Answers.MISS));
        }
        // A page of a browser here must not read it by a name of its own that leads to this machine.
        if (!names.isEmpty() && !names.contains(request.getUri().host().address())) {
            return CompletableFuture.completedFuture(HttpResponse.create().withStatus(StatusCodes.MISDIRECTED_REQUEST));
        }
        List<String> segments = new ArrayList<>();
        request.getUri().pathSegments().forEach(segments::add);
        String target = Answers.header(request, "Raw-Request-URI").orElse("");
        return switch (urls.meant(target, Resource.of(segments))) {
            case Resource.Unknown _ -> CompletableFuture.completedFuture(Answers.nothing(request, Answers.MISS));
            case Resource.CacheInfo _ -> CompletableFuture.completedFuture(HttpResponse.create()
                    .withEntity(HttpEntities.create(ContentTypes.TEXT_PLAIN_UTF8, CACHE_INFO)));
            case Resource.NarinfoOf(String hashPart) -> found(request, hashPart, connection,
                    page -> {
                        urls.given(page.item().narinfo());
                        return CompletableFuture.completedFuture(page.response());
                    });
            case Resource.NarOf(StorePath path, Compression how) -> nar(request, path, how, connection);
        };
    }

    private CompletionStage<HttpResponse> nar(HttpRequest request, StorePath path, Compression how,
            Connection connection) {
        CompletableFuture<Done> sent = new CompletableFuture<>();
        return connection.inTurn(sent, () -> found(request, path.hashPart(), connection,
                page -> page.item().path().equals(path)
                        ? nars.answer(request, page.item(), how, connection, sent)
                        : CompletableFuture.completedFuture(Answers.nothing(request, Answers.MISS))))
                .whenComplete((response, failure) -> {
                    if (failure != null || isShort(response, request)) {
                        sent.complete(Done.getInstance());
                    }
                });
    }

    /** Whether all of an answer is there. */
    private static boolean isShort(HttpResponse response, HttpRequest request) {
        return response.entity().isStrict() || request.method().equals(HttpMethods.HEAD);
    }

    /** What is made of an item's page. */
    private interface Use {
        CompletionStage<HttpResponse> of(Page page);
    }

    private CompletionStage<HttpResponse> found(HttpRequest request, String hashPart, Connection connection, Use use) {
        CompletionStage<Pages.Answer> found = Answers.isForOfferedAlone(request)
                ? pages.offered(hashPart)
                : pages.find(hashPart, connection.client()::mayAsk);
        return found.thenCompose(answer -> switch (answer) {
            case Pages.Answer.Found(Page page) -> use.of(page);
            case Pages.Answer.Nothing _ -> CompletableFuture.completedFuture(Answers.nothing(request, Answers.MISS));
            case Pages.Answer.Late _ -> CompletableFuture.completedFuture(Answers.nothing(request, Answers.SOON));
            case Pages.Answer.TooMany _ -> CompletableFuture.completedFuture(Answers.tooMany());
        });
    }
}
