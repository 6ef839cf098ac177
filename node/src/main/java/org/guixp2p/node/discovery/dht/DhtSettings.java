// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.dht;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.guixp2p.node.config.DhtMode;
import org.guixp2p.node.config.NodeConfig;
import org.guixp2p.protocol.swarm.HostAndPort;
import org.guixp2p.protocol.swarm.PeerAddress;

/**
 * How this node takes part in the DHT.
 *
 * @param listen addresses, no names, at which to listen by UDP: the first of each family, and {@code ::} is of both
 * @param routers nodes by which to join
 * @param port where others connect to this node's peer by TCP
 * @param announceRate messages a second and family that announcing may cost, positive
 * @param directory where what is known is kept
 */
public record DhtSettings(IdRule rule, List<HostAndPort> listen, List<HostAndPort> routers, int port, int announceRate,
        Path directory) {
    public DhtSettings {
        listen = List.copyOf(listen);
        routers = List.copyOf(routers);
    }

    /**
     * Those of a configuration; nothing when no DHT is to be used.
     *
     * @param listening where the node accepts peers, with the ports that the system chose
     */
    public static Optional<DhtSettings> of(NodeConfig config, List<HostAndPort> listening) {
        DhtMode mode = config.dhtMode();
        if (mode == DhtMode.OFF || listening.isEmpty()) {
            return Optional.empty();
        }
        NodeConfig.Network network = config.network();
        List<HostAndPort> routers = Stream
                .concat(network.dht().routers().stream(), network.bootstrap().stream().map(PeerAddress::endpoint))
                .distinct().toList();
        int port = network.external().isEmpty() ? listening.getFirst().port() : network.external().getFirst().port();
        return Optional.of(new DhtSettings(mode == DhtMode.PRIVATE ? IdRule.ENFORCED : IdRule.PREFERRED, listening,
                routers, port, network.dht().announceRate(), config.files().stateDir().resolve("dht")));
    }
}
