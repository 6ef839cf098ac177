// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.gateway;

import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import org.apache.pekko.http.javadsl.model.ContentTypes;
import org.apache.pekko.http.javadsl.model.HttpEntities;
import org.apache.pekko.http.javadsl.model.HttpHeader;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.StatusCodes;
import org.apache.pekko.http.javadsl.model.headers.RawHeader;

/** What answers have in common. */
final class Answers {
    /** How long a narinfo holds: what it says is true for ever, and whether it can be had may change. */
    static final Duration HIT = Duration.ofHours(1);
    /** How long it holds that there is none, which is what Guix takes where nothing is said. */
    static final Duration MISS = Duration.ofMinutes(2);
    /** Whoever could not be answered may ask again soon. */
    static final Duration SOON = Duration.ofSeconds(10);

    private Answers() {}

    /** How long an answer holds. */
    static HttpHeader lasts(Duration time) {
        return RawHeader.create("Cache-Control", "max-age=" + time.toSeconds());
    }

    /** There is nothing; in the words of {@code guix publish}. */
    static HttpResponse nothing(HttpRequest request, Duration holds) {
        return HttpResponse.create().withStatus(StatusCodes.NOT_FOUND).addHeader(lasts(holds)).withEntity(HttpEntities
                .create(ContentTypes.TEXT_PLAIN_UTF8, "Resource not found: " + request.getUri().path()));
    }

    /** All places are taken. */
    static HttpResponse busy() {
        return again(HttpResponse.create().withStatus(StatusCodes.SERVICE_UNAVAILABLE), "all places are taken");
    }

    /** This client has asked for too much. */
    static HttpResponse tooMany() {
        return again(HttpResponse.create().withStatus(StatusCodes.TOO_MANY_REQUESTS),
                "this client asks about more items than others can be asked about for it");
    }

    private static HttpResponse again(HttpResponse response, String why) {
        return response.addHeader(RawHeader.create("Retry-After", String.valueOf(SOON.toSeconds())))
                .addHeader(lasts(SOON)).withEntity(HttpEntities.create(ContentTypes.TEXT_PLAIN_UTF8, why));
    }

    /** A header's value. */
    static Optional<String> header(HttpRequest request, String name) {
        return request.getHeader(name).map(HttpHeader::value);
    }

    /**
     * Whether nobody is to be asked on its behalf (RFC 9111, section 5.2.1.7): it comes from a node that has found this gateway by
     * itself, and perhaps this node has found that one's.
     */
    static boolean isForOfferedAlone(HttpRequest request) {
        for (HttpHeader header : request.getHeaders()) {
            if (header.is("cache-control") && header.value().toLowerCase(Locale.ROOT).contains("only-if-cached")) {
                return true;
            }
        }
        return false;
    }

    /** Whether {@code If-None-Match} names a tag (RFC 9110, section 13.1.2: weak ones count). */
    static boolean names(String header, String tag) {
        String opaque = tag.startsWith("W/") ? tag.substring(2) : tag;
        for (String one : header.split(",", -1)) {
            String known = one.strip();
            if (known.equals("*") || known.equals(opaque) || known.equals("W/" + opaque)) {
                return true;
            }
        }
        return false;
    }
}
