// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.dht;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.guixp2p.node.discovery.dht.LoneNode.at;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.guixp2p.protocol.dht.AddressFamily;
import org.guixp2p.protocol.dht.Contact;
import org.guixp2p.protocol.dht.DhtId;
import org.guixp2p.protocol.dht.DhtItem;
import org.guixp2p.protocol.dht.KrpcError;
import org.guixp2p.protocol.dht.KrpcMessage;
import org.guixp2p.protocol.dht.KrpcQuery;
import org.guixp2p.protocol.dht.KrpcResponse;
import org.guixp2p.protocol.dht.Octets;
import org.junit.jupiter.api.Test;

/** What a node answers. */
class DhtNodeAnswersTest {
    private static final InetSocketAddress HERE = at("8.8.8.8", 6881);

    private final LoneNode lone = new LoneNode(IdRule.PREFERRED);
    private final DhtId asker = DhtId.random(lone.random);
    private final DhtId key = DhtId.random(lone.random);

    private static Set<Contact> nodes(KrpcResponse response) {
        return switch (response) {
            case KrpcResponse.Nodes found -> Set.copyOf(found.nodes());
            case KrpcResponse.Peers found -> Set.copyOf(found.nodes());
            default -> throw new AssertionError(response);
        };
    }

    private KrpcResponse.Peers peers(InetSocketAddress from, DhtId of) {
        return (KrpcResponse.Peers) lone.response(from, new KrpcQuery.GetPeers(asker, of, Set.of()));
    }

    private KrpcQuery.AnnouncePeer announcement(InetSocketAddress from, int port, boolean implied) {
        return new KrpcQuery.AnnouncePeer(asker, key, port, implied, peers(from, key).token());
    }

    @Test
    void itIsThere() {
        assertEquals(new KrpcResponse.Done(lone.node.id()), lone.response(HERE, new KrpcQuery.Ping(asker)));
    }

