// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.dht;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.guixp2p.node.config.DhtMode;
import org.guixp2p.node.config.NodeConfig;
import org.guixp2p.protocol.dht.AddressFamily;
import org.guixp2p.protocol.swarm.HostAndPort;
import org.guixp2p.protocol.swarm.PeerAddress;

/**
 * How this node takes part in the DHT.
 *
 * @param listen addresses, no names, at which to listen by UDP: the first of each family, and {@code ::} is of both
 * @param routers nodes by which to join, that the user named
 * @param remembered addresses, no names, by which to join as well
 * @param external where others connect to this node's peer by TCP, when it is not where it listens: the first of a family counts
 * @param announceRate messages a second and family that announcing may cost, positive
 * @param directory where what is known is kept
 */
public record DhtSettings(IdRule rule, List<HostAndPort> listen, List<HostAndPort> routers,
        List<HostAndPort> remembered, List<HostAndPort> external, int announceRate, Path directory) {
    public DhtSettings {
        listen = List.copyOf(listen);
        routers = List.copyOf(routers);
        remembered = List.copyOf(remembered);
        external = List.copyOf(external);
    }

    /**
     * Those of a configuration; nothing when no DHT is to be used.
     *
     * @param listening where the node accepts peers, with the ports that the system chose
     * @param remembered where peers have answered: most of them listen there by UDP too
     */
    public static Optional<DhtSettings> of(NodeConfig config, List<HostAndPort> listening,
            List<HostAndPort> remembered) {
        DhtMode mode = config.dhtMode();
        if (mode == DhtMode.OFF || listening.isEmpty()) {
            return Optional.empty();
        }
        NodeConfig.Network network = config.network();
        List<HostAndPort> routers = Stream.of(network.dht().routers().stream(),
                network.bootstrap().stream().map(PeerAddress::endpoint)).flatMap(addresses -> addresses).distinct()
                .toList();
        return Optional.of(new DhtSettings(mode == DhtMode.PRIVATE ? IdRule.ENFORCED : IdRule.PREFERRED, listening,
                routers, remembered, network.external(), network.dht().announceRate(),
                config.files().stateDir().resolve("dht")));
    }

    /** The remembered addresses of a family. */
    List<InetSocketAddress> remembered(AddressFamily family) {
        return remembered.stream()
                .map(address -> new InetSocketAddress(InetAddress.ofLiteral(address.host()), address.port()))
                .filter(address -> AddressFamily.of(address.getAddress()) == family).toList();
    }

    /**
     * Where others connect by TCP to what listens at a socket.
     *
     * @param bound the port of the socket, which is that of TCP too
     */
    int portOf(AddressFamily family, int bound) {
        return NodeConfig.Network.externalPort(external, family).orElse(bound);
    }
}
