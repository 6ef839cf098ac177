// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.pekko.actor.testkit.typed.javadsl.FishingOutcomes;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.swarm.BlockPayload;
import org.guixp2p.protocol.swarm.GoodbyeReason;
import org.guixp2p.protocol.swarm.Holding;
import org.guixp2p.protocol.swarm.Manifest;
import org.guixp2p.protocol.swarm.RefusalReason;
import org.guixp2p.protocol.swarm.RequestId;
import org.guixp2p.protocol.swarm.SwarmMessage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Many small NARs by one frame: what a node gives to whoever asks so, and how it asks others. */
@Timeout(60)
class ManyQueriesTest extends SwarmFixture {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final RequestId ID = new RequestId(-5);

    private final TestProbe<PeerSession.QueryReply> offers = kit.createTestProbe();
    private final TestProbe<PeerSession.ManifestReply> pages = kit.createTestProbe();
    private final TestProbe<PeerSession.BlockReply> blocks = kit.createTestProbe();

    private static List<MemoryOffers.Nar> small(MemoryOffers offers, int count) {
        return IntStream.range(0, count).mapToObj(i -> offers.add(1000 + i, i)).toList();
    }

    private static SwarmMessage.Queries queries(List<MemoryOffers.Nar> nars, boolean small) {
        return new SwarmMessage.Queries(ID, nars.stream().map(MemoryOffers.Nar::hash).toList(), small);
    }

    private static void assertAlive(TestPeer peer) throws IOException {
        peer.send(new SwarmMessage.Ping(77));
        assertEquals(new SwarmMessage.Pong(77), peer.next());
    }

    // What a node gives.

    /** One frame out; an offer, a page and a block of each back, every one under its own id. */
    @Test
    void sixtyFourSmallNarsAreGivenForOneFrame() throws IOException, FormatException {
        try (SwarmNode node = setup.start(kit); TestPeer peer = TestPeer.dial(node)) {
            List<MemoryOffers.Nar> nars = small(node.offers, 64);
            SwarmMessage.Queries asked = queries(nars, true);
            peer.send(asked);
            Map<RequestId, SwarmMessage.Answer> answers = new HashMap<>();
            for (int i = 0; i < 3 * 64; i++) {
                SwarmMessage.Answer answer = assertInstanceOf(SwarmMessage.Answer.class, peer.next());
                answers.put(answer.id(), answer);
            }
            for (int i = 0; i < 64; i++) {
                MemoryOffers.Nar nar = nars.get(i);
                SwarmMessage.Query query = asked.each().get(i);
                Manifest manifest = nar.manifest();
                assertEquals(new SwarmMessage.Offer(query.id(), nar.hash(), manifest.narSize(), manifest.root(),
                        new Holding.Complete()), answers.get(query.id()));
                assertEquals(new SwarmMessage.ManifestPart(query.pageId(), manifest.page(0)),
                        answers.get(query.pageId()));
                var block = assertInstanceOf(SwarmMessage.Block.class, answers.get(query.blockId(0)));
                assertArrayEquals(nar.bytes(), block.payload().block());
            }
            assertAlive(peer);
        }
    }

    /** An offer is all of what has several blocks, and there is nothing of what is not offered, or not to everybody. */
    @Test
    void largeOnesAreOnlyOfferedAndOthersAreNotHere() throws IOException {
        try (SwarmNode node = setup.start(kit); TestPeer peer = TestPeer.dial(node)) {
            MemoryOffers.Nar gone = node.offers.add(10, 3);
            node.offers.remove(gone);
            SwarmMessage.Queries asked = queries(List.of(gone, node.nar), true);
            peer.send(asked);
            assertEquals(new SwarmMessage.NotHere(ID, gone.hash()), peer.next());
            assertEquals(new SwarmMessage.Offer(ID.plus(3), node.nar.hash(), node.nar.manifest().narSize(),
                    node.nar.manifest().root(), new Holding.Complete()), peer.next());
            assertAlive(peer);
            assertEquals(0, node.offers.asked());
        }
    }

    @Test
    void withoutThePagesEachIsOffered() throws IOException {
        try (SwarmNode node = setup.start(kit); TestPeer peer = TestPeer.dial(node)) {
            List<MemoryOffers.Nar> nars = small(node.offers, 3);
            peer.send(queries(nars, false));
            for (int i = 0; i < 3; i++) {
                assertEquals(ID.plus(3 * i), assertInstanceOf(SwarmMessage.Offer.class, peer.next()).id());
            }
            assertAlive(peer);
        }
    }

