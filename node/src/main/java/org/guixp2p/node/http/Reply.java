// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.http;

import java.util.OptionalLong;
import org.apache.pekko.util.ByteString;

/** What comes of one small request. */
public sealed interface Reply {
    /**
     * The server's answer, redirections followed.
     *
     * @param status whatever the server said, 200 or not
     * @param body all of it, within the client's limit
     * @param maxAge seconds, from {@code Cache-Control}
     */
    record Answer(int status, ByteString body, OptionalLong maxAge) implements Reply {}

    /** There is none. */
    record Failed(HttpFault fault) implements Reply {}
}
