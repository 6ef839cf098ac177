// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.function.Consumer;
import java.util.function.ToIntFunction;
import org.guixp2p.node.config.Share;
import org.guixp2p.persistence.addresses.AddressBook;
import org.guixp2p.persistence.addresses.KeyBook;

/** What all sessions of a node learn of where peers are, and where it is itself. For use on any thread. */
final class Acquaintances {
    private final Share share;
    private final AddressBook book;
    private final KeyBook keys;
    private final AddressChecks checks;
    private final Reachability reachability;
    private final ToIntFunction<InetAddress> port;
    private volatile Consumer<Swarm.Command> swarm = command -> {};
    private volatile PeerWatcher watcher = PeerWatcher.NONE;

    /**
     * @param book is told where peers answer and where not
     * @param keys is told by which keys they are to be found elsewhere
     * @param checks looks whether they do
     * @param port where this node is to be dialled from such an address; 0 when nowhere
     */
    Acquaintances(Share share, AddressBook book, KeyBook keys, AddressChecks checks, Reachability reachability,
            ToIntFunction<InetAddress> port) {
        this.share = share;
        this.book = book;
        this.keys = keys;
        this.checks = checks;
        this.reachability = reachability;
        this.port = port;
    }

    /** Has {@code other} hear of who comes and goes. */
    void watch(PeerWatcher other) {
        watcher = other;
    }

    /** Who hears of that. */
    PeerWatcher watcher() {
        return watcher;
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

    Reachability reachability() {
        return reachability;
    }

    /** On which port this node is to be dialled from there; 0 when on none. */
    int portOf(InetAddress peer) {
        return port.applyAsInt(peer);
    }

    /** Whether a peer is out in the world, as seen from this machine's network, and the world is to reach this node. */
    boolean isElsewhere(PeerConnection connection) {
        return share == Share.WORLD && Reach.isElsewhere(connection.address(), connection.tcp().getLocalAddress());
    }

    /** Somebody may be there. */
    void meet(Swarm.Neighbour told) {
        swarm.accept(told);
    }

    /** A peer is connected: TLS has shown who it is. */
    void came(PeerConnection connection) {
        keys.shown(connection.publicKey(), connection.address(), !connection.inbound());
        if (!connection.inbound()) {
            book.worked(connection.peer(), connection.remote());
        }
    }

    /** Whoever has dialled this node answers there, too. It is he who had it look: as many may as somebody likes. */
    void proven(PeerConnection connection, InetSocketAddress address) {
        keys.shown(connection.publicKey(), address.getAddress(), !connection.inbound());
        book.worked(connection.peer(), address);
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
