// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.ManualTime;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.guixp2p.node.config.ByteRate;
import org.guixp2p.node.identity.NodeIdentity;
import org.guixp2p.node.memory.MemoryShares;
import org.guixp2p.node.testing.Eventually;
import org.guixp2p.persistence.reputation.Offence;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.swarm.BlockPayload;
import org.guixp2p.protocol.swarm.GoodbyeReason;
import org.guixp2p.protocol.swarm.RequestId;
import org.guixp2p.protocol.swarm.SwarmMessage;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What happens only after a while, in a time that the test moves. */
class SwarmTimesTest {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final NarHash NAR = new NarHash(Sha256.hash(new byte[]{1}));
    private static final Sha256 ROOT = Sha256.hash(new byte[]{2});

    private static ActorTestKit kit;
    private static ManualTime timers;

    private final LogWatch log = new LogWatch();
    private final FakeTicker ticker = new FakeTicker();
    private final SwarmNode.Setup setup = new SwarmNode.Setup();

    SwarmTimesTest() {
        setup.ticker = ticker;
    }

    @AfterEach
    void stopWatching() {
        log.close();
    }

    @BeforeAll
    static void startActors() {
        kit = ActorTestKit.create("times", ManualTime.config());
        timers = ManualTime.get(kit.system());
    }

    @AfterAll
    static void stopActors() {
        kit.shutdownTestKit();
    }

    /** Lets time pass for clocks and timers alike. */
    private void pass(Duration time) {
        ticker.advance(time);
        timers.timePasses(Duration.ofSeconds(1));
    }

    // Silence.

    @Test
    void peerThatSaysNothingIsGivenUp() throws IOException {
        try (SwarmNode node = setup.start(kit); TestPeer peer = TestPeer.dial(node)) {
            node.up(peer.id());
            pass(Duration.ofMillis(15_001));
            assertEquals("silent for 15 s", peer.expectGoodbye(GoodbyeReason.TIMEOUT));
            log.await(peer.id().toString(), "is gone: timeout: silent for 15 s");
            node.down(peer.id());
            node.servesAnHonestPeer();
        }
    }

    /** Sessions are looked at once a second, and the one after next would be too late. */
    @Test
    void peerThatIsDeadIsFoundOutWithinFifteenSeconds() throws IOException {
        try (SwarmNode node = setup.start(kit); TestPeer peer = TestPeer.dial(node)) {
            node.up(peer.id());
            for (int second = 1; second <= 14; second++) {
                pass(Duration.ofSeconds(1));
                assertEquals(List.of(peer.id().toString()), node.connected(), "after " + second + " s");
            }
            pass(Duration.ofSeconds(1));
            node.down(peer.id());
            log.await(peer.id().toString(), "is gone: timeout: silent for 15 s");
        }
    }

    @Test
    void peerIsPingedAndItsPongIsWordEnough() throws IOException {
        try (SwarmNode node = setup.start(kit); TestPeer peer = TestPeer.dial(node)) {
            node.up(peer.id());
            for (int i = 0; i < 5; i++) {
                pass(Duration.ofMillis(5_001));
                SwarmMessage.Ping ping = assertInstanceOf(SwarmMessage.Ping.class, peer.next());
                peer.send(new SwarmMessage.Pong(ping.nonce()));
                settle(peer);
            }
            assertEquals(List.of(peer.id().toString()), node.connected());
        }
    }

    /** Makes sure that what was sent before has come in. */
    private static void settle(TestPeer peer) throws IOException {
        peer.send(new SwarmMessage.Ping(5));
        assertEquals(new SwarmMessage.Pong(5), peer.next());
    }

    /** A peer whose blocks still come in may get no pong for long: it must hear of us without asking. */
    @Test
    void nodeThatOnlyReceivesSaysSomethingNowAndThen() throws IOException {
        try (SwarmNode node = setup.start(kit); TestPeer peer = TestPeer.dial(node)) {
            ActorRef<PeerSession.Command> session = node.up(peer.id());
            TestProbe<PeerSession.BlockReply> probe = kit.createTestProbe();
            for (int i = 0; i < 3; i++) {
                session.tell(new PeerSession.FetchBlock(NAR, ROOT, i, probe.ref()));
            }
            RequestId[] ids = new RequestId[3];
            for (int i = 0; i < 3; i++) {
                ids[i] = assertInstanceOf(SwarmMessage.BlockRequest.class, peer.next()).id();
            }
            for (int i = 0; i < 3; i++) {
                ticker.advance(Duration.ofSeconds(3));
                peer.send(new SwarmMessage.Block(ids[i], i, BlockPayload.raw(new byte[10])));
                assertInstanceOf(PeerSession.BlockReceived.class, probe.receiveMessage(PATIENCE));
                timers.timePasses(Duration.ofSeconds(1));
            }
            assertInstanceOf(SwarmMessage.Ping.class, peer.next());
        }
    }

