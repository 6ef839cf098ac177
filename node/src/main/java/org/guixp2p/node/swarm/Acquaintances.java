// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import java.net.InetSocketAddress;
import org.guixp2p.persistence.addresses.AddressBook;
import org.guixp2p.protocol.swarm.PeerId;

/** What all sessions of a node learn of where peers are, and where it is itself. For use on any thread. */
public final class Acquaintances {
    private final AddressBook book;

    /** @param book is told where peers answer and where not */
    public Acquaintances(AddressBook book) {
        this.book = book;
    }

    /** A dial was answered by a peer: TLS has shown who it is. */
    void answered(PeerId peer, InetSocketAddress address) {
        book.worked(peer, address);
    }

    /** A dial was in vain, or answered by this node itself, or by somebody who is connected already. */
    void failed(Swarm.NobodyMet nobody) {
        switch (nobody.reason()) {
            case Handshake.AlreadyThereException there -> book.worked(there.peer, nobody.address());
            case Handshake.OwnAddressException _ -> book.own(nobody.address());
            default -> book.failed(nobody.address());
        }
    }

    /** What one session learns of it. */
    Acquaintance with(PeerConnection connection) {
        return new Acquaintance(connection, book);
    }
}
