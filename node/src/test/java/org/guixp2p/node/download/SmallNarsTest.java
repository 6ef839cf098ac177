// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.Done;
import org.apache.pekko.actor.testkit.typed.javadsl.FishingOutcomes;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.stream.javadsl.Source;
import org.apache.pekko.util.ByteString;
import org.guixp2p.api.TransferStatus;
import org.guixp2p.node.config.AutoSeed;
import org.guixp2p.node.config.SubstitutePolicy;
import org.guixp2p.node.swarm.Offers;
import org.guixp2p.node.swarm.PeerSession;
import org.guixp2p.node.swarm.Swarm;
import org.guixp2p.node.testing.Eventually;
import org.guixp2p.persistence.nar.KeptNar;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.swarm.BlockPayload;
import org.guixp2p.protocol.swarm.PeerId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Small NARs that peers say they have, between real nodes: each comes by one question, or a download takes over. */
@Timeout(120)
class SmallNarsTest extends ManySmall {
    private static Downloads.Running running(TestSite site) {
        TestProbe<Downloads.Running> running = site.kit.createTestProbe();
        site.downloads.tell(new Downloads.WhatRuns(running.ref()));
        return running.receiveMessage(Duration.ofSeconds(20));
    }

    /** A site that tells all whom it meets that it has them all. */
    private TestSite telling(Offers offers) throws IOException {
        TestSite site = site(offers);
        nars.forEach(nar -> site.inventories.add(nar.hash()));
        return site;
    }

    /** A site that knows what those tell which it dials. */
    private TestSite fetcher(TestSite... dialled) throws Exception {
        return ready(site(new InMemory(List.of()), dialled), dialled);
    }

    private TestSite ready(TestSite fetcher, TestSite... dialled) {
        Nar first = nars.getFirst();
        Eventually.holds(() -> fetcher.inventories.named(first.hash()).size() == dialled.length,
                () -> "what they say");
        return fetcher;
    }

    /** It hears of a connection a moment after what the peer has is known: until then, downloads do all. */
    private static void meet(TestSite fetcher, Nar nar) throws Exception {
        Eventually.holds(() -> {
            OpenedNar held = Eventually.get(ahead(fetcher, nar));
            boolean small = running(fetcher).small().size() == 1;
            Eventually.get(held.whole());
            held.release().run();
            Eventually.holds(() -> running(fetcher).count() == 0, () -> "the end of one");
            return small;
        }, () -> "one without a download");
        fetcher.over.clear();
        fetcher.finished.clear();
    }