    /** It says something all the time, so it is not silent; what was made for it is kept from others. */
    @Test
    void peerThatReadsNothingIsGivenUp() throws IOException {
        setup.lastWord = Duration.ofMillis(200);
        try (SwarmNode node = setup.start(kit); TestPeer deaf = TestPeer.dial(node)) {
            node.up(deaf.id());
            for (int i = 0; i < PeerSession.SERVING; i++) {
                deaf.send(new SwarmMessage.BlockRequest(new RequestId(i), node.nar.hash(), node.nar.manifest().root(),
                        i % 2));
            }
            Leftovers.awaitThreadIn("peer-writer", "NioSocketImpl.implWrite");
            TestProbe<Object> probe = kit.createTestProbe();
            for (int second = 0; second <= 60; second += 10) {
                assertEquals(List.of(deaf.id().toString()), node.connected(), "after " + second + " s");
                int found = node.offers.found();
                deaf.send(new SwarmMessage.Query(new RequestId(1000 + second), List.of(NAR), false, 0));
                probe.awaitAssert(PATIENCE, () -> {
                    assertTrue(node.offers.found() > found, "it was not heard");
                    return null;
                });
                pass(Duration.ofSeconds(10));
            }
            log.await(deaf.id().toString(), "is gone: timeout: it has read nothing for 60 s");
            node.down(deaf.id());
            node.servesAnHonestPeer();
        }
    }

    /** It reads something now and then, never too late, and yet what was made for it waits for ever. */
    @Test
    void peerThatReadsTooLittleIsGivenUp() throws IOException {
        setup.lastWord = Duration.ofMillis(200);
        setup.takenAMinute = 8 << 20;
        try (SwarmNode node = setup.start(kit); TestPeer slow = TestPeer.dial(node)) {
            node.up(slow.id());
            for (int i = 0; i < PeerSession.SERVING; i++) {
                slow.send(new SwarmMessage.BlockRequest(new RequestId(i), node.nar.hash(), node.nar.manifest().root(),
                        i % 2));
            }
            for (int time = 0; time < 2; time++) {
                assertEquals(List.of(slow.id().toString()), node.connected());
                Leftovers.awaitThreadIn("peer-writer", "NioSocketImpl.implWrite");
                for (int second = 0; second < 50; second += 10) {
                    int found = node.offers.found();
                    slow.send(new SwarmMessage.Query(new RequestId(1000 + second), List.of(NAR), false, 0));
                    Eventually.holds(() -> node.offers.found() > found, () -> "it is heard");
                    pass(Duration.ofSeconds(10));
                }
                for (int i = 0; i < 12; i++) {
                    slow.next();
                }
            }
            kit.createTestProbe().awaitAssert(PATIENCE, () -> {
                timers.timePasses(Duration.ofSeconds(1));
                assertEquals(List.of(), node.connected());
                return null;
            });
            log.await(slow.id().toString(), "is gone: timeout: it has read less than 8388608 bytes in a minute");
            node.servesAnHonestPeer();
        }
    }

    /** While the node itself holds the peer back, for the sake of its rate, the peer is not silent. */
    @Test
    void peerThatIsHeldBackIsNotSilent() throws IOException {
        setup.down = new ByteRate(1_000);
        try (SwarmNode node = setup.start(kit); TestPeer peer = TestPeer.dial(node)) {
            ActorRef<PeerSession.Command> session = node.up(peer.id());
            TestProbe<PeerSession.BlockReply> probe = kit.createTestProbe();
            session.tell(new PeerSession.FetchBlock(NAR, ROOT, 0, probe.ref()));
            RequestId id = assertInstanceOf(SwarmMessage.BlockRequest.class, peer.next()).id();
            ticker.hold();
            peer.send(new SwarmMessage.Block(id, 0, BlockPayload.raw(new byte[200_000])));
            probe.awaitAssert(PATIENCE, () -> {
                assertTrue(ticker.waits() > 0);
                return null;
            });
            // The first record of the block takes 16 s.
            pass(Duration.ofMillis(15_500));
            assertInstanceOf(SwarmMessage.Ping.class, peer.next());
            assertEquals(List.of(peer.id().toString()), node.connected());
            ticker.release();
            assertInstanceOf(PeerSession.BlockReceived.class, probe.receiveMessage(PATIENCE));
        }
    }

