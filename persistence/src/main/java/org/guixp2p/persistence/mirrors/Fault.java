// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.persistence.mirrors;

/** What a server did wrong, as far as it says something of the server. */
public enum Fault {
    NONE("nothing"),
    /** No name, no connection, no handshake, or one that was closed before an answer. */
    CONNECT("no connection"),
    /** No answer in time, or no headway. */
    TIMEOUT("no answer in time"),
    /** An answer that says that it cannot answer now. */
    STATUS("answers with errors"),
    /** The connection broke in the middle of an answer. */
    BROKEN("breaks off midway"),
    /** Other bytes than those that the narinfo promises. */
    DAMAGED("gave wrong bytes");

    private final String words;

    Fault(String words) {
        this.words = words;
    }

    /** Whether the user's own network may be what failed, and not the server. */
    boolean mayBeOurNetwork() {
        return this == CONNECT || this == TIMEOUT || this == BROKEN;
    }

    /** For people. */
    public String words() {
        return words;
    }
}
