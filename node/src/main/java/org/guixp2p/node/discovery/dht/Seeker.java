// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.dht;

import java.net.InetSocketAddress;

/** Is told of the peers under a key as they become known. */
public interface Seeker {
    /** Somebody says that there is a peer at an address: each once. */
    void found(InetSocketAddress peer);

    /** There is nobody left to ask; once, and nothing comes after it. */
    void over();
}
