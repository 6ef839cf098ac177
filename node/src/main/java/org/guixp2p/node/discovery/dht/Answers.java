// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.dht;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;
import org.guixp2p.protocol.dht.AddressFamily;
import org.guixp2p.protocol.dht.Contact;
import org.guixp2p.protocol.dht.DhtId;
import org.guixp2p.protocol.dht.KrpcError;
import org.guixp2p.protocol.dht.KrpcMessage;
import org.guixp2p.protocol.dht.KrpcQuery;
import org.guixp2p.protocol.dht.KrpcResponse;

/** What this node answers others, from what it knows and remembers. It keeps no items (BEP 44). */
final class Answers {
    private final IdRule rule;
    private final RoutingTable table;
    private final TokenIssuer tokens;
    private final PeerRecords records;
    private final AddressFamily family;
    private final BiFunction<AddressFamily, DhtId, List<Contact>> near;

    /**
     * @param family the one that is asked about where a question does not say (BEP 32)
     * @param near good nodes of a family near a point, up to {@link KrpcResponse#MAX_NODES}, the nearest first
     */
    Answers(AddressFamily family, IdRule rule, RoutingTable table, TokenIssuer tokens, PeerRecords records,
            BiFunction<AddressFamily, DhtId, List<Contact>> near) {
        this.family = family;
        this.rule = rule;
        this.table = table;
        this.tokens = tokens;
        this.records = records;
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
            case KrpcQuery.Get ignored -> noItems(source, message);
            case KrpcQuery.Put ignored -> noItems(source, message);
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

    private static KrpcMessage.Sendable noItems(InetSocketAddress source, KrpcMessage.Query message) {
        return refusal(source, message, KrpcError.METHOD_UNKNOWN, "no items are kept here");
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
