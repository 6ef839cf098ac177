// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.metadata;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.ManualTime;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.guixp2p.node.swarm.PeerSession;
import org.guixp2p.node.swarm.Swarm;
import org.guixp2p.node.testing.Eventually;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.narinfo.Narinfo;
import org.guixp2p.protocol.swarm.ItemKey;
import org.guixp2p.protocol.swarm.PeerId;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Whom it asks, and for how long; what comes of that with real peers is told elsewhere. */
@Timeout(60)
class NarinfoSearchTest {
    private static final StorePath ITEM = new StorePath("0".repeat(32) + "-hello");
    private static final byte[] TEXT = """
            StorePath: /gnu/store/%s
            NarHash: sha256:%s
            NarSize: 1
            References: %s
            Signature: 1;test;c2lnbmVk
            """.formatted(ITEM.baseName(), "0".repeat(52), "").getBytes(StandardCharsets.UTF_8);

    private ActorTestKit kit;
    private ManualTime time;
    private ActorRef<NarinfoSearch.Command> search;
    private ActorRef<Swarm.Event> events;

    @BeforeEach
    void start() {
        kit = ActorTestKit.create("search", ManualTime.config());
        time = ManualTime.get(kit.system());
        search = kit.spawn(NarinfoSearch.create(Runnable::run));
        TestProbe<Swarm.Command> swarm = kit.createTestProbe();
        search.tell(new NarinfoSearch.Begin(swarm.ref()));
        events = swarm.expectMessageClass(Swarm.Subscribe.class).subscriber();
    }

    @AfterEach
    void stop() {
        kit.shutdownTestKit();
    }

    private CompletableFuture<Optional<Narinfo>> ask() {
        CompletableFuture<Optional<Narinfo>> answer = new CompletableFuture<>();
        search.tell(new NarinfoSearch.Ask(ITEM, narinfo -> narinfo.path().equals(ITEM), answer));
        return answer;
    }

    private TestProbe<PeerSession.Command> peer(int number) {
        TestProbe<PeerSession.Command> session = kit.createTestProbe();
        events.tell(new Swarm.PeerUp(new PeerId(Sha256.hash(new byte[]{(byte) number})), "group", 8, session.ref()));
        return session;
    }

    private List<TestProbe<PeerSession.Command>> peers(int count) {
        return IntStream.range(0, count).mapToObj(this::peer).toList();
    }

    private static PeerSession.AskNarinfo asked(TestProbe<PeerSession.Command> session) {
        PeerSession.AskNarinfo asked = session.expectMessageClass(PeerSession.AskNarinfo.class);
        assertEquals(ItemKey.of(ITEM), asked.item());
        return asked;
    }

    private void firstPeersAreLate() {
        // The actor has begun: its timer runs.
        time.timePasses(NarinfoSearch.FIRST_PEERS);
    }

    @Test
    void theFirstThatCountsIsTaken() {
        var one = peer(1);
        var two = peer(2);
        CompletableFuture<Optional<Narinfo>> answer = ask();
        asked(one).reply().accept(Optional.of(new byte[]{1, 2, 3}));
        PeerSession.AskNarinfo last = asked(two);
        assertFalse(answer.isDone());
        last.reply().accept(Optional.of(TEXT));
        assertEquals(ITEM, Eventually.get(answer).orElseThrow().path());
    }

    @Test
    void whoSaysNothingIsNotWaitedForForEver() {
        firstPeersAreLate();
        var one = peer(1);
        CompletableFuture<Optional<Narinfo>> answer = ask();
        asked(one);
        assertFalse(answer.isDone());
        time.timePasses(NarinfoSearch.WITHIN);
        assertEquals(Optional.empty(), Eventually.get(answer));
    }

    @Test
    void whenAllHaveSaidNoItIsOver() {
        firstPeersAreLate();
        var one = peer(1);
        CompletableFuture<Optional<Narinfo>> answer = ask();
        asked(one).reply().accept(Optional.empty());
        assertEquals(Optional.empty(), Eventually.get(answer));
    }

    @Test
    void aNodeThatHasJustStartedWaitsForItsFirstPeers() {
        CompletableFuture<Optional<Narinfo>> answer = ask();
        var one = peer(1);
        asked(one).reply().accept(Optional.of(TEXT));
        assertEquals(ITEM, Eventually.get(answer).orElseThrow().path());
    }

