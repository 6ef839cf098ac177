// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.swarm;

/** Why a session ends. */
public enum GoodbyeReason {
    /** The node stops. */
    SHUTDOWN("shutdown"),
    /** Another connection between the two stays. */
    DUPLICATE("duplicate"),
    /** The table of peers is full. */
    FULL("full"),
    /** The other side sent what no peer sends. */
    MALFORMED("malformed"),
    /** The other side was silent for too long. */
    TIMEOUT("timeout"),
    /** The node does not talk to that address. */
    NOT_ALLOWED("not-allowed"),
    /** No version that both speak. */
    VERSION("version"),
    /** Something failed here. */
    FAILED("failed"),
    /** A reason that this version has no name for. */
    OTHER("other");

    private final String token;

    GoodbyeReason(String token) {
        this.token = token;
    }

    /** The word on the wire. */
    public String token() {
        return token;
    }

    static GoodbyeReason ofToken(String token) {
        for (GoodbyeReason reason : values()) {
            if (reason.token.equals(token)) {
                return reason;
            }
        }
        return OTHER;
    }
}
