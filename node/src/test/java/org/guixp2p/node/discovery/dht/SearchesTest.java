// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.dht;

import static org.guixp2p.node.discovery.dht.LoneNode.at;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.guixp2p.protocol.dht.AddressFamily;
import org.guixp2p.protocol.dht.Contact;
import org.guixp2p.protocol.dht.DhtId;
import org.guixp2p.protocol.dht.KrpcQuery;
import org.guixp2p.protocol.dht.KrpcResponse;
import org.guixp2p.protocol.dht.Octets;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Peers are announced and found in a network of nodes that have got to know each other. */
class SearchesTest {
    private static final int NODES = 60;
    private static final int PORT = 4711;
    private static final InetSocketAddress ROUTER = at(0);
    private static final InetSocketAddress SEEDER = at(17);

    private final VirtualNet net = new VirtualNet(5, 0);
    private final DhtId key = DhtId.random(net.random);
    /** One that the others do not announce to. */
    private InetSocketAddress fetcher;

    /** What somebody who looks is told. */
    private static final class Told implements Seeker {
        private final List<InetSocketAddress> peers = new ArrayList<>();
        private int ends;

        @Override
        public void found(InetSocketAddress peer) {
            assertEquals(0, ends, "nothing comes after the end");
            peers.add(peer);
        }

        @Override
        public void over() {
            ends++;
        }
    }

    @BeforeEach
    void grow() {
        for (int i = 0; i < NODES; i++) {
            DhtState state = DhtState.first(AddressFamily.IPV4, net.random);
            net.start(at(i), state, IdRule.PREFERRED, i == 0 ? List.of() : List.of(ROUTER));
            net.run(Duration.ofMillis(500));
        }
        net.run(Duration.ofSeconds(30));
        fetcher = net.nodes().stream().filter(node -> !node.address().equals(SEEDER)).max(StillNetwork.nearest(key))
                .orElseThrow().address();
    }

    private static InetSocketAddress peerOf(InetSocketAddress node) {
        return new InetSocketAddress(node.getAddress(), PORT);
    }

    /** How many nodes take it. */
    private int announce(InetSocketAddress node) {
        List<Integer> took = new ArrayList<>();
        net.with(node, seeder -> seeder.announce(key, PORT, took::add));
        net.run(Duration.ofSeconds(20));
        assertEquals(1, took.size(), "it is said once how it went");
        return took.getFirst();
    }

    private Told find(InetSocketAddress address) {
        Told told = new Told();
        net.with(address, node -> node.find(key, told));
        return told;
    }

    @Test
    void whatIsAnnouncedIsFoundOnceAndAtOnce() {
        assertTrue(announce(SEEDER) >= Bucket.SIZE);
        Told told = find(fetcher);
        net.run(Duration.ofMillis(1200));
        assertEquals(List.of(peerOf(SEEDER)), told.peers);
        net.run(Duration.ofSeconds(20));
        assertEquals(List.of(peerOf(SEEDER)), told.peers);
        assertEquals(1, told.ends);
    }

    @Test
    void whatNobodyHasIsAnEndWithoutAnything() {
        Told told = find(fetcher);
        net.run(Duration.ofSeconds(20));
        assertEquals(List.of(), told.peers);
        assertEquals(1, told.ends);
    }

    @Test
    void aNodeThatKnowsNobodyIsDoneAtOnce() {
        InetSocketAddress alone = at(99);
        net.start(alone, DhtState.first(AddressFamily.IPV4, net.random), IdRule.PREFERRED, List.of());
        assertEquals(1, find(alone).ends);
        List<Integer> took = new ArrayList<>();
        net.with(alone, node -> node.announce(key, PORT, took::add));
        assertEquals(List.of(0), took);
    }

    @Test
    void thoseWhoLookForTheSameShareOneLookup() {
        announce(SEEDER);
        AtomicInteger sent = new AtomicInteger();
        net.passes = (from, to) -> {
            sent.addAndGet(from.equals(fetcher) ? 1 : 0);
            return true;
        };
        Told first = find(fetcher);
        int before = sent.get();
        Told second = find(fetcher);
        assertEquals(before, sent.get());
        net.run(Duration.ofSeconds(20));
        for (Told told : List.of(first, second)) {
            assertEquals(List.of(peerOf(SEEDER)), told.peers);
            assertEquals(1, told.ends);
        }
    }

