// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.SocketException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import javax.net.ssl.SSLException;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.FishingOutcomes;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.guixp2p.node.testing.Eventually;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.swarm.BlockPayload;
import org.guixp2p.protocol.swarm.FrameEncoder;
import org.guixp2p.protocol.swarm.GoodbyeReason;
import org.guixp2p.protocol.swarm.Holding;
import org.guixp2p.protocol.swarm.ManifestBuilder;
import org.guixp2p.protocol.swarm.RefusalReason;
import org.guixp2p.protocol.swarm.RequestId;
import org.guixp2p.protocol.swarm.SwarmMessage;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A peer that was greeted, and then does what no peer should, or what few do. */
class HostilePeerTest {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final NarHash UNKNOWN = new NarHash(Sha256.hash(new byte[]{1}));
    private static final Sha256 ROOT = Sha256.hash(new byte[]{2});

    private static ActorTestKit kit;

    private final LogWatch log = new LogWatch();
    private final SwarmNode.Setup setup = new SwarmNode.Setup();

    @AfterEach
    void stopWatching() {
        log.close();
    }

    @BeforeAll
    static void startActors() {
        kit = ActorTestKit.create("session");
    }

    @AfterAll
    static void stopActors() {
        kit.shutdownTestKit();
    }

    private interface Conversation {
        void hold(SwarmNode node, TestPeer peer, ActorRef<PeerSession.Command> session) throws IOException;
    }

    /** Lets a peer and a node talk; whatever became of it, the node serves the next one. */
    private void talk(Conversation conversation) throws IOException {
        try (SwarmNode node = setup.start(kit); TestPeer peer = TestPeer.dial(node)) {
            conversation.hold(node, peer, node.up(peer.id()));
            node.servesAnHonestPeer();
        }
    }

    /** The node says goodbye for that reason, logs it, and the peer is gone. */
    private void hungUp(SwarmNode node, TestPeer peer, String reason) throws IOException {
        assertEquals(reason, peer.expectGoodbye(GoodbyeReason.MALFORMED));
        log.await("peer " + peer.id() + " at ", " is gone: malformed: " + reason);
        node.down(peer.id());
    }

    private static void assertAlive(TestPeer peer) throws IOException {
        peer.send(new SwarmMessage.Ping(77));
        assertEquals(new SwarmMessage.Pong(77), peer.next());
    }

    // Frames.

    @Test
    void secondHello() throws IOException {
        talk((node, peer, session) -> {
            peer.send(TestPeer.hello());
            hungUp(node, peer, "a second hello");
        });
    }

    @Test
    void frameLongerThanAnyMayBe() throws IOException {
        talk((node, peer, session) -> {
            peer.sendRaw(0xff, 0xff, 0xff, 0xff, 22);
            hungUp(node, peer, "block: a body of 4294967294 bytes, at most 262157 allowed");
        });
    }

    @Test
    void frameOfATypeToComeThatIsTooLong() throws IOException {
        talk((node, peer, session) -> {
            peer.sendRaw(0, 1, 0, 2, 99);
            hungUp(node, peer, "frame of type 99: a body of 65537 bytes, at most 65536 allowed");
        });
    }

    @Test
    void frameOfATypeToCome() throws IOException {
        talk((node, peer, session) -> {
            peer.sendRaw(0, 0, 0, 4, 99, 1, 2, 3);
            assertAlive(peer);
        });
    }

    /** The node has not said that it looks at them. */
    @Test
    void malformedCbor() throws IOException {
        talk((node, peer, session) -> {
            peer.sendRaw(0, 0, 0, 4, 3, 0xa1, 0x61, 'x');
            String reason = peer.expectGoodbye(GoodbyeReason.MALFORMED);
            assertTrue(reason.startsWith("ping: "), reason);
            log.await(peer.id().toString(), "is gone: malformed: ping: ");
        });
    }

