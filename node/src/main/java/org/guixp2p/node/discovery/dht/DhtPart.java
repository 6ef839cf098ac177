// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.dht;

import java.net.InetSocketAddress;
import java.util.List;
import org.guixp2p.protocol.dht.AddressFamily;
import org.guixp2p.protocol.swarm.HostAndPort;

/**
 * What the DHT of one family works with.
 *
 * @param socket shared with the other family where it is bound to {@code ::}
 * @param routers by whom to join; those of the other family too
 * @param remembered by whom to join as well, of this family
 * @param port where this node's peers connect: what it announces, unless a router has another one for it
 * @param memory for what others have it remember, in bytes of the heap
 * @param announceRate messages a second that announcing may cost
 * @param file where its state is kept
 */
record DhtPart(AddressFamily family, IdRule rule, DhtSocket socket, Backlog backlog, List<HostAndPort> routers,
        List<InetSocketAddress> remembered, int port, long memory, int announceRate,
        StateFile file) {
    DhtPart {
        routers = List.copyOf(routers);
        remembered = List.copyOf(remembered);
    }
}
