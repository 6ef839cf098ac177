// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.dht;

import java.net.InetSocketAddress;
import org.guixp2p.protocol.dht.Octets;

/** Where a node's datagrams go. */
public interface Datagrams {
    /** Sends a datagram, or loses it: nobody is told, as with UDP itself. Nothing is received before it returns. */
    void send(InetSocketAddress to, byte[] datagram);

    /** Sends a question; the answer will name its transaction. */
    default void ask(InetSocketAddress to, Octets transaction, byte[] datagram) {
        send(to, datagram);
    }
}
