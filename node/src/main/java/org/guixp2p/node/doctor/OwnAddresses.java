// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.doctor;

import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.guixp2p.node.config.NodeConfig;
import org.guixp2p.node.config.Share;
import org.guixp2p.protocol.swarm.AddressGroup;
import org.guixp2p.protocol.swarm.HostAndPort;

/** Addresses at which this machine may be reached. */
public final class OwnAddresses {
    private OwnAddresses() {}

    /** Those of its interfaces that others can use: no loopback, and none that needs the name of an interface. */
    static List<InetAddress> ofInterfaces() {
        try {
            return NetworkInterface.networkInterfaces().filter(OwnAddresses::isUp)
                    .flatMap(NetworkInterface::inetAddresses)
                    .filter(address -> !address.isLoopbackAddress() && !address.isLinkLocalAddress()).toList();
        } catch (SocketException e) {
            return List.of(); // there are no interfaces
        }
    }

    private static boolean isUp(NetworkInterface device) {
        try {
            return device.isUp();
        } catch (SocketException e) {
            return false;
        }
    }

    /**
     * What can be told to others: external addresses first, then that of the router, and those of the interfaces that are listened
     * on.
     *
     * @param node the one that runs, if one does
     */
    public static List<HostAndPort> shareable(NodeConfig config, Optional<RunningNode> node) {
        return shareable(config, node.map(RunningNode::listening).orElse(config.network().listen()),
                node.flatMap(RunningNode::mapped).map(RunningNode.Mapped::address), ofInterfaces());
    }

    /**
     * The same.
     *
     * @param listening where peers connect
     * @param mapped where the router lets them in
     */
    public static List<HostAndPort> shareable(NodeConfig config, List<HostAndPort> listening,
            Optional<HostAndPort> mapped) {
        return shareable(config, listening, mapped, ofInterfaces());
    }

    static List<HostAndPort> shareable(NodeConfig config, List<HostAndPort> listening, Optional<HostAndPort> mapped,
            List<InetAddress> interfaces) {
        if (config.seeding().share() == Share.OFF) {
            return List.of();
        }
        Set<HostAndPort> addresses = new LinkedHashSet<>(config.network().external());
        mapped.ifPresent(addresses::add);
        for (HostAndPort bound : listening) {
            if (bound.port() == 0) {
                continue;
            }
            for (InetAddress address : interfaces) {
                if (takes(bound, address)) {
                    addresses.add(HostAndPort.of(address, bound.port()));
                }
            }
        }
        return new ArrayList<>(addresses);
    }

    /** A wildcard of either family takes connections of both. */
    private static boolean takes(HostAndPort bound, InetAddress address) {
        return bound.host().equals("0.0.0.0") || bound.host().equals("::")
                || bound.host().equals(HostAndPort.of(address, bound.port()).host());
    }

    /** Whether anybody in the world could use it. */
    static boolean isGlobal(InetAddress address) {
        return !AddressGroup.isLocal(address) && !address.isAnyLocalAddress() && !address.isMulticastAddress()
                && !isCarrierGrade(address);
    }

    /** RFC 6598. */
    private static boolean isCarrierGrade(InetAddress address) {
        byte[] bytes = address.getAddress();
        return bytes.length == 4 && bytes[0] == 100 && (bytes[1] & 0xc0) == 64;
    }
}
