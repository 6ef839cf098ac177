// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.gateway;

import io.netty.handler.codec.http.HttpResponseStatus;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.OptionalLong;

/** What stands before an answer's body (RFC 9112). */
final class ReplyHead {
    private static final DateTimeFormatter DATE = DateTimeFormatter
            .ofPattern("EEE, dd MMM uuuu HH:mm:ss 'GMT'", Locale.ENGLISH).withZone(ZoneOffset.UTC);

    private ReplyHead() {}

    /** The bytes of it, with the empty line. */
    static byte[] of(Reply reply, RequestReader.Manner how) {
        StringBuilder text = new StringBuilder(256).append("HTTP/1.1 ").append(reply.status()).append(' ')
                .append(HttpResponseStatus.valueOf(reply.status()).reasonPhrase()).append("\r\n");
        line(text, "Date", DATE.format(Instant.now()));
        reply.headers().forEach(header -> line(text, header.name(), header.value()));
        OptionalLong length = length(reply.body());
        if (length.isPresent() && reply.status() != Reply.NOT_MODIFIED) {
            line(text, "Content-Length", String.valueOf(length.getAsLong()));
        } else if (isChunked(reply, how)) {
            line(text, "Transfer-Encoding", "chunked");
        }
        if (isLast(reply, how)) {
            line(text, "Connection", "close");
        } else if (how.isOld()) {
            line(text, "Connection", "keep-alive");
        }
        return text.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1);
    }

    private static void line(StringBuilder text, String name, String value) {
        text.append(name).append(": ").append(value).append("\r\n");
    }

    /** Whether the body says by itself where it ends. */
    static boolean isChunked(Reply reply, RequestReader.Manner how) {
        return length(reply.body()).isEmpty() && !how.isOld();
    }

    /** Whether the connection ends with it: be it that nothing else says where the body does. */
    static boolean isLast(Reply reply, RequestReader.Manner how) {
        return how.isLast() || (how.isOld() && length(reply.body()).isEmpty());
    }

    private static OptionalLong length(Reply.Body body) {
        return switch (body) {
            case Reply.Body.Whole(var bytes) -> OptionalLong.of(bytes.size());
            case Reply.Body.Coming(OptionalLong length, var _) -> length;
            case Reply.Body.InFile file -> OptionalLong.of(file.length());
        };
    }
}
