// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.swarm.Holding;
import org.guixp2p.protocol.swarm.BlockPayload;
import org.guixp2p.protocol.swarm.GoodbyeReason;
import org.guixp2p.protocol.swarm.Holding;
import org.guixp2p.protocol.swarm.Manifest;
import org.guixp2p.protocol.swarm.PeerId;
import org.guixp2p.protocol.swarm.RefusalReason;
import org.guixp2p.protocol.swarm.RequestId;
import org.guixp2p.protocol.swarm.SwarmMessage;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** One frame asks whether a peer has a NAR, and for the first page and blocks: whatever comes back, each has its reply. */
class FirstAnswersTest {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final MemoryOffers.Nar NAR = new MemoryOffers().add(600_000, 5);

    private static ActorTestKit kit;

    private final SwarmNode.Setup setup = new SwarmNode.Setup();
    private final TestProbe<PeerSession.QueryReply> offer = probe();
    private final TestProbe<PeerSession.ManifestReply> page = probe();
    private final TestProbe<PeerSession.BlockReply> block = probe();

    @BeforeAll
    static void startActors() {
        kit = ActorTestKit.create("first-answers");
    }

    @AfterAll
    static void stopActors() {
        kit.shutdownTestKit();
    }

    private static <T> TestProbe<T> probe() {
        return kit.createTestProbe();
    }

    private interface Conversation {
        void hold(TestPeer peer, ActorRef<PeerSession.Command> session, SwarmMessage.Query query) throws IOException;
    }

    /** The node asks for everything at once. */
    private void asked(int blocks, Conversation conversation) throws IOException {
        try (SwarmNode node = setup.start(kit); TestPeer peer = TestPeer.dial(node)) {
            ActorRef<PeerSession.Command> session = node.up(peer.id());
            session.tell(new PeerSession.Query(NAR.hash(),
                    Optional.of(new PeerSession.First(blocks, page.ref()::tell, block.ref()::tell)), false,
                    offer.ref()));
            var query = assertInstanceOf(SwarmMessage.Query.class, peer.next());
            assertEquals(new SwarmMessage.Query(query.id(), List.of(NAR.hash()), true, blocks), query);
            conversation.hold(peer, session, query);
            node.servesAnHonestPeer();
        }
    }

    private static SwarmMessage offered(SwarmMessage.Query query, Manifest manifest) {
        return new SwarmMessage.Offer(query.id(), NAR.hash(), manifest.narSize(), manifest.root(),
                new Holding.Complete());
    }

    private static SwarmMessage given(SwarmMessage.Query query, int index) {
        return new SwarmMessage.Block(query.blockId(index), index, BlockPayload.raw(NAR.block(index)));
    }

    private static SwarmMessage firstPage(SwarmMessage.Query query) {
        return new SwarmMessage.ManifestPart(query.pageId(), NAR.manifest().page(0));
    }

    private void expectBlock(int index) {
        block.expectMessage(PATIENCE,
                new PeerSession.BlockReceived(index, BlockPayload.raw(NAR.block(index))));
    }

    private static void assertAlive(TestPeer peer) throws IOException {
        peer.send(new SwarmMessage.Ping(77));
        assertEquals(new SwarmMessage.Pong(77), peer.next());
    }

