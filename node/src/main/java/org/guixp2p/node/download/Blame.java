// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

/** Who is to blame when the bytes of an attempt were wrong, and who may be asked again. Part of the {@link Download} actor. */
final class Blame {
    private final Turns turns;
    private final WrongRoots wrongRoots;
    private final ServerSide servers;

    Blame(Turns turns, WrongRoots wrongRoots, ServerSide servers) {
        this.turns = turns;
        this.wrongRoots = wrongRoots;
        this.servers = servers;
    }

    /**
     * The bytes of an attempt were wrong.
     *
     * @param contradiction whether the server at work gave something else than what was there
     * @param serversTurn whether servers have their turn
     */
    void wrong(Attempt wrong, boolean contradiction, boolean serversTurn) {
        if (wrong.fromPeers() && (contradiction || wrong.fromServers())) {
            // Nobody can be blamed for what both gave: each kind gets its turn alone, that which is at work first.
            turns.beginApart();
            servers.again();
        } else if (wrong.fromPeers()) {
            wrongRoots.blame(wrong);
            if (serversTurn) {
                // It has just begun, behind peers whose bytes were still being verified.
                servers.again();
            }
        } else if (contradiction || !wrong.isFrom(servers.url())) {
            servers.again();
        } else {
            servers.lied();
        }
    }
}
