// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node;

import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.guixp2p.node.config.NodeConfig;
import org.guixp2p.node.discovery.lan.GatewayNearby;
import org.guixp2p.node.discovery.lan.Lan;
import org.guixp2p.node.discovery.lan.LanServers;
import org.guixp2p.node.discovery.lan.LanService;
import org.guixp2p.node.discovery.lan.ServersNearby;
import org.guixp2p.protocol.hash.NixBase32;
import org.guixp2p.protocol.swarm.HostAndPort;
import org.guixp2p.protocol.swarm.PeerId;

/** What this node tells on networks nearby, and hears there: each part only when the user wants it. */
final class Nearby {
    /** Of a peer's id: enough to tell those on one network apart. */
    private static final int NAME_DIGITS = 20;
    private static final int NAME_BYTES = 12;

    private Nearby() {}

    /**
     * Begins.
     *
     * @param peers this node as a peer, where it is to be one
     * @param found hears of substitute servers
     * @return nothing when there is nothing to tell or hear
     */
    static Optional<Lan> begin(NodeConfig config, PeerId self, Optional<LanService> peers, LanServers.Watcher found) {
        if (peers.isEmpty() && config.nearby().equals(NodeConfig.Nearby.NOTHING)) {
            return Optional.empty();
        }
        List<LanService> services = new ArrayList<>();
        peers.ifPresent(services::add);
        if (config.nearby().discover()) {
            services.add(new ServersNearby(new LanServers(found, System::nanoTime)));
        }
        return Optional.of(Lan.open(peers.isPresent() ? self.toString().substring(0, NAME_DIGITS) : random(),
                services));
    }

    /** Tells of the gateway too, if that is wanted. */
    static void advertise(NodeConfig config, Lan lan, HostAndPort gateway) {
        if (config.nearby().advertise()) {
            lan.add(new GatewayNearby(gateway));
        }
    }

    /** Who does not want to be known as a peer is not known by a peer's name. */
    private static String random() {
        byte[] bytes = new byte[NAME_BYTES];
        new SecureRandom().nextBytes(bytes);
        return NixBase32.encode(bytes);
    }
}
