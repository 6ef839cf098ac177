// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.http;

/** Pekko HTTP's settings where its defaults do not fit, so that no application.conf can loosen or break them. */
final class HttpConfig {
    /**
     * For reading answers; headers beyond a few KiB are refused by default. A server's odd headers are its own affair and no line in our log; connections are not timed
     * by their silence, since a reader may well pause for longer than Pekko's 60 s: that is the lanes' and the streams'
     * work here. A NAR that {@code guix publish} makes as it sends it comes in chunks without number, which later
     * versions of Pekko would cut off at 100,000.
     */
    static final String NARS = """
            pekko.http.client.idle-timeout = infinite
            pekko.http.client.user-agent-header = ""
            pekko.http.client.parsing {
              illegal-header-warnings = off
              error-logging-verbosity = off
              illegal-response-header-value-processing-mode = ignore
              conflicting-content-type-header-processing-mode = no-content-type
              max-content-length = infinite
              max-chunk-size = 16m
              max-chunk-count = 2147483647
              max-response-reason-length = 256
            }
            """;

    /** For small answers, of which none has a longer chunk than it may be long itself. */
    static String small(long mostBytes) {
        return NARS + "pekko.http.client.parsing.max-chunk-size = " + mostBytes + "\n";
    }

    private HttpConfig() {}
}