    @Test
    void blockThatLiesAboutItsLength() throws IOException {
        talk((node, peer, session) -> {
            peer.sendRaw(0, 0, 0, 15, 22, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 4, 0, 0, 7);
            hungUp(node, peer, "block: 1 bytes cannot be 262144 bytes RAW");
        });
    }

    @Test
    void endsWithinAFrame() throws IOException {
        talk((node, peer, session) -> {
            peer.sendRaw(0, 0, 0, 200, 16, 0xa1);
            peer.tls.close();
            node.down(peer.id());
            log.await(peer.id().toString(), "is gone: the peer hung up within a frame");
        });
    }

    @Test
    void connectionThatIsCut() throws IOException {
        talk((node, peer, session) -> {
            peer.tcp.setSoLinger(true, 0);
            peer.close();
            node.down(peer.id());
            log.await(peer.id().toString(), "is gone: ", "reset");
        });
    }

    @Test
    void goodbye() throws IOException {
        talk((node, peer, session) -> {
            peer.send(SwarmMessage.Goodbye.of(GoodbyeReason.SHUTDOWN, "good night"));
            node.down(peer.id());
            log.await(peer.id().toString(), "is gone: it said goodbye: shutdown good night");
            peer.expectEnd();
        });
    }

    // Answers.

    private interface AnswerTo {
        SwarmMessage of(SwarmMessage.Question question);
    }

    /** The node asks, the peer answers something that does not fit: whoever waits is told, and the peer is hung up on. */
    private <T> void misfit(Function<ActorRef<T>, PeerSession.Command> question, T failure,
            AnswerTo answer) throws IOException {
        talk((node, peer, session) -> {
            TestProbe<T> probe = kit.createTestProbe();
            session.tell(question.apply(probe.ref()));
            peer.send(answer.of(assertInstanceOf(SwarmMessage.Question.class, peer.next())));
            hungUp(node, peer, "an answer that does not fit its question");
            probe.expectMessage(PATIENCE, failure);
        });
    }

    private void misfitOfQuery(AnswerTo answer) throws IOException {
        misfit((ActorRef<PeerSession.QueryReply> reply) -> new PeerSession.Query(UNKNOWN, reply),
                new PeerSession.QueryFailed("it answered something else"),
                answer);
    }

    @Test
    void offerOfAnotherNar() throws IOException {
        NarHash other = new NarHash(ROOT);
        misfitOfQuery(question -> new SwarmMessage.Offer(question.id(), other, new NarSize(1), ROOT,
                new Holding.Complete()));
    }

    @Test
    void absenceOfAnotherNar() throws IOException {
        misfitOfQuery(question -> new SwarmMessage.NotHere(question.id(), new NarHash(ROOT)));
    }

    @Test
    void refusalOfAQuery() throws IOException {
        misfitOfQuery(question -> new SwarmMessage.Refused(question.id(), RefusalReason.BUSY));
    }

    private void misfitOfBlock(AnswerTo answer) throws IOException {
        misfit((ActorRef<PeerSession.BlockReply> reply) -> new PeerSession.FetchBlock(UNKNOWN, ROOT, 4, reply),
                new PeerSession.BlockFailed(4, "it answered something else"), answer);
    }

    @Test
    void blockOfAnotherNumber() throws IOException {
        misfitOfBlock(question -> new SwarmMessage.Block(question.id(), 5, BlockPayload.raw(new byte[8])));
    }

    @Test
    void blockWithAPrefixThatWasNotAskedFor() throws IOException {
        misfitOfBlock(question -> new SwarmMessage.Block(question.id(), 4,
                BlockPayload.of(BlockPayload.Encoding.ZSTD_PREFIXED, 8, new byte[4])));
    }

    @Test
    void pageInsteadOfBlock() throws IOException {
        MemoryOffers.Nar nar = new MemoryOffers().add(10, 1);
        misfitOfBlock(question -> new SwarmMessage.ManifestPart(question.id(), nar.manifest().page(0)));
    }

