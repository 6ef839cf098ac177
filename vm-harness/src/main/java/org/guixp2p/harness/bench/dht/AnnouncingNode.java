// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.bench.dht;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import org.guixp2p.node.discovery.dht.Announcer;
import org.guixp2p.node.discovery.dht.DhtNode;
import org.guixp2p.node.discovery.dht.DhtState;
import org.guixp2p.node.discovery.dht.IdRule;
import org.guixp2p.node.discovery.dht.Messages;
import org.guixp2p.node.discovery.dht.Worth;
import org.guixp2p.protocol.dht.AddressBound;
import org.guixp2p.protocol.dht.AddressFamily;
import org.guixp2p.protocol.dht.DhtId;
import org.guixp2p.protocol.dht.KrpcEncoder;
import org.guixp2p.protocol.dht.KrpcMessage;
import org.guixp2p.protocol.dht.KrpcQuery;

/**
 * The program's own node with all that announces for it, as its actor drives them, in a virtual network. It counts what passes,
 * and the processor time that they take.
 */
final class AnnouncingNode implements VirtualNetwork.Machine, Messages {
    static final int PEER_PORT = 4711;
    /** What IPv4 and UDP put before a datagram. */
    private static final int HEADERS = 28;
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private final VirtualNetwork network;
    private final InetSocketAddress address;
    private final DhtNode node;
    private final Announcer announcer;
    private final List<Outgoing> waiting = new ArrayList<>();
    /** When each key was announced first, in that order. */
    private final Map<DhtId, Long> announced = new LinkedHashMap<>();
    private long wake = Long.MAX_VALUE;
    private long bytesIn;
    private long bytesOut;
    private long datagrams;
    private long processorNanos;

    private record Outgoing(InetSocketAddress to, KrpcMessage.Sendable message, int length) {}

    /**
     * What has passed so far.
     *
     * @param bytesIn of what has come, with the headers of IPv4 and UDP
     * @param bytesOut of what was sent, whether it arrived or not
     * @param datagrams both ways
     * @param processorNanos that the node took
     */
    record Account(long nanos, long bytesIn, long bytesOut, long datagrams, long processorNanos) {
        /** What has passed since then. */
        Account since(Account before) {
            return new Account(nanos - before.nanos, bytesIn - before.bytesIn, bytesOut - before.bytesOut,
                    datagrams - before.datagrams, processorNanos - before.processorNanos);
        }

        /** A second of simulated time. */
        double aSecond(long amount) {
            return amount / (nanos / 1e9);
        }
    }

    /**
     * @param budget messages a second that announcing may cost
     * @param routers by which it joins
     */
    AnnouncingNode(VirtualNetwork network, int budget, List<InetSocketAddress> routers) {
        this.network = network;
        this.address = network.freshAddress();
        Random random = new Random(network.random().nextLong());
        DhtId id = AddressBound.id(address.getAddress(), random);
        this.node = new DhtNode(new DhtState(AddressFamily.IPV4, id, List.of()), IdRule.PREFERRED, SimulatedNode.MEMORY,
                this, random, network::now);
        this.announcer = new Announcer(node, AddressFamily.IPV4, PEER_PORT, budget, random, network::now);
        network.add(this);
        work(() -> node.bootstrap(routers));
    }

    @Override
    public InetSocketAddress address() {
        return address;
    }

    /** These are announced from now on. */
    void announce(List<DhtId> keys) {
        work(() -> keys.forEach(key -> announcer.put(key, new Worth(0, 1))));
    }

    /** When each key was announced first, in that order. */
    Map<DhtId, Long> announced() {
        return announced;
    }

    Announcer announcer() {
        return announcer;
    }

    Account account() {
        return new Account(network.now(), bytesIn, bytesOut, datagrams, processorNanos);
    }

    @Override
    public void received(InetSocketAddress from, KrpcMessage.Sendable message) {
        byte[] datagram = KrpcEncoder.encode(message);
        bytesIn += datagram.length + HEADERS;
        datagrams++;
        work(() -> node.received(from, datagram));
    }

    private void tick(long planned) {
        if (planned == wake) {
            wake = Long.MAX_VALUE;
            work(node::tick);
        }
    }

    /** Does what an actor does for a message. The network is the simulation's: its turn comes when the clock has stopped. */
    private void work(Runnable action) {
        long began = THREADS.getCurrentThreadCpuTime();
        action.run();
        announcer.tick();
        long next = node.nextWake();
        OptionalLong due = announcer.nextWake();
        processorNanos += THREADS.getCurrentThreadCpuTime() - began;
        waiting.forEach(this::send);
        waiting.clear();
        plan(due.isPresent() ? Math.min(next, due.getAsLong()) : next);
    }

    /** Each time planned is given up for an earlier one, as an actor's timer is. */
    private void plan(long due) {
        long next = Math.max(network.now(), due);
        if (next < wake) {
            wake = next;
            network.at(next, () -> tick(next));
        }
    }

    @Override
    public void ask(InetSocketAddress to, KrpcMessage.Query question) {
        answer(to, question);
    }

    /** The node's time is also that of the format. */
    @Override
    public int answer(InetSocketAddress to, KrpcMessage.Sendable message) {
        int length = KrpcEncoder.encode(message).length;
        waiting.add(new Outgoing(to, message, length));
        return length;
    }

    private void send(Outgoing outgoing) {
        bytesOut += outgoing.length + HEADERS;
        datagrams++;
        if (outgoing.message instanceof KrpcMessage.Query query
                && query.query() instanceof KrpcQuery.AnnouncePeer announcement) {
            announced.putIfAbsent(announcement.key(), network.now());
        }
        network.send(address, outgoing.to, outgoing.message);
    }
}
