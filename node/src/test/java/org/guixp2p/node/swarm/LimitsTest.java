// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.guixp2p.node.config.ByteRate;
import org.guixp2p.node.config.Rates;
import org.guixp2p.node.testing.Eventually;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.swarm.BlockPayload;
import org.guixp2p.protocol.swarm.RequestId;
import org.guixp2p.protocol.swarm.SwarmMessage;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Limits that are shared between peers, and changed while they wait: over real connections, in real time. */
class LimitsTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final NarHash NAR = new NarHash(Sha256.hash(new byte[]{1}));
    private static final ByteRate NONE = ByteRate.UNLIMITED;
    private static final ByteRate CRAWL = new ByteRate(1);
    private static final long RATE = 8 << 20;

    private static ActorTestKit kit;

    private final SwarmNode.Setup setup = new SwarmNode.Setup();

    @BeforeAll
    static void startActors() {
        kit = ActorTestKit.create("limits");
    }

    @AfterAll
    static void stopActors() {
        kit.shutdownTestKit();
    }

    /** Reads so many blocks. */
    private static final class Reading {
        private final AtomicInteger blocks = new AtomicInteger();
        private final CompletableFuture<Void> ended = new CompletableFuture<>();

        private Reading(TestPeer peer, int count) {
            Thread.ofVirtual().start(() -> {
                try {
                    while (blocks.get() < count) {
                        assertInstanceOf(SwarmMessage.Block.class, peer.next());
                        blocks.incrementAndGet();
                    }
                    ended.complete(null);
                } catch (IOException | AssertionError e) {
                    ended.completeExceptionally(e);
                }
            });
        }
    }

    private static void ask(SwarmNode node, TestPeer peer, int id) throws IOException {
        peer.send(new SwarmMessage.BlockRequest(new RequestId(id), node.nar.hash(), node.nar.manifest().root(),
                id % 2));
    }

    /** One asks for five times as much as the other, and before it, and gets as much until the other has all. */
    @Test
    void peersGetEqualSharesOfTheUploadLimitWhichHolds() throws IOException {
        int much = 60;
        int little = 12;
        setup.up = CRAWL;
        try (SwarmNode node = setup.start(kit);
                TestPeer greedy = TestPeer.dial(node);
                TestPeer modest = TestPeer.dial(node)) {
            node.up(greedy.id());
            node.up(modest.id());
            for (int i = 0; i < much; i++) {
                ask(node, greedy, i);
            }
            for (int i = 0; i < little; i++) {
                ask(node, modest, i);
            }
            Eventually.holds(() -> node.offers.asked() >= Serving.PREPARED + little / 2,
                    () -> "blocks prepared for both");
            Reading ofGreedy = new Reading(greedy, much);
            Reading ofModest = new Reading(modest, little);
            long begun = System.nanoTime();
            node.endpoint.limits().set(new Rates(new ByteRate(RATE), NONE, NONE, NONE));
            Eventually.get(ofModest.ended);
            int of = ofGreedy.blocks.get();
            double seconds = (System.nanoTime() - begun) / 1e9;
            // Fair would be as many; those that are yet to be read, or were read late, make some difference.
            assertTrue(of >= little / 4 && of <= 3 * little, of + " blocks for one, and " + little + " for the other");
            long bytes = (of + little) * 262_144L;
            assertTrue(bytes <= RATE * (seconds + 0.1), bytes + " bytes in " + seconds + " s");
            node.endpoint.limits().set(Rates.UNLIMITED);
            Eventually.get(ofGreedy.ended);
        }
    }

    @Test
    void oneWhoIsLimitedByItselfHoldsUpNobodyElse() throws IOException {
        setup.lastWord = Duration.ofMillis(200);
        try (SwarmNode node = setup.start(kit); TestPeer first = TestPeer.dial(node)) {
            node.up(first.id());
            node.endpoint.limits().set(new Rates(NONE, NONE, CRAWL, NONE));
            ask(node, first, 0);
            // Whoever comes later has the limit of the time when it comes, and of every change since.
            node.endpoint.limits().set(new Rates(new ByteRate(1 << 30), NONE, new ByteRate(RATE), NONE));
            assertInstanceOf(SwarmMessage.Block.class, first.next());
            node.endpoint.limits().set(new Rates(NONE, NONE, CRAWL, NONE));
            ask(node, first, 1);
            try (TestPeer second = TestPeer.dial(node)) {
                node.up(second.id());
                node.endpoint.limits().set(new Rates(new ByteRate(1 << 30), NONE, NONE, NONE));
                ask(node, second, 0);
                assertInstanceOf(SwarmMessage.Block.class, second.next());
            }
            assertInstanceOf(SwarmMessage.Block.class, first.next());
        }
    }

    /** Under the first limit it would take days. */
    @Test
    void uploadsThatWaitHearOfAnotherLimitAtOnce() throws IOException {
        setup.up = CRAWL;
        try (SwarmNode node = setup.start(kit); TestPeer peer = TestPeer.dial(node)) {
            node.up(peer.id());
            for (int i = 0; i < 3; i++) {
                peer.send(new SwarmMessage.BlockRequest(new RequestId(i), node.nar.hash(), node.nar.manifest().root(),
                        i));
            }
            Leftovers.awaitThreadIn("peer-writer", "Outbox.beforeUntil");
            node.endpoint.limits().set(Rates.UNLIMITED);
            for (int i = 0; i < 3; i++) {
                var block = assertInstanceOf(SwarmMessage.Block.class, peer.next());
                assertArrayEquals(node.nar.block(block.index()), block.payload().block());
            }
        }
    }

    @Test
    void downloadsThatAreHeldBackHearOfAnotherLimitAtOnce() throws IOException {
        for (Rates slow : List.of(new Rates(NONE, CRAWL, NONE, NONE), new Rates(NONE, NONE, NONE, CRAWL))) {
            try (SwarmNode node = setup.start(kit); TestPeer peer = TestPeer.dial(node)) {
                ActorRef<PeerSession.Command> session = node.up(peer.id());
                TestProbe<PeerSession.BlockReply> probe = kit.createTestProbe();
                session.tell(new PeerSession.FetchBlock(NAR, NAR.digest(), 0, probe.ref()));
                RequestId id = assertInstanceOf(SwarmMessage.BlockRequest.class, peer.next()).id();
                node.endpoint.limits().set(slow);
                peer.send(new SwarmMessage.Block(id, 0, BlockPayload.raw(new byte[200_000])));
                Leftovers.awaitThreadIn("peer-reader", "InboundPace.await");
                node.endpoint.limits().set(Rates.UNLIMITED);
                assertEquals(200_000, probe.expectMessageClass(PeerSession.BlockReceived.class, PATIENCE)
                        .payload().wireLength());
            }
        }
    }

    /** A block that waits for days holds up neither what we ask, nor what we answer. */
    @Test
    void whatIsSmallDoesNotWaitBehindABlock() throws IOException {
        setup.up = new ByteRate(1_000);
        FakeTicker ticker = new FakeTicker();
        setup.ticker = ticker;
        ticker.hold();
        try (SwarmNode node = setup.start(kit); TestPeer peer = TestPeer.dial(node)) {
            ActorRef<PeerSession.Command> session = node.up(peer.id());
            ask(node, peer, 0);
            Leftovers.awaitThreadIn("peer-writer", "Outbox.beforeUntil");
            peer.send(new SwarmMessage.Query(new RequestId(9), List.of(NAR), false, 0));
            assertEquals(new SwarmMessage.NotHere(new RequestId(9), NAR), peer.next());
            TestProbe<PeerSession.QueryReply> probe = kit.createTestProbe();
            for (int i = 0; i < 20; i++) {
                session.tell(new PeerSession.Query(NAR, probe.ref()));
                assertInstanceOf(SwarmMessage.Query.class, peer.next());
            }
            ticker.release();
            assertInstanceOf(SwarmMessage.Block.class, peer.next());
        }
    }

    /** Nothing of a connection that is over keeps its place among those that wait. */
    @Test
    void peerThatLeavesWhileItWaitsIsForgotten() throws IOException {
        setup.up = CRAWL;
        setup.lastWord = Duration.ofMillis(200);
        try (SwarmNode node = setup.start(kit)) {
            TestPeer gone = TestPeer.dial(node);
            node.up(gone.id());
            ask(node, gone, 0);
            Leftovers.awaitThreadIn("peer-writer", "Outbox.beforeUntil");
            gone.close();
            node.down(gone.id());
            Leftovers.awaitNoThreads("peer-");
            node.endpoint.limits().set(new Rates(new ByteRate(RATE), NONE, NONE, NONE));
            node.servesAnHonestPeer();
        }
    }
}