    @Test
    void whoComesLaterIsToldWhatWasFound() {
        announce(SEEDER);
        Told first = find(fetcher);
        while (first.peers.isEmpty()) {
            net.run(Duration.ofMillis(1));
            assertEquals(0, first.ends, "it was found before the end");
        }
        assertEquals(first.peers, find(fetcher).peers);
    }

    @Test
    void whenNobodyLooksAnyMoreNobodyIsAsked() {
        Told told = find(fetcher);
        net.with(fetcher, node -> node.leave(key, told));
        AtomicInteger sent = new AtomicInteger();
        net.passes = (from, to) -> {
            sent.addAndGet(from.equals(fetcher) ? 1 : 0);
            return true;
        };
        net.run(Duration.ofSeconds(2));
        assertTrue(sent.get() < 20, "it answers others, and keeps to know them: " + sent);
        assertEquals(0, told.ends);
        // It can be looked for anew.
        announce(SEEDER);
        Told again = find(fetcher);
        net.run(Duration.ofSeconds(20));
        assertEquals(List.of(peerOf(SEEDER)), again.peers);
    }

    @Test
    void whoLeavesLeavesTheOthersTheirLookup() {
        announce(SEEDER);
        Told first = find(fetcher);
        Told second = find(fetcher);
        net.with(fetcher, node -> node.leave(key, first));
        net.run(Duration.ofSeconds(20));
        assertEquals(List.of(), first.peers);
        assertEquals(List.of(peerOf(SEEDER)), second.peers);
    }

    @Test
    void itIsFoundThoughManyWhoKeptItAreGoneAndDatagramsAreLost() {
        announce(SEEDER);
        for (int i = 1; i < NODES; i += 3) {
            if (!at(i).equals(fetcher)) {
                net.stop(at(i));
            }
        }
        net.loss(0.1);
        Told told = find(fetcher);
        net.run(Duration.ofSeconds(30));
        assertEquals(List.of(peerOf(SEEDER)), told.peers);
    }

    /** It is one of those that the others announce to. */
    @Test
    void whatANodeKeepsItselfItFindsAtOnce() {
        InetSocketAddress keeper = net.nodes().stream().min(StillNetwork.nearest(key)).orElseThrow().address();
        InetSocketAddress seeder = keeper.equals(SEEDER) ? fetcher : SEEDER;
        announce(seeder);
        assertEquals(List.of(peerOf(seeder)), find(keeper).peers);
    }

    @Test
    void announcementsEndAndCanBeMadeAgain() {
        assertTrue(announce(SEEDER) > 0);
        net.run(PeerRecords.LIFETIME);
        Told told = find(fetcher);
        net.run(Duration.ofSeconds(20));
        assertEquals(List.of(), told.peers);
        assertTrue(announce(SEEDER) > 0);
        Told again = find(fetcher);
        net.run(Duration.ofSeconds(20));
        assertFalse(again.peers.isEmpty());
    }

    /** It names as many as it can, and each machine under many ports. */
    @Test
    void ofOneAnswerAndOfOneMachineFewAreTold() {
        LoneNode lone = new LoneNode(IdRule.PREFERRED);
        Contact talker = lone.bound(at(1));
        Contact other = lone.bound(at(2));
        lone.know(talker);
        lone.know(other);
        lone.sent.clear();
        Told told = new Told();
        lone.node.find(key, told);
        List<InetSocketAddress> named = new ArrayList<>();
        for (int machine = 0; machine < 4; machine++) {
            for (int port = 0; port < 5; port++) {
                named.add(at("9.9." + machine + ".9", 2000 + port));
            }
        }
        InetSocketAddress good = at("7.7.7.7", PORT);
        respond(lone, talker, named);
        respond(lone, other, List.of(good, named.get(0), named.get(4)));
        List<InetSocketAddress> expected = new ArrayList<>(named.subList(0, 3));
        expected.addAll(named.subList(5, 8));
        expected.addAll(named.subList(10, 12));
        expected.add(good);
        assertEquals(expected, told.peers);
    }

