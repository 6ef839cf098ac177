// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;
import org.guixp2p.persistence.reputation.Reputation;
import org.guixp2p.protocol.swarm.PeerId;

/** Who has to go when all places are taken: whoever did worst goes for whoever did well. */
final class Places {
    /** A difference that chance does not make; else two peers could drive each other out again and again. */
    private static final double BETTER = 0.1;

    private Places() {}

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