    @Test
    void absenceInsteadOfBlock() throws IOException {
        misfitOfBlock(question -> new SwarmMessage.NotHere(question.id(), UNKNOWN));
    }

    @Test
    void pageOfAnotherNumber() throws IOException {
        MemoryOffers.Nar nar = new MemoryOffers().add(10, 1);
        misfit((ActorRef<PeerSession.ManifestReply> reply) -> new PeerSession.FetchManifest(UNKNOWN, ROOT, 1, reply),
                new PeerSession.ManifestFailed("it answered something else"),
                question -> new SwarmMessage.ManifestPart(question.id(), nar.manifest().page(0)));
    }

    @Test
    void answerToNothing() throws IOException {
        talk((node, peer, session) -> {
            peer.send(new SwarmMessage.NotHere(new RequestId(99), UNKNOWN));
            hungUp(node, peer, "an answer to what was not asked");
        });
    }

    @Test
    void blocksThatNobodyAskedFor() throws IOException {
        talk((node, peer, session) -> {
            peer.send(new SwarmMessage.Block(new RequestId(1), 0, BlockPayload.raw(new byte[262_144])));
            hungUp(node, peer, "an answer to what was not asked");
        });
    }

    @Test
    void answerThatComesTwice() throws IOException {
        talk((node, peer, session) -> {
            TestProbe<PeerSession.QueryReply> probe = kit.createTestProbe();
            session.tell(new PeerSession.Query(UNKNOWN, probe.ref()));
            RequestId id = assertInstanceOf(SwarmMessage.Query.class, peer.next()).id();
            peer.send(new SwarmMessage.NotHere(id, UNKNOWN), new SwarmMessage.NotHere(id, UNKNOWN));
            probe.expectMessage(PATIENCE, new PeerSession.NotOffered());
            hungUp(node, peer, "an answer to what was not asked");
        });
    }

    /** It was on its way when it was cancelled; a second one was not. */
    @Test
    void answerThatCrossesItsCancel() throws IOException {
        talk((node, peer, session) -> {
            TestProbe<PeerSession.BlockReply> probe = kit.createTestProbe();
            session.tell(new PeerSession.FetchBlock(UNKNOWN, ROOT, 3, probe.ref()));
            RequestId id = assertInstanceOf(SwarmMessage.BlockRequest.class, peer.next()).id();
            TestProbe<Integer> crossed = kit.createTestProbe();
            session.tell(new PeerSession.CancelBlock(UNKNOWN, 3, crossed.ref()::tell));
            assertEquals(new SwarmMessage.Cancel(id), peer.next());
            probe.expectMessage(PATIENCE, new PeerSession.BlockFailed(3, "no longer wanted"));
            SwarmMessage block = new SwarmMessage.Block(id, 3, BlockPayload.raw(new byte[9]));
            peer.send(block);
            crossed.expectMessage(PATIENCE, 9);
            peer.send(block);
            hungUp(node, peer, "an answer to what was not asked");
        });
    }

    /** The first block has none: that is no question. */
    @Test
    void aPrefixOfTheFirstBlock() throws IOException {
        talk((node, peer, session) -> {
            byte[] frame = FrameEncoder.encode(new SwarmMessage.BlockRequest(new RequestId(1), node.nar.hash(),
                    node.nar.manifest().root(), 1, true)).head();
            // "block", then its value, then "prefix" and true.
            frame[frame.length - 9] = 0;
            int[] bytes = new int[frame.length];
            for (int i = 0; i < bytes.length; i++) {
                bytes[i] = frame[i];
            }
            peer.sendRaw(bytes);
            hungUp(node, peer, "block-request: the first block has no blocks before it");
        });
    }