    // Questions.

    @Test
    void questionThatIsNotAnsweredIsGivenUp() throws IOException {
        setup.requestTimeout = Duration.ofSeconds(4);
        try (SwarmNode node = setup.start(kit); TestPeer peer = TestPeer.dial(node)) {
            ActorRef<PeerSession.Command> session = node.up(peer.id());
            TestProbe<PeerSession.QueryReply> query = kit.createTestProbe();
            TestProbe<PeerSession.ManifestReply> page = kit.createTestProbe();
            TestProbe<PeerSession.BlockReply> block = kit.createTestProbe();
            session.tell(new PeerSession.Query(NAR, query.ref()));
            session.tell(new PeerSession.FetchManifest(NAR, ROOT, 0, page.ref()));
            session.tell(new PeerSession.FetchBlock(NAR, ROOT, 7, block.ref()));
            for (int i = 0; i < 3; i++) {
                assertInstanceOf(SwarmMessage.Question.class, peer.next());
            }
            pass(Duration.ofMillis(4_001));
            query.expectMessage(PATIENCE, new PeerSession.QueryFailed("no answer in time"));
            page.expectMessage(PATIENCE, new PeerSession.ManifestFailed("no answer in time"));
            block.expectMessage(PATIENCE, new PeerSession.BlockFailed(7, "no answer in time"));
            for (int i = 0; i < 3; i++) {
                assertInstanceOf(SwarmMessage.Cancel.class, peer.next());
            }
            assertEquals(List.of(peer.id().toString()), node.connected());
        }
    }

    /** A block comes behind those asked for before: over a slow link that takes longer than one question may. */
    @Test
    void blockMayTakeLongWhileOthersCome() throws IOException {
        setup.requestTimeout = Duration.ofSeconds(4);
        try (SwarmNode node = setup.start(kit); TestPeer peer = TestPeer.dial(node)) {
            ActorRef<PeerSession.Command> session = node.up(peer.id());
            TestProbe<PeerSession.BlockReply> block = kit.createTestProbe();
            session.tell(new PeerSession.FetchBlock(NAR, ROOT, 7, block.ref()));
            RequestId id = assertInstanceOf(SwarmMessage.BlockRequest.class, peer.next()).id();
            for (int i = 0; i < 5; i++) {
                pass(Duration.ofSeconds(3));
                settle(peer);
            }
            byte[] bytes = "late".getBytes(StandardCharsets.US_ASCII);
            peer.send(new SwarmMessage.Block(id, 7, BlockPayload.raw(bytes)));
            block.expectMessage(PATIENCE, new PeerSession.BlockReceived(7, BlockPayload.raw(bytes)));
        }
    }

    // Dials.

    /** A dial would wait for the other side to shake hands. */
    private static void assertDialsNobody(SwarmNode node) throws IOException {
        node.connected();
        Leftovers.awaitNoThreads("swarm-dial");
    }

    @Test
    void lostPeerIsDialledAgain() throws IOException {
        NodeIdentity friend = TestPeer.someone();
        try (ServerSocket server = TestPeer.listen()) {
            setup.bootstrap.add(TestPeer.address(server, friend.peerId()));
            try (SwarmNode node = setup.start(kit)) {
                TestPeer first = TestPeer.accept(server, friend);
                node.up(friend.peerId());
                first.close();
                node.down(friend.peerId());
                assertDialsNobody(node);
                timers.timePasses(Duration.ofMillis(499));
                assertDialsNobody(node);
                timers.timePasses(Duration.ofMillis(501));
                TestPeer.accept(server, friend);
                node.up(friend.peerId());
            }
        }
    }

