// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.gateway;

import java.time.Duration;

/** What answers have in common. */
final class Answers {
    /** How long a narinfo holds: what it says is true for ever, and whether it can be had may change. */
    static final Duration HIT = Duration.ofHours(1);
    /** How long it holds that there is none, which is what Guix takes where nothing is said. */
    static final Duration MISS = Duration.ofMinutes(2);
    /** Whoever could not be answered may ask again soon. */
    static final Duration SOON = Duration.ofSeconds(10);

    private Answers() {}

    /** The same, and how long it holds. */
    static Reply lasting(Reply reply, Duration time) {
        return reply.with("Cache-Control", "max-age=" + time.toSeconds());
    }

    /** There is nothing; in the words of {@code guix publish}. */
    static Reply nothing(Request request, Duration holds) {
        return lasting(Reply.text(Reply.NOT_FOUND, "Resource not found: " + request.target().path()), holds);
    }

    /** All places are taken. */
    static Reply busy() {
        return again(Reply.SERVICE_UNAVAILABLE, "all places are taken");
    }

    /** This client has asked for too much. */
    static Reply tooMany() {
        return again(Reply.TOO_MANY_REQUESTS,
                "this client asks about more items than others can be asked about for it");
    }

    private static Reply again(int status, String why) {
        return lasting(Reply.text(status, why).with("Retry-After", String.valueOf(SOON.toSeconds())), SOON);
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