    /** How long a block must be is known to whoever asked, and so are what its hash must be and what stands before it. */
    @Test
    void blockIsHandedOnAsItIs() throws IOException {
        talk((node, peer, session) -> {
            TestProbe<PeerSession.BlockReply> probe = kit.createTestProbe();
            for (BlockPayload payload : List.of(BlockPayload.raw(new byte[]{1, 2, 3}),
                    BlockPayload.of(BlockPayload.Encoding.ZSTD, 262_144, new byte[]{1, 2, 3}),
                    BlockPayload.of(BlockPayload.Encoding.ZSTD_PREFIXED, 8, new byte[4]))) {
                session.tell(new PeerSession.FetchBlock(UNKNOWN, ROOT, 3, true, probe.ref()::tell));
                var request = assertInstanceOf(SwarmMessage.BlockRequest.class, peer.next());
                assertEquals(new SwarmMessage.BlockRequest(request.id(), UNKNOWN, ROOT, 3, true), request);
                peer.send(new SwarmMessage.Block(request.id(), 3, payload));
                probe.expectMessage(PATIENCE, new PeerSession.BlockReceived(3, payload));
            }
        });
    }

    /** What a peer gave before it said goodbye was given, however busy the disk is: nobody is told first that it is gone. */
    @Test
    void lastBlocksOfAPeerComeBeforeItsEnd() throws IOException {
        try (SwarmNode node = setup.start(kit); TestPeer peer = TestPeer.dial(node)) {
            ActorRef<PeerSession.Command> session = node.up(peer.id());
            TestProbe<Object> seen = kit.createTestProbe();
            node.swarm.tell(new Swarm.Subscribe(seen.ref().narrow()));
            seen.fishForMessage(PATIENCE, each -> each instanceof Swarm.Snapshot
                    ? FishingOutcomes.complete()
                    : FishingOutcomes.continueAndIgnore());
            node.whileDiskIsBusy(() -> {
                byte[] block = new byte[262_144];
                List<BlockPayload> given = List.of(BlockPayload.raw(block), BlockPayload.compress(block, 1));
                for (int i = 0; i < given.size(); i++) {
                    session.tell(new PeerSession.FetchBlock(UNKNOWN, ROOT, i, false, seen.ref()::tell));
                    RequestId id = assertInstanceOf(SwarmMessage.BlockRequest.class, peer.next()).id();
                    peer.send(new SwarmMessage.Block(id, i, given.get(i)));
                }
                peer.send(new SwarmMessage.Goodbye(GoodbyeReason.SHUTDOWN, ""));
                for (int i = 0; i < given.size(); i++) {
                    seen.expectMessage(PATIENCE, new PeerSession.BlockReceived(i, given.get(i)));
                }
                seen.expectMessage(PATIENCE, new Swarm.PeerDown(peer.id()));
            });
        }
    }

    @Test
    void lostConnectionAnswersAllThatWasAsked() throws IOException {
        talk((node, peer, session) -> {
            TestProbe<PeerSession.QueryReply> query = kit.createTestProbe();
            TestProbe<PeerSession.ManifestReply> page = kit.createTestProbe();
            TestProbe<PeerSession.BlockReply> block = kit.createTestProbe();
            session.tell(new PeerSession.Query(UNKNOWN, query.ref()));
            session.tell(new PeerSession.FetchManifest(UNKNOWN, ROOT, 0, page.ref()));
            session.tell(new PeerSession.FetchBlock(UNKNOWN, ROOT, 2, block.ref()));
            for (int i = 0; i < 3; i++) {
                assertInstanceOf(SwarmMessage.Question.class, peer.next());
            }
            peer.close();
            query.expectMessage(PATIENCE, new PeerSession.QueryFailed("the connection is lost"));
            page.expectMessage(PATIENCE, new PeerSession.ManifestFailed("the connection is lost"));
            block.expectMessage(PATIENCE, new PeerSession.BlockFailed(2, "the connection is lost"));
        });
    }

    // Questions.

    private static SwarmMessage.BlockRequest block(SwarmNode node, int id, int index) {
        return new SwarmMessage.BlockRequest(new RequestId(id), node.nar.hash(), node.nar.manifest().root(), index);
    }

