// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import java.util.Comparator;
import java.util.Optional;
import java.util.function.Predicate;
import org.guixp2p.node.config.NodeConfig;
import org.guixp2p.node.memory.MemoryShares;
import org.guixp2p.persistence.reputation.Reputation;
import org.guixp2p.protocol.swarm.PeerAddress;
import org.guixp2p.protocol.swarm.PeerId;

/**
 * How many peers there may be, and who has to go when all places are taken: whoever did worst goes for whoever did well. Part of the
 * {@link Swarm} actor, on its thread.
 */
final class Places {
    /** A difference that chance does not make; else two peers could drive each other out again and again. */
    private static final double BETTER = 0.1;

    /** But for those that the user named. */
    private final int most;
    private final int mostWithNamed;
    private final PeerTable peers;
    private final NamedPeers named;
    private final Reputation reputation;
    private final SwarmSettings settings;

    Places(NodeConfig config, MemoryShares memory, PeerTable peers, NamedPeers named, Reputation reputation,
            SwarmSettings settings) {
        this.most = most(config, memory);
        this.mostWithNamed = mostWithNamed(config, memory);
        this.peers = peers;
        this.named = named;
        this.reputation = reputation;
        this.settings = settings;
    }

    private static int inMemory(MemoryShares memory) {
        return ConnectionMemory.most(memory.of(MemoryShares.Holder.CONNECTIONS));
    }

    /** As many as the user wants, or as there is memory for. */
    private static int most(NodeConfig config, MemoryShares memory) {
        return Math.min(config.network().maxPeers(), inMemory(memory));
    }

    /** How many peers there may be at all: the user may have named more than are let in otherwise. */
    static int mostWithNamed(NodeConfig config, MemoryShares memory) {
        long named = config.network().bootstrap().stream().map(PeerAddress::id).distinct().count();
        return Math.clamp(named, most(config, memory), inMemory(memory));
    }

    /** How many strangers may have a place though nobody wants anything of them: they take no more than half of all. */
    int free() {
        return Math.max(0, most / 2 - peers.size());
    }

    /** How many there may be whom nobody named. */
    int most() {
        return most;
    }

    /** Whether there is room for one more peer. */
    boolean areFree(PeerId newcomer) {
        return peers.size() < most
                || (named.contains(newcomer) && peers.size() < mostWithNamed && worst(peer -> true).isEmpty());
    }

    /** Likewise, of those whom only an address stands for; where there is but one place it may be one of them. */
    int freeForKnown() {
        return Math.max(0, (most + 1) / 2 - peers.size());
    }

    /** Whether there is room for one whom nobody waits for. */
    boolean areFree(Swarm.Neighbour near) {
        return near.source() == Swarm.Neighbour.Source.NEARBY ? areFree(near.peer()) : freeForKnown() > 0;
    }

    /**
     * Who has to go for another one, of those whom nobody named: the worst, if the user named the newcomer or he did better; else, if
     * he is said to have what is wanted, which anybody can be, the worst of those with whom no block was exchanged lately, unless that
     * one did better.
     */
    Optional<PeerId> leavesFor(PeerId newcomer, boolean wanted) {
        return worst(peer -> true).filter(worst -> named.contains(newcomer) || isBetter(newcomer, worst))
                .or(() -> worst(peer -> wanted && peer.sinceBlock() >= settings.idle().toNanos())
                        .filter(idle -> !isBetter(idle, newcomer)));
    }

    private Optional<PeerId> worst(Predicate<PeerConnection> which) {
        return peers.all().stream().map(PeerTable.Peer::connection).filter(which).map(PeerConnection::peer)
                .filter(id -> !named.contains(id) && !peers.isLeaving(id))
                .min(Comparator.comparingDouble((PeerId id) -> reputation.known(id).score())
                        .thenComparing(Comparator.naturalOrder()));
    }

    /** Strangers are not better than strangers. */
    private boolean isBetter(PeerId newcomer, PeerId other) {
        return reputation.known(newcomer).score() > reputation.known(other).score() + BETTER;
    }
}
