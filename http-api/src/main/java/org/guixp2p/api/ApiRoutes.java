// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.api;

import static org.apache.pekko.http.javadsl.server.Directives.complete;
import static org.apache.pekko.http.javadsl.server.Directives.extractHost;
import static org.apache.pekko.http.javadsl.server.Directives.extractRequest;
import static org.apache.pekko.http.javadsl.server.Directives.handleExceptions;
import static org.apache.pekko.http.javadsl.server.Directives.handleRejections;
import static org.apache.pekko.http.javadsl.server.Directives.handleWebSocketMessages;
import static org.apache.pekko.http.javadsl.server.Directives.onSuccess;
import static org.apache.pekko.http.javadsl.server.Directives.respondWithHeader;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.apache.pekko.http.javadsl.model.ContentType;
import org.apache.pekko.http.javadsl.model.ContentTypes;
import org.apache.pekko.http.javadsl.model.HttpCharsets;
import org.apache.pekko.http.javadsl.model.HttpEntities;
import org.apache.pekko.http.javadsl.model.HttpHeader;
import org.apache.pekko.http.javadsl.model.HttpMethods;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.MediaTypes;
import org.apache.pekko.http.javadsl.model.StatusCode;
import org.apache.pekko.http.javadsl.model.StatusCodes;
import org.apache.pekko.http.javadsl.model.headers.Allow;
import org.apache.pekko.http.javadsl.model.headers.RawHeader;
import org.apache.pekko.http.javadsl.server.ExceptionHandler;
import org.apache.pekko.http.javadsl.server.ExpectedWebSocketRequestRejection;
import org.apache.pekko.http.javadsl.server.RejectionHandler;
import org.apache.pekko.http.javadsl.server.Route;

/**
 * The routes of the API, by {@link ApiTable}: read-only JSON, and events as they happen. Errors are problem details (RFC 9457).
 *
 * <p>Only requests whose {@code Host} names the loopback interface are answered: a page in a browser that resolves its own
 * name to this machine (DNS rebinding) learns nothing. Nor does a page from elsewhere, whose requests come with an {@code Origin}, or
 * with a {@code Sec-Fetch-Site} that says so: for a WebSocket no browser would ask whether it may, nor for a script or an image.
 */
// Does not extend AllDirectives: Error Prone's check Immutable takes a minute to walk up all ways through its ancestors.
public final class ApiRoutes {
    private static final Set<String> LOOPBACK_NAMES = Set.of("localhost", "127.0.0.1", "[::1]", "::1");
    private static final Set<String> OWN_SITE = Set.of("same-origin", "none");
    private static final ContentType PROBLEM = MediaTypes.applicationWithFixedCharset("problem+json",
            HttpCharsets.UTF_8).toContentType();
    private static final ContentType EVENT_STREAM = MediaTypes.TEXT_EVENT_STREAM.toContentType();

    private final ApiTable table;
    private final EventStreams streams;
    private final Dashboard dashboard;

    /** Of a node, with its dashboard. */
    public ApiRoutes(NodeView node) {
        this(node, Dashboard.ofNode());
    }

    /**
     * Of a node, with another page.
     *
     * @param dashboard the page that is shown
     */
    public ApiRoutes(NodeView node, Dashboard dashboard) {
        this.dashboard = dashboard;
        this.table = new ApiTable(node);
        this.streams = new EventStreams(node.events(), EventStreams.HEARTBEAT);
    }

    /** All routes. */
    public Route route() {
        // Each in a variable of its own: javac takes a minute to tell apart the overloads of lambdas in lambdas.
        Route reads = extractRequest(this::guarded);
        Route elsewhere = complete(problem(StatusCodes.MISDIRECTED_REQUEST, "this API answers on loopback names only"));
        Route guarded = extractHost(host -> LOOPBACK_NAMES.contains(host) ? reads : elsewhere);
        Route handled = handleExceptions(failures(), () -> guarded);
        Route answered = handleRejections(rejections(), () -> handled);
        return respondWithHeader(RawHeader.create("X-Content-Type-Options", "nosniff"), () -> answered);
    }