    /** While it is looked for, while it is read, and of those beside it nothing is lost. */
    @Test
    void eachIsCancelledByItself() throws IOException {
        try (SwarmNode node = setup.start(kit); TestPeer peer = TestPeer.dial(node)) {
            List<MemoryOffers.Nar> nars = small(node.offers, 2);
            SwarmMessage.Queries asked = queries(nars, true);
            CompletableFuture<Void> finding = node.offers.holdFinding();
            peer.send(asked, new SwarmMessage.Cancel(asked.each().get(0).blockId(0)),
                    new SwarmMessage.Cancel(asked.each().get(0).pageId()));
            assertAlive(peer);
            finding.complete(null);
            Set<RequestId> answered = new HashSet<>();
            for (int i = 0; i < 4; i++) {
                answered.add(assertInstanceOf(SwarmMessage.Answer.class, peer.next()).id());
            }
            assertEquals(Set.of(ID, ID.plus(3), ID.plus(4), ID.plus(5)), answered);
            assertAlive(peer);
        }
    }

    /** Pages and blocks count as if each had been asked by itself: beyond what is kept of a peer's questions they are refused. */
    @Test
    void whoAsksForMoreThanItsShareIsRefusedTheRest() throws IOException {
        try (SwarmNode node = setup.start(kit); TestPeer peer = TestPeer.dial(node)) {
            List<MemoryOffers.Nar> nars = small(node.offers, 64);
            List<NarHash> hashes = nars.stream().map(MemoryOffers.Nar::hash).toList();
            CompletableFuture<Void> gate = node.offers.hold();
            for (int i = 0; i < 3; i++) {
                peer.send(new SwarmMessage.Queries(new RequestId(1000 * i), hashes, true));
            }
            int offered = 0;
            int refused = 0;
            for (int i = 0; i < 3 * 64 + 128; i++) {
                switch (peer.next()) {
                    case SwarmMessage.Refused no -> {
                        assertEquals(RefusalReason.BUSY, no.reason());
                        refused++;
                    }
                    case SwarmMessage.Offer _ -> offered++;
                    case null, default -> throw new AssertionError("what is held back");
                }
            }
            assertEquals(3 * 64, offered);
            assertEquals(3 * 128 - PeerSession.SERVING, refused);
            gate.complete(null);
            for (int i = 0; i < PeerSession.SERVING; i++) {
                assertInstanceOf(SwarmMessage.Answer.class, peer.next());
            }
            assertAlive(peer);
        }
    }

    @Test
    void whatCannotBeReadIsRefusedByItself() throws IOException {
        try (SwarmNode node = setup.start(kit); TestPeer peer = TestPeer.dial(node)) {
            List<MemoryOffers.Nar> nars = small(node.offers, 2);
            CompletableFuture<Void> gate = node.offers.hold();
            peer.send(queries(nars, true));
            assertInstanceOf(SwarmMessage.Offer.class, peer.next());
            assertInstanceOf(SwarmMessage.Offer.class, peer.next());
            node.offers.remove(nars.getFirst());
            gate.complete(null);
            Map<RequestId, SwarmMessage.Answer> answers = new HashMap<>();
            for (int i = 0; i < 4; i++) {
                SwarmMessage.Answer answer = assertInstanceOf(SwarmMessage.Answer.class, peer.next());
                answers.put(answer.id(), answer);
            }
            assertEquals(new SwarmMessage.Refused(ID.plus(2), RefusalReason.WITHDRAWN), answers.get(ID.plus(2)));
            assertInstanceOf(SwarmMessage.Block.class, answers.get(ID.plus(5)));
        }
    }

    @Test
    void notInALightSession() throws IOException {
        try (SwarmNode node = setup.start(kit);
                TestPeer peer = TestPeer.dial(node, TestPeer.someone(),
                        new SwarmMessage.Hello(1, Set.of("light"), "test peer", 0, 8).forLight(), "queries")) {
            peer.send(queries(List.of(node.nar), true));
            SwarmMessage said = peer.next();
            while (said instanceof SwarmMessage.OfInventory) {
                // It tells what it has.
                said = peer.next();
            }
            var goodbye = assertInstanceOf(SwarmMessage.Goodbye.class, said);
            assertEquals(GoodbyeReason.MALFORMED, goodbye.reason());
            assertEquals("this is a light session", goodbye.detail());
            node.servesAnHonestPeer();
        }
    }

