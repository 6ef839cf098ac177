// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.multinode;

import java.io.IOException;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Props;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.guixp2p.node.config.NodeConfig;
import org.guixp2p.node.config.SubstitutePolicy;
import org.guixp2p.node.discovery.InventoryExchange;
import org.guixp2p.node.identity.NodeIdentity;
import org.guixp2p.node.memory.MemoryShares;
import org.guixp2p.node.swarm.Endpoint;
import org.guixp2p.node.swarm.Offers;
import org.guixp2p.node.swarm.Swarm;
import org.guixp2p.persistence.addresses.AddressBook;
import org.guixp2p.persistence.addresses.KeyBook;
import org.guixp2p.persistence.reputation.Reputation;
import org.guixp2p.protocol.swarm.HostAndPort;
import org.guixp2p.protocol.swarm.PeerAddress;
import org.guixp2p.protocol.swarm.PeerId;

/** Many identities of one who has a single address: of a node each has its end of the wire, and all give the same. */
final class Identities implements AutoCloseable {
    private final ActorSystem<Void> system = ActorSystem.create(Behaviors.empty(), "identities");
    private final ExecutorService disk = Executors.newFixedThreadPool(2);
    private final List<Endpoint> endpoints = new ArrayList<>();
    private final List<PeerAddress> addresses = new ArrayList<>();

    Identities(World world, String host, int count, Offers giving) throws IOException {
        for (int i = 0; i < count; i++) {
            NodeConfig usual = world.config("identities", SubstitutePolicy.P2P_ONLY, List.of(), List.of());
            NodeConfig config = new NodeConfig(usual.substitutes(), usual.seeding(),
                    new NodeConfig.Network(List.of(new HostAndPort(host, 0)), List.of(), List.of(), 50),
                    usual.transfers(), usual.files(), usual.bridge(), usual.api(), usual.logLevel());
            MemoryShares memory = MemoryShares.of(192L << 20);
            NodeIdentity identity = NodeIdentity.generate(new SecureRandom());
            Endpoint endpoint = Endpoint.open(config, identity, "identity " + i, memory,
                    new AddressBook(InstantSource.system()), new KeyBook(InstantSource.system(), List.of(), List.of()));
            endpoints.add(endpoint);
            addresses.add(new PeerAddress(identity.peerId(), endpoint.listening().getFirst()));
            var _ = system.systemActorOf(
                    Swarm.create(config, identity.peerId(), endpoint, giving, disk,
                            Reputation.empty(InstantSource.system(), new Random(i)), memory,
                            new InventoryExchange(1 << 20, new Random(1), System::nanoTime)),
                    "swarm-" + i, Props.empty());
        }
    }

    List<PeerAddress> addresses() {
        return List.copyOf(addresses);
    }

    List<PeerId> ids() {
        return addresses.stream().map(PeerAddress::id).toList();
    }

    @Override
    public void close() {
        system.terminate();
        system.getWhenTerminated().toCompletableFuture().join();
        endpoints.forEach(Endpoint::close);
        disk.shutdownNow();
    }
}