    /** One that takes the connection and then hangs up is left alone longer each time. */
    @Test
    void peerThatDoesNotStayIsDialledLessAndLess() throws IOException {
        NodeIdentity friend = TestPeer.someone();
        try (ServerSocket server = TestPeer.listen()) {
            setup.bootstrap.add(TestPeer.address(server, friend.peerId()));
            try (SwarmNode node = setup.start(kit)) {
                long least = 500;
                for (int i = 0; i < 4; i++) {
                    TestPeer full = TestPeer.accept(server, friend);
                    node.up(friend.peerId());
                    full.send(SwarmMessage.Goodbye.of(GoodbyeReason.FULL, "full"));
                    node.down(friend.peerId());
                    timers.timePasses(Duration.ofMillis(least - 1));
                    assertDialsNobody(node);
                    timers.timePasses(Duration.ofMillis(least + 1));
                    least *= 2;
                }
                // One that has stayed for a while is dialled again soon.
                TestPeer stable = TestPeer.accept(server, friend);
                node.up(friend.peerId());
                ticker.advance(Duration.ofSeconds(31));
                stable.close();
                node.down(friend.peerId());
                timers.timePasses(Duration.ofSeconds(1));
                TestPeer.accept(server, friend);
                node.up(friend.peerId());
            }
        }
    }

    @Test
    void peerThatIsNotThereYetIsDialledUntilItIs() throws IOException {
        NodeIdentity friend = TestPeer.someone();
        ServerSocket server = TestPeer.listen();
        int port = server.getLocalPort();
        setup.bootstrap.add(TestPeer.address(server, friend.peerId()));
        server.close();
        try (SwarmNode node = setup.start(kit)) {
            log.await(friend.peerId().toString(), "cannot be reached: Connection refused");
            try (ServerSocket there = TestPeer.listen(port)) {
                // The timer is set after the line is written: the swarm answers when it has done both.
                node.connected();
                timers.timePasses(Duration.ofSeconds(1));
                TestPeer.accept(there, friend);
                node.up(friend.peerId());
            }
        }
    }

    @Test
    void eachAddressOfAPeerIsDialled() throws IOException {
        NodeIdentity friend = TestPeer.someone();
        ServerSocket gone = TestPeer.listen();
        try (ServerSocket server = TestPeer.listen(); ServerSocket last = TestPeer.listen()) {
            setup.bootstrap.add(TestPeer.address(gone, friend.peerId()));
            setup.bootstrap.add(TestPeer.address(server, friend.peerId()));
            setup.bootstrap.add(TestPeer.address(last, friend.peerId()));
            gone.close();
            try (SwarmNode node = setup.start(kit)) {
                for (int i = 0; i < 2; i++) {
                    TestPeer peer = TestPeer.accept(server, friend);
                    node.up(friend.peerId());
                    peer.close();
                    node.down(friend.peerId());
                    assertDialsNobody(node);
                    timers.timePasses(Duration.ofSeconds(2));
                }
                TestPeer.accept(server, friend);
                node.up(friend.peerId());
            }
        }
    }

    /** Strangers may have come first and taken every place. */
    @Test
    void configuredPeerFindsAPlaceWhereOthersDoNot() throws IOException {
        NodeIdentity friend = TestPeer.someone();
        setup.maxPeers = 1;
        try (ServerSocket server = TestPeer.listen()) {
            setup.bootstrap.add(TestPeer.address(server, friend.peerId()));
            try (SwarmNode node = setup.start(kit)) {
                TestPeer stranger = TestPeer.dial(node);
                node.up(stranger.id());
                assertEquals("no room for another peer", TestPeer.dial(node).expectGoodbye(GoodbyeReason.FULL));
                TestPeer.accept(server, friend);
                node.up(friend.peerId());
                assertEquals("another peer has the place", stranger.expectGoodbye(GoodbyeReason.FULL));
                assertEquals(List.of(friend.peerId().toString()), node.connected());
            }
        }
    }

    /** However many the user wants. */
    @Test
    void thereAreNoMorePeersThanThereIsMemoryFor() throws IOException {
        setup.heap = 1 << 20;
        int most = ConnectionMemory.most(MemoryShares.of(setup.heap).of(MemoryShares.Holder.CONNECTIONS));
        assertTrue(most < setup.maxPeers, () -> "room for " + most);
        try (SwarmNode node = setup.start(kit)) {
            for (int i = 0; i < most; i++) {
                node.up(TestPeer.dial(node).id());
            }
            assertEquals("no room for another peer", TestPeer.dial(node).expectGoodbye(GoodbyeReason.FULL));
        }
    }

