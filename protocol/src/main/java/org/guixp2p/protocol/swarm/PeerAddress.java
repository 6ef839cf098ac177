// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.swarm;

import org.guixp2p.protocol.FormatException;

/**
 * Where a peer is said to be reachable: {@code guixp2p://PEER-ID@HOST:PORT}.
 *
 * @param id the peer that must answer there
 * @param endpoint its host and port, the port not 0
 */
public record PeerAddress(PeerId id, HostAndPort endpoint) {
    private static final String SCHEME = "guixp2p://";

    public PeerAddress {
        if (endpoint.port() == 0) {
            throw new IllegalArgumentException("a peer's port is not 0");
        }
    }

    /**
     * Reads {@code guixp2p://PEER-ID@HOST:PORT}.
     *
     * @throws FormatException when it is anything else
     */
    public static PeerAddress parse(String text) throws FormatException {
        int at = text.indexOf('@');
        if (!text.startsWith(SCHEME) || at < SCHEME.length()) {
            throw new FormatException("guixp2p://PEER-ID@HOST:PORT expected, found " + FormatException.quote(text));
        }
        PeerId id = PeerId.parse(text.substring(SCHEME.length(), at));
        HostAndPort endpoint = HostAndPort.parse(text.substring(at + 1));
        if (endpoint.port() == 0) {
            throw new FormatException("a peer's port is not 0: " + FormatException.quote(text));
        }
        return new PeerAddress(id, endpoint);
    }

    /** The URI form. */
    @Override
    public String toString() {
        return SCHEME + id + "@" + endpoint;
    }
}