    @Test
    void moreQuestionsThanItKeepsAreRefusedAsBusy() throws IOException {
        talk((node, peer, session) -> {
            CompletableFuture<Void> gate = node.offers.hold();
            for (int i = 0; i <= PeerSession.SERVING; i++) {
                peer.send(block(node, i, 0));
            }
            assertEquals(new SwarmMessage.Refused(new RequestId(PeerSession.SERVING), RefusalReason.BUSY,
                    Duration.ofMillis(100)), peer.next());
            gate.complete(null);
            for (int i = 0; i < PeerSession.SERVING; i++) {
                assertInstanceOf(SwarmMessage.Block.class, peer.next());
            }
            peer.send(block(node, 1000, 1));
            assertEquals(new RequestId(1000), assertInstanceOf(SwarmMessage.Block.class, peer.next()).id());
        });
    }

    @Test
    void cancelledQuestionsAreNotAnsweredAndLeaveRoom() throws IOException {
        talk((node, peer, session) -> {
            CompletableFuture<Void> gate = node.offers.hold();
            for (int i = 0; i < PeerSession.SERVING; i++) {
                peer.send(block(node, i, 0));
            }
            assertFalse(hasRoom(node, peer, 1000));
            peer.send(new SwarmMessage.Cancel(new RequestId(PeerSession.SERVING - 1)));
            assertTrue(hasRoom(node, peer, 2000), "nothing was done for it yet");
            peer.send(new SwarmMessage.Cancel(new RequestId(0)));
            assertFalse(hasRoom(node, peer, 3000), "it is being read, and takes room so long");
            gate.complete(null);
            Set<Long> answered = new HashSet<>();
            for (int i = 1; i < PeerSession.SERVING; i++) {
                answered.add(assertInstanceOf(SwarmMessage.Block.class, peer.next()).id().value());
            }
            Set<Long> wanted = LongStream.range(1, PeerSession.SERVING - 1).boxed().collect(Collectors.toSet());
            wanted.add(2000L);
            assertEquals(wanted, answered);
            peer.send(block(node, 4000, 0));
            assertEquals(new RequestId(4000), assertInstanceOf(SwarmMessage.Block.class, peer.next()).id());
        });
    }

    /** A seeder compresses what many want once. */
    @Test
    void aBlockThatCompressesIsReadOnceForAllPeers() throws IOException {
        try (SwarmNode node = setup.start(kit)) {
            MemoryOffers.Nar zeros = node.offers.add(new byte[100_000]);
            SwarmMessage.BlockRequest request = new SwarmMessage.BlockRequest(new RequestId(1), zeros.hash(),
                    zeros.manifest().root(), 0);
            for (int i = 0; i < 3; i++) {
                try (TestPeer peer = TestPeer.dial(node)) {
                    peer.send(request);
                    BlockPayload payload = assertInstanceOf(SwarmMessage.Block.class, peer.next()).payload();
                    assertTrue(payload.wireLength() < 1000, payload.toString());
                    assertArrayEquals(zeros.bytes(), payload.block());
                }
            }
            assertEquals(1, node.offers.read());
            assertEquals(3, node.offers.asked());
            // What is withdrawn is not given from memory either.
            node.offers.remove(zeros);
            try (TestPeer peer = TestPeer.dial(node)) {
                peer.send(request);
                assertEquals(new SwarmMessage.Refused(new RequestId(1), RefusalReason.NOT_HERE), peer.next());
            }
        }
    }

    /** Blocks cannot be asked for before their manifest is there, so it does not wait behind those of another NAR. */
    @Test
    void pagesGoBeforeBlocksThatWait() throws IOException {
        talk((node, peer, session) -> {
            CompletableFuture<Void> gate = node.offers.hold();
            for (int i = 0; i < 2 * Serving.PREPARED; i++) {
                peer.send(block(node, i, 0));
            }
            peer.send(new SwarmMessage.ManifestRequest(new RequestId(1000), node.nar.hash(),
                    node.nar.manifest().root(), 0));
            assertAlive(peer);
            gate.complete(null);
            int before = 0;
            while (peer.next() instanceof SwarmMessage.Block) {
                before++;
            }
            assertTrue(before < 2 * Serving.PREPARED, "it came last");
            for (; before < 2 * Serving.PREPARED; before++) {
                assertInstanceOf(SwarmMessage.Block.class, peer.next());
            }
        });
    }

