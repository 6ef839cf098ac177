// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.dht;

import java.util.Collections;
import java.util.EnumSet;
import java.util.OptionalLong;
import java.util.Set;

/**
 * A question to a node. Each says in {@code id} who asks.
 *
 * <p>{@code want} names the families of which nodes are to come with the answer; empty, it is that of the address that is asked
 * (BEP 32).
 */
public sealed interface KrpcQuery {
    /** Longest token in bytes that is taken or sent back; those in use have 4 to 20. */
    int MAX_TOKEN = 64;

    /** Who asks. */
    DhtId id();

    /** What is asked. */
    default KrpcMethod method() {
        return switch (this) {
            case Ping ignored -> KrpcMethod.PING;
            case FindNode ignored -> KrpcMethod.FIND_NODE;
            case GetPeers ignored -> KrpcMethod.GET_PEERS;
            case AnnouncePeer ignored -> KrpcMethod.ANNOUNCE_PEER;
            case Get ignored -> KrpcMethod.GET;
            case Put ignored -> KrpcMethod.PUT;
        };
    }

    /** Are you there? */
    record Ping(DhtId id) implements KrpcQuery {}

    /** Which nodes near {@code target} do you know? */
    record FindNode(DhtId id, DhtId target, Set<AddressFamily> want) implements KrpcQuery {
        public FindNode {
            want = families(want);
        }
    }

    /** Who has announced itself under {@code key}, and which nodes near it do you know? */
    record GetPeers(DhtId id, DhtId key, Set<AddressFamily> want) implements KrpcQuery {
        public GetPeers {
            want = families(want);
        }
    }

    /**
     * Remember that there is a peer under {@code key}, at the address that this comes from.
     *
     * @param port the peer's, from 0 to 65,535
     * @param impliedPort whether {@code port} means nothing, and the peer's port is the one that this comes from
     * @param token from this node's answer to {@link GetPeers}; 1 to {@link #MAX_TOKEN} bytes
     */
    record AnnouncePeer(DhtId id, DhtId key, int port, boolean impliedPort, Octets token) implements KrpcQuery {
        public static final int MAX_PORT = 65_535;

        public AnnouncePeer {
            requireToken(token);
            if (port < 0 || port > MAX_PORT) {
                throw new IllegalArgumentException("port out of range: " + port);
            }
        }
    }

    /**
     * Which item do you keep under {@code target}, and which nodes near it do you know?
     *
     * @param newerThan only a mutable item with a higher number is wanted
     */
    record Get(DhtId id, DhtId target, OptionalLong newerThan, Set<AddressFamily> want) implements KrpcQuery {
        public Get {
            want = families(want);
            requireSequence(newerThan);
        }
    }

    /**
     * Keep this item.
     *
     * @param token from this node's answer to {@link Get}; 1 to {@link #MAX_TOKEN} bytes
     * @param expected only if the mutable item that is there has this number
     */
    record Put(DhtId id, Octets token, DhtItem item, OptionalLong expected) implements KrpcQuery {
        public Put {
            requireToken(token);
            requireSequence(expected);
            if (expected.isPresent() && item instanceof DhtItem.Immutable) {
                throw new IllegalArgumentException("an immutable item has no number to expect");
            }
        }
    }

    private static Set<AddressFamily> families(Set<AddressFamily> want) {
        EnumSet<AddressFamily> families = EnumSet.noneOf(AddressFamily.class);
        families.addAll(want);
        return Collections.unmodifiableSet(families);
    }

    private static void requireToken(Octets token) {
        if (token.isEmpty() || token.length() > MAX_TOKEN) {
            throw new IllegalArgumentException("a token of " + token.length() + " bytes");
        }
    }

    private static void requireSequence(OptionalLong sequence) {
        if (sequence.isPresent() && sequence.getAsLong() < 0) {
            throw new IllegalArgumentException("the number of an item is not negative: " + sequence.getAsLong());
        }
    }
}
