// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import java.util.List;
import org.guixp2p.node.config.SubstitutePolicy;

/** Which kind of source has its turn in one download, in the order of the policy, and why others came to nothing. */
final class Turns {
    private final SubstitutePolicy policy;
    private boolean apart;
    private String peersOver = "";
    private String serversOver = "";

    Turns(SubstitutePolicy policy) {
        this.policy = policy;
    }

    boolean beginWithServers() {
        return policy == SubstitutePolicy.HTTP_FIRST;
    }

    /** Whether servers would take over from peers. */
    boolean serversStandBy() {
        return policy == SubstitutePolicy.P2P_FIRST && serversOver.isEmpty();
    }

    /**
     * Peers have come to nothing. Those that are only slower have another turn when servers have failed.
     *
     * @return whether servers have their turn now
     */
    boolean peersOver(PeersOver why, String reason) {
        peersOver = why == PeersOver.SLOWER ? "" : reason;
        return policy != SubstitutePolicy.P2P_ONLY && serversOver.isEmpty();
    }

    /**
     * Servers have come to nothing.
     *
     * @return whether peers have their turn now
     */
    boolean serversOver(String reason) {
        serversOver = reason;
        return peersOver.isEmpty();
    }

    /** Peers and servers together came to nothing, so each kind is tried by itself. */
    void beginApart() {
        apart = true;
        peersOver = "";
        serversOver = "";
    }

    /** Whether the next kind begins at the first byte. */
    boolean apart() {
        return apart;
    }

    /** Why there is no source left. */
    String reasons() {
        return List.of(peersOver, serversOver).stream().filter(reason -> !reason.isEmpty())
                .reduce((a, b) -> a + "; " + b).orElse("no source");
    }
}