    /** What was begun for it goes on, and takes room so long: else whoever dials again has all the room once more. */
    @Test
    void roomIsNotToBeHadByDiallingAgain() throws IOException {
        try (SwarmNode node = setup.start(kit)) {
            CompletableFuture<Void> gate = node.offers.hold();
            for (int i = 0; i < 7; i++) {
                TestPeer peer = TestPeer.dial(node);
                node.up(peer.id());
                for (int j = 0; j < PeerSession.SERVING; j++) {
                    peer.send(block(node, j, 0));
                }
                peer.send(new SwarmMessage.Query(new RequestId(1000), List.of(UNKNOWN), false, 0));
                while (!(peer.next() instanceof SwarmMessage.NotHere)) {
                    // Further ones are refused as busy.
                }
                peer.close();
                node.down(peer.id());
            }
            assertTrue(node.offers.asked() <= new ServingSlots(node.memory.blocks(), setup.maxPeers).total(),
                    "there was room for " + node.offers.asked());
            gate.complete(null);
            // All of it comes back, and but once.
            try (TestPeer peer = TestPeer.dial(node)) {
                node.up(peer.id());
                CompletableFuture<Void> second = node.offers.hold();
                int before = node.offers.asked();
                for (int tries = 0; node.offers.asked() < before + Serving.PREPARED; tries++) {
                    assertTrue(tries < 10_000, "there is room for " + (node.offers.asked() - before));
                    hasRoom(node, peer, 2000 + tries);
                }
                hasRoom(node, peer, 50_000);
                assertEquals(before + Serving.PREPARED, node.offers.asked());
                second.complete(null);
            }
        }
    }

    /** Whether a further question for a block is not refused as busy; a query after it tells when that is known. */
    private static boolean hasRoom(SwarmNode node, TestPeer peer, int id) throws IOException {
        peer.send(block(node, id, 0), new SwarmMessage.Query(new RequestId(id + 100_000), List.of(UNKNOWN), false, 0));
        SwarmMessage answer = peer.next();
        if (answer instanceof SwarmMessage.Refused refused) {
            assertEquals(RefusalReason.BUSY, refused.reason());
            assertInstanceOf(SwarmMessage.NotHere.class, peer.next());
            return false;
        }
        assertInstanceOf(SwarmMessage.NotHere.class, answer);
        return true;
    }

    @Test
    void cancelOfWhatWasNeverAsked() throws IOException {
        talk((node, peer, session) -> {
            peer.send(new SwarmMessage.Cancel(new RequestId(12)));
            assertAlive(peer);
        });
    }

    private void refusedAs(RefusalReason reason, Function<SwarmNode, SwarmMessage> question)
            throws IOException {
        talk((node, peer, session) -> {
            peer.send(question.apply(node));
            assertEquals(new SwarmMessage.Refused(new RequestId(5), reason), peer.next());
        });
    }

    @Test
    void blockOfAnUnknownNar() throws IOException {
        refusedAs(RefusalReason.NOT_HERE, node -> new SwarmMessage.BlockRequest(new RequestId(5), UNKNOWN, ROOT, 0));
    }

    @Test
    void blockUnderAnotherRoot() throws IOException {
        refusedAs(RefusalReason.NOT_HERE,
                node -> new SwarmMessage.BlockRequest(new RequestId(5), node.nar.hash(), ROOT, 0));
    }

    @Test
    void blockBeyondTheEnd() throws IOException {
        refusedAs(RefusalReason.NOT_HERE, node -> block(node, 5, 3));
    }

