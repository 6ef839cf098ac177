// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.swarm;

/** What a peer has of a NAR that it offers. */
public sealed interface Holding {
    /** All of it, hashed against its NarHash: the peer vouches for the manifest's root. */
    record Complete() implements Holding {}

    /**
     * The blocks that have come so far; it vouches for nothing. Those outside the window follow in {@link SwarmMessage.Have}.
     */
    record Relay(BlockBits blocks) implements Holding {}
}
