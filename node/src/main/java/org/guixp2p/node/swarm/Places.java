// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;
import org.guixp2p.node.config.NodeConfig;
import org.guixp2p.node.memory.MemoryShares;
import org.guixp2p.persistence.reputation.Reputation;
import org.guixp2p.protocol.swarm.PeerAddress;
import org.guixp2p.protocol.swarm.PeerId;

/** Who has to go when all places are taken: whoever did worst goes for whoever did well. */
final class Places {
    /** A difference that chance does not make; else two peers could drive each other out again and again. */
    private static final double BETTER = 0.1;

    private Places() {}

    private static int inMemory(MemoryShares memory) {
        return PeerConnection.most(memory.of(MemoryShares.Holder.CONNECTIONS));
    }

    /** As many as the user wants, or as there is memory for. */
    static int most(NodeConfig config, MemoryShares memory) {
        return Math.min(config.network().maxPeers(), inMemory(memory));
    }

    /** How many peers there may be at all: the user may have named more than are let in otherwise. */
    static int mostWithNamed(NodeConfig config, MemoryShares memory) {
        long named = config.network().bootstrap().stream().map(PeerAddress::id).distinct().count();
        return Math.clamp(named, most(config, memory), inMemory(memory));
    }

    /** Who did worst; empty when there is nobody. */
    static Optional<PeerId> worst(Collection<PeerId> peers, Reputation reputation) {
        return peers.stream().min(Comparator.comparingDouble((PeerId id) -> reputation.known(id).score())
                .thenComparing(Comparator.naturalOrder()));
    }

    /** Whether one did so much better that the other's place is to be its. Strangers are not better than strangers. */
    static boolean isBetter(PeerId newcomer, PeerId other, Reputation reputation) {
        return reputation.known(newcomer).score() > reputation.known(other).score() + BETTER;
    }
}