    // How it asks.

    /** A peer that can be asked so. */
    private static TestPeer able(SwarmNode node) throws IOException {
        return TestPeer.dial(node, TestPeer.someone(), new SwarmMessage.Hello(1, Set.of("queries"), "test peer", 0, 8),
                "queries");
    }

    private PeerSession.Query waiting(MemoryOffers.Nar nar) {
        return new PeerSession.Query(nar.hash(),
                Optional.of(new PeerSession.First(1, pages.ref()::tell, blocks.ref()::tell)), true, offers.ref());
    }

    private PeerSession.Query plain(MemoryOffers.Nar nar) {
        return new PeerSession.Query(nar.hash(), Optional.empty(), true, offers.ref());
    }

    /** All are there before the first one is looked at, however slow this machine is. */
    private static void tell(ActorRef<PeerSession.Command> session, List<? extends PeerSession.Command> commands) {
        CompletableFuture<Void> all = new CompletableFuture<>();
        session.tell(new PeerSession.Served(all::join));
        commands.forEach(session::tell);
        all.complete(null);
    }

    private static void assertAsked(TestPeer peer, boolean small, MemoryOffers.Nar... nars) throws IOException {
        var asked = assertInstanceOf(SwarmMessage.Queries.class, peer.next());
        assertEquals(new SwarmMessage.Queries(asked.id(), Stream.of(nars).map(MemoryOffers.Nar::hash).toList(), small),
                asked);
    }

    private static void assertAskedWhether(TestPeer peer, MemoryOffers.Nar nar) throws IOException {
        var asked = assertInstanceOf(SwarmMessage.Query.class, peer.next());
        assertEquals(new SwarmMessage.Query(asked.id(), List.of(nar.hash()), false, 0), asked);
    }

    private interface Conversation {
        void hold(TestPeer peer, ActorRef<PeerSession.Command> session, SwarmMessage.Queries asked)
                throws IOException;
    }

    /** Two small NARs are asked for together. */
    private void askedForTwo(List<MemoryOffers.Nar> nars, Conversation conversation) throws IOException {
        try (SwarmNode node = setup.start(kit); TestPeer peer = able(node)) {
            ActorRef<PeerSession.Command> session = node.up(peer.id());
            tell(session, nars.stream().map(this::waiting).toList());
            session.tell(new PeerSession.Hurry(true));
            var asked = assertInstanceOf(SwarmMessage.Queries.class, peer.next());
            assertEquals(new SwarmMessage.Queries(asked.id(), nars.stream().map(MemoryOffers.Nar::hash).toList(), true),
                    asked);
            conversation.hold(peer, session, asked);
        }
    }

    private static SwarmMessage[] given(MemoryOffers.Nar nar, SwarmMessage.Query query) {
        return new SwarmMessage[]{
            new SwarmMessage.Offer(query.id(), nar.hash(), nar.manifest().narSize(), nar.manifest().root(),
                    new Holding.Complete()),
            new SwarmMessage.ManifestPart(query.pageId(), nar.manifest().page(0)),
            new SwarmMessage.Block(query.blockId(0), 0, BlockPayload.raw(nar.bytes()))};
    }

    private void expect(MemoryOffers.Nar nar) {
        offers.expectMessage(PATIENCE, new PeerSession.Offered(nar.manifest().narSize(), nar.manifest().root(),
                new Holding.Complete()));
        pages.expectMessage(PATIENCE, new PeerSession.PageReceived(nar.manifest().page(0)));
        blocks.expectMessage(PATIENCE, new PeerSession.BlockReceived(0, BlockPayload.raw(nar.bytes())));
    }

    /** The frames that a peer gets when 64 small NARs are wanted of it. */
    private List<SwarmMessage> framesFor64(boolean peerIsAble) throws IOException {
        try (SwarmNode node = setup.start(kit); TestPeer peer = peerIsAble ? able(node) : TestPeer.dial(node)) {
            List<MemoryOffers.Nar> nars = small(new MemoryOffers(), 64);
            ActorRef<PeerSession.Command> session = node.up(peer.id());
            tell(session, nars.stream().map(this::waiting).toList());
            List<SwarmMessage> frames = new ArrayList<>();
            int wanted = 0;
            while (wanted < 64) {
                SwarmMessage frame = peer.next();
                frames.add(frame);
                wanted += switch (frame) {
                    case SwarmMessage.Queries many -> many.nars().size();
                    case SwarmMessage.Query one -> one.nars().size();
                    case null, default -> throw new AssertionError("not asked for: " + frame);
                };
            }
            session.tell(new PeerSession.Query(node.nar.hash(), offers.ref()));
            assertEquals(List.of(node.nar.hash()), assertInstanceOf(SwarmMessage.Query.class, peer.next()).nars());
            return frames;
        }
    }

