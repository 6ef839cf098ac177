// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import java.net.InetAddress;
import java.util.List;
import java.util.OptionalInt;
import org.guixp2p.node.config.NodeConfig;
import org.guixp2p.protocol.dht.AddressFamily;
import org.guixp2p.protocol.swarm.HostAndPort;

/** On which port peers elsewhere have to dial this node. For use on any thread. */
final class OwnPort {
    private final List<HostAndPort> external;
    private final int listening;
    private volatile OptionalInt mapped = OptionalInt.empty();
    /** Before the router was asked, peers would say that they do not get through, and say so again for a while. */
    private volatile boolean awaited;

    /**
     * @param external where the user says that it is reached
     * @param listening where it accepts peers; 0 when nowhere
     * @param awaited whether {@link #mapped} is going to be told
     */
    OwnPort(List<HostAndPort> external, int listening, boolean awaited) {
        this.external = List.copyOf(external);
        this.listening = listening;
        this.awaited = awaited;
    }

    /** The port; 0 when there is none, or it is not known yet. */
    int of(AddressFamily family) {
        if (family == AddressFamily.IPV4 && awaited) {
            return 0;
        }
        OptionalInt told = family == AddressFamily.IPV4 && mapped.isPresent()
                ? mapped
                : NodeConfig.Network.externalPort(external, family);
        return told.orElse(listening);
    }

    /**
     * The port at which whoever is connected has to dial this node where it sees it: at the address of a router, if it is elsewhere.
     *
     * @param peer where it is
     * @param own this machine's end of the connection
     */
    int seenBy(InetAddress peer, InetAddress own) {
        int told = Reach.isElsewhere(peer, own) ? of(AddressFamily.of(peer)) : 0;
        return told == 0 ? listening : told;
    }

    /**
     * What a router lets in.
     *
     * @param port nothing when it lets nobody in
     * @return whether that is another one than before
     */
    boolean mapped(OptionalInt port) {
        boolean changed = !mapped.equals(port);
        mapped = port;
        awaited = false;
        return changed;
    }
}
