// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.http;

import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import javax.net.ssl.SSLContext;

/**
 * How servers are spoken to.
 *
 * @param requestTimeout until a connection stands, and until an answer comes
 * @param stallTimeout a NAR that makes no headway for this long is given up
 * @param unusedTimeout a NAR that was opened and is not read by then is closed
 * @param userAgent what the node calls itself to servers
 * @param tls whom to trust over HTTPS
 * @param lookupConnections most connections to one server for narinfos
 * @param pipelined most narinfo requests under way on one connection
 * @param narConnections most NARs under way from one server
 * @param strangers servers with which it is on its guard
 */
public record HttpSettings(Duration requestTimeout, Duration stallTimeout, Duration unusedTimeout, String userAgent,
        SSLContext tls, int lookupConnections, int pipelined, int narConnections, Strangers strangers) {
    private static final Duration UNUSED = Duration.ofSeconds(10);
    private static final int LOOKUP_CONNECTIONS = 4;
    private static final int PIPELINED = 64;
    private static final int NAR_CONNECTIONS = 8;

    public HttpSettings {
        if (requestTimeout.isNegative() || requestTimeout.isZero() || stallTimeout.isNegative()
                || stallTimeout.isZero() || lookupConnections < 1 || pipelined < 1 || narConnections < 1) {
            throw new IllegalArgumentException("times and counts above zero expected");
        }
        if (userAgent.isEmpty() || !userAgent.chars().allMatch(c -> c >= ' ' && c < 0x7f)) {
            throw new IllegalArgumentException("a user agent in printable ASCII expected");
        }
    }

    /** With servers alone that somebody named. */
    public HttpSettings(Duration requestTimeout, Duration stallTimeout, Duration unusedTimeout, String userAgent,
            SSLContext tls, int lookupConnections, int pipelined, int narConnections) {
        this(requestTimeout, stallTimeout, unusedTimeout, userAgent, tls, lookupConnections, pipelined, narConnections,
                Strangers.NONE);
    }

    /** The node's usual ways, with the platform's trusted certificates. */
    public static HttpSettings of(Duration requestTimeout, Duration stallTimeout, String userAgent) {
        try {
            return new HttpSettings(requestTimeout, stallTimeout, UNUSED, userAgent, SSLContext.getDefault(),
                    LOOKUP_CONNECTIONS, PIPELINED, NAR_CONNECTIONS);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("the platform's trusted certificates cannot be loaded", e);
        }
    }

    /** The same with other trusted certificates. */
    public HttpSettings trusting(SSLContext other) {
        return new HttpSettings(requestTimeout, stallTimeout, unusedTimeout, userAgent, other, lookupConnections,
                pipelined, narConnections, strangers);
    }

    /** The same with another time for NARs that nobody reads. */
    public HttpSettings closingUnusedAfter(Duration other) {
        return new HttpSettings(requestTimeout, stallTimeout, other, userAgent, tls, lookupConnections, pipelined,
                narConnections, strangers);
    }

    /** The same on its guard with {@code others}. */
    public HttpSettings wary(Strangers others) {
        return new HttpSettings(requestTimeout, stallTimeout, unusedTimeout, userAgent, tls, lookupConnections,
                pipelined, narConnections, others);
    }
}
