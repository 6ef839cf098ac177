// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.dht;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.BiFunction;
import org.guixp2p.protocol.dht.AddressFamily;
import org.guixp2p.protocol.dht.Contact;
import org.guixp2p.protocol.dht.DhtId;
import org.guixp2p.protocol.dht.DhtItem;
import org.guixp2p.protocol.dht.KrpcError;
import org.guixp2p.protocol.dht.KrpcMessage;
import org.guixp2p.protocol.dht.KrpcQuery;
import org.guixp2p.protocol.dht.KrpcResponse;
import org.guixp2p.protocol.dht.Octets;

/** What this node answers others, from what it knows and remembers. */
final class Answers {
    /** Nodes that are named beside an item: with more the datagram might be cut in pieces on its way. */
    private static final int BESIDE_AN_ITEM = 4;

    private final IdRule rule;
    private final RoutingTable table;
    private final TokenIssuer tokens;
    private final PeerRecords records;
    private final ItemRecords items;
    private final AddressFamily family;
    private final BiFunction<AddressFamily, DhtId, List<Contact>> near;

    /**
     * @param family the one that is asked about where a question does not say (BEP 32)
     * @param near good nodes of a family near a point, up to {@link KrpcResponse#MAX_NODES}, the nearest first
     */
    Answers(AddressFamily family, IdRule rule, RoutingTable table, TokenIssuer tokens, PeerRecords records,
            ItemRecords items, BiFunction<AddressFamily, DhtId, List<Contact>> near) {
        this.family = family;
        this.rule = rule;
        this.table = table;
        this.tokens = tokens;
        this.records = records;
        this.items = items;
        this.near = near;
    }

    /** The answer to a question from {@code source}. */
    KrpcMessage.Sendable to(InetSocketAddress source, KrpcMessage.Query message) {
        KrpcQuery query = message.query();
        if (!rule.admits(new Contact(query.id(), source))) {
            // With the error comes the address to bind an id to.
            return refusal(source, message, KrpcError.PROTOCOL, "the id is not bound to the address");
        }
        return switch (query) {
            case KrpcQuery.Ping ignored -> answer(source, message, new KrpcResponse.Done(table.own()));
            case KrpcQuery.FindNode find -> answer(source, message,
                    new KrpcResponse.Nodes(table.own(), nodes(source, find.target(), find.want())));
            case KrpcQuery.GetPeers get -> answer(source, message,
                    new KrpcResponse.Peers(table.own(), tokens.issue(source.getAddress(), get.key()),
                            peers(source, get.key()), nodes(source, get.key(), get.want())));
            case KrpcQuery.AnnouncePeer announce -> announced(source, message, announce);
            case KrpcQuery.Get get -> answer(source, message, found(source, get));
            case KrpcQuery.Put put -> put(source, message, put);
        };
    }

    private List<InetSocketAddress> peers(InetSocketAddress source, DhtId key) {
        return records.peers(key, KrpcResponse.MAX_PEERS).stream()
                .filter(peer -> Admission.mayName(source.getAddress(), peer)).toList();
    }

    private List<Contact> nodes(InetSocketAddress source, DhtId target, Set<AddressFamily> want) {
        List<Contact> nodes = new ArrayList<>();
        // In the order of the families, as they are to come in an answer.
        for (AddressFamily wanted : want.isEmpty() ? EnumSet.of(family) : want) {
            near.apply(wanted, target).stream()
                    .filter(node -> Admission.mayName(source.getAddress(), node.address())).forEach(nodes::add);
        }
        return nodes;
    }

    private KrpcMessage.Sendable announced(InetSocketAddress source, KrpcMessage.Query message,
            KrpcQuery.AnnouncePeer announce) {
        if (!tokens.accepts(announce.token(), source.getAddress(), announce.key())) {
            return refusal(source, message, KrpcError.PROTOCOL, "the token was not given out lately");
        }
        int port = announce.impliedPort() ? source.getPort() : announce.port();
        if (port == 0) {
            return refusal(source, message, KrpcError.PROTOCOL, "no port");
        }
        return records.announce(announce.key(), new InetSocketAddress(source.getAddress(), port))
                ? answer(source, message, new KrpcResponse.Done(table.own()))
                : refusal(source, message, KrpcError.SERVER, "no room");
    }

    private KrpcResponse found(InetSocketAddress source, KrpcQuery.Get get) {
        KrpcResponse.Held held = items.get(get.target()).map(item -> held(item, get.newerThan()))
                .orElseGet(KrpcResponse.Held.Nothing::new);
        List<Contact> nodes = nodes(source, get.target(), get.want());
        int most = held instanceof KrpcResponse.Held.Item ? BESIDE_AN_ITEM : nodes.size();
        return new KrpcResponse.Found(table.own(), tokens.issue(source.getAddress(), get.target()), held,
                nodes.subList(0, Math.min(most, nodes.size())));
    }

    private static KrpcResponse.Held held(DhtItem item, OptionalLong newerThan) {
        return switch (item) {
            case DhtItem.Immutable same -> new KrpcResponse.Held.Item(same);
            case DhtItem.Mutable mutable -> newerThan.isPresent() && mutable.sequence() <= newerThan.getAsLong()
                    ? new KrpcResponse.Held.NotNewer(mutable.sequence())
                    : new KrpcResponse.Held.Item(mutable.withSalt(Octets.EMPTY));
        };
    }

    private KrpcMessage.Sendable put(InetSocketAddress source, KrpcMessage.Query message, KrpcQuery.Put put) {
        if (!tokens.accepts(put.token(), source.getAddress(), put.item().target())) {
            return refusal(source, message, KrpcError.PROTOCOL, "the token was not given out lately");
        }
        if (put.item() instanceof DhtItem.Mutable mutable && !mutable.isSigned()) {
            return refusal(source, message, KrpcError.INVALID_SIGNATURE, "the signature is not the owner's");
        }
        return switch (items.put(put.item(), put.expected(), source.getAddress())) {
            case KEPT -> answer(source, message, new KrpcResponse.Done(table.own()));
            case NO_ROOM -> refusal(source, message, KrpcError.SERVER, "no room");
            case SEQUENCE_TOO_LOW -> refusal(source, message, KrpcError.SEQUENCE_TOO_LOW, "the item here is newer");
            case UNEXPECTED -> refusal(source, message, KrpcError.CAS_MISMATCH, "the item here has another number");
        };
    }

    private static KrpcMessage.Sendable answer(InetSocketAddress source, KrpcMessage.Query message,
            KrpcResponse response) {
        return new KrpcMessage.Response(message.transaction(), DhtNode.VERSION, Optional.of(source), response);
    }

    private static KrpcMessage.Sendable refusal(InetSocketAddress source, KrpcMessage message, int code, String text) {
        return refusal(source, message, new KrpcError(code, text));
    }

    /** The answer to a question that cannot be answered. */
    static KrpcMessage.Sendable refusal(InetSocketAddress source, KrpcMessage message, KrpcError error) {
        return new KrpcMessage.Failure(message.transaction(), DhtNode.VERSION, Optional.of(source), error);
    }
}
