// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.dht;

import java.net.InetSocketAddress;

/**
 * A node of the DHT, as somebody names it.
 *
 * @param id what it is said to call itself
 * @param address where it is said to be reached by UDP: an address, no name
 */
public record Contact(DhtId id, InetSocketAddress address) {
    public Contact {
        Compact.requireResolved(address);
    }

    public AddressFamily family() {
        return AddressFamily.of(Compact.requireResolved(address));
    }
}
