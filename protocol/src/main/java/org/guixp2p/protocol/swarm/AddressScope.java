// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.swarm;

import java.net.InetAddress;

/** Where an address means one machine. */
public enum AddressScope {
    /** Everywhere. */
    GLOBAL,
    /** In a network with addresses of 10.0.0.0/8 (RFC 1918). */
    PRIVATE_10,
    /** In a network with addresses of 172.16.0.0/12 (RFC 1918). */
    PRIVATE_172,
    /** In a network with addresses of 192.168.0.0/16 (RFC 1918). */
    PRIVATE_192,
    /** In a network with addresses of fc00::/7 (RFC 4193). */
    UNIQUE_LOCAL,
    /** On one machine or link, among the customers of one provider, or nowhere. */
    NARROW;

    private static final int IPV4_BYTES = 4;

    /** That of an address. */
    public static AddressScope of(InetAddress address) {
        byte[] bytes = address.getAddress();
        int first = bytes[0] & 0xff;
        return bytes.length == IPV4_BYTES ? of(first, bytes[1] & 0xff) : ofIpv6(first);
    }

    private static AddressScope of(int first, int second) {
        return switch (first) {
            // "This network", this machine.
            case 0, 127 -> NARROW;
            case 10 -> PRIVATE_10;
            // Shared by customers of a provider (RFC 6598).
            case 100 -> (second & 0xc0) == 0x40 ? NARROW : GLOBAL;
            // Link-local.
            case 169 -> second == 254 ? NARROW : GLOBAL;
            case 172 -> (second & 0xf0) == 16 ? PRIVATE_172 : GLOBAL;
            case 192 -> second == 168 ? PRIVATE_192 : GLOBAL;
            // From 224 on: multicast, reserved and broadcast.
            default -> first < 224 ? GLOBAL : NARROW;
        };
    }

    /** All that is given out so far begins with three bits 001 (RFC 4291, section 2.4). */
    private static AddressScope ofIpv6(int first) {
        if ((first & 0xe0) == 0x20) {
            return GLOBAL;
        }
        return (first & 0xfe) == 0xfc ? UNIQUE_LOCAL : NARROW;
    }

    /** Whether an address of this scope is of use to a machine that has one of another scope. */
    public boolean reaches(AddressScope other) {
        return this == GLOBAL || (this != NARROW && this == other);
    }
}
