// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.swarm;

/**
 * Why a peer gives no answer to a question for a page or a block. None says "private": that would tell a stranger what is
 * here.
 */
public enum RefusalReason {
    /** Too much to do; the same question may be asked again. */
    BUSY("busy"),
    /** There is no such NAR, root, page or block, or not for whoever asks. */
    NOT_HERE("not-here"),
    /** It was offered, and is gone. */
    WITHDRAWN("withdrawn"),
    /** Reading it failed. */
    FAILED("failed"),
    /** A reason that this version has no name for. */
    OTHER("other");

    private final String token;

    RefusalReason(String token) {
        this.token = token;
    }

    /** The word on the wire. */
    public String token() {
        return token;
    }

    static RefusalReason ofToken(String token) {
        for (RefusalReason reason : values()) {
            if (reason.token.equals(token)) {
                return reason;
            }
        }
        return OTHER;
    }
}