    @Test
    void sixtyFourSmallNarsAreAskedForByOneFrame() throws IOException {
        assertEquals(1, framesFor64(true).size());
    }

    @Test
    void anEarlierVersionIsAskedForEachByItself() throws IOException {
        List<SwarmMessage> frames = framesFor64(false);
        assertEquals(64, frames.size());
        SwarmMessage.Query first = assertInstanceOf(SwarmMessage.Query.class, frames.getFirst());
        assertEquals(new SwarmMessage.Query(first.id(), first.nars(), true, 1), first);
    }

    @Test
    void whoMayWaitDoesNotWaitForLong() throws IOException {
        try (SwarmNode node = setup.start(kit); TestPeer peer = able(node)) {
            MemoryOffers.Nar nar = small(new MemoryOffers(), 1).getFirst();
            node.up(peer.id()).tell(waiting(nar));
            SwarmMessage.Query query = assertInstanceOf(SwarmMessage.Query.class, peer.next());
            peer.send(given(nar, query));
            expect(nar);
        }
    }

    @Test
    void whetherItHasThemIsAskedTogetherToo() throws IOException {
        try (SwarmNode node = setup.start(kit); TestPeer peer = able(node)) {
            List<MemoryOffers.Nar> nars = small(new MemoryOffers(), 2);
            ActorRef<PeerSession.Command> session = node.up(peer.id());
            tell(session, nars.stream().map(this::plain).toList());
            var asked = assertInstanceOf(SwarmMessage.Queries.class, peer.next());
            assertEquals(
                    new SwarmMessage.Queries(asked.id(), nars.stream().map(MemoryOffers.Nar::hash).toList(), false),
                    asked);
            // Ids in between are nobody's, and what is asked next has one behind them.
            session.tell(new PeerSession.Query(node.nar.hash(), offers.ref()));
            assertEquals(asked.id().plus(6), assertInstanceOf(SwarmMessage.Query.class, peer.next()).id());
            peer.send(new SwarmMessage.NotHere(asked.id().plus(3), nars.get(1).hash()));
            offers.expectMessage(PATIENCE, new PeerSession.NotOffered());
            peer.send(new SwarmMessage.NotHere(asked.id().plus(1), nars.get(0).hash()));
            assertEquals("an answer to what was not asked", peer.expectGoodbye(GoodbyeReason.MALFORMED));
        }
    }

    @Test
    void oneNarThatIsWantedTwiceIsAskedForTwice() throws IOException {
        try (SwarmNode node = setup.start(kit); TestPeer peer = able(node)) {
            MemoryOffers.Nar nar = small(new MemoryOffers(), 1).getFirst();
            ActorRef<PeerSession.Command> session = node.up(peer.id());
            for (int i = 0; i < 2; i++) {
                session.tell(waiting(nar));
            }
            for (int i = 0; i < 2; i++) {
                peer.send(given(nar, assertInstanceOf(SwarmMessage.Query.class, peer.next())));
                expect(nar);
            }
        }
    }

    @Test
    void answersComeInAnyOrder() throws IOException {
        List<MemoryOffers.Nar> nars = small(new MemoryOffers(), 2);
        askedForTwo(nars, (peer, session, asked) -> {
            peer.send(given(nars.get(1), asked.each().get(1)));
            expect(nars.get(1));
            peer.send(given(nars.get(0), asked.each().get(0)));
            expect(nars.get(0));
        });
    }

    /** What it says of one says nothing of the others. */
    @Test
    void oneThatIsNotHereAnswersForNoOther() throws IOException {
        List<MemoryOffers.Nar> nars = small(new MemoryOffers(), 2);
        askedForTwo(nars, (peer, session, asked) -> {
            peer.send(new SwarmMessage.NotHere(asked.id(), nars.get(0).hash()));
            offers.expectMessage(PATIENCE, new PeerSession.NotOffered());
            pages.expectMessage(PATIENCE, new PeerSession.ManifestFailed("not-here"));
            blocks.expectMessage(PATIENCE, new PeerSession.BlockRefused(0, RefusalReason.NOT_HERE, 0));
            peer.send(given(nars.get(1), asked.each().get(1)));
            expect(nars.get(1));
        });
    }

