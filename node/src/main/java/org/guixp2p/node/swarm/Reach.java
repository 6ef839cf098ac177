// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import java.net.Inet4Address;
import java.net.InetAddress;
import org.guixp2p.node.config.Share;

/** Which addresses may be talked to, and which of them belong together. */
final class Reach {
    private Reach() {}

    /** Whether {@code share} lets this node talk to {@code address}. */
    static boolean allows(Share share, InetAddress address) {
        return switch (share) {
            case OFF -> false;
            case LAN -> isLocal(address);
            case WORLD -> !address.isAnyLocalAddress() && !address.isMulticastAddress();
        };
    }

    /** This machine or its own network: loopback, private (RFC 1918), link-local, and unique local IPv6 (RFC 4193). */
    static boolean isLocal(InetAddress address) {
        return address.isLoopbackAddress() || address.isLinkLocalAddress() || address.isSiteLocalAddress()
                || (address.getAddress().length == 16 && (address.getAddress()[0] & 0xfe) == 0xfc);
    }

    /**
     * What one machine can take addresses from at will: its address, or in IPv6 its /64. Bounds that are to keep one machine
     * from taking everything count these.
     */
    static String source(InetAddress address) {
        return address instanceof Inet4Address ? prefix(address, 4) : prefix(address, 8);
    }

    /**
     * What stands for the network of an address when votes are counted: its /24, or its /48 in IPv6. Addresses there are
     * many of are cheap; networks less so.
     */
    static String group(InetAddress address) {
        return address instanceof Inet4Address ? prefix(address, 3) : prefix(address, 6);
    }

    private static String prefix(InetAddress address, int length) {
        byte[] bytes = address.getAddress();
        StringBuilder prefix = new StringBuilder();
        for (int i = 0; i < length; i++) {
            prefix.append(bytes[i] & 0xff).append('.');
        }
        return prefix.toString();
    }
}
