// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.dht;

import java.util.Optional;

/** What can be asked of a node: {@code ping} to {@code announce_peer} by BEP 5, {@code get} and {@code put} by BEP 44. */
public enum KrpcMethod {
    PING("ping"),
    FIND_NODE("find_node"),
    GET_PEERS("get_peers"),
    ANNOUNCE_PEER("announce_peer"),
    GET("get"),
    PUT("put");

    private final String token;

    KrpcMethod(String token) {
        this.token = token;
    }

    /** The word on the wire. */
    public String token() {
        return token;
    }

    static Optional<KrpcMethod> ofToken(Octets token) {
        for (KrpcMethod method : values()) {
            if (Octets.ascii(method.token).equals(token)) {
                return Optional.of(method);
            }
        }
        return Optional.empty();
    }
}