    /** It has several blocks there: neither page nor block will come, and whoever sends one breaks the protocol. */
    @Test
    void oneThatIsOfferedLargeHasNoBlock() throws IOException {
        List<MemoryOffers.Nar> nars = small(new MemoryOffers(), 2);
        MemoryOffers.Nar large = new MemoryOffers().add(262_145, 5);
        askedForTwo(nars, (peer, session, asked) -> {
            peer.send(new SwarmMessage.Offer(asked.id(), nars.get(0).hash(), large.manifest().narSize(),
                    large.manifest().root(), new Holding.Complete()));
            offers.expectMessageClass(PeerSession.Offered.class, PATIENCE);
            pages.expectMessage(PATIENCE, new PeerSession.ManifestFailed("not-here"));
            blocks.expectMessage(PATIENCE, new PeerSession.BlockRefused(0, RefusalReason.NOT_HERE, 0));
            peer.send(new SwarmMessage.Block(asked.id().plus(2), 0, BlockPayload.raw(large.block(0))));
            assertEquals("an answer to what was not asked", peer.expectGoodbye(GoodbyeReason.MALFORMED));
        });
    }

    @Test
    void whoLeavesHasGivenNothing() throws IOException {
        List<MemoryOffers.Nar> nars = small(new MemoryOffers(), 2);
        askedForTwo(nars, (peer, session, asked) -> {
            peer.send(given(nars.get(0), asked.each().get(0)));
            expect(nars.get(0));
            peer.close();
            offers.expectMessage(PATIENCE, new PeerSession.QueryFailed("the connection is lost"));
            pages.expectMessage(PATIENCE, new PeerSession.ManifestFailed("the connection is lost"));
            blocks.expectMessage(PATIENCE, new PeerSession.BlockFailed(0, "the connection is lost"));
        });
    }

    /** Also of what was yet to be asked. */
    @Test
    void whoLeavesBeforeItIsAskedHasGivenNothing() throws IOException {
        try (SwarmNode node = setup.start(kit); TestPeer peer = able(node)) {
            ActorRef<PeerSession.Command> session = node.up(peer.id());
            session.tell(waiting(node.nar));
            session.tell(new PeerSession.Close(GoodbyeReason.FAILED, "for the test"));
            offers.expectMessage(PATIENCE, new PeerSession.QueryFailed("the connection is lost"));
            pages.expectMessage(PATIENCE, new PeerSession.ManifestFailed("the connection is lost"));
            blocks.expectMessage(PATIENCE, new PeerSession.BlockFailed(0, "the connection is lost"));
        }
    }

    @Test
    void whoSaysNothingIsGivenUp() throws IOException {
        setup.requestTimeout = Duration.ofMillis(100);
        List<MemoryOffers.Nar> nars = small(new MemoryOffers(), 2);
        askedForTwo(nars, (peer, session, asked) -> {
            Set<SwarmMessage> cancels = new HashSet<>();
            for (int i = 0; i < 6; i++) {
                cancels.add(peer.next());
            }
            Set<SwarmMessage> expected = new HashSet<>();
            for (int i = 0; i < 6; i++) {
                expected.add(new SwarmMessage.Cancel(asked.id().plus(i)));
            }
            assertEquals(expected, cancels);
            for (int i = 0; i < 2; i++) {
                offers.expectMessage(PATIENCE, new PeerSession.QueryFailed("no answer in time"));
                blocks.expectMessage(PATIENCE, new PeerSession.BlockFailed(0, "no answer in time"));
            }
        });
    }

    @Test
    void aBlockIsCancelledByItselfAndWhatCrossesThatIsToldOf() throws IOException {
        List<MemoryOffers.Nar> nars = small(new MemoryOffers(), 2);
        askedForTwo(nars, (peer, session, asked) -> {
            TestProbe<Integer> crossed = kit.createTestProbe();
            session.tell(new PeerSession.CancelBlock(nars.get(1).hash(), 0, crossed.ref()::tell));
            assertEquals(new SwarmMessage.Cancel(asked.id().plus(5)), peer.next());
            blocks.expectMessage(PATIENCE, new PeerSession.BlockFailed(0, "no longer wanted"));
            peer.send(given(nars.get(1), asked.each().get(1)));
            crossed.expectMessage(PATIENCE, nars.get(1).bytes().length);
            peer.send(given(nars.get(0), asked.each().get(0)));
        });
    }

