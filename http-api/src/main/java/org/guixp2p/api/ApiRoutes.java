// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.api;

import static org.apache.pekko.http.javadsl.server.Directives.complete;
import static org.apache.pekko.http.javadsl.server.Directives.extractHost;
import static org.apache.pekko.http.javadsl.server.Directives.extractRequest;
import static org.apache.pekko.http.javadsl.server.Directives.handleExceptions;
import static org.apache.pekko.http.javadsl.server.Directives.handleRejections;
import static org.apache.pekko.http.javadsl.server.Directives.handleWebSocketMessages;
import static org.apache.pekko.http.javadsl.server.Directives.handleWebSocketMessagesForProtocol;
import static org.apache.pekko.http.javadsl.server.Directives.onSuccess;
import static org.apache.pekko.http.javadsl.server.Directives.respondWithHeader;
import static org.guixp2p.api.Problem.problem;

import java.net.InetAddress;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.pekko.NotUsed;
import org.apache.pekko.http.javadsl.model.AttributeKeys;
import org.apache.pekko.http.javadsl.model.ContentType;
import org.apache.pekko.http.javadsl.model.ContentTypes;
import org.apache.pekko.http.javadsl.model.HttpEntities;
import org.apache.pekko.http.javadsl.model.HttpHeader;
import org.apache.pekko.http.javadsl.model.HttpMethods;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.MediaTypes;
import org.apache.pekko.http.javadsl.model.StatusCodes;
import org.apache.pekko.http.javadsl.model.headers.RawHeader;
import org.apache.pekko.http.javadsl.model.ws.Message;
import org.apache.pekko.http.javadsl.server.ExceptionHandler;
import org.apache.pekko.http.javadsl.server.ExpectedWebSocketRequestRejection;
import org.apache.pekko.http.javadsl.server.RejectionHandler;
import org.apache.pekko.http.javadsl.server.Route;
import org.apache.pekko.stream.javadsl.Flow;

/**
 * The routes of the API: by {@link ApiTable} what is read, as JSON, and events as they happen; by {@link WriteTable} what is changed.
 * Errors are problem details (RFC 9457).
 *
 * <p>Only requests whose {@code Host} is {@code localhost} or an address are answered: a page in a browser that resolves its own
 * name to this machine (DNS rebinding) learns nothing. Nor does a page from elsewhere, whose requests come with an {@code Origin}, or
 * with a {@code Sec-Fetch-Site} that says so: for a WebSocket no browser would ask whether it may, nor for a script or an image. Only
 * links may lead here, since 'guix-p2p dashboard' opens a file that does.
 */
// Does not extend AllDirectives: Error Prone's check Immutable takes a minute to walk up all ways through its ancestors.
public final class ApiRoutes {
    private static final Set<String> OWN_SITE = Set.of("same-origin", "none");
    /** The version is that of Prometheus' text format, by which it tells what it reads. */
    private static final ContentType PLAIN = ContentTypes.parse("text/plain; version=0.0.4; charset=utf-8");
    private static final ContentType EVENT_STREAM = MediaTypes.TEXT_EVENT_STREAM.toContentType();

    /** What is spoken on a WebSocket; a token, which is not answered, stands behind the other one. */
    private static final String PROTOCOL = "guix-p2p";
    private static final String TOKEN_PROTOCOL = "guix-p2p.token.";

    private final ApiTable table;
    private final EventStreams streams;
    private final WriteTable writes;
    private final WriteRoutes writing;
    private final Dashboard dashboard;
    private final Predicate<String> allows;

    /**
     * Where nothing can be changed.
     *
     * @param dashboard the page that is shown
     */
    public ApiRoutes(NodeView node, NodeInsight insight, Dashboard dashboard) {
        this(node, insight, WriteTable.none(), shown -> false, dashboard);
    }

    /**
     * Of a node, with its dashboard.
     *
     * @param access says who may change something
     */
    public ApiRoutes(NodeView node, NodeInsight insight, NodeControls controls, WriteAccess access) {
        this(node, insight, WriteTable.of(controls, access), access::allows, Dashboard.ofNode());
    }

    private ApiRoutes(NodeView node, NodeInsight insight, WriteTable writes, Predicate<String> allows,
            Dashboard dashboard) {
        this.table = new ApiTable(node, insight, writes);
        this.writes = writes;
        this.allows = allows;
        this.writing = new WriteRoutes(allows);
        this.dashboard = dashboard;
        this.streams = new EventStreams(node.events(), EventStreams.HEARTBEAT);
    }

