// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Optional;
import org.guixp2p.protocol.swarm.PeerId;

/** Is told who comes and goes: on any thread, which it does not block. Reasons are words for people. */
public interface PeerWatcher {
    /** Nobody wants to know. */
    PeerWatcher NONE = new PeerWatcher() {};

    /**
     * Somebody is dialled.
     *
     * @param peer who it is to be; nobody when anybody will do
     */
    default void dialled(Optional<PeerId> peer, InetSocketAddress address) {}

    /** Nobody new was reached there. */
    default void dialFailed(Optional<PeerId> peer, InetSocketAddress address, String reason) {}

    /** A peer has a session. */
    default void connected(PeerId peer, InetSocketAddress address, String agent, boolean inbound, boolean light) {}

    /** A peer was turned away. */
    default void refused(PeerId peer, InetSocketAddress address, String reason) {}

    /** A peer's session is over. */
    default void lost(PeerId peer, InetSocketAddress address, String reason) {}

    /** A peer was caught out, and is refused for so long. */
    default void banned(PeerId peer, Duration time, String reason) {}
}
