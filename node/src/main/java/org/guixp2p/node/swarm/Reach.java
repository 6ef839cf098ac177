// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import java.net.InetAddress;
import org.guixp2p.node.config.Share;
import org.guixp2p.protocol.swarm.AddressGroup;
import org.guixp2p.protocol.swarm.AddressScope;

/** Which addresses may be talked to, and which of them belong together. */
final class Reach {
    private Reach() {}

    /** Whether {@code share} lets this node talk to {@code address}. */
    static boolean allows(Share share, InetAddress address) {
        return switch (share) {
            case OFF -> false;
            case LAN -> isLocal(address);
            case WORLD -> !address.isAnyLocalAddress() && !address.isMulticastAddress();
        };
    }

    /** This machine or its own network. */
    static boolean isLocal(InetAddress address) {
        return AddressGroup.isLocal(address);
    }

    /** Whether a peer is out in the world, as seen from this machine's network. */
    static boolean isElsewhere(InetAddress peer, InetAddress own) {
        return AddressScope.of(peer) == AddressScope.GLOBAL
                && !AddressGroup.network(peer).equals(AddressGroup.network(own));
    }

    /** The machine of an address, as bounds on strangers count it. */
    static String source(InetAddress address) {
        return AddressGroup.machine(address).toString();
    }

    /** The network of an address, as votes are counted by it. */
    static String group(InetAddress address) {
        return AddressGroup.network(address).toString();
    }
}
