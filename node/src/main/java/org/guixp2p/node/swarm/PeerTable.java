// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import org.apache.pekko.actor.typed.ActorRef;
import org.guixp2p.api.PeerStatus;
import org.guixp2p.persistence.reputation.Reputation;
import org.guixp2p.protocol.swarm.HostAndPort;
import org.guixp2p.protocol.swarm.PeerId;
import org.jspecify.annotations.Nullable;

/** Who is connected, each once, and who comes next when one of them has gone. Part of the {@link Swarm} actor, on its thread. */
final class PeerTable {
    private static final double NANOS_A_MILLISECOND = 1e6;

    /**
     * One of them.
     *
     * @param sinceNanos when it came, on the ticker
     */
    record Peer(PeerConnection connection, ActorRef<PeerSession.Command> session, long sinceNanos) {
        Swarm.PeerUp up() {
            return new Swarm.PeerUp(connection.peer(), Reach.group(connection.address()), connection.hello().slots(),
                    session);
        }

        private PeerStatus status(Reputation reputation) {
            InetSocketAddress remote = connection.remote();
            return new PeerStatus(connection.peer().toString(),
                    HostAndPort.of(remote.getAddress(), remote.getPort()).toString(), connection.hello().agent(),
                    connection.inbound(), reputation.known(connection.peer()).score(), connection.blockBytes(),
                    connection.sentBlockBytes(), roundTripMillis());
        }

        private @Nullable Double roundTripMillis() {
            OptionalLong nanos = connection.roundTrip().nanos();
            return nanos.isPresent() ? nanos.getAsLong() / NANOS_A_MILLISECOND : null;
        }
    }

    private final PeerId self;
    private final Map<PeerId, Peer> peers = new TreeMap<>();
    /** Of those who are leaving, who has the place next; it may be the same peer. */
    private final Map<PeerId, PeerConnection> next = new HashMap<>();

    /** @param self who keeps it */
    PeerTable(PeerId self) {
        this.self = self;
    }

    @Nullable
    Peer get(PeerId id) {
        return peers.get(id);
    }

    /** Whether it is there, or comes next. */
    boolean contains(PeerId id) {
        return connection(id) != null;
    }

    /** The last of a peer: the one that comes next, or else the one that is there. */
    @Nullable
    PeerConnection connection(PeerId id) {
        Peer there = peers.get(id);
        return next.values().stream().filter(connection -> connection.peer().equals(id)).findFirst()
                .orElse(there == null ? null : there.connection());
    }

    void add(Peer peer) {
        peers.put(peer.connection().peer(), peer);
    }

    /** One is leaving, and has its place till then. */
    void replace(PeerId leaving, PeerConnection connection) {
        next.put(leaving, connection);
    }

    /** Whether it has its place only for the moment. */
    boolean isLeaving(PeerId id) {
        return next.containsKey(id);
    }

    /** Has another connection come next; false when the earlier one does not. */
    boolean exchange(PeerConnection earlier, PeerConnection later) {
        Optional<PeerId> leaving = next.keySet().stream().filter(id -> earlier.equals(next.get(id))).findFirst();
        leaving.ifPresent(id -> next.put(id, later));
        return leaving.isPresent();
    }

    /** One has gone; who has its place next. */
    Optional<PeerConnection> remove(PeerId id) {
        peers.remove(id);
        return Optional.ofNullable(next.remove(id));
    }

    int size() {
        return peers.size();
    }

    Set<PeerId> ids() {
        return Collections.unmodifiableSet(peers.keySet());
    }

    Collection<Peer> all() {
        return Collections.unmodifiableCollection(peers.values());
    }

    /**
     * All of them, in the order in which to ask: some before all others. Of each kind, whoever gave much has most likely what is wanted
     * next, since of a closure often one peer has all. Of the others the best.
     */
    List<Peer> mostGivenFirst(Set<PeerId> first, Reputation reputation) {
        record Giver(Peer peer, long bytes) {}
        List<Giver> givers = new ArrayList<>();
        for (PeerId id : reputation.rank(peers.keySet())) {
            Peer peer = Objects.requireNonNull(peers.get(id));
            givers.add(new Giver(peer, peer.connection().blockBytes()));
        }
        givers.sort(Comparator.comparing((Giver giver) -> !first.contains(giver.peer().connection().peer()))
                .thenComparing(Comparator.comparingLong(Giver::bytes).reversed()));
        return givers.stream().map(Giver::peer).toList();
    }

    /**
     * When two peers dial each other at once, both keep the connection that the one with the lower id dialled. A second one
     * from the same side means that the first is dead there.
     */
    boolean replaces(PeerConnection later, PeerConnection earlier) {
        if (later.inbound() == earlier.inbound()) {
            return true;
        }
        boolean peerDialsLower = later.peer().compareTo(self) < 0;
        return later.inbound() == peerDialsLower;
    }

    /**
     * Whether enough are at the other end's machine, whoever has dialled. Whom the user named may all be behind one address.
     *
     * @param most of one address
     */
    boolean isCrowded(PeerConnection connection, NamedPeers named, int most) {
        if (named.contains(connection.peer()) || connection.address().equals(connection.tcp().getLocalAddress())) {
            return false;
        }
        String source = Reach.source(connection.address());
        return peers.values().stream().map(Peer::connection)
                .map(there -> next.getOrDefault(there.peer(), there))
                .filter(other -> !named.contains(other.peer()) && Reach.source(other.address()).equals(source))
                .count() >= most;
    }

    /** All of them, by peer id. */
    List<PeerStatus> describe(Reputation reputation) {
        return peers.values().stream().map(peer -> peer.status(reputation)).toList();
    }
}