    private Route guarded(HttpRequest request) {
        Optional<String> origin = header(request, "Origin");
        String own = "http://" + header(request, "Host").orElse("");
        boolean otherSite = header(request, "Sec-Fetch-Site").filter(site -> !OWN_SITE.contains(site)).isPresent();
        if (otherSite || (origin.isPresent() && !origin.get().equalsIgnoreCase(own))) {
            return complete(problem(StatusCodes.FORBIDDEN, "pages from elsewhere are not answered"));
        }
        List<String> segments = new ArrayList<>();
        request.getUri().pathSegments().forEach(segments::add);
        Optional<ApiTable.Row> row = table.find(segments);
        Optional<HttpResponse> page = dashboard.find(segments, header(request, "If-None-Match"));
        if ((row.isPresent() || page.isPresent()) && !request.method().equals(HttpMethods.GET) && !isHead(request)) {
            return complete(problem(StatusCodes.METHOD_NOT_ALLOWED, "only GET and HEAD are answered here")
                    .addHeader(Allow.create(HttpMethods.GET, HttpMethods.HEAD)));
        }
        if (page.isPresent()) {
            return complete(page.get());
        }
        return row.isPresent() ? answer(row.get(), segments, request) : nothing();
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
                case TEXT -> complete("ok\n");
                case EVENTS, SOCKET -> stream(row.shape(), question.since(), question.filter(), isHead(request));
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

    private Route stream(ApiTable.Shape shape, long since, Predicate<NodeEvent> wanted, boolean head) {
        if (head && shape == ApiTable.Shape.EVENTS) {
            return complete(HttpResponse.create().withEntity(HttpEntities.create(EVENT_STREAM, new byte[0])));
        }
        if (!streams.isRoom()) {
            return complete(problem(StatusCodes.SERVICE_UNAVAILABLE,
                    EventStreams.MOST + " readers of events are here already"));
        }
        if (shape == ApiTable.Shape.SOCKET) {
            return handleWebSocketMessages(streams.frames(since, wanted));
        }
        HttpResponse response = HttpResponse.create().addHeader(RawHeader.create("Cache-Control", "no-store"))
                .withEntity(HttpEntities.createChunked(EVENT_STREAM, streams.sent(since, wanted)));
        return complete(response);
    }

    private Route json(ApiTable.Reply reply, ApiTable.Row row, Question question, HttpRequest request) {
        byte[] body = Json.bytes(reply.body());
        String tag = EntityTag.of(body);
        List<HttpHeader> headers = new ArrayList<>();
        headers.add(RawHeader.create("ETag", tag));
        headers.add(RawHeader.create("Cache-Control", "no-cache"));
        reply.next().ifPresent(next -> headers.add(RawHeader.create("Link",
                "<" + question.key().map(key -> row.path().replace("{key}", encoded(key))).orElse(row.path())
                        + "?limit=" + question.limit() + "&after=" + encoded(next) + ">; rel=\"next\"")));
        HttpResponse response = header(request, "If-None-Match").filter(known -> EntityTag.isAmong(tag, known))
                .isPresent()
                        ? HttpResponse.create().withStatus(StatusCodes.NOT_MODIFIED)
                        : HttpResponse.create()
                                .withEntity(HttpEntities.create(ContentTypes.APPLICATION_JSON, body));
        return complete(response.addHeaders(headers));
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
                .matchAny(failure -> complete(problem(StatusCodes.SERVICE_UNAVAILABLE, "the node did not answer")))
                .build();
    }

    private static HttpResponse problem(StatusCode status, String detail) {
        byte[] body = Json.bytes(Map.of("status", status.intValue(), "title", status.reason(), "detail", detail));
        return HttpResponse.create().withStatus(status).withEntity(HttpEntities.create(PROBLEM, body));
    }
}
