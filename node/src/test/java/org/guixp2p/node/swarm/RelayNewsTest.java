// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.swarm.BlockBits;
import org.guixp2p.protocol.swarm.GoodbyeReason;
import org.guixp2p.protocol.swarm.RequestId;
import org.guixp2p.protocol.swarm.SwarmMessage;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What is told of blocks as they come, both ways. */
class RelayNewsTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final NarHash NAR = new NarHash(Sha256.hash(new byte[]{1}));
    private static final NarHash OTHER = new NarHash(Sha256.hash(new byte[]{2}));
    private static final Sha256 ROOT = Sha256.hash(new byte[]{3});
    private static final Sha256 NEXT_ROOT = Sha256.hash(new byte[]{4});

    private static ActorTestKit kit;

    private final SwarmNode.Setup setup = new SwarmNode.Setup();

    @BeforeAll
    static void startActors() {
        kit = ActorTestKit.create("relay-news");
    }

    @AfterAll
    static void stopActors() {
        kit.shutdownTestKit();
    }

    private static BitSet bits(int... set) {
        BitSet bits = new BitSet();
        for (int bit : set) {
            bits.set(bit);
        }
        return bits;
    }

    private static void ask(TestPeer peer, int id, NarHash nar) throws IOException {
        peer.send(new SwarmMessage.Query(new RequestId(id), List.of(nar), false, 0));
        assertEquals(new SwarmMessage.NotHere(new RequestId(id), nar), peer.next());
    }

    private static List<Integer> told(TestPeer peer, Sha256 root, int count) throws IOException {
        var have = assertInstanceOf(SwarmMessage.Have.class, peer.next());
        assertEquals(NAR, have.nar());
        assertEquals(root, have.root());
        List<Integer> blocks = new ArrayList<>();
        for (int block = 0; block < count; block++) {
            if (have.blocks().contains(block)) {
                blocks.add(block);
            }
        }
        return blocks;
    }

    private static void nothingElse(TestPeer peer) throws IOException {
        peer.send(new SwarmMessage.Ping(5));
        assertEquals(new SwarmMessage.Pong(5), peer.next());
    }

    /** Two who begin at the same moment find each other so. */
    @Test
    void whoeverAskedTooEarlyIsToldWhatComesAndNobodyElseIs() throws IOException {
        try (SwarmNode node = setup.start(kit);
                TestPeer asked = TestPeer.dial(node);
                TestPeer other = TestPeer.dial(node)) {
            node.up(asked.id());
            node.up(other.id());
            ask(asked, 1, NAR);
            ask(other, 1, OTHER);
            node.swarm.tell(new Swarm.RelayNews(NAR, ROOT, 20, bits(), bits()));
            assertEquals(List.of(), told(asked, ROOT, 20));
            node.swarm.tell(new Swarm.RelayNews(NAR, ROOT, 20, bits(3, 5, 19), bits(3, 5, 19)));
            assertEquals(List.of(3, 5, 19), told(asked, ROOT, 20));
            nothingElse(asked);
            nothingElse(other);
        }
    }

    /** The last byte of a window speaks of blocks that have not changed, too. */
    @Test
    void whatWasToldIsNotTakenBack() throws IOException {
        try (SwarmNode node = setup.start(kit); TestPeer peer = TestPeer.dial(node)) {
            node.up(peer.id());
            ask(peer, 1, NAR);
            BitSet known = new BitSet();
            node.swarm.tell(new Swarm.RelayNews(NAR, ROOT, 20_000, bits(4, 6, 19_999), bits(4, 6, 19_999)));
            for (int i = 0; i < 2; i++) {
                assertInstanceOf(SwarmMessage.Have.class, peer.next()).blocks().copyTo(known);
            }
            node.swarm.tell(new Swarm.RelayNews(NAR, ROOT, 20_000, bits(3), bits(3, 4, 6, 19_999)));
            assertInstanceOf(SwarmMessage.Have.class, peer.next()).blocks().copyTo(known);
            assertEquals(bits(3, 4, 6, 19_999), known);
            nothingElse(peer);
        }
    }

    @Test
    void ofAnotherRootEverythingIsToldAnew() throws IOException {
        try (SwarmNode node = setup.start(kit); TestPeer peer = TestPeer.dial(node)) {
            node.up(peer.id());
            ask(peer, 1, NAR);
            node.swarm.tell(new Swarm.RelayNews(NAR, ROOT, 20, bits(1, 2), bits(1, 2)));
            assertEquals(List.of(1, 2), told(peer, ROOT, 20));
            node.swarm.tell(new Swarm.RelayNews(NAR, NEXT_ROOT, 20, bits(2), bits(2, 9)));
            assertEquals(List.of(2, 9), told(peer, NEXT_ROOT, 20));
        }
    }

    /** A peer that asks for everything fills no memory: what it asked for longest ago is forgotten. */
    @Test
    void onlySoManyQuestionsAreRemembered() throws IOException {
        try (SwarmNode node = setup.start(kit); TestPeer peer = TestPeer.dial(node)) {
            node.up(peer.id());
            ask(peer, 1, NAR);
            for (int i = 0; i < Telling.REMEMBERED; i++) {
                ask(peer, 2 + i, new NarHash(Sha256.hash(new byte[]{9, (byte) i, (byte) (i >> 8)})));
            }
            node.swarm.tell(new Swarm.RelayNews(NAR, ROOT, 20, bits(1), bits(1)));
            node.connected();
            nothingElse(peer);
        }
    }

    @Test
    void whatAPeerTellsGoesToWhoeverFollowsTheNarAndUnaskedNewsToNobody() throws IOException {
        try (SwarmNode node = setup.start(kit); TestPeer peer = TestPeer.dial(node)) {
            ActorRef<PeerSession.Command> session = node.up(peer.id());
            TestProbe<PeerSession.Told> listener = kit.createTestProbe();
            BlockBits window = BlockBits.of(bits(2), 0, 20);
            peer.send(new SwarmMessage.Have(NAR, ROOT, window));
            nothingElse(peer);
            session.tell(new PeerSession.Follow(NAR, listener.ref()));
            peer.send(new SwarmMessage.Have(OTHER, ROOT, window), new SwarmMessage.Have(NAR, ROOT, window));
            listener.expectMessage(PATIENCE, new PeerSession.Told(peer.id(), ROOT, window));
            session.tell(new PeerSession.Unfollow(NAR, listener.ref()));
            peer.send(new SwarmMessage.Have(NAR, ROOT, window));
            nothingElse(peer);
            listener.expectNoMessage(Duration.ZERO);
        }
    }

    @Test
    void aFloodOfNewsEndsTheSession() throws IOException {
        setup.ticker = new FakeTicker();
        try (SwarmNode node = setup.start(kit); TestPeer peer = TestPeer.dial(node)) {
            node.up(peer.id());
            SwarmMessage most = new SwarmMessage.Have(NAR, ROOT, BlockBits.of(0, new byte[BlockBits.MAX_BYTES]));
            for (int i = 0; i < 900; i++) {
                peer.send(most);
            }
            nothingElse(peer);
            for (int i = 0; i < 100; i++) {
                peer.send(most);
            }
            assertEquals("more news of blocks than anybody has", peer.expectGoodbye(GoodbyeReason.MALFORMED));
        }
    }

    /** No would count as a lie where the node's inventory says yes, though it may only take longer to find out. */
    @Test
    void whatIsNotKnownAtTheMomentIsNotDenied() throws IOException {
        try (SwarmNode node = setup.start(kit); TestPeer peer = TestPeer.dial(node)) {
            CompletableFuture<Void> found = node.offers.holdFinding();
            var query = new SwarmMessage.Query(new RequestId(10), List.of(node.nar.hash()), true, 2);
            peer.send(query);
            nothingElse(peer);
            found.completeExceptionally(new TimeoutException("not open yet"));
            nothingElse(peer);
            node.offers.holdFinding().complete(null);
            peer.send(new SwarmMessage.Query(new RequestId(20), List.of(node.nar.hash()), false, 0));
            assertEquals(new RequestId(20), assertInstanceOf(SwarmMessage.Offer.class, peer.next()).id());
        }
    }

    /** What is asked for besides is not known of yet while it is looked whether the NAR is here. */
    @Test
    void firstBlocksThatAreCancelledBeforeTheOfferAreNotSent() throws IOException {
        try (SwarmNode node = setup.start(kit); TestPeer peer = TestPeer.dial(node)) {
            node.up(peer.id());
            CompletableFuture<Void> found = node.offers.holdFinding();
            var query = new SwarmMessage.Query(new RequestId(10), List.of(node.nar.hash()), true, 2);
            peer.send(query, new SwarmMessage.Cancel(query.blockId(0)));
            nothingElse(peer);
            found.complete(null);
            assertInstanceOf(SwarmMessage.Offer.class, peer.next());
            List<RequestId> answered = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                answered.add(assertInstanceOf(SwarmMessage.Answer.class, peer.next()).id());
            }
            assertTrue(answered.containsAll(List.of(query.pageId(), query.blockId(1))), answered::toString);
            nothingElse(peer);
            assertEquals(1, node.offers.read());
        }
    }
}
