// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.dht;

import java.net.InetSocketAddress;
import java.util.Set;

/** Who looks for peers in the network of one family. */
interface Asker extends Seeker {
    /**
     * The search begins; before anything else.
     *
     * @param nobody whether no node is known that could be asked
     * @param own where this node itself may be found
     */
    void begins(boolean nobody, Set<InetSocketAddress> own);
}