    @Test
    void itNamesTheNearestThatItKnows() {
        List<Contact> known = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            known.add(lone.bound(at(i)));
            lone.know(known.get(i));
        }
        KrpcResponse.Nodes found = (KrpcResponse.Nodes) lone.response(HERE,
                new KrpcQuery.FindNode(asker, key, Set.of()));
        known.sort(Comparator.comparing(Contact::id, key::compareDistances));
        assertEquals(known, found.nodes());
        assertEquals(Set.copyOf(known), nodes(peers(HERE, key)));
        // Of those of whom nothing was heard for long nobody is told.
        lone.pass(KnownNode.FRESH);
        assertEquals(Set.of(), nodes(peers(HERE, key)));
    }

    @Test
    void whoAnnouncesItselfIsNamed() {
        InetSocketAddress there = at("9.9.9.9", 6881);
        assertEquals(new KrpcResponse.Done(lone.node.id()), lone.response(HERE, announcement(HERE, 4321, false)));
        assertEquals(new KrpcResponse.Done(lone.node.id()), lone.response(there, announcement(there, 1, true)));
        assertEquals(Set.of(at("8.8.8.8", 4321), there), Set.copyOf(peers(at("7.7.7.7", 1), key).peers()));
        assertEquals(List.of(), peers(HERE, DhtId.random(lone.random)).peers());
    }

    @Test
    void withoutATokenOfItsOwnNobodyAnnouncesItself() {
        KrpcQuery.AnnouncePeer announcement = announcement(HERE, 4321, false);
        assertEquals(KrpcError.PROTOCOL, lone.error(at("8.8.8.9", 6881), announcement).code());
        DhtId other = DhtId.random(lone.random);
        assertEquals(KrpcError.PROTOCOL, lone.error(HERE,
                new KrpcQuery.AnnouncePeer(asker, other, 4321, false, announcement.token())).code());
        assertEquals(KrpcError.PROTOCOL, lone.error(HERE,
                new KrpcQuery.AnnouncePeer(asker, key, 4321, false, Octets.ascii("anything"))).code());
        lone.pass(TokenIssuer.ROTATION.multipliedBy(2));
        assertEquals(KrpcError.PROTOCOL, lone.error(HERE, announcement).code());
        assertEquals(List.of(), peers(HERE, key).peers());
        assertEquals(List.of(), peers(HERE, other).peers());
    }

    @Test
    void whereNobodyCanBeReachedNobodyIsAnnounced() {
        assertEquals(KrpcError.PROTOCOL, lone.error(HERE, announcement(HERE, 0, false)).code());
        assertEquals(List.of(), peers(HERE, key).peers());
    }

    @Test
    void whereThereIsNoRoomItSaysSo() {
        for (int port = 1; port <= 3; port++) {
            lone.response(HERE, announcement(HERE, 2000 + port, false));
        }
        assertEquals(KrpcError.SERVER, lone.error(HERE, announcement(HERE, 3000, false)).code());
    }

    /** Whoever announces, and under whatever key. */
    @Test
    void moreThanThereIsMemoryForIsNotRemembered() {
        LoneNode small = new LoneNode(AddressFamily.IPV4, IdRule.PREFERRED, 64 << 10);
        int taken = 0;
        while (taken < 1000 && announces(small, at(taken), DhtId.random(small.random))) {
            taken++;
        }
        int most = taken;
        assertTrue(most > 60 && most < (64 << 10) / 700, () -> most + " were taken");
    }

    private boolean announces(LoneNode node, InetSocketAddress from, DhtId under) {
        KrpcResponse.Peers peers = (KrpcResponse.Peers) node.response(from,
                new KrpcQuery.GetPeers(asker, under, Set.of()));
        return node.answer(from, new KrpcQuery.AnnouncePeer(asker, under, 1, true, peers.token()))
                .orElseThrow() instanceof KrpcMessage.Response;
    }

    @Test
    void announcementsEnd() {
        lone.response(HERE, announcement(HERE, 4321, false));
        lone.pass(PeerRecords.LIFETIME);
        assertEquals(List.of(), peers(HERE, key).peers());
    }

    @Test
    void anAnswerNamesTwentyPeersOfMany() {
        for (int i = 0; i < 60; i++) {
            lone.response(at(i), announcement(at(i), 0, true));
        }
        Set<InetSocketAddress> told = new HashSet<>();
        for (int i = 0; i < 30; i++) {
            List<InetSocketAddress> some = peers(at(100 + i), key).peers();
            assertEquals(20, Set.copyOf(some).size());
            told.addAll(some);
        }
        assertEquals(60, told.size());
    }

    private KrpcResponse.Found item(DhtId target, OptionalLong newerThan) {
        return (KrpcResponse.Found) lone.response(HERE, new KrpcQuery.Get(asker, target, newerThan, Set.of()));
    }

    private KrpcQuery.Put putting(DhtItem item, OptionalLong expected) {
        return new KrpcQuery.Put(asker, item(item.target(), OptionalLong.empty()).token(), item, expected);
    }

    @Test
    void itemsAreKeptAndNamedBesideFewNodes() {
        for (int i = 0; i < 8; i++) {
            lone.know(lone.bound(at(i)));
        }
        DhtItem.Immutable item = new DhtItem.Immutable(Octets.ascii("995:" + "x".repeat(995)));
        assertEquals(new KrpcResponse.Held.Nothing(), item(item.target(), OptionalLong.empty()).held());
        assertEquals(8, item(item.target(), OptionalLong.empty()).nodes().size());
        assertEquals(new KrpcResponse.Done(lone.node.id()), lone.response(HERE, putting(item, OptionalLong.empty())));
        KrpcResponse.Found found = item(item.target(), OptionalLong.empty());
        assertEquals(new KrpcResponse.Held.Item(item), found.held());
        assertEquals(4, found.nodes().size());
    }

    @Test
    void aMutableItemIsItsOwnersAndIsReplacedByANewerOne() {
        SignedItems owner = new SignedItems();
        DhtItem.Mutable first = owner.item("salt", 3, "i1e");
        lone.response(HERE, putting(first, OptionalLong.empty()));
        // Answers do not repeat the salt.
        assertEquals(new KrpcResponse.Held.Item(first.withSalt(Octets.EMPTY)),
                item(first.target(), OptionalLong.of(2)).held());
        assertEquals(new KrpcResponse.Held.NotNewer(3), item(first.target(), OptionalLong.of(3)).held());
        assertEquals(KrpcError.INVALID_SIGNATURE,
                lone.error(HERE, putting(owner.forged("salt", 4, "i2e"), OptionalLong.empty())).code());
        assertEquals(KrpcError.SEQUENCE_TOO_LOW,
                lone.error(HERE, putting(owner.item("salt", 2, "i2e"), OptionalLong.empty())).code());
        assertEquals(KrpcError.CAS_MISMATCH,
                lone.error(HERE, putting(owner.item("salt", 4, "i2e"), OptionalLong.of(2))).code());
        assertEquals(new KrpcResponse.Done(lone.node.id()),
                lone.response(HERE, putting(owner.item("salt", 4, "i2e"), OptionalLong.of(3))));
    }

    @Test
    void whoHasNoTokenForAnItemPutsNothing() {
        DhtItem item = new DhtItem.Immutable(Octets.ascii("i1e"));
        Octets elsewhere = item(key, OptionalLong.empty()).token();
        for (Octets token : List.of(Octets.ascii("token"), elsewhere)) {
            assertEquals(KrpcError.PROTOCOL,
                    lone.error(HERE, new KrpcQuery.Put(asker, token, item, OptionalLong.empty())).code());
        }
        assertEquals(new KrpcResponse.Held.Nothing(), item(item.target(), OptionalLong.empty()).held());
    }

    @Test
    void nodesOfTheFamilyThatIsWantedAreNamed() {
        LoneNode six = new LoneNode(AddressFamily.IPV6, IdRule.PREFERRED);
        Contact of4 = lone.bound(at(1));
        Contact of6 = six.bound(at("2a00:1::1", 6881));
        lone.know(of4);
        six.know(of6);
        Set<AddressFamily> both = Set.of(AddressFamily.IPV4, AddressFamily.IPV6);
        assertEquals(Set.of(of4), nodes(lone.response(HERE, new KrpcQuery.FindNode(asker, key, both))));
        DhtNode.pair(lone.node, six.node);
        assertEquals(Set.of(of4), nodes(peers(HERE, key)));
        assertEquals(Set.of(of4, of6), nodes(lone.response(HERE, new KrpcQuery.FindNode(asker, key, both))));
        assertEquals(Set.of(of6),
                nodes(lone.response(HERE, new KrpcQuery.GetPeers(asker, key, Set.of(AddressFamily.IPV6)))));
        InetSocketAddress there = at("2a00:2::1", 6881);
        assertEquals(Set.of(of6), nodes(six.response(there, new KrpcQuery.FindNode(asker, key, Set.of()))));
        assertEquals(Set.of(of4, of6), nodes(six.response(there, new KrpcQuery.FindNode(asker, key, both))));
        assertThrows(IllegalArgumentException.class, () -> DhtNode.pair(lone.node, lone.node));
    }

    @Test
    void strangersAreToldOfNobodyInThisNetwork() {
        Contact local = lone.bound(at("192.168.1.2", 6881));
        Contact global = lone.bound(at(1));
        lone.know(local);
        lone.know(global);
        InetSocketAddress neighbour = at("192.168.1.3", 6881);
        lone.response(neighbour, announcement(neighbour, 5000, false));
        assertEquals(Set.of(global), nodes(peers(HERE, key)));
        assertEquals(List.of(), peers(HERE, key).peers());
        assertEquals(Set.of(local, global), nodes(peers(neighbour, key)));
        assertEquals(List.of(at("192.168.1.3", 5000)), peers(neighbour, key).peers());
    }

    @Test
    void whereBoundIdsAreEnforcedOthersAreTurnedAway() {
        LoneNode strict = new LoneNode(IdRule.ENFORCED);
        assertEquals(KrpcError.PROTOCOL, strict.error(HERE, new KrpcQuery.Ping(strict.unbound(HERE).id())).code());
        DhtId bound = strict.bound(HERE).id();
        assertEquals(new KrpcResponse.Done(strict.node.id()), strict.response(HERE, new KrpcQuery.Ping(bound)));
        assertEquals(KrpcError.PROTOCOL, strict.error(at(1), new KrpcQuery.Ping(strict.unbound(at(1)).id())).code());
    }

    @Test
    void oneAddressIsAnsweredOnlySoOften() {
        int bytes = 0;
        for (int i = 0; i < 1000; i++) {
            // Another id, or another port, is no other machine.
            InetSocketAddress port = at("8.8.8.8", 2000 + i);
            lone.answer(port, new KrpcQuery.Ping(DhtId.random(lone.random)));
            bytes += lone.sent.stream().mapToInt(sent -> sent.bytes().length).sum();
        }
        assertEquals(AnswerRate.MACHINE.burst(), bytes, 100);
        assertTrue(lone.answer(HERE, new KrpcQuery.Ping(asker)).isEmpty());
        lone.sent.clear();
        lone.node.received(HERE, "d1:q5:never1:t2:aa1:y1:qe".getBytes(ISO_8859_1));
        assertEquals(List.of(), lone.sent);
        assertTrue(lone.answer(at("8.8.8.9", 6881), new KrpcQuery.Ping(asker)).isPresent());
        lone.pass(Duration.ofSeconds(1));
        assertTrue(lone.answer(HERE, new KrpcQuery.Ping(asker)).isPresent());
    }

    @Test
    void aFloodFromStrangersLeavesRoomForThoseWhoAreKnown() {
        Contact known = lone.bound(at(0));
        lone.know(known);
        int stranger = 1;
        while (lone.answer(at(stranger), new KrpcQuery.FindNode(asker, key, Set.of())).isPresent()) {
            stranger++;
        }
        assertTrue(stranger > 100);
        assertTrue(lone.answer(known.address(), new KrpcQuery.Ping(known.id())).isPresent());
    }

    @Test
    void whatItDoesNotUnderstandItSays() {
        lone.node.received(HERE, "d1:ade1:q5:never1:t2:aa1:y1:qe".getBytes(ISO_8859_1));
        assertEquals(1, lone.sent.size());
        String error = new String(lone.sent.getFirst().bytes(), ISO_8859_1);
        assertTrue(error.contains("1:eli204e"), error);
    }

    @Test
    void whoDoesNotAnswerIsNotAsked() {
        lone.asked(HERE, new KrpcQuery.Ping(asker), true);
        assertEquals(1, lone.sent.size());
        lone.asked(HERE, new KrpcQuery.Ping(asker), false);
        assertEquals(3, lone.sent.size());
        LoneNode.Sent ping = lone.sent.getLast();
        assertEquals(new KrpcQuery.Ping(lone.node.id()), ping.query().query());
        assertEquals(HERE, ping.to());
        assertEquals(List.of(), lone.known());
        lone.respond(ping, new KrpcResponse.Done(asker));
        assertEquals(List.of(new Contact(asker, HERE)), lone.known());
    }

    @Test
    void whereNobodyMayBeSentNobodyIsPinged() {
        lone.asked(at("8.8.8.8", 53), new KrpcQuery.Ping(asker), false);
        assertEquals(1, lone.sent.size());
    }

    @Test
    void whoOnlyAsksAnswersNobody() {
        lone.node.readOnly(true);
        assertEquals(Optional.empty(), lone.answer(HERE, new KrpcQuery.Ping(asker)));
        lone.node.received(HERE, "d1:ade1:q5:never1:t2:aa1:y1:qe".getBytes(ISO_8859_1));
        assertEquals(List.of(), lone.sent);
        assertTrue(lone.ask(lone.bound(at(1)), ignored -> {}).query().readOnly());
        lone.node.readOnly(false);
        assertFalse(lone.ask(lone.bound(at(1)), ignored -> {}).query().readOnly());
        lone.pass(Duration.ofSeconds(1));
        assertTrue(lone.answer(HERE, new KrpcQuery.Ping(asker)).isPresent());
    }
}