    @Test
    void everythingComesInAnyOrderAndTheNextQuestionHasAnIdOfItsOwn() throws IOException {
        asked(3, (peer, session, query) -> {
            peer.send(given(query, 1), firstPage(query), offered(query, NAR.manifest()), given(query, 0),
                    given(query, 2));
            offer.expectMessage(PATIENCE,
                    new PeerSession.Offered(NAR.manifest().narSize(), NAR.manifest().root(),
                            new Holding.Complete()));
            page.expectMessage(PATIENCE, new PeerSession.PageReceived(NAR.manifest().page(0)));
            List<Integer> indices = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                indices.add(assertInstanceOf(PeerSession.BlockReceived.class, block.receiveMessage(PATIENCE)).index());
            }
            assertEquals(List.of(0, 1, 2), indices.stream().sorted().toList());
            session.tell(new PeerSession.Query(NAR.hash(), offer.ref()));
            assertEquals(new SwarmMessage.Query(query.id().plus(5), List.of(NAR.hash()), false, 0), peer.next());
        });
    }

    @Test
    void absenceAnswersAll() throws IOException {
        asked(2, (peer, session, query) -> {
            peer.send(new SwarmMessage.NotHere(query.id(), NAR.hash()));
            offer.expectMessage(PATIENCE, new PeerSession.NotOffered());
            page.expectMessage(PATIENCE, new PeerSession.ManifestFailed("not-here"));
            block.expectMessage(PATIENCE, new PeerSession.BlockRefused(0, RefusalReason.NOT_HERE, 0));
            block.expectMessage(PATIENCE, new PeerSession.BlockRefused(1, RefusalReason.NOT_HERE, 0));
            assertAlive(peer);
            peer.send(given(query, 0));
            assertEquals("an answer to what was not asked", peer.expectGoodbye(GoodbyeReason.MALFORMED));
        });
    }

    /** A question asked later on its own has an id right behind, and is none of what the query asked for. */
    @Test
    void absenceAnswersNothingElse() throws IOException {
        asked(0, (peer, session, query) -> {
            session.tell(new PeerSession.FetchBlock(NAR.hash(), NAR.manifest().root(), 0, block.ref()));
            assertEquals(query.id().plus(2), assertInstanceOf(SwarmMessage.BlockRequest.class, peer.next()).id());
            peer.send(new SwarmMessage.NotHere(query.id(), NAR.hash()));
            page.expectMessage(PATIENCE, new PeerSession.ManifestFailed("not-here"));
            peer.send(given(query, 0));
            expectBlock(0);
        });
    }

    @Test
    void anOfferAnswersForBlocksBeyondTheEnd() throws IOException {
        asked(4, (peer, session, query) -> {
            peer.send(offered(query, NAR.manifest()));
            block.expectMessage(PATIENCE, new PeerSession.BlockRefused(3, RefusalReason.NOT_HERE, 0));
            peer.send(firstPage(query), given(query, 0));
            page.expectMessage(PATIENCE, new PeerSession.PageReceived(NAR.manifest().page(0)));
            expectBlock(0);
            peer.send(given(query, 2));
            expectBlock(2);
            peer.send(new SwarmMessage.Refused(query.blockId(1), RefusalReason.BUSY, Duration.ofMillis(70)));
            block.expectMessage(PATIENCE, new PeerSession.BlockRefused(1, RefusalReason.BUSY, 70));
            assertAlive(peer);
        });
    }

    @Test
    void anOfferOfSomethingSmallLeavesNoBlockButTheFirst() throws IOException {
        Manifest small = new MemoryOffers().add(10, 1).manifest();
        asked(2, (peer, session, query) -> {
            peer.send(new SwarmMessage.Offer(query.id(), NAR.hash(), new NarSize(10), small.root(),
                    new Holding.Complete()));
            block.expectMessage(PATIENCE, new PeerSession.BlockRefused(1, RefusalReason.NOT_HERE, 0));
            peer.send(given(query, 1));
            assertEquals("an answer to what was not asked", peer.expectGoodbye(GoodbyeReason.MALFORMED));
            page.expectMessage(PATIENCE, new PeerSession.ManifestFailed("the connection is lost"));
            block.expectMessage(PATIENCE, new PeerSession.BlockFailed(0, "the connection is lost"));
        });
    }

    @Test
    void aBlockUnderTheIdOfAnotherEndsIt() throws IOException {
        asked(2, (peer, session, query) -> {
            peer.send(new SwarmMessage.Block(query.blockId(0), 1, BlockPayload.raw(NAR.block(1))));
            assertEquals("an answer that does not fit its question", peer.expectGoodbye(GoodbyeReason.MALFORMED));
            block.expectMessage(PATIENCE, new PeerSession.BlockFailed(0, "it answered something else"));
            offer.expectMessage(PATIENCE, new PeerSession.QueryFailed("the connection is lost"));
        });
    }

    /** What is no longer wanted is cancelled one by one; what crosses that is told of. */
    @Test
    void blocksCanBeCancelled() throws IOException {
        asked(2, (peer, session, query) -> {
            TestProbe<Integer> crossed = kit.createTestProbe();
            session.tell(new PeerSession.CancelBlock(NAR.hash(), 1, crossed.ref()::tell));
            assertEquals(new SwarmMessage.Cancel(query.blockId(1)), peer.next());
            block.expectMessage(PATIENCE, new PeerSession.BlockFailed(1, "no longer wanted"));
            peer.send(given(query, 1), given(query, 0));
            crossed.expectMessage(PATIENCE, NAR.block(1).length);
            expectBlock(0);
        });
    }

    /** The node serves what it asks for: two sessions of the same program understand each other. */
    @Test
    void whatANodeAsksANodeAnswers() throws IOException {
        SwarmNode.Setup other = new SwarmNode.Setup();
        try (SwarmNode node = setup.start(kit)) {
            other.bootstrap.add(node.address());
            try (SwarmNode asking = other.start(kit)) {
                ActorRef<PeerSession.Command> session = asking.up(node.identity.peerId());
                session.tell(new PeerSession.Query(node.nar.hash(),
                        Optional.of(new PeerSession.First(4, page.ref()::tell, block.ref()::tell)), false,
                        offer.ref()));
                offer.expectMessageClass(PeerSession.Offered.class, PATIENCE);
                page.expectMessage(PATIENCE, new PeerSession.PageReceived(node.nar.manifest().page(0)));
                int received = 0;
                for (int i = 0; i < 4; i++) {
                    received += block.receiveMessage(PATIENCE) instanceof PeerSession.BlockReceived ? 1 : 0;
                }
                assertEquals(3, received, "and the fourth is beyond the end");
                NarHash unknown = new NarHash(Sha256.hash(new byte[]{9}));
                session.tell(new PeerSession.Query(unknown,
                        Optional.of(new PeerSession.First(1, page.ref()::tell, block.ref()::tell)), false,
                        offer.ref()));
                offer.expectMessage(PATIENCE, new PeerSession.NotOffered());
                page.expectMessage(PATIENCE, new PeerSession.ManifestFailed("not-here"));
                block.expectMessage(PATIENCE, new PeerSession.BlockRefused(0, RefusalReason.NOT_HERE, 0));
                assertEquals(List.of(node.identity.peerId().toString()), asking.connected());
            }
        }
    }

    /** Whichever id is the lower. */
    @Test
    void thoseWhoGaveMostAreToldOfFirst() throws IOException {
        toldOf((one, two, three) -> Set.of(), (one, two, three) -> List.of(two, three, one));
    }

    @Test
    void thoseWhoAreSaidToHaveWhatIsWantedAreToldOfBeforeAllOthers() throws IOException {
        toldOf((one, two, three) -> Set.of(one, three), (one, two, three) -> List.of(three, one, two));
    }

    private interface Some<T> {
        T of(PeerId one, PeerId two, PeerId three);
    }

    /** Of three peers, of which the second has given most and the first nothing. */
    private void toldOf(Some<Set<PeerId>> first, Some<List<PeerId>> expected) throws IOException {
        try (SwarmNode node = setup.start(kit);
                TestPeer one = TestPeer.dial(node);
                TestPeer two = TestPeer.dial(node);
                TestPeer three = TestPeer.dial(node)) {
            gives(node, two, 2);
            gives(node, three, 1);
            TestProbe<Swarm.Event> late = kit.createTestProbe();
            node.swarm.tell(new Swarm.Subscribe(late.ref(), first.of(one.id(), two.id(), three.id())));
            List<PeerId> order = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                order.add(assertInstanceOf(Swarm.PeerUp.class, late.receiveMessage(PATIENCE)).peer());
            }
            assertEquals(expected.of(one.id(), two.id(), three.id()), order);
            assertInstanceOf(Swarm.Snapshot.class, late.receiveMessage(PATIENCE));
        }
    }

    private void gives(SwarmNode node, TestPeer peer, int blocks) throws IOException {
        ActorRef<PeerSession.Command> session = node.up(peer.id());
        for (int i = 0; i < blocks; i++) {
            session.tell(new PeerSession.FetchBlock(NAR.hash(), NAR.manifest().root(), i, block.ref()));
            RequestId id = assertInstanceOf(SwarmMessage.BlockRequest.class, peer.next()).id();
            peer.send(new SwarmMessage.Block(id, i, BlockPayload.raw(NAR.block(i))));
            expectBlock(i);
        }
    }
}
