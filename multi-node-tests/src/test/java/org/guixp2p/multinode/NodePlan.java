// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.multinode;

import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.guixp2p.node.Node;
import org.guixp2p.node.StartException;
import org.guixp2p.node.config.ByteRate;
import org.guixp2p.node.config.NodeConfig;
import org.guixp2p.node.config.SubstitutePolicy;
import org.guixp2p.node.swarm.Offers;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.swarm.HostAndPort;
import org.guixp2p.protocol.swarm.PeerAddress;

/** How a node of a {@link World} is to be: alone, honest, at 127.0.0.1, and asking peers only, unless something else is said. */
final class NodePlan {
    private final World world;
    private final String name;
    private final List<StorePath> seeds = new ArrayList<>();
    private final List<PeerAddress> peers = new ArrayList<>();
    private String host = "127.0.0.1";
    private SubstitutePolicy policy = SubstitutePolicy.P2P_ONLY;
    private Node.Stand stand = Node.Stand.USUAL;
    private Duration requestTimeout = Duration.ofSeconds(20);
    private Duration stallTimeout = Duration.ofSeconds(20);
    private ByteRate uploadLimit = ByteRate.UNLIMITED;

    NodePlan(World world, String name) {
        this.world = world;
        this.name = name;
    }

    /** Listens there; votes of peers count once a /24. */
    NodePlan at(String address) {
        host = address;
        return this;
    }

    NodePlan policy(SubstitutePolicy how) {
        policy = how;
        return this;
    }

    /** Offers these items, which lie in its store. */
    NodePlan seeding(World.Item... items) {
        Stream.of(items).map(World.Item::path).forEach(seeds::add);
        return this;
    }

    NodePlan dialling(Node... nodes) {
        return dialling(Stream.of(nodes).map(World::address).toList());
    }

    NodePlan dialling(Line... lines) {
        return dialling(Stream.of(lines).map(Line::address).toList());
    }

    NodePlan dialling(List<PeerAddress> addresses) {
        peers.addAll(addresses);
        return this;
    }

    NodePlan giving(UnaryOperator<Offers> instead) {
        stand = stand.giving(instead);
        return this;
    }

    NodePlan clock(InstantSource clock) {
        stand = new Node.Stand(stand.giving(), clock, stand.readAhead());
        return this;
    }

    NodePlan readAhead(long bytes) {
        stand = new Node.Stand(stand.giving(), stand.clock(), bytes);
        return this;
    }

    NodePlan requestTimeout(Duration longest) {
        requestTimeout = longest;
        return this;
    }

    NodePlan stallTimeout(Duration longest) {
        stallTimeout = longest;
        return this;
    }

    /** Gives no more than that. */
    NodePlan uploadLimit(ByteRate most) {
        uploadLimit = most;
        return this;
    }

    /** Starts it, and returns when it offers what it is to offer and is connected with whom it is to dial. */
    Node start() throws IOException, StartException {
        NodeConfig usual = world.config(name, policy, seeds, peers);
        NodeConfig config = new NodeConfig(usual.substitutes(), usual.seeding(),
                new NodeConfig.Network(List.of(new HostAndPort(host, 0)), List.of(), peers, 50),
                new NodeConfig.Transfers(requestTimeout, stallTimeout, 20, uploadLimit,
                        ByteRate.UNLIMITED),
                usual.files(), usual.bridge(), usual.api(), usual.logLevel());
        Node node = world.start(config, stand);
        World.awaitOffered(node, seeds.size());
        World.awaitPeers(node, peers.size());
        return node;
    }
}
