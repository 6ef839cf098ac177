// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.dht;

import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Writes messages of KRPC: keys sorted, nothing that has no meaning. */
public final class KrpcEncoder {
    private KrpcEncoder() {}

    /** The datagram of a message: fewer than {@link KrpcMessage#MAX_BYTES} bytes. */
    public static byte[] encode(KrpcMessage.Sendable message) {
        BencodeWriter datagram = new BencodeWriter().string("t", message.transaction().shared())
                .optionalString("v", message.version());
        switch (message) {
            case KrpcMessage.Query query -> {
                datagram.string("y", "q").string("q", query.query().method().token())
                        .dictionary("a", arguments(query.query()));
                if (query.readOnly()) {
                    datagram.number("ro", 1);
                }
            }
            case KrpcMessage.Response response -> {
                datagram.string("y", "r").dictionary("r", values(response.response()));
                seenAt(datagram, response.seenAt());
            }
            case KrpcMessage.Failure failure -> {
                datagram.string("y", "e").list("e", List.of(BencodeWriter.encode(failure.error().code()),
                        BencodeWriter.encode(failure.error().message().getBytes(StandardCharsets.UTF_8))));
                seenAt(datagram, failure.seenAt());
            }
        }
        return datagram.encoded();
    }

    private static void seenAt(BencodeWriter datagram, Optional<InetSocketAddress> address) {
        address.ifPresent(seen -> datagram.string("ip", Compact.encode(seen)));
    }

    private static BencodeWriter arguments(KrpcQuery query) {
        BencodeWriter arguments = new BencodeWriter().string("id", query.id().bytes());
        switch (query) {
            case KrpcQuery.Ping ignored -> {
            }
            case KrpcQuery.FindNode find -> {
                arguments.string("target", find.target().bytes());
                want(arguments, find.want());
            }
            case KrpcQuery.GetPeers get -> {
                arguments.string("info_hash", get.key().bytes());
                want(arguments, get.want());
            }
            case KrpcQuery.AnnouncePeer announce -> {
                arguments.string("info_hash", announce.key().bytes()).number("port", announce.port())
                        .string("token", announce.token().shared());
                if (announce.impliedPort()) {
                    arguments.number("implied_port", 1);
                }
            }
            case KrpcQuery.Get get -> {
                arguments.string("target", get.target().bytes());
                get.newerThan().ifPresent(sequence -> arguments.number("seq", sequence));
                want(arguments, get.want());
            }
            case KrpcQuery.Put put -> {
                arguments.string("token", put.token().shared());
                item(arguments, put.item());
                put.expected().ifPresent(sequence -> arguments.number("cas", sequence));
            }
        }
        return arguments;
    }

    private static void want(BencodeWriter arguments, Set<AddressFamily> want) {
        if (!want.isEmpty()) {
            arguments.strings("want", want.stream()
                    .map(family -> family.wanted().getBytes(StandardCharsets.US_ASCII)).toList());
        }
    }

    private static void item(BencodeWriter entries, DhtItem item) {
        entries.verbatim("v", item.value());
        if (item instanceof DhtItem.Mutable mutable) {
            entries.string("k", mutable.publicKey().shared()).optionalString("salt", mutable.salt())
                    .number("seq", mutable.sequence()).string("sig", mutable.signature().shared());
        }
    }

    private static BencodeWriter values(KrpcResponse response) {
        BencodeWriter values = new BencodeWriter().string("id", response.id().bytes());
        switch (response) {
            case KrpcResponse.Done ignored -> {
            }
            case KrpcResponse.Nodes found -> nodes(values, found.nodes());
            case KrpcResponse.Peers found -> {
                values.optionalString("token", found.token());
                if (!found.peers().isEmpty()) {
                    values.strings("values", found.peers().stream().map(Compact::encode).toList());
                }
                nodes(values, found.nodes());
            }
            case KrpcResponse.Found found -> {
                values.optionalString("token", found.token());
                switch (found.held()) {
                    case KrpcResponse.Held.Nothing() -> {
                    }
                    case KrpcResponse.Held.NotNewer(long sequence) -> values.number("seq", sequence);
                    case KrpcResponse.Held.Item(DhtItem item) -> item(values, item);
                }
                nodes(values, found.nodes());
            }
        }
        return values;
    }

    /** Some implementations want {@code nodes} to be there: it is, if only with nothing in it. */
    private static void nodes(BencodeWriter values, List<Contact> nodes) {
        for (AddressFamily family : AddressFamily.values()) {
            List<Contact> ofFamily = nodes.stream().filter(node -> node.family() == family).toList();
            if (!ofFamily.isEmpty() || (nodes.isEmpty() && family == AddressFamily.IPV4)) {
                values.string(family.nodes(), Compact.encode(ofFamily));
            }
        }
    }
}