    private static void respond(LoneNode lone, Contact by, List<InetSocketAddress> peers) {
        LoneNode.Sent question = lone.sent.stream().filter(sent -> sent.to().equals(by.address())).findFirst()
                .orElseThrow();
        lone.respond(question, new KrpcResponse.Peers(by.id(), Octets.EMPTY, peers, List.of()));
    }

    @Test
    void whenTooManyQuestionsWaitItWaitsToo() {
        net.with(SEEDER, this::fill);
        assertTrue(announce(SEEDER) >= Bucket.SIZE);
        net.with(fetcher, this::fill);
        Told told = find(fetcher);
        assertEquals(0, told.ends);
        net.run(Duration.ofSeconds(20));
        assertEquals(List.of(peerOf(SEEDER)), told.peers);
        assertEquals(1, told.ends);
    }

    /** Each question that ends makes way for another one, which is not the search's. */
    @Test
    void aSearchForWhichThereIsNeverRoomEndsAllTheSame() {
        net.with(fetcher, this::keepFull);
        Told told = find(fetcher);
        net.run(LookupRun.LONGEST.minusMillis(1));
        assertEquals(0, told.ends);
        net.run(Duration.ofMillis(2));
        assertEquals(1, told.ends);
    }

    private void keepFull(DhtNode node) {
        Contact nobody = new Contact(DhtId.random(net.random), at(500));
        boolean full = false;
        while (!full) {
            full = !node.ask(nobody, new KrpcQuery.Ping(node.id()), ignored -> keepFull(node));
        }
    }

    @Test
    void whatIsWithdrawnOnTheWayIsSentToNobody() {
        List<Integer> took = new ArrayList<>();
        net.with(SEEDER, seeder -> seeder.announce(key, PORT, took::add));
        net.with(SEEDER, seeder -> seeder.withdraw(key));
        assertEquals(List.of(0), took);
        net.run(Duration.ofSeconds(20));
        assertEquals(List.of(0), took);
        Told told = find(fetcher);
        net.run(Duration.ofSeconds(20));
        assertEquals(List.of(), told.peers);
    }

    @Test
    void whoLooksForWhatIsWithdrawnGoesOn() {
        InetSocketAddress other = at(23);
        announce(other);
        Told told = find(SEEDER);
        List<Integer> took = new ArrayList<>();
        net.with(SEEDER, seeder -> seeder.announce(key, PORT, took::add));
        net.with(SEEDER, seeder -> seeder.withdraw(key));
        net.run(Duration.ofSeconds(20));
        assertEquals(List.of(peerOf(other)), told.peers);
        assertEquals(1, told.ends);
    }

    /** Asks as much as it may, where nobody answers. */
    private void fill(DhtNode node) {
        Contact nobody = new Contact(DhtId.random(net.random), at(500));
        int asked = 0;
        while (node.ask(nobody, new KrpcQuery.Ping(node.id()), ignored -> {})) {
            asked++;
        }
        assertTrue(asked > Transactions.MAX_PENDING / 2);
    }

    /** One is enough, and that one is known already. */
    @Test
    void whoHasEnoughAtOnceIsToldNoMore() {
        InetSocketAddress keeper = net.nodes().stream().min(StillNetwork.nearest(key)).orElseThrow().address();
        announce(keeper.equals(SEEDER) ? fetcher : SEEDER);
        List<InetSocketAddress> told = new ArrayList<>();
        net.with(keeper, node -> node.find(key, new Seeker() {
            @Override
            public void found(InetSocketAddress peer) {
                told.add(peer);
                node.leave(key, this);
            }

            @Override
            public void over() {
                throw new AssertionError("it has left");
            }
        }));
        net.run(Duration.ofSeconds(20));
        assertEquals(1, told.size());
    }
}