    @Test
    void pageBeyondTheEnd() throws IOException {
        refusedAs(RefusalReason.NOT_HERE, node -> new SwarmMessage.ManifestRequest(new RequestId(5), node.nar.hash(),
                node.nar.manifest().root(), 1));
    }

    @Test
    void blockThatIsGone() throws IOException {
        talk((node, peer, session) -> {
            CompletableFuture<Void> gate = node.offers.hold();
            peer.send(block(node, 5, 0));
            Eventually.holds(() -> node.offers.asked() == 1, () -> "that the block is being read");
            node.offers.remove(node.nar);
            gate.completeExceptionally(new IOException("deleted"));
            assertEquals(new SwarmMessage.Refused(new RequestId(5), RefusalReason.WITHDRAWN), peer.next());
            node.offers.hold().complete(null);
            node.offers.offer(node.nar);
        });
    }

    @Test
    void blockThatCannotBeReadForAMoment() throws IOException {
        talk((node, peer, session) -> {
            CompletableFuture<Void> gate = node.offers.hold();
            peer.send(block(node, 5, 0));
            gate.completeExceptionally(new IOException("too many open files"));
            assertEquals(new SwarmMessage.Refused(new RequestId(5), RefusalReason.FAILED, Duration.ofSeconds(1)),
                    peer.next());
            node.offers.hold().complete(null);
        });
    }

    /** A fault of our own ends one session, with all that belongs to it, and no other. */
    @Test
    void faultOfOurOwn() throws IOException {
        talk((node, peer, session) -> {
            node.offers.failNext(() -> new IllegalStateException("a test's fault"));
            peer.send(new SwarmMessage.Query(new RequestId(1), List.of(UNKNOWN), false, 0));
            assertEquals("a fault here", peer.expectGoodbye(GoodbyeReason.FAILED));
            log.await(peer.id().toString(), "is gone: failed: a fault here");
            node.down(peer.id());
        });
    }

    // Floods.

    /** Sends the same again and again, and never reads, until the node hangs up. */
    private void flood(SwarmMessage... messages) throws IOException {
        setup.waitingMessages = 1500;
        setup.lastWord = Duration.ofMillis(200);
        byte[] bytes = frames(500, messages);
        talk((node, peer, session) -> {
            OutputStream out = peer.tls.getOutputStream();
            assertTrue(endsWithin(100_000, () -> out.write(bytes)), "the node takes everything");
            log.await(peer.id().toString(), "is gone: malformed: it does not read its answers: more than "
                    + setup.waitingMessages + " messages");
            node.down(peer.id());
        });
    }

    /** In a heap as small as that all answers unread have little memory, less than one peer may leave. It is nobody's offence. */
    @Test
    void whoFindsNoRoomForAnswersLosesTheSessionAndNoMore() throws IOException {
        setup.heap = 1 << 20;
        setup.lastWord = Duration.ofMillis(200);
        byte[] bytes = frames(500, new SwarmMessage.Ping(1));
        talk((node, peer, session) -> {
            OutputStream out = peer.tls.getOutputStream();
            assertTrue(endsWithin(100_000, () -> out.write(bytes)), "the node takes everything");
            log.await(peer.id().toString(), "is gone: full: others leave no room for its answers");
            node.down(peer.id());
            assertTrue(node.reputation.refusedFor(peer.id()).isEmpty());
            assertAlive(TestPeer.dial(node, peer.identity));
        });
    }

