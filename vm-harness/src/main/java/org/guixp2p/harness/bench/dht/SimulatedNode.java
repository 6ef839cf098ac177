// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.bench.dht;

import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.guixp2p.node.discovery.dht.DhtNode;
import org.guixp2p.node.discovery.dht.DhtState;
import org.guixp2p.node.discovery.dht.IdRule;
import org.guixp2p.node.discovery.dht.Messages;
import org.guixp2p.node.memory.MemoryShares;
import org.guixp2p.protocol.dht.AddressBound;
import org.guixp2p.protocol.dht.AddressFamily;
import org.guixp2p.protocol.dht.DhtId;
import org.guixp2p.protocol.dht.KrpcMessage;
import org.guixp2p.protocol.dht.KrpcQuery;

/** The program's own node, as it would run, with the virtual network for its socket. */
final class SimulatedNode implements VirtualNetwork.Machine, Messages {
    /** That of a node of one family under what the JVM makes of {@code -Xmx192m}. */
    static final long MEMORY = MemoryShares.of(190_080L << 10).of(MemoryShares.Holder.DHT);

    private final VirtualNetwork network;
    private final InetSocketAddress address;
    private final DhtNode node;
    private final boolean bound;
    private long wake = Long.MAX_VALUE;
    private long questions;

    /**
     * @param bound whether its id is bound to its address; otherwise it has one of its choice, as old programs have, and keeps it
     * @param routers by which it joins
     */
    SimulatedNode(VirtualNetwork network, IdRule rule, boolean bound, List<InetSocketAddress> routers) {
        this.network = network;
        this.bound = bound;
        this.address = network.freshAddress();
        Random random = new Random(network.random().nextLong());
        DhtId id = bound ? AddressBound.id(address.getAddress(), random) : DhtId.random(random);
        DhtState state = new DhtState(AddressFamily.IPV4, id, List.of());
        this.node = new DhtNode(state, rule, MEMORY, this, random, network::now);
        network.add(this);
        node.bootstrap(routers);
        plan();
    }

    @Override
    public InetSocketAddress address() {
        return address;
    }

    DhtNode node() {
        return node;
    }

    /** How often it has asked for peers. */
    long questions() {
        return questions;
    }

    @Override
    public void ask(InetSocketAddress to, KrpcMessage.Query question) {
        if (question.query() instanceof KrpcQuery.GetPeers) {
            questions++;
        }
        network.send(address, to, question);
    }

    @Override
    public int answer(InetSocketAddress to, KrpcMessage.Sendable answer) {
        network.send(address, to, answer);
        return network.length(answer);
    }

    @Override
    public void received(InetSocketAddress from, KrpcMessage.Sendable message) {
        node.received(from, bound ? message : withoutAddress(message));
        plan();
    }

    private static KrpcMessage withoutAddress(KrpcMessage.Sendable message) {
        return switch (message) {
            case KrpcMessage.Query query -> query;
            case KrpcMessage.Response answer -> new KrpcMessage.Response(answer.transaction(), answer.version(),
                    Optional.empty(), answer.response());
            case KrpcMessage.Failure failure -> new KrpcMessage.Failure(failure.transaction(), failure.version(),
                    Optional.empty(), failure.error());
        };
    }

    /** Wakes it in time, and not at the times planned before; to be called when it was told to do something. */
    void plan() {
        long next = Math.max(network.now(), node.nextWake());
        if (next < wake) {
            wake = next;
            network.at(next, () -> tick(next));
        }
    }

    private void tick(long planned) {
        if (planned == wake && network.runs(this)) {
            wake = Long.MAX_VALUE;
            node.tick();
            plan();
        }
    }
}
