// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.guixp2p.node.identity.NodeIdentity;
import org.guixp2p.persistence.reputation.Offence;
import org.guixp2p.persistence.reputation.Transfer;
import org.guixp2p.protocol.swarm.GoodbyeReason;
import org.guixp2p.protocol.swarm.PeerId;
import org.guixp2p.protocol.swarm.SwarmMessage;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Another connection takes a peer's place, whose session has yet to get through with what came before. */
class ReplacedPeersTest {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    /** The session has come to the last of it. */
    private static final Swarm.Event THROUGH = new Swarm.Snapshot();

    private static final ActorTestKit KIT = ActorTestKit.create("replaced");

    private final LogWatch log = new LogWatch();
    private final SwarmNode.Setup setup = new SwarmNode.Setup();
    private final NodeIdentity friend = TestPeer.someone();
    private final CountDownLatch goesOn = new CountDownLatch(1);
    private final TestProbe<Swarm.Event> events = KIT.createTestProbe();

    @AfterAll
    static void stopActors() {
        KIT.shutdownTestKit();
    }

    @AfterEach
    void nobodyWaits() {
        goesOn.countDown();
        log.close();
    }

    /** A peer comes, and its session does not get on. */
    private TestPeer comes(SwarmNode node, NodeIdentity identity) throws IOException {
        TestPeer peer = TestPeer.dial(node, identity);
        ActorRef<PeerSession.Command> session = node.up(peer.id());
        node.swarm.tell(new Swarm.Subscribe(events.ref()));
        events.expectMessageClass(Swarm.PeerUp.class, PATIENCE);
        events.expectMessageClass(Swarm.Snapshot.class, PATIENCE);
        session.tell(new PeerSession.CountBytes(bytes -> {
            try {
                goesOn.await();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }));
        session.tell(new PeerSession.CountBytes(bytes -> events.ref().tell(THROUGH)));
        return peer;
    }

    private TestPeer comesOnceMore(SwarmNode node) throws IOException {
        TestPeer peer = TestPeer.dial(node, friend);
        log.await(friend.peerId().toString(), "has connected once more");
        return peer;
    }

    private static List<String> names(PeerId id) {
        return List.of(id.toString());
    }

    /** @param now whoever has the place by now */
    private void assertToldInOrder(PeerId gone, PeerId now) {
        events.expectMessage(PATIENCE, THROUGH);
        events.expectMessage(PATIENCE, new Swarm.PeerDown(gone));
        assertEquals(now, events.expectMessageClass(Swarm.PeerUp.class, PATIENCE).peer());
    }

    @Test
    void aPeerThatDialsTwiceIsGoneWhenItsFirstSessionIsThrough() throws IOException {
        try (SwarmNode node = setup.start(KIT)) {
            TestPeer first = comes(node, friend);
            TestPeer second = comesOnceMore(node);
            assertEquals(names(friend.peerId()), node.connected());
            goesOn.countDown();
            assertToldInOrder(friend.peerId(), friend.peerId());
            first.expectGoodbye(GoodbyeReason.DUPLICATE);
            second.send(new SwarmMessage.Ping(4));
            assertEquals(new SwarmMessage.Pong(4), second.next());
        }
    }

    @Test
    void ofTwoConnectionsThatComeNextTheLaterStays() throws IOException {
        try (SwarmNode node = setup.start(KIT)) {
            comes(node, friend);
            TestPeer second = comesOnceMore(node);
            TestPeer third = TestPeer.dial(node, friend);
            second.expectGoodbye(GoodbyeReason.DUPLICATE);
            goesOn.countDown();
            assertToldInOrder(friend.peerId(), friend.peerId());
            third.send(new SwarmMessage.Ping(4));
            assertEquals(new SwarmMessage.Pong(4), third.next());
            assertEquals(names(friend.peerId()), node.connected());
        }
    }

    @Test
    void thePlaceIsTakenWhenTheSessionOfWhoeverHadItIsThrough() throws IOException {
        setup.maxPeers = 1;
        try (SwarmNode node = setup.start(KIT)) {
            NodeIdentity stranger = TestPeer.someone();
            TestPeer worse = comes(node, stranger);
            for (int i = 0; i < 20; i++) {
                node.reputation.transferred(friend.peerId(), new Transfer(1 << 20, 1_000, 4, 10, 0, 0));
            }
            TestPeer better = TestPeer.dial(node, friend);
            log.await(stranger.peerId().toString(), "leaves its place to a better one");
            assertEquals(names(stranger.peerId()), node.connected());
            // It is promised to one: neither may another have it, nor whoever leaves have it back.
            TestPeer.dial(node).expectGoodbye(GoodbyeReason.FULL);
            TestPeer.dial(node, stranger).expectGoodbye(GoodbyeReason.FULL);
            goesOn.countDown();
            assertToldInOrder(stranger.peerId(), friend.peerId());
            worse.expectGoodbye(GoodbyeReason.FULL);
            better.send(new SwarmMessage.Ping(4));
            assertEquals(new SwarmMessage.Pong(4), better.next());
            assertEquals(names(friend.peerId()), node.connected());
        }
    }

    @Test
    void whoeverIsBannedMeanwhileDoesNotCome() throws IOException {
        try (SwarmNode node = setup.start(KIT)) {
            comes(node, friend);
            TestPeer second = comesOnceMore(node);
            node.swarm.tell(new Swarm.Misbehaved(friend.peerId(), Offence.CORRUPT_BLOCK, "a lie"));
            assertEquals(names(friend.peerId()), node.connected());
            goesOn.countDown();
            second.expectGoodbye(GoodbyeReason.NOT_ALLOWED);
            assertEquals(List.of(), node.connected());
        }
    }

    @Test
    void nobodyComesToANodeThatStops() throws IOException {
        try (SwarmNode node = setup.start(KIT)) {
            comes(node, friend);
            TestPeer second = comesOnceMore(node);
            node.swarm.tell(new Swarm.Stop(PATIENCE));
            assertEquals(names(friend.peerId()), node.connected());
            goesOn.countDown();
            second.expectGoodbye(GoodbyeReason.SHUTDOWN);
            events.expectTerminated(node.swarm, PATIENCE);
        }
    }
}
