// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

/** What a download does next, after something came from its peers or a server. */
sealed interface Verdict {
    /** Nothing new, or more blocks. */
    record GoOn() implements Verdict {}

    /** Providers were found; blocks come next. */
    record Fetching() implements Verdict {}

    /** Peers cannot help (any more). */
    record Exhausted(PeersOver why, String reason) implements Verdict {}

    /** No server can help (any more). */
    record ServersExhausted(String reason) implements Verdict {}

    /** The server at work gives something else than what was there. */
    record Contradicted(String reason) implements Verdict {}

    /**
     * Peers bring it, but a server should have all of it here long before.
     *
     * @param bytesPerSecond what they bring
     */
    record Slower(String reason, double bytesPerSecond) implements Verdict {}

    /** Nobody gives what was followed any more, but others stand for another manifest: begin again with that. */
    record Abandoned(String reason) implements Verdict {}

    /** This machine's own fault, of which no other source helps. */
    record OwnFault(String reason) implements Verdict {}
}
