// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.api;

import static org.apache.pekko.http.javadsl.server.Directives.complete;
import static org.apache.pekko.http.javadsl.server.Directives.extractMaterializer;
import static org.apache.pekko.http.javadsl.server.Directives.onSuccess;
import static org.guixp2p.api.Problem.problem;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.apache.pekko.http.javadsl.model.ContentTypes;
import org.apache.pekko.http.javadsl.model.HttpEntities;
import org.apache.pekko.http.javadsl.model.HttpEntity;
import org.apache.pekko.http.javadsl.model.HttpHeader;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.MediaType;
import org.apache.pekko.http.javadsl.model.StatusCode;
import org.apache.pekko.http.javadsl.model.StatusCodes;
import org.apache.pekko.http.javadsl.model.headers.RawHeader;
import org.apache.pekko.http.javadsl.server.Route;
import org.apache.pekko.http.scaladsl.model.EntityStreamSizeException;
import org.apache.pekko.stream.Materializer;

/** The routes that change something, by {@link WriteTable}: for whoever shows the token, and in few bytes. */
final class WriteRoutes {
    /** Of a body. */
    static final int MOST_BYTES = 4096;
    /** What a body may take to come. */
    private static final Duration BODY_WITHIN = Duration.ofSeconds(5);

    private final Predicate<String> allows;

    /** @param allows whether a header {@code Authorization} is that of somebody who may */
    WriteRoutes(Predicate<String> allows) {
        this.allows = allows;
    }

    /** Does what a row says, or says why not. */
    Route answer(WriteTable.Row row, List<String> segments, HttpRequest request) {
        Optional<HttpResponse> refusal = unauthorized(row, request).or(() -> unreadable(row, request));
        if (refusal.isPresent()) {
            return extractMaterializer(materializer -> {
                // The connection stays in step, unless what is left of the request is long.
                request.entity().withSizeLimit(MOST_BYTES).discardBytes(materializer);
                return complete(refusal.get());
            });
        }
        return extractMaterializer(materializer -> read(row, segments, request, materializer));
    }

    private Optional<HttpResponse> unauthorized(WriteTable.Row row, HttpRequest request) {
        Optional<String> shown = request.getHeader("Authorization").map(HttpHeader::value);
        if (row.isOpen() || shown.filter(allows).isPresent()) {
            return Optional.empty();
        }
        String challenge = "Bearer realm=\"guix-p2p\"" + (shown.isPresent() ? ", error=\"invalid_token\"" : "");
        return Optional.of(problem(StatusCodes.UNAUTHORIZED,
                "to change something takes the token that is in the file api-token of the node's state directory")
                .addHeader(RawHeader.create("WWW-Authenticate", challenge)));
    }

    private static Optional<HttpResponse> unreadable(WriteTable.Row row, HttpRequest request) {
        if (!request.getUri().rawQueryString().map(String::isEmpty).orElse(true)) {
            return Optional.of(problem(StatusCodes.BAD_REQUEST, "there are no parameters here"));
        }
        if (request.entity().getContentLengthOption().orElse(0) > MOST_BYTES) {
            return Optional.of(tooLarge());
        }
        if (row.members().isEmpty()) {
            return Optional.empty();
        }
        MediaType type = request.entity().getContentType().mediaType();
        return type.mainType().equals("application") && type.subType().equals("json")
                ? Optional.empty()
                : Optional.of(problem(StatusCodes.UNSUPPORTED_MEDIA_TYPE, "Content-Type: application/json expected"));
    }

    private static HttpResponse tooLarge() {
        return problem(StatusCodes.CONTENT_TOO_LARGE, "a body of more than " + MOST_BYTES + " bytes");
    }

    private static Route read(WriteTable.Row row, List<String> segments, HttpRequest request,
            Materializer materializer) {
        CompletionStage<HttpEntity.Strict> body = request.entity().withSizeLimit(MOST_BYTES)
                .toStrict(BODY_WITHIN.toMillis(), materializer);
        CompletionStage<Route> answer = body.handle((come, failure) -> come == null
                ? complete(unread(failure))
                : act(row, segments, come.getData().toArray()));
        return onSuccess(answer, route -> route);
    }

    private static HttpResponse unread(Throwable failure) {
        return Stream.iterate(failure, Objects::nonNull, Throwable::getCause)
                .anyMatch(EntityStreamSizeException.class::isInstance)
                        ? tooLarge()
                        : problem(StatusCodes.REQUEST_TIMEOUT, "the body did not come to its end in time");
    }

    private static Route act(WriteTable.Row row, List<String> segments, byte[] bytes) {
        try {
            WriteTable.Wish wish = new WriteTable.Wish(row.key(segments), body(row, bytes));
            return onSuccess(row.acts().apply(wish), outcome -> complete(response(outcome)));
        } catch (BadQuestionException e) {
            return complete(problem(StatusCodes.BAD_REQUEST, String.valueOf(e.getMessage())));
        }
    }

    private static WriteBody body(WriteTable.Row row, byte[] bytes) {
        if (!row.members().isEmpty()) {
            return WriteBody.parse(bytes, row.members());
        }
        if (bytes.length > 0) {
            throw new BadQuestionException("no body expected");
        }
        return WriteBody.none();
    }

    private static HttpResponse response(Outcome<?> outcome) {
        return switch (outcome) {
            case Outcome.Done<?>(var what, var isNew) -> HttpResponse.create()
                    .withStatus(isNew ? StatusCodes.CREATED : StatusCodes.OK)
                    .addHeader(RawHeader.create("Cache-Control", "no-store"))
                    .withEntity(HttpEntities.create(ContentTypes.APPLICATION_JSON, Json.bytes(what)));
            case Outcome.Refused<?>(var reason, var detail) when reason == Outcome.Reason.TOO_OFTEN -> problem(
                    status(reason), detail)
                    .addHeader(RawHeader.create("Retry-After", Long.toString(WriteAccess.GUESS_EVERY.toSeconds())));
            case Outcome.Refused<?>(var reason, var detail) -> problem(status(reason), detail);
        };
    }

    private static StatusCode status(Outcome.Reason reason) {
        return switch (reason) {
            case MALFORMED -> StatusCodes.BAD_REQUEST;
            case FORBIDDEN -> StatusCodes.FORBIDDEN;
            case ABSENT -> StatusCodes.NOT_FOUND;
            case CONFLICT -> StatusCodes.CONFLICT;
            case TOO_OFTEN -> StatusCodes.TOO_MANY_REQUESTS;
            case UNREACHABLE -> StatusCodes.BAD_GATEWAY;
            case LATE -> StatusCodes.GATEWAY_TIMEOUT;
            case UNAVAILABLE -> StatusCodes.SERVICE_UNAVAILABLE;
        };
    }
}
