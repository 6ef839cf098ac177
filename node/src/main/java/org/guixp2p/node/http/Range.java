// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.http;

import java.util.Optional;
import java.util.OptionalLong;
import org.apache.pekko.http.javadsl.model.HttpResponse;

/**
 * Which bytes of a file are asked for (RFC 9110, 14): all from {@code from} on, of {@code total}.
 *
 * @param from 0 for the whole file, of whatever length
 */
record Range(long from, long total) {
    static final Range WHOLE = new Range(0, 0);
    private static final int OK = 200;
    private static final int PARTIAL = 206;

    /** What is wrong with an answer; nothing when it has just these bytes. */
    Optional<HttpFault> fault(HttpResponse response) {
        int status = response.status().intValue();
        if (status != (from == 0 ? OK : PARTIAL)) {
            return Optional.of(new HttpFault.Status(status));
        }
        if (from == 0) {
            return Optional.empty();
        }
        OptionalLong length = response.entity().getContentLengthOption();
        boolean right = Answers.header(response, "content-range").filter(text()::equals).isPresent()
                && (length.isEmpty() || length.getAsLong() == total - from);
        return right ? Optional.empty() : Optional.of(new HttpFault.Malformed("another part than was asked for"));
    }

    /** The only Content-Range that will do. */
    private String text() {
        return "bytes " + from + "-" + (total - 1) + "/" + total;
    }
}
