// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import org.guixp2p.protocol.dht.Octets;
import org.guixp2p.protocol.swarm.PeerId;
import org.guixp2p.protocol.swarm.SwarmMessage;

/**
 * Who is at the other end of a connection.
 *
 * @param publicKey its raw key, of which the peer id is the hash
 * @param inbound whether the other side dialled
 * @param light whether nothing but inventories is exchanged
 */
record Greeted(Octets publicKey, SwarmMessage.Hello hello, boolean inbound, boolean light) {
    PeerId peer() {
        return PeerId.ofPublicKey(publicKey.bytes());
    }
}
