// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.dht;

import java.net.InetSocketAddress;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * An answer to a {@link KrpcQuery}. Each says in {@code id} who answers.
 *
 * <p>{@code nodes} are those near what was asked for, nearest first and IPv4 before IPv6; of each family at most
 * {@link #MAX_NODES}. {@code token} is what a later query must bring that writes under the same key; empty when there is none, up
 * to {@link KrpcQuery#MAX_TOKEN} bytes.
 */
public sealed interface KrpcResponse {
    /** How many nodes of a family are sent or taken: Kademlia's k. */
    int MAX_NODES = 8;
    /** How many peers are sent or taken. */
    int MAX_PEERS = 20;

    /** Who answers. */
    DhtId id();

    /** To {@code ping}, {@code announce_peer} and {@code put}: here I am, it is done. */
    record Done(DhtId id) implements KrpcResponse {}

    /** To {@code find_node}. */
    record Nodes(DhtId id, List<Contact> nodes) implements KrpcResponse {
        public Nodes {
            nodes = checked(nodes);
        }
    }

    /**
     * To {@code get_peers}.
     *
     * @param peers up to {@link #MAX_PEERS}
     */
    record Peers(DhtId id, Octets token, List<InetSocketAddress> peers, List<Contact> nodes) implements KrpcResponse {
        public Peers {
            peers = List.copyOf(peers);
            nodes = checked(nodes);
            requireToken(token);
            if (peers.size() > MAX_PEERS) {
                throw new IllegalArgumentException(peers.size() + " peers");
            }
            peers.forEach(Compact::requireResolved);
        }
    }

    /** To {@code get}. An item comes beside few nodes: with 8 of each family the datagram would be cut in pieces on its way. */
    record Found(DhtId id, Octets token, Held held, List<Contact> nodes) implements KrpcResponse {
        public Found {
            nodes = checked(nodes);
            requireToken(token);
        }
    }

    /** What a node keeps under the key that it was asked for. */
    sealed interface Held {
        /** No item. */
        record Nothing() implements Held {}

        /** A mutable item that is not newer than the one that is known already; {@code sequence} is its number. */
        record NotNewer(long sequence) implements Held {
            public NotNewer {
                if (sequence < 0) {
                    throw new IllegalArgumentException("the number of an item is not negative: " + sequence);
                }
            }
        }

        /** An item, not yet verified; the salt of a mutable one is empty, since answers have none. */
        record Item(DhtItem item) implements Held {
            public Item {
                if (item instanceof DhtItem.Mutable mutable && !mutable.salt().isEmpty()) {
                    throw new IllegalArgumentException("an answer does not repeat the salt");
                }
            }
        }
    }

    private static List<Contact> checked(List<Contact> nodes) {
        Map<AddressFamily, Integer> counts = new EnumMap<>(AddressFamily.class);
        AddressFamily last = AddressFamily.IPV4;
        for (Contact node : nodes) {
            AddressFamily family = node.family();
            if (family.compareTo(last) < 0) {
                throw new IllegalArgumentException("nodes of IPv4 come before those of IPv6");
            }
            if (counts.merge(family, 1, Integer::sum) > MAX_NODES) {
                throw new IllegalArgumentException("more than " + MAX_NODES + " nodes of " + family);
            }
            last = family;
        }
        return List.copyOf(nodes);
    }

    private static void requireToken(Octets token) {
        if (token.length() > KrpcQuery.MAX_TOKEN) {
            throw new IllegalArgumentException("a token of " + token.length() + " bytes");
        }
    }
}