    private static List<Path> partial(TestSite site) {
        try (var files = Files.list(site.root.resolve("state/partial"))) {
            return files.toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void assertNothingLeft(TestSite site) {
        Eventually.holds(() -> running(site).count() == 0, () -> "no download");
        Eventually.holds(() -> partial(site).isEmpty(), () -> "no file");
        assertEquals(0, site.budget.used());
    }

    @Test
    void theyComeWithoutDownloads() throws Exception {
        make();
        TestSite one = telling(new InMemory(nars));
        TestSite other = telling(new InMemory(nars));
        TestSite fetcher = fetcher(one, other);
        meet(fetcher, nars.getFirst());
        List<CompletableFuture<OpenedNar>> opened = aheadOfAll(fetcher);
        for (CompletableFuture<OpenedNar> each : opened) {
            assertTrue(Eventually.get(Eventually.get(each).whole()));
        }
        assertEquals(List.of(), running(fetcher).downloads());
        List<TransferStatus> held = running(fetcher).small();
        assertEquals(NARS, held.size());
        for (TransferStatus status : held) {
            assertEquals("done", status.state());
            assertEquals(status.narBytes(), status.verifiedBytes());
            assertEquals(1, status.sources().size());
            assertEquals(status.narBytes(), status.sources().getFirst().bytes());
        }
        assertEquals(2, held.stream().map(status -> status.sources().getFirst().name()).distinct().count(),
                "both give some");
        assertWhole(fetcher, opened);
        assertNothingLeft(fetcher);
        assertEquals(NARS, fetcher.finished.size());
        assertEquals(NARS, fetcher.over.size());
    }

    /** The answer of whoever reads is complete when nothing has come yet, and what it reads then is what came. */
    @Test
    void whoeverReadsMayBeginBeforeItIsHere() throws Exception {
        make();
        CompletableFuture<Void> now = new CompletableFuture<>();
        Nar late = nars.get(7);
        TestSite fetcher = fetcher(telling(new InMemory(nars) {
            @Override
            public CompletionStage<byte[]> block(NarHash nar, Sha256 root, int index) {
                CompletionStage<byte[]> block = super.block(nar, root, index);
                return nar.equals(late.hash()) ? now.thenCompose(_ -> block) : block;
            }
        }));
        meet(fetcher, nars.getFirst());
        CompletionStage<List<NarEvent>> read = SiteReader.open(fetcher, late.request()).runWith(Sink.seq(),
                fetcher.kit.system());
        CompletionStage<List<NarEvent>> joined = SiteReader.open(fetcher, late.request()).runWith(Sink.seq(),
                fetcher.kit.system());
        assertEquals("blocks", running(fetcher).small().getFirst().state());
        now.complete(null);
        assertArrayEquals(late.bytes(), SiteReader.received(Eventually.get(read)));
        assertArrayEquals(late.bytes(), SiteReader.received(Eventually.get(joined)));
        assertNothingLeft(fetcher);
    }

    @Test
    void whatIsHereIsReadAtOnce() throws Exception {
        make();
        TestSite fetcher = fetcher(telling(new InMemory(nars)));
        meet(fetcher, nars.getFirst());
        Nar nar = nars.get(9);
        OpenedNar held = Eventually.get(ahead(fetcher, nar));
        assertTrue(Eventually.get(held.whole()));
        CompletableFuture<OpenedNar> asked = new CompletableFuture<>();
        fetcher.downloads.tell(new Downloads.Fetch(nar.request(), asked));
        List<NarEvent> all = new ArrayList<>();
        OpenedNar.AtOnce atOnce = Eventually.get(asked).atOnce().orElseThrow();
        Eventually.get(atOnce.into(events -> {
            all.addAll(events);
            return CompletableFuture.completedFuture(Done.getInstance());
        }).orElseThrow());
        assertArrayEquals(nar.bytes(), SiteReader.received(all));
        assertEquals(2, all.size());
        assertFalse(partial(fetcher).isEmpty(), "somebody else holds it yet");
        held.release().run();
        assertNothingLeft(fetcher);
    }

    @Test
    void theyAreKeptForOthers() throws Exception {
        make();
        TestSite fetcher = fetcher(telling(new InMemory(nars)));
        meet(fetcher, nars.getFirst());
        Nar nar = nars.get(5);
        assertArrayEquals(nar.bytes(), SiteReader.received(SiteReader.read(fetcher, nar.request(AutoSeed.P2P))));
        KeptNar kept = fetcher.kept.poll(20, TimeUnit.SECONDS);
        assertEquals(nar.hash(), kept.hash());
        assertArrayEquals(nar.bytes(), Files.readAllBytes(kept.file()));
        assertNothingLeft(fetcher);
        assertEquals(List.of(), running(fetcher).downloads());
    }

    @Test
    void whatIsNotKeptIsReadAllTheSame() throws Exception {
        make();
        TestSite fetcher = fetcher(telling(new InMemory(nars)));
        meet(fetcher, nars.getFirst());
        fetcher.noRoom = Optional.of("the quota is used up");
        Nar nar = nars.get(5);
        assertArrayEquals(nar.bytes(), SiteReader.received(SiteReader.read(fetcher, nar.request(AutoSeed.P2P))));
        assertNothingLeft(fetcher);
        assertTrue(fetcher.kept.isEmpty());
    }

    // What goes wrong: a download takes over.

    @Test
    void whatOneDoesNotGiveADownloadHasFromAnother() throws Exception {
        make();
        TestSite half = telling(InMemory.failing(nars.subList(0, NARS / 2)));
        TestSite fetcher = fetcher(half, telling(new InMemory(nars)));
        meet(fetcher, nars.getFirst());
        assertWhole(fetcher, aheadOfAll(fetcher));
        assertNothingLeft(fetcher);
    }

    /** One wrong block is one too many: whoever gives it is hung up on, and no byte of it is read. */
    @Test
    void whoeverGivesAWrongBlockIsPunished() throws Exception {
        make();
        NarHash wrong = nars.get(NARS / 2).hash();
        TestSite liar = telling(InMemory.lyingAbout(wrong, nars));
        TestSite fetcher = fetcher(liar);
        meet(fetcher, nars.getFirst());
        List<CompletableFuture<OpenedNar>> opened = aheadOfAll(fetcher);
        String id = liar.identity.peerId().toString();
        Eventually.holds(() -> !SiteReader.connected(fetcher).contains(id), () -> "the liar is hung up on");
        site(new InMemory(nars), fetcher);
        assertWhole(fetcher, opened);
        assertNothingLeft(fetcher);
    }

    /** It gives another NAR of the same size, with its true manifest: the NarHash tells, and it is named before a download takes over. */
    @Test
    void whoeverGivesSomethingElseIsFoundOut() throws Exception {
        nars.add(Nar.of(1, 5000));
        nars.add(Nar.of(3, 7000));
        InMemory lies = new InMemory(nars);
        lies.has.put(nars.get(1).hash(), Nar.of(2, 7000));
        TestSite liar = telling(lies);
        TestSite fetcher = fetcher(liar);
        meet(fetcher, nars.getFirst());
        CompletableFuture<OpenedNar> opened = ahead(fetcher, nars.get(1));
        Eventually.holds(() -> !fetcher.requeued.isEmpty(), () -> "a word about the liar");
        assertEquals(Set.of(liar.identity.peerId()), Set.copyOf(fetcher.corrupt));
        assertEquals(Set.of(liar.identity.peerId()), Set.copyOf(fetcher.excluded));
        assertEquals(1, fetcher.requeued.getFirst());
        String id = liar.identity.peerId().toString();
        Eventually.holds(() -> !SiteReader.connected(fetcher).contains(id), () -> "the liar is hung up on");
        site(new InMemory(nars), fetcher);
        assertTrue(Eventually.get(Eventually.get(opened).whole()));
        assertArrayEquals(nars.get(1).bytes(), SiteReader.received(SiteReader.read(fetcher, nars.get(1).request())));
        Eventually.get(opened).release().run();
        assertNothingLeft(fetcher);
    }

    @Test
    void whatWasAskedOfOneWhoLeavesComesFromAnother() throws Exception {
        make();
        CompletableFuture<Void> asked = new CompletableFuture<>();
        NarHash first = nars.getFirst().hash();
        TestSite leaving = telling(new InMemory(nars) {
            @Override
            public CompletionStage<byte[]> block(NarHash nar, Sha256 root, int index) {
                if (nar.equals(first)) {
                    return super.block(nar, root, index);
                }
                asked.complete(null);
                return new CompletableFuture<>();
            }
        });
        TestSite fetcher = fetcher(leaving);
        meet(fetcher, nars.getFirst());
        List<CompletableFuture<OpenedNar>> opened = aheadOfAll(fetcher);
        Eventually.get(asked);
        leaving.close();
        site(new InMemory(nars), fetcher);
        assertWhole(fetcher, opened);
        assertNothingLeft(fetcher);
    }

    /** It says that it has it, and says nothing more. Servers stand by. */
    @Test
    void whoeverGivesNothingIsNotWaitedForLong() throws Exception {
        make();
        NarHash first = nars.getFirst().hash();
        TestSite silent = telling(new InMemory(nars) {
            @Override
            public CompletionStage<Optional<Offer>> find(NarHash nar) {
                return nar.equals(first) ? super.find(nar) : new CompletableFuture<>();
            }
        });
        TestSite fetcher = fetcher(silent);
        meet(fetcher, nars.getFirst());
        Nar nar = nars.get(3);
        String url = "http://server/nar/x";
        NarRequest request = nar.request(SubstitutePolicy.P2P_FIRST,
                new TestSupply(url, () -> Source.single(ByteString.fromArray(nar.bytes()))));
        assertArrayEquals(nar.bytes(), SiteReader.received(SiteReader.read(fetcher, request)));
        assertEquals(List.of(new TransferStatus.Source(url, nar.bytes().length)),
                SiteReader.status(fetcher).sources());
        assertNothingLeft(fetcher);
    }

    /** No server stands by, but another peer has it, too. */
    @Test
    void whoeverSaysNothingIsNotWaitedForWhereAnotherHasIt() throws Exception {
        make();
        NarHash first = nars.getFirst().hash();
        Set<NarHash> asked = ConcurrentHashMap.newKeySet();
        // Whichever of both is asked first says nothing.
        class Silent extends InMemory {
            Silent() {
                super(nars);
            }

            @Override
            public CompletionStage<Optional<Offer>> find(NarHash nar) {
                return nar.equals(first) || !asked.add(nar) ? super.find(nar) : new CompletableFuture<>();
            }
        }
        TestSite fetcher = fetcher(telling(new Silent()), telling(new Silent()));
        meet(fetcher, nars.getFirst());
        Nar nar = nars.get(3);
        assertArrayEquals(nar.bytes(), SiteReader.received(SiteReader.read(fetcher, nar.request())));
        assertNothingLeft(fetcher);
    }

    @Test
    void aDiskThatDoesNotTakeItIsADownloadsToTell() throws Exception {
        make();
        TestSite fetcher = fetcher(telling(new InMemory(nars)));
        meet(fetcher, nars.getFirst());
        assertNothingLeft(fetcher);
        Path partial = fetcher.root.resolve("state/partial");
        Files.delete(partial);
        List<NarEvent> events = SiteReader.read(fetcher, nars.get(4).request());
        NarEvent.Failed failed = assertInstanceOf(NarEvent.Failed.class, events.getLast());
        assertTrue(failed.reason().startsWith("cannot write below the state directory"), failed.reason());
        Files.createDirectory(partial);
        assertNothingLeft(fetcher);
    }

    // Who wants it no more.

    private record Probed(TestSite site, TestProbe<Swarm.Command> swarm, TestProbe<PeerSession.Command> session,
            ActorRef<Downloads.Command> downloads) {
        private <C extends PeerSession.Command> C next(Class<C> kind) {
            return kind.cast(session.fishForMessage(ProbedDownload.PATIENCE, command -> kind.isInstance(command)
                    ? FishingOutcomes.complete()
                    : FishingOutcomes.continueAndIgnore()).getLast());
        }

        private PeerSession.Query query() {
            return next(PeerSession.Query.class);
        }
    }

    /** Downloads that know one peer, of whom they are told by nobody else, and who says that it has all. */
    private Probed probed() throws Exception {
        make();
        TestSite fetcher = fetcher(telling(new InMemory(nars)));
        PeerId peer = sites.getFirst().identity.peerId();
        TestProbe<Swarm.Command> swarm = fetcher.kit.createTestProbe();
        ActorRef<Downloads.Command> downloads = fetcher.kit.spawn(Downloads.create(fetcher.context(swarm.ref())));
        TestProbe<PeerSession.Command> session = fetcher.kit.createTestProbe();
        swarm.expectMessageClass(Swarm.Subscribe.class).subscriber()
                .tell(new Swarm.PeerUp(peer, "group", 64, session.ref()));
        return new Probed(fetcher, swarm, session, downloads);
    }

    private static CompletableFuture<OpenedNar> ahead(Probed probed, Nar nar, boolean ahead) {
        CompletableFuture<OpenedNar> opened = new CompletableFuture<>();
        probed.downloads().tell(new Downloads.Fetch(nar.request(), opened, ahead));
        return opened;
    }

    @Test
    void whatNobodyHasAskedForMayWaitUntilSomebodyDoes() throws Exception {
        Probed probed = probed();
        ahead(probed, nars.get(2), true);
        assertTrue(probed.query().mayWait());
        ahead(probed, nars.get(2), false);
        assertTrue(probed.next(PeerSession.Hurry.class).alsoSmall());
        ahead(probed, nars.get(2), false);
        ahead(probed, nars.get(3), false);
        assertFalse(probed.query().mayWait());
    }

    @Test
    void whatNobodyWantsAnyMoreIsCancelledAndWhatCrossesIsThrownAway() throws Exception {
        Probed probed = probed();
        Nar nar = nars.get(2);
        OpenedNar held = Eventually.get(ahead(probed, nar, true));
        PeerSession.Query query = probed.query();
        held.release().run();
        assertEquals(nar.hash(), probed.next(PeerSession.CancelBlock.class).nar());
        int owed = probed.site().budget.used();
        assertTrue(owed > 0, "it may be on its way");
        query.first().orElseThrow().block()
                .accept(new PeerSession.BlockReceived(0, BlockPayload.raw(nar.bytes())));
        Eventually.holds(() -> probed.site().budget.used() == owed - 1, () -> "memory is given back");
        // The next one is asked for as if nothing had been.
        OpenedNar again = Eventually.get(ahead(probed, nar, false));
        probed.query().first().orElseThrow().block()
                .accept(new PeerSession.BlockReceived(0, BlockPayload.raw(nar.bytes())));
        assertTrue(Eventually.get(again.whole()));
        Eventually.holds(() -> partial(probed.site()).size() == 1, () -> "what crossed is thrown away");
        again.release().run();
        Eventually.holds(() -> partial(probed.site()).isEmpty(), () -> "no file is left");
    }

    /** Its stream was never run to where something came. */
    @Test
    void whoeverReadsNoFurtherLetsGoOfIt() throws Exception {
        Probed probed = probed();
        Nar nar = nars.get(2);
        OpenedNar opened = Eventually.get(ahead(probed, nar, false));
        probed.query();
        opened.events().runWith(Sink.cancelled(), probed.site().kit.system());
        assertEquals(nar.hash(), probed.next(PeerSession.CancelBlock.class).nar());
    }

    @Test
    void theUserCancelsIt() throws Exception {
        Probed probed = probed();
        CompletionStage<List<NarEvent>> read = Eventually.get(ahead(probed, nars.get(2), false)).events()
                .runWith(Sink.seq(), probed.site().kit.system());
        probed.query();
        TestProbe<Cancelled> answer = probed.site().kit.createTestProbe();
        probed.downloads().tell(new Downloads.Cancel(1, answer.ref()));
        answer.expectMessageClass(Cancelled.Other.class);
        probed.downloads().tell(new Downloads.Cancel(0, answer.ref()));
        assertEquals("failed", answer.expectMessageClass(Cancelled.Now.class).status().state());
        assertInstanceOf(NarEvent.Failed.class, Eventually.get(read).getLast());
    }

    /** The session takes its time to say that it has cancelled them: as long as they are owed, and no longer waited for. */
    @Test
    void whatWasHandedOverIsHandedOverOnce() throws Exception {
        Probed probed = probed();
        TestSite site = probed.site();
        List<CompletionStage<List<NarEvent>>> read = new ArrayList<>();
        for (Nar nar : List.of(nars.get(2), nars.get(3))) {
            CompletableFuture<OpenedNar> opened = new CompletableFuture<>();
            probed.downloads().tell(new Downloads.Fetch(nar.request(SubstitutePolicy.P2P_FIRST,
                    new TestSupply("http://server/nar/x", () -> Source.single(ByteString.fromArray(nar.bytes())))),
                    opened));
            read.add(Eventually.get(opened).events().runWith(Sink.seq(), site.kit.system()));
            probed.query();
        }
        probed.next(PeerSession.CancelBlock.class);
        probed.next(PeerSession.CancelBlock.class);
        for (int i = 0; i < 2; i++) {
            assertArrayEquals(nars.get(2 + i).bytes(), SiteReader.received(Eventually.get(read.get(i))));
            assertEquals("done", SiteReader.status(site).state());
        }
        // It looks who is late, and then asks the session how it is getting on.
        for (int i = 0; i < 3; i++) {
            probed.next(PeerSession.CountBytes.class);
        }
        assertTrue(site.finished.isEmpty());
        TestProbe<Downloads.Running> running = site.kit.createTestProbe();
        probed.downloads().tell(new Downloads.WhatRuns(running.ref()));
        assertEquals(0, running.receiveMessage().count());
    }

    /** Who has asked for it before it was here asks again only when told. */
    @Test
    void whoAskedForItBeforeIsToldThatItIsKept() throws Exception {
        Probed probed = probed();
        Nar nar = nars.get(2);
        CompletableFuture<OpenedNar> opened = new CompletableFuture<>();
        probed.downloads().tell(new Downloads.Fetch(nar.request(AutoSeed.P2P), opened));
        give(probed, nar);
        Swarm.RelayNews news = (Swarm.RelayNews) probed.swarm().fishForMessage(ProbedDownload.PATIENCE,
                command -> command instanceof Swarm.RelayNews
                        ? FishingOutcomes.complete()
                        : FishingOutcomes.continueAndIgnore())
                .getLast();
        assertEquals(nar.hash(), news.nar());
        assertEquals(nar.manifest().root(), news.root());
        assertEquals(1, news.has().cardinality());
        Eventually.get(opened).release().run();
    }

    private static void give(Probed probed, Nar nar) {
        probed.query().first().orElseThrow().block()
                .accept(new PeerSession.BlockReceived(0, BlockPayload.raw(nar.bytes())));
    }

    @Test
    void theNodeStops() throws Exception {
        Probed probed = probed();
        OpenedNar held = Eventually.get(ahead(probed, nars.get(2), true));
        give(probed, nars.get(2));
        assertTrue(Eventually.get(held.whole()));
        CompletionStage<List<NarEvent>> read = Eventually.get(ahead(probed, nars.get(3), false)).events()
                .runWith(Sink.seq(), probed.site().kit.system());
        probed.query();
        int used = probed.site().budget.used();
        probed.site().kit.stop(probed.downloads());
        assertInstanceOf(NarEvent.Failed.class, Eventually.get(read).getLast());
        assertEquals(nars.get(3).hash(), probed.next(PeerSession.CancelBlock.class).nar());
        Eventually.holds(() -> partial(probed.site()).isEmpty(), () -> "no file");
        Eventually.holds(() -> probed.site().budget.used() < used, () -> "memory is given back");
    }
}
