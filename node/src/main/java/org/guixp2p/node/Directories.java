// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.pekko.actor.Cancellable;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.guixp2p.node.config.NodeConfig;
import org.guixp2p.node.config.Share;
import org.guixp2p.node.discovery.Alarm;
import org.guixp2p.node.discovery.CompositeDirectory;
import org.guixp2p.node.discovery.ProviderDirectory;
import org.guixp2p.node.discovery.lan.Lan;
import org.guixp2p.node.discovery.lan.LanDirectory;
import org.guixp2p.node.discovery.lan.LanPeers;
import org.guixp2p.node.swarm.Endpoint;
import org.guixp2p.node.swarm.Swarm;
import org.guixp2p.persistence.reputation.Reputation;
import org.guixp2p.protocol.swarm.PeerId;

/** Where a node finds providers that it is not connected to. */
final class Directories implements AutoCloseable {
    /** What one that is near may take before one that is farther is asked too. */
    private static final Duration HEAD_START = Duration.ofMillis(50);

    private final ProviderDirectory all;
    private final List<Lan> lan = new ArrayList<>();

    /**
     * Opens what the configuration wants.
     *
     * @param endpoint accepts those who hear of this node
     * @param swarm meets those whom this node hears of
     */
    Directories(NodeConfig config, PeerId self, Endpoint endpoint, ActorRef<Swarm.Command> swarm,
            ActorSystem<?> system, Reputation reputation) {
        Alarm alarm = alarm(system);
        List<ProviderDirectory> nearestFirst = new ArrayList<>();
        Share share = config.seeding().share();
        if (config.network().lan() && share != Share.OFF) {
            LanPeers peers = new LanPeers(self, System::nanoTime);
            lan.add(Lan.open(self, endpoint::portNearby, peers,
                    (peer, address) -> swarm.tell(new Swarm.Neighbour(peer, address))));
            nearestFirst.add(new LanDirectory(peers, alarm));
        }
        this.all = new CompositeDirectory(nearestFirst, HEAD_START, reputation, alarm);
    }

    /** All of them as one. */
    ProviderDirectory all() {
        return all;
    }

    private static Alarm alarm(ActorSystem<?> system) {
        return (delay, action) -> {
            Cancellable alarm = system.scheduler().scheduleOnce(delay, action, system.executionContext());
            return alarm::cancel;
        };
    }

    /** Others are told that this node goes. */
    void stop() {
        lan.forEach(Lan::stop);
    }

    @Override
    public void close() {
        lan.forEach(Lan::close);
    }
}
