// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.api;

import java.util.Map;
import org.apache.pekko.http.javadsl.model.ContentType;
import org.apache.pekko.http.javadsl.model.HttpCharsets;
import org.apache.pekko.http.javadsl.model.HttpEntities;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.MediaTypes;
import org.apache.pekko.http.javadsl.model.StatusCode;

/** Errors as problem details (RFC 9457). */
final class Problem {
    private static final ContentType TYPE = MediaTypes.applicationWithFixedCharset("problem+json", HttpCharsets.UTF_8)
            .toContentType();

    private Problem() {}

    static HttpResponse problem(StatusCode status, String detail) {
        byte[] body = Json.bytes(Map.of("status", status.intValue(), "title", status.reason(), "detail", detail));
        return HttpResponse.create().withStatus(status).withEntity(HttpEntities.create(TYPE, body));
    }
}
