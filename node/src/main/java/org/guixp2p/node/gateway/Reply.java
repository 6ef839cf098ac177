// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.gateway;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.apache.pekko.NotUsed;
import org.apache.pekko.stream.javadsl.Source;
import org.apache.pekko.util.ByteString;
import org.guixp2p.node.swarm.NarFile;

/**
 * What a question is answered with (RFC 9110).
 *
 * @param headers besides those that say where the body ends and what becomes of the connection
 */
record Reply(int status, List<Header> headers, Body body) {
    static final int OK = 200;
    static final int PARTIAL_CONTENT = 206;
    static final int NOT_MODIFIED = 304;
    static final int BAD_REQUEST = 400;
    static final int NOT_FOUND = 404;
    static final int CONTENT_TOO_LARGE = 413;
    static final int URI_TOO_LONG = 414;
    static final int RANGE_NOT_SATISFIABLE = 416;
    static final int FORBIDDEN = 403;
    static final int MISDIRECTED_REQUEST = 421;
    static final int TOO_MANY_REQUESTS = 429;
    static final int HEADERS_TOO_LARGE = 431;
    static final int INTERNAL_SERVER_ERROR = 500;
    static final int SERVICE_UNAVAILABLE = 503;
    static final int VERSION_NOT_SUPPORTED = 505;

    private static final String PLAIN = "text/plain; charset=UTF-8";

    Reply {
        headers = List.copyOf(headers);
    }

    /** Without line ends, of whomever they come. */
    record Header(String name, String value) {}

    /** What stands behind the head. */
    sealed interface Body {
        /** All of it, in memory. */
        record Whole(ByteString bytes) implements Body {}

        /**
         * What comes by and by; the connection is cut when it fails.
         *
         * @param length in bytes; unknown of what is compressed on its way
         * @param bytes runs once, if at all
         */
        record Coming(OptionalLong length, Source<ByteString, NotUsed> bytes) implements Body {}

        /**
         * A part of a file.
         *
         * @param length in bytes, at least 1
         * @param over runs when all was sent, or cannot be; not when nothing of it was begun with
         */
        record InFile(NarFile file, long from, long length, Runnable over) implements Body {}
    }

    /** With an empty body. */
    static Reply of(int status) {
        return new Reply(status, List.of(), new Body.Whole(ByteString.emptyByteString()));
    }

    /** In words for people. */
    static Reply text(int status, String words) {
        return of(status).with("Content-Type", PLAIN)
                .with(new Body.Whole(ByteString.fromString(words, StandardCharsets.UTF_8)));
    }

    /** The same with one more header. */
    Reply with(String name, String value) {
        List<Header> more = new ArrayList<>(headers);
        more.add(new Header(name, value));
        return new Reply(status, more, body);
    }

    /** The same with another body. */
    Reply with(Body other) {
        return new Reply(status, headers, other);
    }

    /** Whether all of it is there. */
    boolean isWhole() {
        return body instanceof Body.Whole;
    }
}