    /** Nor when the user has named them all. */
    @Test
    void thereIsNoMemoryForMoreNamedPeersEither() throws IOException {
        setup.heap = 1 << 20;
        setup.maxPeers = 1;
        int most = ConnectionMemory.most(MemoryShares.of(setup.heap).of(MemoryShares.Holder.CONNECTIONS));
        List<NodeIdentity> friends = Stream.generate(TestPeer::someone).limit(most + 1).toList();
        ServerSocket nobody = TestPeer.listen();
        nobody.close();
        friends.forEach(friend -> setup.bootstrap.add(TestPeer.address(nobody, friend.peerId())));
        try (SwarmNode node = setup.start(kit)) {
            for (NodeIdentity friend : friends.subList(0, most)) {
                TestPeer.dial(node, friend);
                node.up(friend.peerId());
            }
            assertEquals("no room for another peer",
                    TestPeer.dial(node, friends.getLast()).expectGoodbye(GoodbyeReason.FULL));
            assertEquals(most, node.connected().size());
        }
    }

    // Bans.

    @Test
    void peerThatMisbehavedIsRefusedForAnHour() throws IOException {
        NodeIdentity liar = TestPeer.someone();
        try (SwarmNode node = setup.start(kit)) {
            TestPeer peer = TestPeer.dial(node, liar);
            node.up(liar.peerId());
            node.swarm.tell(new Swarm.Misbehaved(liar.peerId(), Offence.CORRUPT_BLOCK, "it lied"));
            assertEquals("it lied", peer.expectGoodbye(GoodbyeReason.MALFORMED));
            node.down(liar.peerId());
            log.await(liar.peerId().toString(), "is refused for 60 min: it lied");
            TestPeer again = TestPeer.dial(node, liar);
            assertEquals("refused for a while", again.expectGoodbye(GoodbyeReason.NOT_ALLOWED));
            log.await(liar.peerId().toString(), "is turned away: refused for a while");
            ticker.advance(Duration.ofMinutes(60).plusSeconds(1));
            TestPeer.dial(node, liar);
            node.up(liar.peerId());
            node.servesAnHonestPeer();
        }
    }

    @Test
    void peerThatBreaksTheProtocolIsRefusedForAnHour() throws IOException {
        NodeIdentity broken = TestPeer.someone();
        try (SwarmNode node = setup.start(kit)) {
            TestPeer peer = TestPeer.dial(node, broken);
            node.up(broken.peerId());
            peer.send(TestPeer.hello());
            assertEquals("a second hello", peer.expectGoodbye(GoodbyeReason.MALFORMED));
            node.down(broken.peerId());
            log.await(broken.peerId().toString(), "is refused for 60 min: it broke the protocol");
            TestPeer again = TestPeer.dial(node, broken);
            assertEquals("refused for a while", again.expectGoodbye(GoodbyeReason.NOT_ALLOWED));
            ticker.advance(Duration.ofMinutes(60).plusSeconds(1));
            TestPeer.dial(node, broken);
            node.up(broken.peerId());
        }
    }

    @Test
    void configuredPeerThatMisbehavedIsDialledAgainAfterAnHour() throws IOException {
        NodeIdentity friend = TestPeer.someone();
        try (ServerSocket server = TestPeer.listen()) {
            setup.bootstrap.add(TestPeer.address(server, friend.peerId()));
            try (SwarmNode node = setup.start(kit)) {
                TestPeer peer = TestPeer.accept(server, friend);
                node.up(friend.peerId());
                node.swarm.tell(new Swarm.Misbehaved(friend.peerId(), Offence.CORRUPT_BLOCK, "it lied"));
                peer.expectGoodbye(GoodbyeReason.MALFORMED);
                node.down(friend.peerId());
                timers.timePasses(Duration.ofSeconds(60));
                assertDialsNobody(node);
                ticker.advance(Duration.ofMinutes(61));
                node.connected();
                timers.timePasses(Duration.ofMinutes(5));
                TestPeer.accept(server, friend);
                node.up(friend.peerId());
            }
        }
    }

    // Rates.

    @Test
    void pongDoesNotWaitForTheTurnOfABlock() throws IOException {
        setup.up = new ByteRate(1_000);
        try (SwarmNode node = setup.start(kit); TestPeer peer = TestPeer.dial(node)) {
            node.up(peer.id());
            ticker.hold();
            peer.send(new SwarmMessage.BlockRequest(new RequestId(1), node.nar.hash(), node.nar.manifest().root(), 0));
            kit.createTestProbe().awaitAssert(PATIENCE, () -> {
                assertTrue(ticker.waits() > 0);
                return null;
            });
            peer.send(new SwarmMessage.Ping(8));
            assertEquals(new SwarmMessage.Pong(8), peer.next());
            ticker.release();
            assertInstanceOf(SwarmMessage.Block.class, peer.next());
        }
    }
}
