// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.gateway;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Makes a {@link Request} of what was read of a connection, or says what is wrong with it. */
final class RequestReader {
    /** Bodies mean nothing here: they are read for the sake of what comes behind them. */
    static final long MOST_BODY = 1 << 16;

    /** What was read. */
    sealed interface Read {
        /** Whether its body is not waited for. */
        default boolean isAnsweredAtOnce() {
            return switch (this) {
                case Question(var _, Manner how) -> how.isRefused();
                case Refused _ -> true;
            };
        }

        /**
         * A question.
         *
         * @param how what it says of the connection
         */
        record Question(Request request, Manner how) implements Read {}

        /** It is refused, and the connection ends: where the next one begins, nobody could say for sure. */
        record Refused(Reply reply) implements Read {}
    }

    /**
     * How a question is to be answered.
     *
     * @param isHead without the body
     * @param isLast the connection ends with the answer
     * @param isOld by HTTP/1.0, which knows no chunks
     * @param isRefused what is wrong with it may leave something unread
     */
    record Manner(boolean isHead, boolean isLast, boolean isOld, boolean isRefused) {
        /** How it is said that a question is refused. */
        static final Manner REFUSED = new Manner(false, true, false, true);
    }

    private RequestReader() {}

    static Read read(HttpRequest request) {
        if (request.decoderResult().isFailure()) {
            return refused(status(request.decoderResult().cause()));
        }
        HttpVersion version = request.protocolVersion();
        if (!version.equals(HttpVersion.HTTP_1_1) && !version.equals(HttpVersion.HTTP_1_0)) {
            return refused(Reply.VERSION_NOT_SUPPORTED);
        }
        if (request.uri().length() > GivenUrls.MOST_LENGTH) {
            return refused(Reply.URI_TOO_LONG);
        }
        HttpHeaders headers = request.headers();
        if (HttpUtil.getContentLength(request, 0L) > MOST_BODY) {
            return refused(Reply.CONTENT_TOO_LARGE);
        }
        Optional<Target> target = Target.read(request.uri());
        Optional<String> host = target.flatMap(where -> host(where, headers, version));
        return target.isEmpty() || host.isEmpty() || !isFramed(request)
                ? refused(Reply.BAD_REQUEST)
                : new Read.Question(question(request, target.get(), host.get()), manner(request));
    }

    static Read.Refused refused(int status) {
        return new Read.Refused(Reply.of(status));
    }

    private static int status(Throwable cause) {
        return switch (cause) {
            case TooLongHttpLineException _ -> Reply.URI_TOO_LONG;
            case TooLongHttpHeaderException _ -> Reply.HEADERS_TOO_LARGE;
            default -> Reply.BAD_REQUEST;
        };
    }

    /** RFC 9112, section 3.2: exactly one, and the same in both places. */
    private static Optional<String> host(Target target, HttpHeaders headers, HttpVersion version) {
        List<String> hosts = headers.getAll(HttpHeaderNames.HOST);
        if (hosts.size() > 1 || (hosts.isEmpty() && version.equals(HttpVersion.HTTP_1_1))) {
            return Optional.empty();
        }
        String said = hosts.isEmpty() ? target.authority().orElse("") : hosts.getFirst().strip();
        boolean isContradicted = target.authority().filter(other -> !other.equalsIgnoreCase(said)).isPresent();
        return isContradicted ? Optional.empty() : Target.host(said);
    }

    /** RFC 9112, section 6.1: what others may take for the end of a body is no question. */
    private static boolean isFramed(HttpRequest request) {
        List<String> codings = request.headers().getAll(HttpHeaderNames.TRANSFER_ENCODING);
        if (request.headers().contains(HttpHeaderNames.SEC_WEBSOCKET_KEY1)) {
            // An early draft has eight bytes behind it, which no length announces, and Netty reads them.
            return false;
        }
        return codings.isEmpty() || (request.protocolVersion().equals(HttpVersion.HTTP_1_1) && codings.size() == 1
                && codings.getFirst().strip().equalsIgnoreCase("chunked")
                && !request.headers().contains(HttpHeaderNames.CONTENT_LENGTH));
    }

    private static Request question(HttpRequest request, Target target, String host) {
        HttpHeaders headers = request.headers();
        return new Request(request.method().name(), target, host, isForOfferedAlone(headers), isOfPage(headers),
                Optional.ofNullable(headers.get(HttpHeaderNames.IF_NONE_MATCH)),
                Optional.ofNullable(headers.get(HttpHeaderNames.IF_RANGE)),
                Optional.ofNullable(headers.get(HttpHeaderNames.RANGE)));
    }

    /** By what browsers say of themselves (Fetch Metadata Request Headers); whoever types the URL is no page. */
    private static boolean isOfPage(HttpHeaders headers) {
        String site = headers.get("Sec-Fetch-Site");
        return headers.contains(HttpHeaderNames.ORIGIN) || (site != null && !site.equals("none"));
    }

    private static boolean isForOfferedAlone(HttpHeaders headers) {
        for (String value : headers.getAll(HttpHeaderNames.CACHE_CONTROL)) {
            if (value.toLowerCase(Locale.ROOT).contains("only-if-cached")) {
                return true;
            }
        }
        return false;
    }

    /** Whoever asks whether to send a body is answered at once, and need not send it; nor can anything follow, then. */
    private static Manner manner(HttpRequest request) {
        boolean asksFirst = HttpUtil.is100ContinueExpected(request)
                && (HttpUtil.isTransferEncodingChunked(request) || HttpUtil.getContentLength(request, 0L) > 0);
        return new Manner(request.method().name().equals("HEAD"), asksFirst || !HttpUtil.isKeepAlive(request),
                request.protocolVersion().equals(HttpVersion.HTTP_1_0), asksFirst);
    }
}
