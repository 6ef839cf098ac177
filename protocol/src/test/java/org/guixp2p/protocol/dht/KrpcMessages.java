// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.dht;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;

/** Any message of KRPC. */
final class KrpcMessages {
    private KrpcMessages() {}

    static Arbitrary<KrpcMessage.Sendable> all() {
        return Arbitraries.oneOf(
                Combinators.combine(octets(1, 32), octets(0, 16), Arbitraries.of(true, false), queries())
                        .as(KrpcMessage.Query::new),
                Combinators.combine(octets(1, 32), octets(0, 16), addresses().optional(), responses())
                        .as(KrpcMessage.Response::new),
                Combinators.combine(octets(1, 32), octets(0, 16), addresses().optional(), errors())
                        .as(KrpcMessage.Failure::new));
    }

    static Arbitrary<DhtId> ids() {
        return Arbitraries.bytes().array(byte[].class).ofSize(DhtId.BYTES).map(DhtId::of);
    }

    private static Arbitrary<Octets> octets(int least, int most) {
        return Arbitraries.bytes().array(byte[].class).ofMinSize(least).ofMaxSize(most).map(Octets::of);
    }

    static Arbitrary<InetSocketAddress> addresses(AddressFamily family) {
        return Combinators.combine(Arbitraries.bytes().array(byte[].class).ofSize(family.addressBytes()),
                Arbitraries.integers().between(0, 65_535)).as((bytes, port) -> {
                    try {
                        return new InetSocketAddress(InetAddress.getByAddress(bytes), port);
                    } catch (UnknownHostException e) {
                        throw new IllegalStateException(e);
                    }
                }).filter(address -> AddressFamily.of(Compact.requireResolved(address)) == family);
    }

    private static Arbitrary<InetSocketAddress> addresses() {
        return Arbitraries.of(AddressFamily.class).flatMap(KrpcMessages::addresses);
    }

    private static Arbitrary<List<Contact>> nodes() {
        return Combinators.combine(nodes(AddressFamily.IPV4), nodes(AddressFamily.IPV6)).as((four, six) -> {
            List<Contact> nodes = new ArrayList<>(four);
            nodes.addAll(six);
            return nodes;
        });
    }

    private static Arbitrary<List<Contact>> nodes(AddressFamily family) {
        return Combinators.combine(ids(), addresses(family)).as(Contact::new).list().ofMaxSize(KrpcResponse.MAX_NODES);
    }

    private static Arbitrary<OptionalLong> sequences() {
        return Arbitraries.longs().greaterOrEqual(0).optional()
                .map(some -> some.map(OptionalLong::of).orElse(OptionalLong.empty()));
    }

    private static Arbitrary<Octets> values() {
        Arbitrary<Octets> texts = octets(0, 996).map(text -> Octets.of(BencodeWriter.encode(text.bytes())));
        Arbitrary<Octets> others = Arbitraries.longs().map(number -> Octets.of(new BencodeWriter().number("n", number)
                .strings("l", List.of(new byte[]{1}, new byte[0])).encoded()));
        return Arbitraries.oneOf(texts, others);
    }

    private static Arbitrary<DhtItem> items(int mostSalt) {
        Arbitrary<DhtItem> immutable = values().map(DhtItem.Immutable::new);
        Arbitrary<DhtItem> mutable = Combinators.combine(octets(32, 32), octets(0, mostSalt),
                Arbitraries.longs().greaterOrEqual(0), values(), octets(64, 64)).as(DhtItem.Mutable::new);
        return Arbitraries.oneOf(immutable, mutable);
    }

    private static Arbitrary<KrpcQuery> queries() {
        Arbitrary<Set<AddressFamily>> want = Arbitraries.of(AddressFamily.class).set().ofMaxSize(2);
        return Arbitraries.oneOf(ids().map(KrpcQuery.Ping::new),
                Combinators.combine(ids(), ids(), want).as(KrpcQuery.FindNode::new),
                Combinators.combine(ids(), ids(), want).as(KrpcQuery.GetPeers::new),
                Combinators.combine(ids(), ids(), Arbitraries.integers().between(0, 65_535),
                        Arbitraries.of(true, false), octets(1, 64)).as(KrpcQuery.AnnouncePeer::new),
                Combinators.combine(ids(), ids(), sequences(), want).as(KrpcQuery.Get::new),
                Combinators.combine(ids(), octets(1, 64), items(64), sequences())
                        .as((id, token, item, expected) -> new KrpcQuery.Put(id, token, item,
                                item instanceof DhtItem.Mutable ? expected : OptionalLong.empty())));
    }

    private static Arbitrary<KrpcResponse> responses() {
        Arbitrary<List<InetSocketAddress>> peers = addresses().list().ofMaxSize(KrpcResponse.MAX_PEERS);
        Arbitrary<KrpcResponse.Held> held = Arbitraries.oneOf(Arbitraries.just(new KrpcResponse.Held.Nothing()),
                Arbitraries.longs().greaterOrEqual(0).map(KrpcResponse.Held.NotNewer::new),
                items(0).map(KrpcResponse.Held.Item::new));
        return Arbitraries.oneOf(ids().map(KrpcResponse.Done::new),
                Combinators.combine(ids(), nodes()).as(KrpcResponse.Nodes::new),
                Combinators.combine(ids(), octets(0, 64), peers, nodes()).as(KrpcResponse.Peers::new),
                Combinators.combine(ids(), octets(0, 64), held, nodes()).as(KrpcResponse.Found::new));
    }

    private static Arbitrary<KrpcError> errors() {
        return Combinators.combine(Arbitraries.longs(),
                Arbitraries.strings().withCharRange(' ', '~').withChars("ü€…").ofMaxLength(KrpcError.MAX_MESSAGE))
                .as(KrpcError::new);
    }

    /** What must have been asked for this to be the answer. */
    static Optional<KrpcMethod> asked(KrpcMessage message) {
        return message instanceof KrpcMessage.Response response ? Optional.of(switch (response.response()) {
            case KrpcResponse.Done ignored -> KrpcMethod.PING;
            case KrpcResponse.Nodes ignored -> KrpcMethod.FIND_NODE;
            case KrpcResponse.Peers ignored -> KrpcMethod.GET_PEERS;
            case KrpcResponse.Found ignored -> KrpcMethod.GET;
        }) : Optional.empty();
    }
}
