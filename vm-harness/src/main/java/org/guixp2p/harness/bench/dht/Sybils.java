// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.bench.dht;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
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
 * Addresses of one attacker who wants nobody to find what is under some keys. Each answers whatever it is asked, under an id
 * near to what is asked about: of its choice, or as near as one can be that is bound to its address, since half of them are to pass
 * for honest where others are taken too. It names others of its kind alone, takes every announcement, and tells of none.
 */
final class Sybils {
    /** More than the first bits that an id must have of its address. */
    private static final int NEAR_BITS = 60;
    private static final int BOUND_BITS = 21;
    private static final int TRIES = 64;
    private static final Octets TOKEN = Octets.ascii("sybil");

    private final VirtualNetwork network;
    private final List<Sybil> all;

    /** @param count addresses */
    Sybils(VirtualNetwork network, IdRule rule, int count) {
        this.network = network;
        this.all = IntStream.range(0, count)
                .mapToObj(i -> new Sybil(network.freshAddress(), rule == IdRule.ENFORCED || i % 2 == 1)).toList();
        all.forEach(network::add);
    }

    private DhtId nearestBound(DhtId key, InetSocketAddress address) {
        DhtId best = AddressBound.id(address.getAddress(), network.random());
        for (int i = 0; i < TRIES; i++) {
            byte[] bytes = AddressBound.id(address.getAddress(), network.random()).bytes();
            byte[] wanted = key.bytes();
            // Only the first 21 bits and the last 3 are those of the address.
            int whole = BOUND_BITS / Byte.SIZE;
            System.arraycopy(wanted, whole + 1, bytes, whole + 1, DhtId.BYTES - whole - 2);
            DhtId id = DhtId.of(bytes);
            best = key.compareDistances(id, best) < 0 ? id : best;
        }
        return best;
    }

    /** Makes itself known to nodes as one that is near a key. */
    void crowd(DhtId key, List<InetSocketAddress> nodes) {
        for (Sybil sybil : all) {
            DhtId id = sybil.near(key);
            for (InetSocketAddress node : nodes) {
                sybil.pose = id;
                network.send(sybil.address, node,
                        KrpcEncoder.encode(new KrpcMessage.Query(Octets.ascii("sy"), Octets.EMPTY,
                                false, new KrpcQuery.FindNode(id, key, Set.of()))));
            }
        }
    }

    /** One of the addresses. */
    private final class Sybil implements VirtualNetwork.Machine {
        private final InetSocketAddress address;
        private final boolean bound;
        /** Who it was last, for those who ping it. */
        private DhtId pose = DhtId.of(new byte[DhtId.BYTES]);

        private Sybil(InetSocketAddress address, boolean bound) {
            this.address = address;
            this.bound = bound;
        }

        /** An id near a key, as near as may be if it is to be bound to the address. */
        private DhtId near(DhtId key) {
            return bound ? nearestBound(key, address) : key.randomWithPrefix(NEAR_BITS, network.random());
        }

        @Override
        public InetSocketAddress address() {
            return address;
        }

        @Override
        public void received(InetSocketAddress from, byte[] datagram) {
            try {
                if (KrpcDecoder.decode(datagram, any -> Optional.empty()) instanceof KrpcMessage.Query query) {
                    network.send(address, from, KrpcEncoder.encode(new KrpcMessage.Response(query.transaction(),
                            Octets.EMPTY, Optional.of(from), answer(query.query()))));
                }
            } catch (FormatException e) {
                // What honest nodes answer to it is of no interest to it.
            }
        }

        private KrpcResponse answer(KrpcQuery query) {
            return switch (query) {
                case KrpcQuery.FindNode find ->
                    new KrpcResponse.Nodes(near(find.target()), others(find.target()));
                case KrpcQuery.GetPeers get ->
                    new KrpcResponse.Peers(near(get.key()), TOKEN, List.of(), others(get.key()));
                case KrpcQuery.AnnouncePeer announce -> new KrpcResponse.Done(near(announce.key()));
                case KrpcQuery.Ping _,KrpcQuery.Get _,KrpcQuery.Put _ -> new KrpcResponse.Done(pose);
            };
        }

        private List<Contact> others(DhtId key) {
            List<Contact> others = new ArrayList<>();
            for (int i = 0; i < KrpcResponse.MAX_NODES; i++) {
                Sybil other = all.get(network.random().nextInt(all.size()));
                others.add(new Contact(other.near(key), other.address));
            }
            others.sort(Comparator.comparing(Contact::id, key::compareDistances));
            return others;
        }
    }
}
