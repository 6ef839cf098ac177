// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import java.net.InetSocketAddress;
import java.util.function.Consumer;
import org.guixp2p.node.config.Share;
import org.guixp2p.persistence.addresses.AddressBook;
import org.guixp2p.protocol.swarm.PeerId;

/** What all sessions of a node learn of where peers are, and where it is itself. For use on any thread. */
final class Acquaintances {
    private final Share share;
    private final AddressBook book;
    private final AddressChecks checks;
    private volatile Consumer<Swarm.Command> swarm = command -> {};

    /**
     * @param book is told where peers answer and where not
     * @param checks looks whether they do
     */
    Acquaintances(Share share, AddressBook book, AddressChecks checks) {
        this.share = share;
        this.book = book;
        this.checks = checks;
    }

    /** @param actor meets those who are told of */
    void begin(Consumer<Swarm.Command> actor) {
        swarm = actor;
    }

    Share share() {
        return share;
    }

    AddressBook book() {
        return book;
    }

    AddressChecks checks() {
        return checks;
    }

    /** Somebody may be there. */
    void meet(Swarm.Neighbour told) {
        swarm.accept(told);
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
        return new Acquaintance(connection, this);
    }
}