    @Test
    void onesAloneNobodyIsWaitedFor() {
        CompletableFuture<Optional<Narinfo>> early = ask();
        // Answered once the questions before it are.
        CompletableFuture<Optional<Narinfo>> next = ask();
        firstPeersAreLate();
        assertEquals(Optional.empty(), Eventually.get(early));
        assertEquals(Optional.empty(), Eventually.get(next));
        assertEquals(Optional.empty(), Eventually.get(ask()));
    }

    @Test
    void whoHasLeftIsNotAsked() {
        firstPeersAreLate();
        peer(1);
        events.tell(new Swarm.PeerDown(new PeerId(Sha256.hash(new byte[]{1}))));
        assertEquals(Optional.empty(), Eventually.get(ask()));
    }

    @Test
    void searchesAndThoseWhoAreAskedAtATimeAreBounded() {
        List<TestProbe<PeerSession.Command>> peers = peers(NarinfoSearch.MOST_OPEN + 1);
        List<CompletableFuture<Optional<Narinfo>>> answers = new ArrayList<>();
        for (int i = 0; i < NarinfoSearch.MOST_SEARCHES + NarinfoSearch.MOST_WAITING + 1; i++) {
            answers.add(ask());
        }
        assertEquals(Optional.empty(), Eventually.get(answers.getLast()));
        peers.getLast().expectNoMessage(Duration.ZERO);
        var first = peers.getFirst();
        for (int i = 0; i < NarinfoSearch.MOST_SEARCHES; i++) {
            asked(first);
        }
        first.expectNoMessage(Duration.ZERO);
    }

    /** Whoever is next in {@code guix-daemon}'s queue is not held up by peers who say nothing to those before it. */
    @Test
    void nobodyWaitsLongForItsTurn() {
        firstPeersAreLate();
        var silent = peer(1);
        List<CompletableFuture<Optional<Narinfo>>> answers = new ArrayList<>();
        for (int i = 0; i < NarinfoSearch.MOST_SEARCHES + NarinfoSearch.MOST_WAITING; i++) {
            answers.add(ask());
        }
        asked(silent);
        assertEquals(Optional.empty(), Eventually.get(ask()), "all of them wait");
        time.timePasses(NarinfoSearch.WITHIN);
        // Those whose turn it was just then have their time.
        Eventually.holds(() -> answers.stream().filter(answer -> !answer.isDone())
                .count() <= NarinfoSearch.MOST_SEARCHES, () -> "those that waited are answered");
        time.timePasses(NarinfoSearch.WITHIN);
        answers.forEach(answer -> assertEquals(Optional.empty(), Eventually.get(answer)));
    }

    @Test
    void whoeverHasNoneMakesPlaceForTheNextUpToABound() {
        firstPeersAreLate();
        List<TestProbe<PeerSession.Command>> peers = peers(NarinfoSearch.MOST_ASKED + 1);
        CompletableFuture<Optional<Narinfo>> answer = ask();
        List<PeerSession.AskNarinfo> open = new ArrayList<>();
        peers.subList(0, NarinfoSearch.MOST_OPEN).forEach(peer -> open.add(asked(peer)));
        for (int i = NarinfoSearch.MOST_OPEN; i < NarinfoSearch.MOST_ASKED; i++) {
            peers.get(i).expectNoMessage(Duration.ZERO);
            open.removeFirst().reply().accept(Optional.empty());
            open.add(asked(peers.get(i)));
        }
        assertFalse(answer.isDone());
        open.forEach(last -> last.reply().accept(Optional.empty()));
        assertEquals(Optional.empty(), Eventually.get(answer));
        peers.getLast().expectNoMessage(Duration.ZERO);
    }

    @Test
    void manyThatWaitForFirstPeersEndTogether() {
        List<CompletableFuture<Optional<Narinfo>>> answers = new ArrayList<>();
        for (int i = 0; i < NarinfoSearch.MOST_SEARCHES + NarinfoSearch.MOST_WAITING; i++) {
            answers.add(ask());
        }
        firstPeersAreLate();
        answers.forEach(answer -> assertEquals(Optional.empty(), Eventually.get(answer)));
    }
}
