// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.swarm;

import java.net.InetAddress;

/**
 * Addresses that belong together, by what they begin with: where strangers are counted, these are counted and not addresses.
 *
 * @param prefix the first {@code length} bits
 * @param length in bits: 24 and 32 are of IPv4, 48 and 64 of IPv6
 */
public record AddressGroup(long prefix, int length) {
    private static final int IPV4_BYTES = 4;

    /**
     * What one machine can take addresses from at will: its address, or in IPv6 its /64. Bounds that are to keep one machine
     * from taking everything count these.
     */
    public static AddressGroup machine(InetAddress address) {
        byte[] bytes = address.getAddress();
        return bytes.length == IPV4_BYTES ? of(bytes, 4) : of(bytes, 8);
    }

    /**
     * What stands for the network of an address: its /24, or its /48 in IPv6. Addresses there are many of are cheap; networks
     * less so.
     */
    public static AddressGroup network(InetAddress address) {
        byte[] bytes = address.getAddress();
        return bytes.length == IPV4_BYTES ? of(bytes, 3) : of(bytes, 6);
    }

    private static AddressGroup of(byte[] address, int length) {
        long prefix = 0;
        for (int i = 0; i < length; i++) {
            prefix = prefix << Byte.SIZE | (address[i] & 0xff);
        }
        return new AddressGroup(prefix, length * Byte.SIZE);
    }

    /**
     * Whether an address is of this machine or its own network: loopback, private (RFC 1918), link-local, and unique local IPv6
     * (RFC 4193).
     */
    public static boolean isLocal(InetAddress address) {
        byte[] bytes = address.getAddress();
        return address.isLoopbackAddress() || address.isLinkLocalAddress() || address.isSiteLocalAddress()
                || (bytes.length != IPV4_BYTES && (bytes[0] & 0xfe) == 0xfc);
    }

    /** Hexadecimal digits, and the length. */
    @Override
    public String toString() {
        return Long.toHexString(prefix) + "/" + length;
    }
}
