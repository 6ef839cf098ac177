// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.swarm;

/** What came of a dial that was asked for. */
public enum DialOutcome {
    /** The peer that was dialled has answered: TLS has shown its id. */
    REACHED("reached"),
    /** It has not. */
    UNREACHED("unreached"),
    /** Nobody was dialled; another time somebody may be. */
    BUSY("busy");

    private final String token;

    DialOutcome(String token) {
        this.token = token;
    }

    /** The word on the wire. */
    public String token() {
        return token;
    }

    /** Words that this version does not know say nothing, as {@link #BUSY}. */
    static DialOutcome ofToken(String token) {
        for (DialOutcome outcome : values()) {
            if (outcome.token.equals(token)) {
                return outcome;
            }
        }
        return BUSY;
    }
}
