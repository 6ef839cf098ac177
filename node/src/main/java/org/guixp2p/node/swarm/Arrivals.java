// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import java.util.HashSet;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.guixp2p.persistence.reputation.Reputation;
import org.guixp2p.protocol.swarm.GoodbyeReason;
import org.guixp2p.protocol.swarm.PeerId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who stays of those that have connected: one connection of each peer, and no more peers than there are places. Part of the
 * {@link Swarm} actor, on its thread.
 */
final class Arrivals {
    private static final Logger LOG = LoggerFactory.getLogger(Swarm.class);

    private final Endpoint endpoint;
    private final PeerTable peers;
    private final LightPeers light;
    private final NamedPeers named;
    private final Places places;
    private final Meetings meetings;
    private final NamedDials dials;
    private final Reputation reputation;
    private final Consumer<PeerConnection> welcome;
    private final Consumer<Swarm.Command> tell;
    /** With whom there was a light session till a full one came. */
    private final Set<PeerId> wereLight = new HashSet<>();
    private boolean stopping;

    /**
     * @param welcome begins a session
     * @param tell tells the actor something, from any thread
     */
    Arrivals(Endpoint endpoint, PeerTable peers, LightPeers light, NamedPeers named, Places places, Meetings meetings,
            NamedDials dials, Reputation reputation, Consumer<PeerConnection> welcome,
            Consumer<Swarm.Command> tell) {
        this.endpoint = endpoint;
        this.peers = peers;
        this.light = light;
        this.named = named;
        this.places = places;
        this.meetings = meetings;
        this.dials = dials;
        this.reputation = reputation;
        this.welcome = welcome;
        this.tell = tell;
    }

    /** Nobody stays any more. */
    void stop() {
        stopping = true;
    }

    /** A connection stands and its peer is known. */
    void came(PeerConnection connection) {
        endpoint.claim(connection);
        if (!mayCome(connection)) {
            return;
        }
        if (connection.isLight() || light.table().contains(connection.peer())) {
            besideLight(connection);
        } else {
            fullCame(connection);
        }
    }

    /** It is for a light session, or for a full one instead of such, which begins when nothing of that is left. */
    private void besideLight(PeerConnection connection) {
        PeerId id = connection.peer();
        boolean hasPlace = !connection.isLight()
                && !peers.isCrowded(connection, named, endpoint.settings().sessionsPerAddress())
                && (places.areFree(id) || places.leavesFor(id, meetings.isWanted(connection)).isPresent());
        PeerConnection earlier = light.table().connection(id);
        Optional<LightPeers.Refusal> refusal = light.refusal(connection, hasPlace);
        if (refusal.isPresent()) {
            turnAway(connection, refusal.get().reason(), refusal.get().detail());
        } else if (earlier != null) {
            again(light.table(), connection, earlier);
        } else {
            welcome.accept(connection);
        }
    }

    private void fullCame(PeerConnection connection) {
        PeerConnection earlier = peers.connection(connection.peer());
        if (earlier != null && !peers.replaces(connection, earlier)) {
            turnAway(connection, GoodbyeReason.DUPLICATE, "another connection stays");
        } else if (earlier != null) {
            again(peers, connection, earlier);
        } else if (peers.isCrowded(connection, named, endpoint.settings().sessionsPerAddress())) {
            turnAway(connection, GoodbyeReason.FULL, "no room for another peer from this address");
        } else if (places.areFree(connection.peer())) {
            welcome.accept(connection);
        } else {
            makeRoom(connection);
        }
    }

    /** Turns away whoever may not come however much room there is. */
    private boolean mayCome(PeerConnection connection) {
        if (stopping) {
            turnAway(connection, GoodbyeReason.SHUTDOWN, "the node stops");
        } else if (reputation.refusedFor(connection.peer()).isPresent()) {
            turnAway(connection, GoodbyeReason.NOT_ALLOWED, "refused for a while");
        } else {
            return true;
        }
        return false;
    }

    /** Of two connections of the same peer the later stays. */
    private void again(PeerTable table, PeerConnection later, PeerConnection earlier) {
        PeerId id = later.peer();
        if (table.exchange(earlier, later)) {
            turnAway(earlier, GoodbyeReason.DUPLICATE, "another connection stays");
        } else if (table.isLeaving(id)) {
            turnAway(later, GoodbyeReason.FULL, "another peer has the place");
        } else {
            LOG.info("peer {} at {} has connected once more", id, later.remote());
            replace(table, id, later, GoodbyeReason.DUPLICATE, "another connection stays");
        }
    }

    /** Hangs up on a peer. The next one comes when nothing of that is left: till then, both would be one too many. */
    private void replace(PeerTable table, PeerId id, PeerConnection next, GoodbyeReason reason, String detail) {
        table.replace(id, next);
        Objects.requireNonNull(table.get(id)).session().tell(new PeerSession.Close(reason, detail));
    }

    private void turnAway(PeerConnection connection, GoodbyeReason reason, String detail) {
        LOG.info("peer {} at {} is turned away: {}", connection.peer(), connection.remote(), detail);
        endpoint.watcher().refused(connection.peer(), connection.remote(), detail);
        Handshake.turnAway(connection, reason, detail);
        tell.accept(new Swarm.TurnedAway(connection.peer(), detail));
        if (!peers.contains(connection.peer())) {
            wereLight.remove(connection.peer());
            dials.unused(connection.peer());
            dials.later(connection.peer());
        }
        meetings.came(connection);
    }

    /** Hangs up on a worse one; or, without one, on the newcomer. */
    private void makeRoom(PeerConnection newcomer) {
        places.leavesFor(newcomer.peer(), meetings.isWanted(newcomer)).ifPresentOrElse(worse -> {
            LOG.info("peer {} leaves its place to a better one", worse);
            replace(peers, worse, newcomer, GoodbyeReason.FULL, "another peer has the place");
        }, () -> turnAway(newcomer, GoodbyeReason.FULL, "no room for another peer"));
    }

    /** Whether a full session, which has ended, came instead of a light one; once. */
    boolean wasLight(PeerId peer) {
        return wereLight.remove(peer);
    }

    /** One that came instead of a light one did not last: whoever has dialled begins that one again, without a pause. */
    void lightAgain(PeerConnection connection) {
        if (!connection.inbound() && reputation.refusedFor(connection.peer()).isEmpty()) {
            meetings.forgive(connection.remote());
            // Till then the peer counts as connected.
            connection.whenClosed().thenRun(() -> tell.accept(new Swarm.Stranger(connection.remote())));
        }
    }

    /**
     * Nothing is left of the session that a connection waited for.
     *
     * @param ofLight whether it was a light one
     */
    void hasPlaceNow(PeerConnection next, boolean ofLight) {
        if (!mayCome(next)) {
            return;
        }
        if (ofLight && !next.isLight()) {
            fullCame(next);
            if (peers.contains(next.peer())) {
                wereLight.add(next.peer());
            } else {
                lightAgain(next);
            }
        } else {
            welcome.accept(next);
        }
    }
}
