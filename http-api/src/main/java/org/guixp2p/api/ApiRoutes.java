// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.api;

import static org.apache.pekko.http.javadsl.server.Directives.complete;
import static org.apache.pekko.http.javadsl.server.Directives.concat;
import static org.apache.pekko.http.javadsl.server.Directives.extractHost;
import static org.apache.pekko.http.javadsl.server.Directives.get;
import static org.apache.pekko.http.javadsl.server.Directives.handleExceptions;
import static org.apache.pekko.http.javadsl.server.Directives.handleRejections;
import static org.apache.pekko.http.javadsl.server.Directives.onSuccess;
import static org.apache.pekko.http.javadsl.server.Directives.path;
import static org.apache.pekko.http.javadsl.server.Directives.pathPrefix;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.apache.pekko.http.javadsl.model.ContentType;
import org.apache.pekko.http.javadsl.model.ContentTypes;
import org.apache.pekko.http.javadsl.model.HttpCharsets;
import org.apache.pekko.http.javadsl.model.HttpEntities;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.MediaTypes;
import org.apache.pekko.http.javadsl.model.StatusCode;
import org.apache.pekko.http.javadsl.model.StatusCodes;
import org.apache.pekko.http.javadsl.server.ExceptionHandler;
import org.apache.pekko.http.javadsl.server.MethodRejection;
import org.apache.pekko.http.javadsl.server.RejectionHandler;
import org.apache.pekko.http.javadsl.server.Route;

/**
 * The routes of the API: read-only JSON. Errors are problem details (RFC 9457).
 *
 * <p>Only requests whose {@code Host} names the loopback interface are answered: a page in a browser that resolves its own
 * name to this machine (DNS rebinding) learns nothing.
 */
// Does not extend AllDirectives: Error Prone's check Immutable takes a minute to walk up all ways through its ancestors.
public final class ApiRoutes {
    private static final Set<String> LOOPBACK_NAMES = Set.of("localhost", "127.0.0.1", "[::1]", "::1");
    private static final ContentType PROBLEM = MediaTypes.applicationWithFixedCharset("problem+json",
            HttpCharsets.UTF_8).toContentType();

    private final JsonMapper mapper = JsonMapper.builder().build();
    private final NodeView node;

    public ApiRoutes(NodeView node) {
        this.node = node;
    }

    /** All routes. */
    public Route route() {
        // Each in a variable of its own: javac takes a minute to tell apart the overloads of lambdas in lambdas.
        Route lives = path("livez", () -> complete("ok\n"));
        Route api = concat(answer("status", node::status), answer("peers", node::peers),
                answer("transfers", node::transfers), answer("seeds", node::seeds),
                answer("limits", node::limits), answer("mirrors", node::mirrors));
        Route reads = concat(lives, pathPrefix("api", () -> api));
        Route gets = get(() -> reads);
        Route elsewhere = complete(problem(StatusCodes.MISDIRECTED_REQUEST, "this API answers on loopback names only"));
        Route guarded = extractHost(host -> LOOPBACK_NAMES.contains(host) ? gets : elsewhere);
        Route handled = handleExceptions(failures(), () -> guarded);
        return handleRejections(rejections(), () -> handled);
    }

    private Route answer(String name, Supplier<? extends CompletionStage<?>> question) {
        return path(name, () -> onSuccess(question.get(), this::json));
    }

    private Route json(Object value) {
        HttpResponse response = HttpResponse.create()
                .withEntity(HttpEntities.create(ContentTypes.APPLICATION_JSON, write(value)));
        return complete(response);
    }

    private RejectionHandler rejections() {
        return RejectionHandler.newBuilder()
                .handleNotFound(complete(problem(StatusCodes.NOT_FOUND, "there is nothing at this path")))
                .handle(MethodRejection.class,
                        rejection -> complete(problem(StatusCodes.METHOD_NOT_ALLOWED, "only GET is answered here")))
                .build();
    }

    private ExceptionHandler failures() {
        return ExceptionHandler.newBuilder()
                .matchAny(failure -> complete(problem(StatusCodes.SERVICE_UNAVAILABLE, "the node did not answer")))
                .build();
    }

    private HttpResponse problem(StatusCode status, String detail) {
        String body = write(Map.of("status", status.intValue(), "title", status.reason(), "detail", detail));
        return HttpResponse.create().withStatus(status).withEntity(HttpEntities.create(PROBLEM, body.getBytes(
                StandardCharsets.UTF_8)));
    }

    private String write(Object value) {
        try {
            return mapper.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a status record that is no JSON", e);
        }
    }
}
