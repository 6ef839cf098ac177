// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.dht;

import static org.guixp2p.node.discovery.dht.LoneNode.at;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.guixp2p.protocol.dht.AddressFamily;
import org.guixp2p.protocol.dht.Contact;
import org.guixp2p.protocol.dht.DhtId;
import org.guixp2p.protocol.dht.KrpcEncoder;
import org.guixp2p.protocol.dht.KrpcMessage;
import org.guixp2p.protocol.dht.KrpcQuery;
import org.guixp2p.protocol.dht.KrpcResponse;
import org.guixp2p.protocol.dht.Octets;
import org.junit.jupiter.api.Test;

/** Datagrams that nobody should send. */
class DhtNodeHostileTest {
    private static final InetSocketAddress HERE = at("8.8.8.8", 6881);
    /** Longer ones are cut in pieces on many a way. */
    private static final int UNCUT = 1280;

    private final LoneNode lone = new LoneNode(IdRule.PREFERRED);

    @Property(tries = 300)
    void noiseIsNotAnswered(@ForAll @Size(max = 3000) byte[] noise) {
        LoneNode fresh = new LoneNode(IdRule.PREFERRED);
        fresh.node.received(HERE, noise);
        assertEquals(List.of(), fresh.sent);
    }

    /** Of messages that are right but for a few bytes some are answered, once, and no more is made of them. */
    @Property(tries = 100)
    void spoiltMessagesDoNoHarm(@ForAll long seed) {
        Random chance = new Random(seed);
        LoneNode fresh = new LoneNode(IdRule.PREFERRED);
        Contact known = fresh.bound(at(1));
        fresh.know(known);
        List<byte[]> messages = messages(fresh, known);
        int pings = 0;
        for (int i = 0; i < 200; i++) {
            byte[] message = messages.get(chance.nextInt(messages.size())).clone();
            for (int j = chance.nextInt(3); j >= 0; j--) {
                message[chance.nextInt(message.length)] = (byte) chance.nextInt(256);
            }
            if (chance.nextInt(4) == 0) {
                message = Arrays.copyOf(message, chance.nextInt(2 * message.length));
            }
            fresh.sent.clear();
            InetSocketAddress source = at(10 + i);
            fresh.node.received(source, message);
            assertTrue(fresh.sent.size() <= 2, "more than an answer and a ping");
            assertTrue(fresh.sent.stream().allMatch(sent -> sent.to().equals(source) && sent.bytes().length <= UNCUT));
            pings += Math.max(0, fresh.sent.size() - 1);
            fresh.now += Duration.ofMillis(1).toNanos();
        }
        assertTrue(pings <= 200);
        assertEquals(List.of(known), fresh.known());
    }

    private static List<byte[]> messages(LoneNode node, Contact by) {
        DhtId id = DhtId.random(node.random);
        Octets transaction = node.ask(by, ignored -> {}).query().transaction();
        List<byte[]> messages = new ArrayList<>();
        List<KrpcQuery> queries = List.of(new KrpcQuery.Ping(id),
                new KrpcQuery.FindNode(id, id, Set.of(AddressFamily.IPV6)),
                new KrpcQuery.GetPeers(id, id, Set.of()),
                new KrpcQuery.AnnouncePeer(id, id, 77, true, Octets.ascii("token")));
        queries.forEach(query -> messages
                .add(KrpcEncoder.encode(new KrpcMessage.Query(LoneNode.TRANSACTION, DhtNode.VERSION, false, query))));
        messages.add(KrpcEncoder.encode(new KrpcMessage.Response(transaction, DhtNode.VERSION, Optional.of(HERE),
                new KrpcResponse.Nodes(id, List.of(by)))));
        return messages;
    }

    @Test
    void datagramsFromNowhereAreNotAnswered() {
        KrpcQuery ping = new KrpcQuery.Ping(DhtId.random(lone.random));
        assertEquals(Optional.empty(), lone.answer(at("8.8.8.8", 0), ping));
        assertEquals(Optional.empty(), lone.answer(at("2a00::1", 6881), ping));
    }

    @Test
    void whoPretendsToBeThisNodeIsNotKnown() {
        DhtId own = lone.node.id();
        lone.asked(HERE, new KrpcQuery.Ping(own), false);
        assertEquals(1, lone.sent.size());
        Contact contact = lone.bound(at(1));
        lone.respond(lone.ask(contact, ignored -> {}), new KrpcResponse.Done(own));
        assertEquals(List.of(), lone.known());
    }

    @Test
    void theLongestAnswerIsNotCut() {
        LoneNode six = new LoneNode(AddressFamily.IPV6, IdRule.PREFERRED);
        DhtNode.pair(lone.node, six.node);
        for (int i = 0; i < 8; i++) {
            lone.know(lone.bound(at(i)));
            six.know(six.bound(at("2a00:0:" + i + "::1", 6881)));
        }
        DhtId key = DhtId.random(six.random);
        for (int i = 1; i <= 30; i++) {
            InetSocketAddress peer = at("2a01:0:" + i + "::1", 6881);
            KrpcResponse.Peers peers = (KrpcResponse.Peers) six.response(peer,
                    new KrpcQuery.GetPeers(key, key, Set.of()));
            six.response(peer, new KrpcQuery.AnnouncePeer(key, key, 0, true, peers.token()));
        }
        six.sent.clear();
        Octets transaction = Octets.of(new byte[KrpcMessage.MAX_TRANSACTION]);
        six.node.received(at("2a02::1", 6881), KrpcEncoder.encode(new KrpcMessage.Query(transaction, Octets.EMPTY, true,
                new KrpcQuery.GetPeers(key, key, Set.of(AddressFamily.IPV4, AddressFamily.IPV6)))));
        assertTrue(six.sent.getFirst().bytes().length <= UNCUT, six.sent.getFirst().bytes().length + " bytes");
        assertTrue(six.sent.getFirst().bytes().length > 1000, six.sent.getFirst().bytes().length + " bytes");
    }

    /** Whoever forges many senders makes this node ping some of them, and they take no room from its own questions. */
    @Test
    void strangersArePingedOnlySoOften() {
        int pings = 0;
        for (int i = 0; i < 5000; i++) {
            lone.sent.clear();
            lone.asked(at(i), new KrpcQuery.Ping(DhtId.random(lone.random)), false);
            pings += lone.sent.size() - 1;
            lone.pass(Duration.ofMillis(1));
        }
        assertEquals(CoolDown.BURST + 5000 / CoolDown.INTERVAL.toMillis() - 1, pings, 1);
        lone.ask(lone.bound(at(5000)), ignored -> {});
    }
}
