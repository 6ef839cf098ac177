// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery;

import java.util.Optional;
import org.guixp2p.protocol.swarm.HostAndPort;
import org.guixp2p.protocol.swarm.PeerAddress;
import org.guixp2p.protocol.swarm.PeerId;

/** Where a NAR may be had; nothing of it is proven. */
public sealed interface ProviderHint {
    /** A peer that this node is connected to. */
    record Connected(PeerId id) implements ProviderHint {
        @Override
        public Optional<PeerId> peer() {
            return Optional.of(id);
        }
    }

    /** A peer that can be dialled. */
    record Known(PeerAddress address) implements ProviderHint {
        @Override
        public Optional<PeerId> peer() {
            return Optional.of(address.id());
        }
    }

    /**
     * A peer on a network that this machine is on, at an address that is good on that network alone.
     *
     * @param address link-local, of IPv6
     * @param zone the network's number here (RFC 4007)
     */
    record Nearby(PeerAddress address, int zone) implements ProviderHint {
        @Override
        public Optional<PeerId> peer() {
            return Optional.of(address.id());
        }
    }

    /** Whoever answers there. */
    record Unnamed(HostAndPort address) implements ProviderHint {
        @Override
        public Optional<PeerId> peer() {
            return Optional.empty();
        }
    }

    /** Who it is said to be. */
    Optional<PeerId> peer();
}
