// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.persistence.reputation;

import org.guixp2p.protocol.swarm.PeerId;

/** What no honest peer does. Slowness and failures are none of it: they cost a peer its rank and never its place. */
public enum Offence {
    /** A block that does not match the manifest which the peer itself stands for. */
    CORRUPT_BLOCK,
    /** A NAR that has another hash than the peer vouched for. */
    VOUCHED_WRONGLY,
    /** A message that breaks the protocol. */
    MALFORMED;

    PeerEvent by(PeerId peer, long at) {
        return switch (this) {
            case CORRUPT_BLOCK -> new PeerEvent.CorruptBlock(peer, at, 1);
            case VOUCHED_WRONGLY -> new PeerEvent.VouchedWrongly(peer, at);
            case MALFORMED -> new PeerEvent.Malformed(peer, at);
        };
    }
}
