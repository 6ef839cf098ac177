// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.apache.pekko.actor.typed.ActorRef;
import org.guixp2p.node.testing.Eventually;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.swarm.GoodbyeReason;
import org.guixp2p.protocol.swarm.ItemKey;
import org.guixp2p.protocol.swarm.RequestId;
import org.guixp2p.protocol.swarm.SwarmMessage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Narinfos between peers. */
@Timeout(60)
class NarinfoQuestionsTest extends SwarmFixture {
    private static final ItemKey ITEM = ItemKey.of(new StorePath("0".repeat(32) + "-hello"));
    private static final ItemKey OTHER = ItemKey.of(new StorePath("1".repeat(32) + "-hello"));
    private static final byte[] TEXT = "StorePath: and so on".getBytes(StandardCharsets.US_ASCII);

    /** A peer that answers such questions. */
    private static TestPeer able(SwarmNode node) throws IOException {
        return TestPeer.dial(node, TestPeer.someone(), new SwarmMessage.Hello(1, Set.of("narinfo"), "test peer", 0, 8),
                "narinfo");
    }

    private static CompletableFuture<Optional<byte[]>> ask(SwarmNode node, TestPeer peer) {
        ActorRef<PeerSession.Command> session = node.up(peer.id());
        CompletableFuture<Optional<byte[]>> answer = new CompletableFuture<>();
        session.tell(new PeerSession.AskNarinfo(ITEM, answer::complete));
        return answer;
    }

    @Test
    void whatIsThereIsGiven() throws IOException {
        try (SwarmNode node = setup.start(kit); TestPeer peer = TestPeer.dial(node)) {
            node.offers.narinfo(ITEM, TEXT);
            peer.send(new SwarmMessage.NarinfoRequest(new RequestId(7), ITEM));
            assertEquals(new SwarmMessage.SignedNarinfo(new RequestId(7), TEXT), peer.next());
            peer.send(new SwarmMessage.NarinfoRequest(new RequestId(8), OTHER));
            assertEquals(new SwarmMessage.NoNarinfo(new RequestId(8)), peer.next());
        }
    }

    @Test
    void whoAsksForManyAtATimeGetsNoMoreThanItsShare() throws IOException {
        try (SwarmNode node = setup.start(kit); TestPeer peer = TestPeer.dial(node)) {
            node.offers.narinfo(ITEM, TEXT);
            CompletableFuture<Void> held = node.offers.holdNarinfos();
            for (int i = 0; i <= NarinfoAnswers.MOST; i++) {
                peer.send(new SwarmMessage.NarinfoRequest(new RequestId(i), ITEM));
            }
            assertEquals(new SwarmMessage.NoNarinfo(new RequestId(NarinfoAnswers.MOST)), peer.next());
            assertEquals(NarinfoAnswers.MOST, node.offers.narinfosAsked());
            held.complete(null);
            for (int i = 0; i < NarinfoAnswers.MOST; i++) {
                assertInstanceOf(SwarmMessage.SignedNarinfo.class, peer.next());
            }
            peer.send(new SwarmMessage.NarinfoRequest(new RequestId(1000), ITEM));
            assertInstanceOf(SwarmMessage.SignedNarinfo.class, peer.next());
        }
    }

    @Test
    void aPeerIsAskedAndItsAnswerIsPassedOn() throws IOException {
        try (SwarmNode node = setup.start(kit); TestPeer peer = able(node)) {
            CompletableFuture<Optional<byte[]>> first = ask(node, peer);
            var request = assertInstanceOf(SwarmMessage.NarinfoRequest.class, peer.next());
            assertEquals(ITEM, request.item());
            peer.send(new SwarmMessage.SignedNarinfo(request.id(), TEXT));
            assertArrayEquals(TEXT, Eventually.get(first).orElseThrow());
        }
    }

    @Test
    void whoHasNoneOrLeavesGivesNone() throws IOException {
        try (SwarmNode node = setup.start(kit); TestPeer peer = able(node)) {
            CompletableFuture<Optional<byte[]>> none = ask(node, peer);
            peer.send(new SwarmMessage.NoNarinfo(
                    assertInstanceOf(SwarmMessage.NarinfoRequest.class, peer.next()).id()));
            assertEquals(Optional.empty(), Eventually.get(none));
            TestPeer leaving = able(node);
            CompletableFuture<Optional<byte[]>> cut = ask(node, leaving);
            assertInstanceOf(SwarmMessage.NarinfoRequest.class, leaving.next());
            leaving.close();
            assertEquals(Optional.empty(), Eventually.get(cut));
        }
    }

    @Test
    void anEarlierVersionIsNotAsked() throws IOException {
        try (SwarmNode node = setup.start(kit); TestPeer peer = TestPeer.dial(node)) {
            assertEquals(Optional.empty(), Eventually.get(ask(node, peer)));
            peer.send(new SwarmMessage.Ping(5));
            assertEquals(new SwarmMessage.Pong(5), peer.next());
        }
    }

    @Test
    void anAnswerOfAnotherKindBreaksTheProtocol() throws IOException {
        try (SwarmNode node = setup.start(kit); TestPeer peer = able(node)) {
            CompletableFuture<Optional<byte[]>> answer = ask(node, peer);
            var request = assertInstanceOf(SwarmMessage.NarinfoRequest.class, peer.next());
            peer.send(new SwarmMessage.NotHere(request.id(), new NarHash(Sha256.hash(TEXT))));
            assertEquals(Optional.empty(), Eventually.get(answer));
            peer.expectGoodbye(GoodbyeReason.MALFORMED);
        }
    }

    @Test
    void whoSaysNothingIsNotWaitedForLongerThanForOtherAnswers() throws IOException {
        setup.requestTimeout = Duration.ofMillis(100);
        try (SwarmNode node = setup.start(kit); TestPeer peer = able(node)) {
            CompletableFuture<Optional<byte[]>> answer = ask(node, peer);
            var request = assertInstanceOf(SwarmMessage.NarinfoRequest.class, peer.next());
            assertEquals(Optional.empty(), Eventually.get(answer));
            assertEquals(new SwarmMessage.Cancel(request.id()), peer.next());
        }
    }
}
