// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.lan;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiPredicate;
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
     * Those that are up now, each with what is of use there. One of each address family an interface, as long as one is of use to all:
     * peers there hear of one address, and can use it.
     *
     * @param services what is told or heard
     * @param usable at which addresses
     */
    static <S> Map<LanInterface, List<S>> up(List<S> services, BiPredicate<S, InetAddress> usable)
            throws SocketException {
        Map<LanInterface, List<S>> up = new LinkedHashMap<>();
        for (NetworkInterface network : NetworkInterface.networkInterfaces()
                .sorted(Comparator.comparingInt(NetworkInterface::getIndex)).toList()) {
            try {
                if (network.isUp() && network.supportsMulticast() && !network.isLoopback()
                        && !network.isPointToPoint()) {
                    up.putAll(chosen(of(network), services, usable));
                }
            } catch (SocketException e) {
                LOG.debug("{} went while it was looked at: {}", network.getName(), e.getMessage());
            }
        }
        up.keySet().removeAll(up.keySet().stream().skip(MOST).toList());
        return up;
    }

    private static List<LanInterface> of(NetworkInterface network) {
        return network.getInterfaceAddresses().stream().map(address -> new LanInterface(network.getName(),
                network.getIndex(), address.getAddress(), address.getNetworkPrefixLength())).toList();
    }

    /**
     * Of the addresses of one interface those that are used, in IPv4 and IPv6: the one that is of use to most services, then for those
     * that are left. In IPv6 the link-local one is preferred, which every interface has, whether there is a router or not; in IPv4 it is
     * there for want of another one (RFC 3927).
     */
    static <S> Map<LanInterface, List<S>> chosen(List<LanInterface> addresses, List<S> services,
            BiPredicate<S, InetAddress> usable) {
        List<LanInterface> linkLocalFirst = addresses.stream()
                .sorted(Comparator.comparing((LanInterface one) -> !one.address.isLinkLocalAddress())).toList();
        Map<LanInterface, List<S>> chosen = new LinkedHashMap<>();
        cover(linkLocalFirst.reversed().stream().filter(LanInterface::isIpv4).toList(), services, usable, chosen);
        cover(linkLocalFirst.stream().filter(one -> !one.isIpv4()).toList(), services, usable, chosen);
        return chosen;
    }

    private static <S> void cover(List<LanInterface> preferred, List<S> services, BiPredicate<S, InetAddress> usable,
            Map<LanInterface, List<S>> chosen) {
        List<S> left = new ArrayList<>(services);
        while (!left.isEmpty()) {
            LanInterface best = null;
            List<S> most = List.of();
            for (LanInterface one : preferred) {
                List<S> there = left.stream().filter(service -> usable.test(service, one.address)).toList();
                if (there.size() > most.size()) {
                    best = one;
                    most = there;
                }
            }
            if (best == null) {
                return;
            }
            chosen.put(best, most);
            left.removeAll(most);
        }
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
