// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.http;

import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.pekko.http.javadsl.model.HttpEntity;
import org.apache.pekko.http.javadsl.model.HttpHeader;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.stream.Materializer;
import org.apache.pekko.util.ByteString;

/** What is read off a response. */
final class Answers {
    private static final Pattern MAX_AGE = Pattern.compile("(?:^|[\\s,])max-age\\s*=\\s*\"?([0-9]+)",
            Pattern.CASE_INSENSITIVE);
    /** More digits do not fit a long. */
    private static final int MOST_DIGITS = 18;

    private Answers() {}

    /** Reads a response to its end; fails when it is longer than {@code mostBytes}. */
    static CompletionStage<LaneRequest.Result> read(HttpResponse response, long mostBytes,
            Materializer materializer) {
        OptionalLong maxAge = maxAge(response);
        Optional<String> location = header(response, "location");
        int status = response.status().intValue();
        return body(response, mostBytes, materializer)
                .thenApply(body -> new LaneRequest.Result(new Reply.Answer(status, body.compact(), maxAge), location));
    }

    /** What has come with its head is whole: a closure has hundreds of narinfos, and a stream costs more than one. */
    private static CompletionStage<ByteString> body(HttpResponse response, long mostBytes, Materializer materializer) {
        return response.entity() instanceof HttpEntity.Strict strict && strict.getData().size() <= mostBytes
                ? CompletableFuture.completedFuture(strict.getData())
                : WholeBody.of(response.entity().withSizeLimit(mostBytes)).runFold(ByteString.emptyByteString(),
                        ByteString::concat, materializer);
    }

    static Optional<String> header(HttpResponse response, String name) {
        return response.getHeader(name).map(HttpHeader::value);
    }

    static OptionalLong maxAge(HttpResponse response) {
        return header(response, "cache-control").map(Answers::maxAge).orElse(OptionalLong.empty());
    }

    /** The seconds of {@code max-age} in the value of a {@code Cache-Control} header (RFC 9111, 5.2.2.1). */
    static OptionalLong maxAge(String cacheControl) {
        Matcher matcher = MAX_AGE.matcher(cacheControl);
        if (!matcher.find()) {
            return OptionalLong.empty();
        }
        String digits = matcher.group(1).replaceFirst("^0+(?=.)", "");
        return OptionalLong.of(digits.length() > MOST_DIGITS ? Long.MAX_VALUE : Long.parseLong(digits));
    }
}
