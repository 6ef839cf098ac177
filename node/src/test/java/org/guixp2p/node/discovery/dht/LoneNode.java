// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.dht;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.Consumer;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.dht.AddressBound;
import org.guixp2p.protocol.dht.AddressFamily;
import org.guixp2p.protocol.dht.Contact;
import org.guixp2p.protocol.dht.DhtId;
import org.guixp2p.protocol.dht.KrpcDecoder;
import org.guixp2p.protocol.dht.KrpcEncoder;
import org.guixp2p.protocol.dht.KrpcError;
import org.guixp2p.protocol.dht.KrpcMessage;
import org.guixp2p.protocol.dht.KrpcMethod;
import org.guixp2p.protocol.dht.KrpcQuery;
import org.guixp2p.protocol.dht.KrpcResponse;
import org.guixp2p.protocol.dht.Octets;

/** One node, and whatever a test makes others say to it. */
final class LoneNode {
    static final Octets TRANSACTION = Octets.ascii("aa");

    final Random random = new Random(3);
    final List<Sent> sent = new ArrayList<>();
    final DhtNode node;
    /** Clocks may begin anywhere, and pass the highest number. */
    long now = Long.MAX_VALUE - 1;

    record Sent(InetSocketAddress to, byte[] bytes) {
        /** A question of the node's. */
        KrpcMessage.Query query() {
            return (KrpcMessage.Query) decoded(bytes, Optional.empty());
        }
    }

    LoneNode(AddressFamily family, IdRule rule) {
        this(family, rule, 4L << 20);
    }

    /** @param memory for what others have it remember, in bytes */
    LoneNode(AddressFamily family, IdRule rule, long memory) {
        DhtState state = DhtState.first(family, random);
        node = new DhtNode(state, rule, memory, Messages.by((to, bytes) -> sent.add(new Sent(to, bytes))), random,
                () -> now);
    }

    LoneNode(IdRule rule) {
        this(AddressFamily.IPV4, rule);
    }

    static InetSocketAddress at(String host, int port) {
        return new InetSocketAddress(InetAddress.ofLiteral(host), port);
    }

    /** An address in the n-th of many networks. */
    static InetSocketAddress at(int network) {
        return at("5." + network / 256 + "." + network % 256 + ".1", 6881);
    }

    /** A node there, with an id that is bound to its address. */
    Contact bound(InetSocketAddress address) {
        return new Contact(AddressBound.id(address.getAddress(), random), address);
    }

    Contact unbound(InetSocketAddress address) {
        DhtId id = DhtId.random(random);
        while (AddressBound.matches(id, address.getAddress())) {
            id = DhtId.random(random);
        }
        return new Contact(id, address);
    }

    private static KrpcMessage decoded(byte[] bytes, Optional<KrpcMethod> method) {
        try {
            return KrpcDecoder.decode(bytes, ignored -> method);
        } catch (FormatException e) {
            throw new AssertionError(e);
        }
    }

    void pass(Duration time) {
        now += time.toNanos();
        node.tick();
    }

    /** Somebody asks. */
    void asked(InetSocketAddress from, KrpcQuery query, boolean readOnly) {
        node.received(from, KrpcEncoder.encode(new KrpcMessage.Query(TRANSACTION, Octets.EMPTY, readOnly, query)));
    }

    /** What the node answers to somebody who does not answer himself; nothing when it does not. */
    Optional<KrpcMessage> answer(InetSocketAddress from, KrpcQuery query) {
        sent.clear();
        asked(from, query, true);
        if (sent.isEmpty()) {
            return Optional.empty();
        }
        assertEquals(1, sent.size());
        assertEquals(from, sent.getFirst().to);
        KrpcMessage message = decoded(sent.getFirst().bytes, Optional.of(query.method()));
        assertEquals(TRANSACTION, message.transaction());
        return Optional.of(message);
    }

    KrpcResponse response(InetSocketAddress from, KrpcQuery query) {
        KrpcMessage.Response message = (KrpcMessage.Response) answer(from, query).orElseThrow();
        assertEquals(Optional.of(from), message.seenAt());
        return message.response();
    }

    KrpcError error(InetSocketAddress from, KrpcQuery query) {
        KrpcMessage.Failure message = (KrpcMessage.Failure) answer(from, query).orElseThrow();
        assertEquals(Optional.of(from), message.seenAt());
        return message.error();
    }

    /** Asks, and gives the datagram that it sent. */
    Sent ask(Contact contact, Consumer<Outcome> callback) {
        int before = sent.size();
        node.ask(contact, new KrpcQuery.Ping(node.id()), callback);
        assertEquals(before + 1, sent.size());
        return sent.getLast();
    }

    /** Somebody answers what the node has sent. */
    void respond(InetSocketAddress from, Sent question, KrpcResponse response, Optional<InetSocketAddress> seenAt) {
        node.received(from, KrpcEncoder.encode(
                new KrpcMessage.Response(question.query().transaction(), Octets.EMPTY, seenAt, response)));
    }

    void respond(Sent question, KrpcResponse response) {
        respond(question.to, question, response, Optional.empty());
    }

    void refuse(Sent question, Optional<InetSocketAddress> seenAt) {
        node.received(question.to,
                KrpcEncoder.encode(new KrpcMessage.Failure(question.query().transaction(), Octets.EMPTY,
                        seenAt, new KrpcError(KrpcError.PROTOCOL, "no"))));
    }

    /** A node that answers, so that it is known. */
    void know(Contact contact) {
        respond(ask(contact, ignored -> {}), new KrpcResponse.Done(contact.id()));
    }

    List<Contact> known() {
        return node.state().nodes();
    }
}