    /** It may be no longer wanted before it was asked for. */
    @Test
    void whatWaitsToBeAskedIsCancelledToo() throws IOException {
        try (SwarmNode node = setup.start(kit); TestPeer peer = able(node)) {
            ActorRef<PeerSession.Command> session = node.up(peer.id());
            session.tell(waiting(node.nar));
            session.tell(new PeerSession.CancelBlock(node.nar.hash(), 0, bytes -> {}));
            assertAskedWhether(peer, node.nar);
            pages.expectMessage(PATIENCE, new PeerSession.ManifestFailed("no longer wanted"));
            blocks.expectMessage(PATIENCE, new PeerSession.BlockFailed(0, "no longer wanted"));
        }
    }

    @Test
    void whatIsCancelledLeavesOthersWaiting() throws IOException {
        try (SwarmNode node = setup.start(kit); TestPeer peer = able(node)) {
            List<MemoryOffers.Nar> nars = small(new MemoryOffers(), 3);
            ActorRef<PeerSession.Command> session = node.up(peer.id());
            tell(session, List.of(waiting(nars.get(0)), waiting(nars.get(1)),
                    new PeerSession.CancelBlock(nars.get(0).hash(), 0, bytes -> {}),
                    new PeerSession.CancelBlock(node.nar.hash(), 0, bytes -> {}), waiting(nars.get(2))));
            assertAsked(peer, true, nars.get(1), nars.get(2));
            assertAskedWhether(peer, nars.get(0));
        }
    }

    @Test
    void whoHurriesForTheOneLeavesSmallOnesWaiting() throws IOException {
        try (SwarmNode node = setup.start(kit); TestPeer peer = able(node)) {
            List<MemoryOffers.Nar> nars = small(new MemoryOffers(), 2);
            ActorRef<PeerSession.Command> session = node.up(peer.id());
            tell(session, List.of(waiting(nars.get(0)), plain(node.nar), new PeerSession.Hurry(false),
                    waiting(nars.get(1))));
            assertAskedWhether(peer, node.nar);
            assertAsked(peer, true, nars.get(0), nars.get(1));
        }
    }

    @Test
    void anAnswerForAnotherNarBreaksTheProtocol() throws IOException {
        List<MemoryOffers.Nar> nars = small(new MemoryOffers(), 2);
        askedForTwo(nars, (peer, session, asked) -> {
            peer.send(new SwarmMessage.NotHere(asked.id(), nars.get(1).hash()));
            assertEquals("an answer that does not fit its question", peer.expectGoodbye(GoodbyeReason.MALFORMED));
            offers.expectMessage(PATIENCE, new PeerSession.QueryFailed("it answered something else"));
        });
    }

    /** Two of the same program, over a real connection. */
    @Test
    void whatANodeAsksANodeAnswers() throws IOException, FormatException {
        SwarmNode.Setup other = new SwarmNode.Setup();
        try (SwarmNode node = setup.start(kit)) {
            List<MemoryOffers.Nar> nars = small(node.offers, 64);
            other.bootstrap.add(node.address());
            try (SwarmNode asking = other.start(kit)) {
                // It may have connected before anybody listened.
                TestProbe<Swarm.Event> events = kit.createTestProbe();
                asking.swarm.tell(new Swarm.Subscribe(events.ref()));
                ActorRef<PeerSession.Command> session = ((Swarm.PeerUp) events.fishForMessage(PATIENCE,
                        event -> event instanceof Swarm.PeerUp
                                ? FishingOutcomes.complete()
                                : FishingOutcomes.continueAndIgnore())
                        .getLast()).session();
                nars.forEach(nar -> session.tell(waiting(nar)));
                Set<NarHash> received = new HashSet<>();
                for (int i = 0; i < 64; i++) {
                    offers.expectMessageClass(PeerSession.Offered.class, PATIENCE);
                    var block = assertInstanceOf(PeerSession.BlockReceived.class, blocks.receiveMessage(PATIENCE));
                    received.add(new NarHash(Sha256.hash(block.payload().block())));
                }
                assertEquals(Set.copyOf(nars.stream().map(MemoryOffers.Nar::hash).toList()), received);
            }
        }
    }
}