    private static byte[] frames(int times, SwarmMessage... messages) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        IntStream.range(0, times).forEach(i -> {
            for (SwarmMessage message : messages) {
                bytes.writeBytes(FrameEncoder.encode(message).head());
            }
        });
        return bytes.toByteArray();
    }

    private interface Writing {
        void write() throws IOException;
    }

    private static boolean endsWithin(int times, Writing writing) throws IOException {
        try {
            for (int i = 0; i < times; i++) {
                writing.write();
            }
            return false;
        } catch (SocketException | SSLException e) {
            return true;
        }
    }

    @Test
    void floodOfPings() throws IOException {
        flood(new SwarmMessage.Ping(1));
    }

    @Test
    void floodOfQueries() throws IOException {
        List<NarHash> many = IntStream.range(0, SwarmMessage.Query.MAX_NARS)
                .mapToObj(i -> new NarHash(Sha256.hash(new byte[]{(byte) i}))).toList();
        flood(new SwarmMessage.Query(new RequestId(1), many, false, 0));
    }

    @Test
    void floodOfQuestionsForBlocks() throws IOException {
        flood(new SwarmMessage.BlockRequest(new RequestId(1), UNKNOWN, ROOT, 0));
    }

    /** Blocks count by their bytes. */
    @Test
    void blocksThatAreNotRead() throws IOException {
        setup.waitingBytes = 3 * 262_144;
        setup.lastWord = Duration.ofMillis(200);
        talk((node, peer, session) -> {
            CompletableFuture<Void> gate = node.offers.hold();
            for (int i = 0; i < PeerSession.SERVING; i++) {
                peer.send(block(node, i, 0));
            }
            assertAlive(peer);
            gate.complete(null);
            node.down(peer.id());
            log.await(peer.id().toString(), "is gone: malformed: it does not read its answers: ");
        });
    }

    /** What it says is read ahead; when it is hung up on, its reader does not wait for room for ever. */
    @Test
    void hangingUpEndsAReaderThatIsAhead() throws IOException {
        readAhead(frames(500, new SwarmMessage.Cancel(new RequestId(1))));
    }

    /** Each may be half as large as a block, of which four are read ahead. */
    @Test
    void noMorePagesAreReadAheadThanThereIsMemoryFor() throws IOException {
        readAhead(frames(10, new SwarmMessage.ManifestPart(new RequestId(1),
                new ManifestBuilder(new NarSize(0)).finish().page(0))));
    }

    private void readAhead(byte[] bytes) throws IOException {
        CountDownLatch busy = new CountDownLatch(1);
        talk((node, peer, session) -> {
            node.offers.failNext(() -> {
                await(busy);
                return new IllegalStateException("a test's fault");
            });
            peer.send(new SwarmMessage.Query(new RequestId(1), List.of(UNKNOWN), false, 0));
            peer.tls.getOutputStream().write(bytes);
            Leftovers.awaitThreadIn("peer-reader", "Semaphore.acquireUninterruptibly");
            busy.countDown();
            assertEquals("a fault here", peer.expectGoodbye(GoodbyeReason.FAILED));
            peer.close();
            Leftovers.awaitNoThreads("peer-");
        });
    }

    private static void await(CountDownLatch latch) {
        try {
            assertTrue(latch.await(PATIENCE.toSeconds(), TimeUnit.SECONDS));
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void floodThatGoesOnWhileTheNodeHangsUp() throws IOException {
        setup.lastWord = Duration.ofMillis(200);
        byte[] bytes = frames(500, new SwarmMessage.Cancel(new RequestId(1)));
        talk((node, peer, session) -> {
            peer.send(TestPeer.hello());
            OutputStream out = peer.tls.getOutputStream();
            assertTrue(endsWithin(100_000, () -> out.write(bytes)), "the node takes everything");
            log.await(peer.id().toString(), "is gone: malformed: a second hello");
            node.down(peer.id());
            Leftovers.awaitNoThreads("peer-");
        });
    }

    /** The kernel would reset a connection that is closed with bytes unread. */
    @Test
    void goodbyeReachesThoseWhoStillSpeak() throws IOException {
        setup.lastWord = PATIENCE;
        talk((node, peer, session) -> {
            peer.send(TestPeer.hello());
            peer.tls.getOutputStream().write(frames(20_000, new SwarmMessage.Cancel(new RequestId(1))));
            hungUp(node, peer, "a second hello");
        });
    }
}
