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
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.dht.AddressBound;
import org.guixp2p.protocol.dht.Contact;
import org.guixp2p.protocol.dht.DhtId;
import org.guixp2p.protocol.dht.KrpcDecoder;
import org.guixp2p.protocol.dht.KrpcEncoder;
import org.guixp2p.protocol.dht.KrpcMessage;
import org.guixp2p.protocol.dht.KrpcQuery;
import org.guixp2p.protocol.dht.KrpcResponse;
import org.guixp2p.protocol.dht.Octets;

/**
 * Addresses of one attacker who wants nobody to find what is under some keys. As the network grows they come in their part of it, and
 * make themselves known to whoever joins, under an id each that is bound to the address. For a key each takes an id near to it: one of its choice, or
 * as near as one can be that is bound to its address, since half of them are to pass for honest where others are taken too. To each
 * node it is who that node was last told it is. It names others of its kind alone, tells everybody that they are seen at one and the
 * same wrong address, takes every announcement, and tells of none.
 */
final class Sybils {
    /** More than the first bits that an id must have of its address. */
    private static final int NEAR_BITS = 60;
    private static final int BOUND_BITS = 21;
    private static final int TRIES = 64;
    /** How many make themselves known to a node that joins. */
    private static final int MET = 10;
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
                .mapToObj(i -> new Sybil(network.freshAddress(), rule == IdRule.ENFORCED || i % 2 == 1)).toList();
        all.forEach(network::add);
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
    private final class Sybil implements VirtualNetwork.Machine {
        private final InetSocketAddress address;
        private final boolean bound;
        private final DhtId own;
        /** Who it is, to those who were told of another one than its own. */
        private final Map<InetSocketAddress, DhtId> poses = new HashMap<>();

        private Sybil(InetSocketAddress address, boolean bound) {
            this.address = address;
            this.bound = bound;
            this.own = AddressBound.id(address.getAddress(), network.random());
        }

        /** Its id near a key, as near as may be if it is to be bound to the address; always the same. */
        private DhtId near(DhtId key) {
            Random random = new Random(31L * key.hashCode() + address.hashCode());
            return bound ? nearestBound(key, address, random) : key.randomWithPrefix(NEAR_BITS, random);
        }

        private void greet(InetSocketAddress node, DhtId id) {
            poses.put(node, id);
            network.send(address, node,
                    KrpcEncoder.encode(new KrpcMessage.Query(Octets.ascii("sy"), Octets.EMPTY, false,
                            new KrpcQuery.FindNode(id, id, Set.of()))));
        }

        @Override
        public InetSocketAddress address() {
            return address;
        }

        @Override
        public void received(InetSocketAddress from, byte[] datagram) {
            try {
                if (KrpcDecoder.decode(datagram, any -> Optional.empty()) instanceof KrpcMessage.Query query) {
                    DhtId pose = poses.getOrDefault(from, own);
                    network.send(address, from, KrpcEncoder.encode(new KrpcMessage.Response(query.transaction(),
                            Octets.EMPTY, Optional.of(elsewhere), answer(query.query(), pose, from))));
                }
            } catch (FormatException e) {
                // What honest nodes answer to it is of no interest to it.
            }
        }

        private KrpcResponse answer(KrpcQuery query, DhtId pose, InetSocketAddress asker) {
            return switch (query) {
                case KrpcQuery.FindNode find -> new KrpcResponse.Nodes(pose, others(find.target(), asker));
                case KrpcQuery.GetPeers get -> new KrpcResponse.Peers(pose, TOKEN, List.of(), others(get.key(), asker));
                case KrpcQuery.AnnouncePeer _,KrpcQuery.Ping _,KrpcQuery.Get _,KrpcQuery.Put _ ->
                    new KrpcResponse.Done(pose);
            };
        }

        private List<Contact> others(DhtId key, InetSocketAddress asker) {
            List<Contact> others = new ArrayList<>();
            for (int i = 0; i < KrpcResponse.MAX_NODES; i++) {
                Sybil other = any();
                DhtId id = other.near(key);
                other.poses.put(asker, id);
                others.add(new Contact(id, other.address));
            }
            others.sort(Comparator.comparing(Contact::id, key::compareDistances));
            return others;
        }
    }
}
