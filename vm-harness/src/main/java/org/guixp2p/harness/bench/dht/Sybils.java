// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.bench.dht;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.guixp2p.node.discovery.dht.IdRule;
import org.guixp2p.protocol.dht.AddressBound;
import org.guixp2p.protocol.dht.Contact;
import org.guixp2p.protocol.dht.DhtId;
import org.guixp2p.protocol.dht.KrpcMessage;
import org.guixp2p.protocol.dht.KrpcQuery;
import org.guixp2p.protocol.dht.KrpcResponse;
import org.guixp2p.protocol.dht.Octets;

/**
 * Addresses of one attacker who wants nobody to find what is under some keys. As the network grows they come in their part of it, and
 * make themselves known to whoever joins, under an id each that is bound to the address. For a key each takes an id near to it: one of
 * its choice, or as near as one can be that is bound to its address, since half of them are to pass for honest where others are taken
 * too. Half have another port for each id; the others are to each node who that node was last told they are. They name others of their
 * kind alone, tell everybody that they are seen at one and the same wrong address, take every announcement, and tell of none.
 */
final class Sybils {
    /** More than the first bits that an id must have of its address. */
    private static final int NEAR_BITS = 60;
    private static final int BOUND_BITS = 21;
    private static final int TRIES = 64;
    /** How many make themselves known to a node that joins. */
    private static final int MET = 10;
    private static final int FIRST_PORT = 1024;
    private static final int PORTS = 60_000;
    private static final Octets TOKEN = Octets.ascii("sybil");

    private final VirtualNetwork network;
    private final List<Sybil> all;
    /** Where everybody is said to be seen. */
    private final InetSocketAddress elsewhere;

    /** @param count addresses */
    Sybils(VirtualNetwork network, IdRule rule, int count) {
        this.network = network;
        this.elsewhere = network.freshAddress();
        this.all = IntStream.range(0, count)
                .mapToObj(i -> new Sybil(network.freshAddress(), rule == IdRule.ENFORCED || i % 2 == 1,
                        i % 4 < 2))
                .toList();
    }

    private static DhtId nearestBound(DhtId key, InetSocketAddress address, Random random) {
        DhtId best = AddressBound.id(address.getAddress(), random);
        for (int i = 0; i < TRIES; i++) {
            byte[] bytes = AddressBound.id(address.getAddress(), random).bytes();
            byte[] wanted = key.bytes();
            // Only the first 21 bits and the last 3 are those of the address.
            int whole = BOUND_BITS / Byte.SIZE;
            System.arraycopy(wanted, whole + 1, bytes, whole + 1, DhtId.BYTES - whole - 2);
            DhtId id = DhtId.of(bytes);
            best = key.compareDistances(id, best) < 0 ? id : best;
        }
        return best;
    }

    /**
     * Some of them make themselves known to a node that joins.
     *
     * @param grown how much of the network is there, from 0 to 1: as much of them is
     */
    void meet(InetSocketAddress node, double grown) {
        int there = (int) (Math.min(1, grown) * all.size());
        for (int i = 0; i < Math.min(MET, there); i++) {
            Sybil sybil = all.get(network.random().nextInt(there));
            sybil.greet(node, sybil.own);
        }
    }

    /** All make themselves known to nodes as one that is near a key. */
    void crowd(DhtId key, List<InetSocketAddress> nodes) {
        for (Sybil sybil : all) {
            DhtId id = sybil.near(key);
            nodes.forEach(node -> sybil.greet(node, id));
        }
    }

    private Sybil any() {
        return all.get(network.random().nextInt(all.size()));
    }

    /** One of the addresses. */
    private final class Sybil {
        private final InetSocketAddress address;
        private final boolean bound;
        private final boolean portPerId;
        private final DhtId own;
        /** Who it is, to those who were told of another one than its own. */
        private final Map<InetSocketAddress, DhtId> poses = new HashMap<>();
        /** Who it is at a port. */
        private final Map<InetSocketAddress, DhtId> ports = new HashMap<>();

        private Sybil(InetSocketAddress address, boolean bound, boolean portPerId) {
            this.address = address;
            this.bound = bound;
            this.portPerId = portPerId;
            this.own = AddressBound.id(address.getAddress(), network.random());
            network.add(new Face(address, this, network, elsewhere));
        }

        /** Its id near a key, as near as may be if it is to be bound to the address; always the same. */
        private DhtId near(DhtId key) {
            Random random = new Random(31L * key.hashCode() + address.hashCode());
            return bound ? nearestBound(key, address, random) : key.randomWithPrefix(NEAR_BITS, random);
        }

        /** It has an id to somebody from now on; where. */
        private InetSocketAddress as(DhtId id, InetSocketAddress whom) {
            if (!portPerId) {
                poses.put(whom, id);
                return address;
            }
            InetSocketAddress port = new InetSocketAddress(address.getAddress(),
                    FIRST_PORT + Math.floorMod(id.hashCode(), PORTS));
            if (ports.putIfAbsent(port, id) == null) {
                network.add(new Face(port, this, network, elsewhere));
            }
            return port;
        }

        private DhtId id(InetSocketAddress port, InetSocketAddress whom) {
            return portPerId ? ports.getOrDefault(port, own) : poses.getOrDefault(whom, own);
        }

        private void greet(InetSocketAddress node, DhtId id) {
            network.send(as(id, node), node,
                    new KrpcMessage.Query(Octets.ascii("sy"), Octets.EMPTY, false,
                            new KrpcQuery.FindNode(id, id, Set.of())));
        }

        private KrpcResponse answer(KrpcQuery query, DhtId id, InetSocketAddress asker) {
            return switch (query) {
                case KrpcQuery.FindNode find -> new KrpcResponse.Nodes(id, others(find.target(), asker));
                case KrpcQuery.GetPeers get -> new KrpcResponse.Peers(id, TOKEN, List.of(), others(get.key(), asker));
                case KrpcQuery.AnnouncePeer _,KrpcQuery.Ping _,KrpcQuery.Get _,KrpcQuery.Put _ ->
                    new KrpcResponse.Done(id);
            };
        }

        private List<Contact> others(DhtId key, InetSocketAddress asker) {
            List<Contact> others = new ArrayList<>();
            for (int i = 0; i < KrpcResponse.MAX_NODES; i++) {
                Sybil other = any();
                DhtId id = other.near(key);
                others.add(new Contact(id, other.as(id, asker)));
            }
            others.sort(Comparator.comparing(Contact::id, key::compareDistances));
            return others;
        }
    }

    /** A port of one. */
    private record Face(InetSocketAddress address, Sybil sybil, VirtualNetwork network, InetSocketAddress elsewhere)
            implements
                VirtualNetwork.Machine {
        @Override
        public void received(InetSocketAddress from, KrpcMessage.Sendable message) {
            // What honest nodes answer to it is of no interest to it.
            if (message instanceof KrpcMessage.Query query) {
                network.send(address, from, new KrpcMessage.Response(query.transaction(), Octets.EMPTY,
                        Optional.of(elsewhere), sybil.answer(query.query(), sybil.id(address, from), from)));
            }
        }
    }
}
