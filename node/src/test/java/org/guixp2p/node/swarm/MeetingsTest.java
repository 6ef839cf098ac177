// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.guixp2p.node.config.Share;
import org.guixp2p.node.identity.NodeIdentity;
import org.guixp2p.persistence.addresses.AddressBook;
import org.guixp2p.persistence.addresses.KnownAddress;
import org.guixp2p.persistence.reputation.Offence;
import org.guixp2p.persistence.reputation.Transfer;
import org.guixp2p.protocol.swarm.GoodbyeReason;
import org.guixp2p.protocol.swarm.PeerId;
import org.guixp2p.protocol.swarm.RequestId;
import org.guixp2p.protocol.swarm.SwarmMessage;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A node meets those who are said to have something. */
class MeetingsTest {
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private static ActorTestKit kit;

    private final SwarmNode.Setup setup = new SwarmNode.Setup();

    @BeforeAll
    static void startActors() {
        kit = ActorTestKit.create("meetings");
    }

    @AfterAll
    static void stopActors() {
        kit.shutdownTestKit();
    }

    private static InetSocketAddress at(ServerSocket server) {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), server.getLocalPort());
    }

    private static InetSocketAddress at(SwarmNode node) {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), node.port());
    }

    private static TestProbe<Swarm.Met> meet(SwarmNode node, InetSocketAddress address, Optional<PeerId> said) {
        TestProbe<Swarm.Met> met = kit.createTestProbe();
        node.swarm.tell(new Swarm.Meet(address, said, met.ref()));
        return met;
    }

    private static void expect(TestProbe<Swarm.Met> met, InetSocketAddress address, Optional<PeerId> peer) {
        assertEquals(new Swarm.Met(address, peer), met.receiveMessage(PATIENCE));
    }

    private static void assertNotDialled(ServerSocket server) throws IOException {
        server.setSoTimeout(1);
        assertThrows(SocketTimeoutException.class, server::accept);
    }

    @Test
    void whoeverAnswersIsAPeer() throws IOException {
        NodeIdentity stranger = TestPeer.someone();
        try (SwarmNode node = setup.start(kit); ServerSocket server = TestPeer.listen()) {
            TestProbe<Swarm.Met> met = meet(node, at(server), Optional.empty());
            TestPeer.accept(server, stranger);
            node.up(stranger.peerId());
            expect(met, at(server), Optional.of(stranger.peerId()));
            assertEquals(List.of(stranger.peerId().toString()), node.connected());
        }
    }

    @Test
    void whoIsConnectedIsNotDialledAgain() throws IOException {
        NodeIdentity stranger = TestPeer.someone();
        try (SwarmNode node = setup.start(kit); ServerSocket server = TestPeer.listen()) {
            TestProbe<Swarm.Met> first = meet(node, at(server), Optional.empty());
            TestPeer.accept(server, stranger);
            expect(first, at(server), Optional.of(stranger.peerId()));
            expect(meet(node, at(server), Optional.empty()), at(server), Optional.of(stranger.peerId()));
            assertNotDialled(server);
            try (ServerSocket elsewhere = TestPeer.listen()) {
                expect(meet(node, at(elsewhere), Optional.of(stranger.peerId())), at(elsewhere),
                        Optional.of(stranger.peerId()));
                assertNotDialled(elsewhere);
            }
        }
    }

    /** A second greeting would make an end of the first connection, and of what comes over it. */
    @Test
    void whoeverIsConnectedOtherwiseIsFoundAtHisAddressAndNotGreeted() throws IOException {
        NodeIdentity stranger = TestPeer.someone();
        try (SwarmNode node = setup.start(kit); ServerSocket server = TestPeer.listen()) {
            TestPeer first = TestPeer.dial(node, stranger);
            node.up(stranger.peerId());
            TestProbe<Swarm.Met> met = meet(node, at(server), Optional.empty());
            assertNull(TestPeer.acceptTls(server, stranger).next());
            expect(met, at(server), Optional.of(stranger.peerId()));
            first.send(new SwarmMessage.Ping(4));
            assertEquals(new SwarmMessage.Pong(4), first.next());
            assertEquals(List.of(stranger.peerId().toString()), node.connected());
        }
    }

    /** As one who has an address of each family. */
    @Test
    void whoeverIsDialledAtTwoAddressesIsGreetedOnce() throws IOException {
        NodeIdentity stranger = TestPeer.someone();
        try (SwarmNode node = setup.start(kit);
                ServerSocket server = TestPeer.listen();
                ServerSocket another = TestPeer.listen()) {
            TestProbe<Swarm.Met> first = meet(node, at(server), Optional.empty());
            TestPeer greeted = TestPeer.acceptTls(server, stranger);
            assertInstanceOf(SwarmMessage.Hello.class, greeted.next());
            TestProbe<Swarm.Met> second = meet(node, at(another), Optional.empty());
            assertNull(TestPeer.acceptTls(another, stranger).next());
            second.receiveMessage(PATIENCE);
            greeted.send(TestPeer.hello());
            expect(first, at(server), Optional.of(stranger.peerId()));
            assertEquals(List.of(stranger.peerId().toString()), node.connected());
        }
    }

    @Test
    void oneMachineHasOnlyItsShareWhoeverDials() throws IOException {
        int share = SwarmSettings.STANDARD.sessionsPerAddress();
        try (SwarmNode node = setup.start(kit); ServerSocket all = new ServerSocket(0, share + 1)) {
            all.setSoTimeout(10_000);
            for (int i = 0; i < share; i++) {
                TestPeer.dial(node, TestPeer.someone(), "127.0.0.9");
            }
            kit.createTestProbe().awaitAssert(PATIENCE, () -> {
                assertEquals(share, node.connected().size());
                return null;
            });
            InetSocketAddress there = new InetSocketAddress(InetAddress.ofLiteral("127.0.0.9"), all.getLocalPort());
            TestProbe<Swarm.Met> met = meet(node, there, Optional.empty());
            assertEquals("no room for another peer from this address",
                    TestPeer.accept(all, TestPeer.someone()).expectGoodbye(GoodbyeReason.FULL));
            expect(met, there, Optional.empty());
        }
    }

    @Test
    void whereNobodyAnswersNobodyIsMetAndNotTriedAgain() throws IOException {
        NodeIdentity stranger = TestPeer.someone();
        try (SwarmNode node = setup.start(kit)) {
            InetSocketAddress address;
            int port;
            try (ServerSocket gone = TestPeer.listen()) {
                address = at(gone);
                port = gone.getLocalPort();
            }
            expect(meet(node, address, Optional.empty()), address, Optional.empty());
            try (ServerSocket late = TestPeer.listen(port)) {
                expect(meet(node, address, Optional.empty()), address, Optional.empty());
                assertNotDialled(late);
            }
            // Elsewhere somebody is met all the same.
            try (ServerSocket server = TestPeer.listen()) {
                TestProbe<Swarm.Met> met = meet(node, at(server), Optional.empty());
                TestPeer.accept(server, stranger);
                expect(met, at(server), Optional.of(stranger.peerId()));
            }
        }
    }

    @Test
    void aNeighbourIsMetWhileThereIsAPlaceForIt() throws IOException {
        NodeIdentity first = TestPeer.someone();
        setup.maxPeers = 1;
        try (SwarmNode node = setup.start(kit);
                ServerSocket server = TestPeer.listen();
                ServerSocket other = TestPeer.listen()) {
            node.swarm.tell(new Swarm.Neighbour(first.peerId(), at(server), Swarm.Neighbour.Source.NEARBY));
            TestPeer.accept(server, first);
            node.up(first.peerId());
            // It is there already.
            node.swarm.tell(new Swarm.Neighbour(first.peerId(), at(other), Swarm.Neighbour.Source.NEARBY));
            node.swarm.tell(new Swarm.Neighbour(TestPeer.someone().peerId(), at(other), Swarm.Neighbour.Source.NEARBY));
            assertEquals(List.of(first.peerId().toString()), node.connected());
            assertNotDialled(other);
        }
    }

    // One is closed before its block ends.
    @SuppressWarnings("try")
    @Test
    void whereSomebodyAnsweredIsRemembered() throws IOException {
        NodeIdentity stranger = TestPeer.someone();
        setup.book = new AddressBook(InstantSource.system(), address -> true);
        try (SwarmNode node = setup.start(kit); ServerSocket server = TestPeer.listen()) {
            // Whoever has dialled has a port that nobody else can dial.
            TestPeer.dial(node, stranger);
            node.up(stranger.peerId());
            assertEquals(0, setup.book.size());
            TestProbe<Swarm.Met> met = meet(node, at(server), Optional.empty());
            assertNull(TestPeer.acceptTls(server, stranger).next());
            expect(met, at(server), Optional.of(stranger.peerId()));
            List<KnownAddress> known = setup.book.best(address -> true, 9);
            assertEquals(List.of(TestPeer.address(server, stranger.peerId())),
                    known.stream().map(KnownAddress::address).toList());
            assertEquals(0, known.getFirst().failures());
            server.close();
            TestProbe<Swarm.Met> nobody = meet(node, at(server), Optional.of(TestPeer.someone().peerId()));
            expect(nobody, at(server), Optional.empty());
            assertEquals(1, setup.book.best(address -> true, 9).getFirst().failures());
        }
    }

    @Test
    void whoeverIsMetIsRememberedAndThisNodeIsNot() throws IOException {
        NodeIdentity stranger = TestPeer.someone();
        setup.book = new AddressBook(InstantSource.system(), address -> true);
        try (SwarmNode node = setup.start(kit); ServerSocket server = TestPeer.listen()) {
            setup.book.worked(stranger.peerId(), at(node));
            expect(meet(node, at(node), Optional.empty()), at(node), Optional.empty());
            assertEquals(0, setup.book.size());
            TestProbe<Swarm.Met> met = meet(node, at(server), Optional.empty());
            TestPeer.accept(server, stranger);
            expect(met, at(server), Optional.of(stranger.peerId()));
            assertEquals(at(server), setup.book.best(address -> true, 9).getFirst().socket());
        }
    }

    @Test
    void whoIsRefusedIsNoNeighbour() throws IOException {
        NodeIdentity liar = TestPeer.someone();
        try (SwarmNode node = setup.start(kit); ServerSocket server = TestPeer.listen()) {
            node.reputation.misbehaved(liar.peerId(), Offence.MALFORMED);
            node.swarm.tell(new Swarm.Neighbour(liar.peerId(), at(server), Swarm.Neighbour.Source.NEARBY));
            assertEquals(List.of(), node.connected());
            assertNotDialled(server);
        }
    }

    @Test
    void aNodeDoesNotMeetItself() throws IOException {
        try (SwarmNode node = setup.start(kit)) {
            expect(meet(node, at(node), Optional.empty()), at(node), Optional.empty());
            assertEquals(List.of(), node.connected());
            node.servesAnHonestPeer();
        }
    }

    @Test
    void whoeverIsRefusedIsNotMet() throws IOException {
        NodeIdentity liar = TestPeer.someone();
        try (SwarmNode node = setup.start(kit); ServerSocket server = TestPeer.listen()) {
            node.reputation.misbehaved(liar.peerId(), Offence.MALFORMED);
            expect(meet(node, at(server), Optional.of(liar.peerId())), at(server), Optional.empty());
            assertNotDialled(server);
            server.setSoTimeout(10_000);
            // Without his name he is found out when he answers.
            TestProbe<Swarm.Met> met = meet(node, at(server), Optional.empty());
            TestPeer.accept(server, liar).expectGoodbye(GoodbyeReason.NOT_ALLOWED);
            expect(met, at(server), Optional.empty());
        }
    }

    @Test
    void whoeverIsTooFarIsNotDialled() throws IOException {
        setup.share = Share.LAN;
        try (SwarmNode node = setup.start(kit)) {
            InetSocketAddress far = new InetSocketAddress(InetAddress.ofLiteral("198.51.100.7"), 6881);
            expect(meet(node, far, Optional.empty()), far, Optional.empty());
        }
    }

    @Test
    void manyAreMetAtATime() throws IOException {
        int count = MeetingPlaces.WANTED.atATime() + 4;
        // One machine, but many addresses: 127.0.0.0/8 is all here.
        try (SwarmNode node = setup.start(kit); ServerSocket all = new ServerSocket(0, count)) {
            all.setSoTimeout(10_000);
            TestProbe<Swarm.Met> met = kit.createTestProbe();
            for (int i = 0; i < count; i++) {
                node.swarm.tell(new Swarm.Meet(
                        new InetSocketAddress(InetAddress.ofLiteral("127.1.0." + (i + 1)), all.getLocalPort()),
                        Optional.empty(), met.ref()));
            }
            for (int i = 0; i < count; i++) {
                TestPeer.accept(all, TestPeer.someone());
            }
            for (int i = 0; i < count; i++) {
                assertTrue(met.receiveMessage(PATIENCE).peer().isPresent());
            }
            assertEquals(count, node.connected().size());
        }
    }

    // Room.

    private static void letIdle(FakeTicker ticker, TestPeer... peers) throws IOException {
        // Not so long that they would have to be asked whether they live.
        Duration most = SwarmSettings.STANDARD.idle();
        for (Duration past = Duration.ZERO; past.compareTo(most) < 0; past = past.plusSeconds(1)) {
            ticker.advance(Duration.ofSeconds(1));
            for (TestPeer peer : peers) {
                peer.send(new SwarmMessage.Ping(past.toSeconds()));
                assertEquals(new SwarmMessage.Pong(past.toSeconds()), peer.next());
            }
        }
    }

    /** Anybody can be said to have something. */
    @Test
    void whoeverGaveMuchLeavesItsPlaceToNoStranger() throws IOException {
        FakeTicker ticker = new FakeTicker();
        setup.ticker = ticker;
        setup.maxPeers = 1;
        try (SwarmNode node = setup.start(kit); ServerSocket server = TestPeer.listen()) {
            TestPeer good = TestPeer.dial(node);
            node.up(good.id());
            for (int i = 0; i < 20; i++) {
                node.reputation.transferred(good.id(), new Transfer(1 << 20, 1_000, 4, 10, 0, 0));
            }
            letIdle(ticker, good);
            TestProbe<Swarm.Met> met = meet(node, at(server), Optional.empty());
            TestPeer.accept(server, TestPeer.someone()).expectGoodbye(GoodbyeReason.FULL);
            expect(met, at(server), Optional.empty());
            assertEquals(List.of(good.id().toString()), node.connected());
        }
    }

    @Test
    void anIdlePeerLeavesItsPlaceToOneWhoHasWhatIsWanted() throws IOException {
        FakeTicker ticker = new FakeTicker();
        setup.ticker = ticker;
        setup.maxPeers = 2;
        NodeIdentity wanted = TestPeer.someone();
        try (SwarmNode node = setup.start(kit); ServerSocket server = TestPeer.listen()) {
            TestPeer busy = TestPeer.dial(node);
            node.up(busy.id());
            TestPeer idle = TestPeer.dial(node);
            node.up(idle.id());
            letIdle(ticker, busy, idle);
            busy.send(new SwarmMessage.BlockRequest(new RequestId(1), node.nar.hash(), node.nar.manifest().root(), 0,
                    false));
            assertEquals(0, assertInstanceOf(SwarmMessage.Block.class, busy.next()).index());
            TestProbe<Swarm.Met> met = meet(node, at(server), Optional.empty());
            TestPeer.accept(server, wanted);
            expect(met, at(server), Optional.of(wanted.peerId()));
            assertEquals("another peer has the place", idle.expectGoodbye(GoodbyeReason.FULL));
            // Now all are busy, or new.
            try (ServerSocket another = TestPeer.listen()) {
                TestProbe<Swarm.Met> none = meet(node, at(another), Optional.empty());
                TestPeer.accept(another, TestPeer.someone()).expectGoodbye(GoodbyeReason.FULL);
                expect(none, at(another), Optional.empty());
            }
            busy.send(new SwarmMessage.Ping(7));
            assertEquals(new SwarmMessage.Pong(7), busy.next());
        }
    }
}
