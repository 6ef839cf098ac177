// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.lan;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.guixp2p.persistence.narinfo.ServerUrl;
import org.guixp2p.protocol.swarm.AddressGroup;

/**
 * What somebody on a network nearby says: that a substitute server is there.
 *
 * @param address private or link-local
 * @param url at that address
 */
record LanServer(InetAddress address, ServerUrl url) {
    /** A server names one or two. */
    static final int MOST_ADDRESSES = 8;
    private static final int HTTP = 80;

    /**
     * Judges what was heard; nothing of it is believed but that a server may be there. It is of this network when its address is, so that
     * nobody has a machine elsewhere asked, behind another network of this machine, or that of a VPN.
     *
     * @param heardAt this machine's address on the network
     * @param isOwn whether this machine has an address
     * @return empty when it is none, or one of this machine
     */
    static Optional<LanServer> of(int port, List<? extends InetAddress> addresses, LanInterface heardAt,
            Predicate<InetAddress> isOwn) {
        boolean plausible = (port == HTTP || (port >= LanAnnouncement.FIRST_PORT && port <= 0xffff))
                && addresses.size() <= MOST_ADDRESSES;
        if (!plausible || addresses.stream().anyMatch(isOwn)) {
            return Optional.empty();
        }
        return addresses.stream().filter(address -> isNear(address, heardAt)).findFirst()
                .map(address -> new LanServer(address,
                        new ServerUrl(URI.create("http://" + address.getHostAddress() + ":" + port))));
    }

    private static boolean isNear(InetAddress address, LanInterface heardAt) {
        return address instanceof Inet4Address && AddressGroup.isLocal(address) && !address.isLoopbackAddress()
                && !address.isAnyLocalAddress() && !address.isMulticastAddress() && heardAt.covers(address);
    }
}