    /** All routes. */
    public Route route() {
        // Each in a variable of its own: javac takes a minute to tell apart the overloads of lambdas in lambdas.
        Route reads = extractRequest(this::guarded);
        Route elsewhere = complete(
                problem(StatusCodes.MISDIRECTED_REQUEST, "this API answers by 'localhost' and by addresses only"));
        Route guarded = extractHost(host -> isOwnName(host) ? reads : elsewhere);
        Route handled = handleExceptions(failures(), () -> guarded);
        Route answered = handleRejections(rejections(), () -> handled);
        return respondWithHeader(RawHeader.create("X-Content-Type-Options", "nosniff"), () -> answered);
    }

    /** What no page's own name can be: an address is nobody's to resolve. */
    private static boolean isOwnName(String host) {
        try {
            // The unspecified address reaches listeners on loopback too, and browsers do not say from where a page asks there.
            return !InetAddress.ofLiteral(host.startsWith("[") ? host.substring(1, host.length() - 1) : host)
                    .isAnyLocalAddress();
        } catch (IllegalArgumentException e) {
            return host.equalsIgnoreCase("localhost");
        }
    }

    private Route guarded(HttpRequest request) {
        Optional<String> origin = header(request, "Origin");
        String own = "http://" + header(request, "Host").orElse("");
        boolean otherSite = header(request, "Sec-Fetch-Site").filter(site -> !OWN_SITE.contains(site)).isPresent()
                && !isFollowedLink(request);
        if (otherSite || (origin.isPresent() && !origin.get().equalsIgnoreCase(own))) {
            return complete(problem(StatusCodes.FORBIDDEN, "pages from elsewhere are not answered"));
        }
        List<String> segments = new ArrayList<>();
        request.getUri().pathSegments().forEach(segments::add);
        Optional<ApiTable.Row> row = table.find(segments);
        if (row.isPresent() && (request.method().equals(HttpMethods.GET) || isHead(request))) {
            return answer(row.get(), segments, request);
        }
        Optional<HttpResponse> page = dashboard.find(segments, header(request, "If-None-Match"));
        if (page.isPresent()) {
            return request.method().equals(HttpMethods.GET) || isHead(request)
                    ? complete(page.get())
                    : otherMethod(true, List.of());
        }
        List<WriteTable.Row> wishes = writes.find(segments);
        return wishes.stream().filter(wish -> wish.method().equals(request.method().value())).findFirst()
                .map(wish -> writing.answer(wish, segments, request))
                .orElseGet(() -> row.isEmpty() && wishes.isEmpty() ? nothing() : otherMethod(row.isPresent(), wishes));
    }

    private static Route otherMethod(boolean isRead, List<WriteTable.Row> wishes) {
        String allowed = Stream.concat(isRead ? Stream.of("GET", "HEAD") : Stream.of(),
                wishes.stream().map(WriteTable.Row::method)).collect(Collectors.joining(", "));
        return complete(problem(StatusCodes.METHOD_NOT_ALLOWED, "what is answered here: " + allowed)
                .addHeader(RawHeader.create("Allow", allowed)));
    }

    /** The answer is what the user looks at next, in the place of the page with the link, which learns nothing of it. */
    private static boolean isFollowedLink(HttpRequest request) {
        return request.method().equals(HttpMethods.GET)
                && header(request, "Sec-Fetch-Mode").filter("navigate"::equals).isPresent()
                && header(request, "Sec-Fetch-Dest").filter("document"::equals).isPresent();
    }

    /** The server leaves the body out of the answer to that. */
    private static boolean isHead(HttpRequest request) {
        return request.method().equals(HttpMethods.HEAD);
    }

    private Route answer(ApiTable.Row row, List<String> segments, HttpRequest request) {
        try {
            Question question = new Question(row.key(segments), parameters(request),
                    header(request, "Last-Event-ID"));
            question.allow(row.names());
            return switch (row.shape()) {
                case TEXT ->
                    onSuccess(row.asks().apply(question), found -> text(String.valueOf(found.orElseThrow().body())));
                case EVENTS, SOCKET -> stream(row.shape(), question.since(), question.filter(), request);
                case OBJECT, LIST -> onSuccess(row.asks().apply(question),
                        found -> found.isPresent() ? json(found.get(), row, question, request) : nothing());
            };
        } catch (BadQuestionException e) {
            return complete(problem(StatusCodes.BAD_REQUEST, String.valueOf(e.getMessage())));
        }
    }

