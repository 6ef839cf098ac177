// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.lan;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InterfaceAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An address of this machine on a network on which multicast works.
 *
 * @param name the interface's, for people
 * @param index the interface's number, which is the zone of link-local addresses there (RFC 4007)
 * @param prefixLength how many bits of the address all machines of its subnet share
 */
record LanInterface(String name, int index, InetAddress address, int prefixLength) {
    private static final Logger LOG = LoggerFactory.getLogger(LanInterface.class);
    /** More than a machine has use for; containers may bring any number of interfaces. */
    static final int MOST = 16;

    /**
     * Those that are up now, at most one of each address family an interface: peers there hear of one address, and can use it. In
     * IPv6 the link-local one is preferred, which every interface has, whether there is a router or not.
     *
     * @param usable of which addresses
     */
    static List<LanInterface> up(Predicate<InetAddress> usable) throws SocketException {
        List<LanInterface> up = new ArrayList<>();
        for (NetworkInterface network : NetworkInterface.networkInterfaces()
                .sorted(Comparator.comparingInt(NetworkInterface::getIndex)).toList()) {
            try {
                if (network.isUp() && network.supportsMulticast() && !network.isLoopback()
                        && !network.isPointToPoint()) {
                    up.addAll(of(network, usable));
                }
            } catch (SocketException e) {
                LOG.debug("{} went while it was looked at: {}", network.getName(), e.getMessage());
            }
        }
        return List.copyOf(up.subList(0, Math.min(MOST, up.size())));
    }

    private static List<LanInterface> of(NetworkInterface network, Predicate<InetAddress> usable) {
        List<LanInterface> all = network.getInterfaceAddresses().stream()
                .filter(address -> usable.test(address.getAddress()))
                .sorted(Comparator.comparing((InterfaceAddress address) -> !address.getAddress().isLinkLocalAddress()))
                .map(address -> new LanInterface(network.getName(), network.getIndex(), address.getAddress(),
                        address.getNetworkPrefixLength()))
                .toList();
        List<LanInterface> chosen = new ArrayList<>();
        // In IPv4 a link-local address (RFC 3927) is there for want of another one.
        all.reversed().stream().filter(LanInterface::isIpv4).findFirst().ifPresent(chosen::add);
        all.stream().filter(one -> !one.isIpv4()).findFirst().ifPresent(chosen::add);
        return chosen;
    }

    private boolean isIpv4() {
        return address instanceof Inet4Address;
    }

    /** Whether another address is of the same subnet. */
    boolean covers(InetAddress other) {
        byte[] own = address.getAddress();
        byte[] its = other.getAddress();
        if (own.length != its.length) {
            return false;
        }
        for (int bit = 0; bit < Math.min(prefixLength, own.length * Byte.SIZE); bit++) {
            int mask = 0x80 >> bit % Byte.SIZE;
            if ((own[bit / Byte.SIZE] & mask) != (its[bit / Byte.SIZE] & mask)) {
                return false;
            }
        }
        return prefixLength > 0;
    }

    @Override
    public String toString() {
        return address.getHostAddress() + " at " + name;
    }
}
