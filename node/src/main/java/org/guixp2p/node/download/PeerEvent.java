// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import java.util.BitSet;
import java.util.List;
import org.apache.pekko.actor.typed.ActorRef;
import org.guixp2p.node.discovery.ProviderHint;
import org.guixp2p.node.swarm.PeerSession;
import org.guixp2p.node.swarm.Swarm;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.swarm.PeerId;

/** What a {@link Download} is told of its peers: {@link PeerSide} makes of it what is to be done next. */
sealed interface PeerEvent extends Download.Command {
    /** Who is connected. */
    record OfSwarm(Swarm.Event event) implements PeerEvent {}

    /** What comes of looking for those who are not connected. */
    sealed interface OfDiscovery extends PeerEvent {}

    /** Some may have it, or so it is said. */
    record ProvidersFound(int lookup, List<ProviderHint> hints) implements OfDiscovery {
        public ProvidersFound {
            hints = List.copyOf(hints);
        }
    }

    record LookupEnded(int lookup) implements OfDiscovery {}

    /** Who was said to have it is connected, or cannot be. */
    record Met(Swarm.Met met) implements OfDiscovery {}

    record QueryAnswered(PeerId peer, ActorRef<PeerSession.Command> session,
            PeerSession.QueryReply reply) implements PeerEvent {}

    record BytesReceived(PeerId peer, ActorRef<PeerSession.Command> session, long total) implements PeerEvent {}

    /** The page that a peer was asked for along with whether it has the NAR. */
    record FirstPage(PeerId peer, ActorRef<PeerSession.Command> session,
            PeerSession.ManifestReply reply) implements PeerEvent {}

    record ManifestPart(int attempt, PeerId peer, Sha256 root,
            PeerSession.ManifestReply reply) implements PeerEvent {}

    /** Blocks up to {@code to}, exclusive, that the manifest has and the disk too. */
    record BlocksFound(int attempt, int to, BitSet blocks) implements PeerEvent {}

    /** Something that peers owe may be late by now. */
    record Wake() implements PeerEvent {}

    /** A block came that is of no use: it was asked for ahead, or of whom nothing is wanted any more. */
    record BlockDiscarded(int bytes) implements PeerEvent {}

    /** A block came in spite of its cancel, which was sent because another peer has given it, or is to give it. */
    record BlockCrossed(int attempt, int block, int bytes) implements PeerEvent {}

    /** What a peer says that it has so far. */
    record Told(PeerSession.Told news) implements PeerEvent {}

    /**
     * A block that was asked for came to an outcome.
     *
     * @param lane which of the lanes that the peer has had
     */
    record LaneResult(int attempt, PeerId peer, int lane, PeerLane.Result result) implements PeerEvent {}
}