    private static Map<String, String> parameters(HttpRequest request) {
        try {
            return request.getUri().query().toMap();
        } catch (RuntimeException e) {
            throw new BadQuestionException("a query that cannot be read");
        }
    }

    /** What a WebSocket is offered to speak, but for what only shows who opens it. */
    private static List<String> offered(HttpRequest request) {
        List<String> protocols = new ArrayList<>();
        request.getAttribute(AttributeKeys.webSocketUpgrade)
                .ifPresent(upgrade -> upgrade.getRequestedProtocols().forEach(protocols::add));
        return protocols;
    }

    /** Whether whoever reads may change something too. A browser can give no header to a WebSocket but what it may speak. */
    private boolean isKnown(HttpRequest request) {
        return Stream.concat(header(request, "Authorization").stream(),
                offered(request).stream().filter(one -> one.startsWith(TOKEN_PROTOCOL))
                        .map(one -> "Bearer " + one.substring(TOKEN_PROTOCOL.length())))
                .anyMatch(allows);
    }

    private Route stream(ApiTable.Shape shape, long since, Predicate<NodeEvent> wanted, HttpRequest request) {
        if (isHead(request) && shape == ApiTable.Shape.EVENTS) {
            return complete(HttpResponse.create().withEntity(HttpEntities.create(EVENT_STREAM, new byte[0])));
        }
        boolean known = isKnown(request);
        if (!streams.isRoom(known)) {
            return complete(problem(StatusCodes.SERVICE_UNAVAILABLE,
                    "as many readers of events are here already as there may be"));
        }
        if (shape == ApiTable.Shape.SOCKET) {
            Flow<Message, Message, NotUsed> frames = streams.frames(since, wanted, known);
            return offered(request).contains(PROTOCOL)
                    ? handleWebSocketMessagesForProtocol(frames, PROTOCOL)
                    : handleWebSocketMessages(frames);
        }
        HttpResponse response = HttpResponse.create().addHeader(RawHeader.create("Cache-Control", "no-store"))
                .withEntity(HttpEntities.createChunked(EVENT_STREAM, streams.sent(since, wanted, known)));
        return complete(response);
    }

    private Route json(ApiTable.Reply reply, ApiTable.Row row, Question question, HttpRequest request) {
        byte[] body = Json.bytes(reply.body());
        String tag = EntityTag.of(body, reply.headers());
        List<HttpHeader> headers = new ArrayList<>();
        reply.headers().forEach((name, value) -> headers.add(RawHeader.create(name, value)));
        headers.add(RawHeader.create("ETag", tag));
        headers.add(RawHeader.create("Cache-Control", "no-cache"));
        reply.next().ifPresent(next -> headers.add(RawHeader.create("Link",
                "<" + question.key().map(key -> row.path().replace("{key}", encoded(key))).orElse(row.path())
                        + "?limit=" + question.limit() + "&after=" + encoded(next) + question.besidesPage()
                        + ">; rel=\"next\"")));
        HttpResponse response = header(request, "If-None-Match").filter(known -> EntityTag.isAmong(tag, known))
                .isPresent()
                        ? HttpResponse.create().withStatus(StatusCodes.NOT_MODIFIED)
                        : HttpResponse.create()
                                .withEntity(HttpEntities.create(ContentTypes.APPLICATION_JSON, body));
        return complete(response.addHeaders(headers));
    }

    private static Route text(String body) {
        return complete(HttpResponse.create().addHeader(RawHeader.create("Cache-Control", "no-store"))
                .withEntity(HttpEntities.create(PLAIN, body.getBytes(StandardCharsets.UTF_8))));
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    private static Optional<String> header(HttpRequest request, String name) {
        return request.getHeader(name).map(HttpHeader::value);
    }

    private static Route nothing() {
        return complete(problem(StatusCodes.NOT_FOUND, "there is nothing at this path"));
    }

    private static RejectionHandler rejections() {
        return RejectionHandler.newBuilder().handleNotFound(nothing())
                .handle(ExpectedWebSocketRequestRejection.class,
                        rejection -> complete(problem(StatusCodes.BAD_REQUEST, "a WebSocket is opened here")))
                .build();
    }

    private static ExceptionHandler failures() {
        return ExceptionHandler.newBuilder()
                .match(NotReadyException.class,
                        missing -> complete(
                                problem(StatusCodes.SERVICE_UNAVAILABLE, String.valueOf(missing.getMessage()))))
                .matchAny(failure -> complete(problem(StatusCodes.SERVICE_UNAVAILABLE, "the node did not answer")))
                .build();
    }
}
