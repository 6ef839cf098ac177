// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.bench.dht;

import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.guixp2p.node.discovery.dht.DhtNode;
import org.guixp2p.node.discovery.dht.DhtState;
import org.guixp2p.node.discovery.dht.IdRule;
import org.guixp2p.node.memory.MemoryShares;
import org.guixp2p.protocol.dht.AddressBound;
import org.guixp2p.protocol.dht.AddressFamily;
import org.guixp2p.protocol.dht.DhtId;

/** The program's own node, as it would run, with the virtual network for its socket. */
final class SimulatedNode implements VirtualNetwork.Machine {
    /** What only such a question has. */
    private static final byte[] GET_PEERS = "9:get_peers".getBytes(StandardCharsets.US_ASCII);
    /** How an answer begins that says where the question came from, and how long that is: {@code ip}, by BEP 42. */
    private static final byte[] SEEN_AT = "d2:ip6:".getBytes(StandardCharsets.US_ASCII);
    private static final int SEEN_AT_BYTES = SEEN_AT.length - 1 + 6;
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
        this.node = new DhtNode(state, rule, MEMORY, this::send, random, network::now);
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

    private void send(InetSocketAddress to, byte[] datagram) {
        if (has(datagram, GET_PEERS)) {
            questions++;
        }
        network.send(address, to, datagram);
    }

    private static boolean has(byte[] datagram, byte[] part) {
        for (int from = 0; from <= datagram.length - part.length; from++) {
            int i = 0;
            while (i < part.length && datagram[from + i] == part[i]) {
                i++;
            }
            if (i == part.length) {
                return true;
            }
        }
        return false;
    }

    @Override
    public void received(InetSocketAddress from, byte[] datagram) {
        node.received(from, bound ? datagram : withoutAddress(datagram));
        plan();
    }

    private static byte[] withoutAddress(byte[] datagram) {
        if (datagram.length <= SEEN_AT_BYTES
                || !Arrays.equals(datagram, 0, SEEN_AT.length, SEEN_AT, 0, SEEN_AT.length)) {
            return datagram;
        }
        byte[] rest = Arrays.copyOfRange(datagram, SEEN_AT_BYTES, datagram.length);
        rest[0] = 'd';
        return rest;
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
