// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.dht;

import java.net.InetAddress;

/** IPv4 or IPv6: each has a DHT of its own, with the same messages (BEP 32). */
public enum AddressFamily {
    IPV4("n4", "nodes", 4),
    IPV6("n6", "nodes6", 16);

    private final String wanted;
    private final String nodes;
    private final int addressBytes;

    AddressFamily(String wanted, String nodes, int addressBytes) {
        this.wanted = wanted;
        this.nodes = nodes;
        this.addressBytes = addressBytes;
    }

    /** That of an address. */
    public static AddressFamily of(InetAddress address) {
        return address.getAddress().length == IPV4.addressBytes ? IPV4 : IPV6;
    }

    /** What {@code want} holds when nodes of this family are asked for. */
    String wanted() {
        return wanted;
    }

    /** The key under which an answer has nodes of this family. */
    String nodes() {
        return nodes;
    }

    /** Length of an address without its port. */
    int addressBytes() {
        return addressBytes;
    }
}
