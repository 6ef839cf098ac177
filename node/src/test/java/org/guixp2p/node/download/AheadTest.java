// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.stream.javadsl.Source;
import org.apache.pekko.util.ByteString;
import org.guixp2p.api.TransferStatus;
import org.guixp2p.node.config.AutoSeed;
import org.guixp2p.node.config.SubstitutePolicy;
import org.guixp2p.node.swarm.Offers;
import org.guixp2p.node.testing.Eventually;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.swarm.BlockLayout;
import org.junit.jupiter.api.Test;

/** NARs that are fetched before anybody asks for them, between real nodes, and what they give way to. */
class AheadTest extends SharedItem {
    @Override
    void write(Path item) throws IOException {
        Files.createDirectories(item);
        Files.write(item.resolve("noise"), noise(6_000_000));
    }

    private TestSite seeder(UnaryOperator<Offers> giving) throws IOException {
        TestSite site = new TestSite(nextRoot(), SubstitutePolicy.P2P_ONLY, List.of(), giving);
        sites.add(site);
        stock(site);
        return site;
    }

    private TestSite fetcher(TestSite... seeders) throws IOException {
        Path root = nextRoot();
        TestSite site = new TestSite(root,
                TestSite.config(root, SubstitutePolicy.P2P_ONLY, addresses(seeders), LONG, LONG, 1, 8), o -> o);
        sites.add(site);
        return site;
    }

    private NarRequest request(SubstitutePolicy policy, NarSupply... servers) {
        return new NarRequest(PATH, hash, new NarSize(nar.length), new byte[]{1}, List.of(servers), true, true, policy,
                AutoSeed.OFF);
    }

    private NarRequest request() {
        return request(SubstitutePolicy.P2P_ONLY);
    }

    private static OpenedNar ahead(TestSite site, NarRequest request) {
        CompletableFuture<OpenedNar> opened = new CompletableFuture<>();
        site.downloads.tell(new Downloads.Fetch(request, opened, true));
        return Eventually.get(opened);
    }

    private static void letGoOf(OpenedNar held) {
        held.release().run();
    }

    private static long verified(TestSite site) {
        TestProbe<Downloads.Running> running = site.kit.createTestProbe();
        site.downloads.tell(new Downloads.WhatRuns(running.ref()));
        TestProbe<TransferStatus> status = site.kit.createTestProbe();
        running.receiveMessage().downloads().getFirst().tell(new Download.Describe(status.ref()));
        return status.receiveMessage().verifiedBytes();
    }

    @Test
    void theWholeComesThoughNobodyReadsAndIsReadWhenNobodyHasItAnyMore() throws Exception {
        TestSite seeder = seeder(o -> o);
        TestSite fetcher = fetcher(seeder);
        OpenedNar held = ahead(fetcher, request());
        assertTrue(Eventually.get(held.whole()));
        seeder.close();
        assertArrayEquals(nar, SiteReader.received(SiteReader.read(fetcher, request())));
        assertTrue(fetcher.finished.isEmpty());
        // What became of it is known before, and once.
        assertEquals(List.of("done"), fetcher.over.stream().map(TransferStatus::state).toList());
        letGoOf(held);
        assertEquals("done", SiteReader.status(fetcher).state());
        assertEquals(List.of(), filesBelow(fetcher.root.resolve("state/partial")));
    }

    private static List<Path> filesBelow(Path directory) throws IOException {
        try (var files = Files.list(directory)) {
            return files.toList();
        }
    }

    @Test
    void nothingMoreIsAskedForWhileSomebodyIsInNeed() throws Exception {
        TestSite seeder = seeder(o -> o);
        TestSite fetcher = fetcher(seeder);
        Precedence.Claim need = fetcher.precedence.claim();
        need.set(true);
        OpenedNar held = ahead(fetcher, request());
        // What it asks for by the first frame, before it knows what there is.
        Eventually.holds(() -> verified(fetcher) == BlockLayout.BLOCK_BYTES, () -> "the first block");
        TestSite other = fetcher(seeder);
        assertArrayEquals(nar, SiteReader.received(SiteReader.read(other, request())));
        assertEquals(BlockLayout.BLOCK_BYTES, verified(fetcher));
        assertFalse(held.nearlyAllAsked().toCompletableFuture().isDone());
        Eventually.holds(fetcher.precedence::isWorkAhead, () -> "work ahead");
        need.set(false);
        assertTrue(Eventually.get(held.whole()));
        letGoOf(held);
    }

    /** So that the next one may begin before the last blocks have come. */
    @Test
    void itSaysWhenNoMoreIsLeftToAskForThanIsUnderWay() throws Exception {
        CompletableFuture<Void> gate = new CompletableFuture<>();
        AtomicInteger asked = new AtomicInteger();
        TestSite fetcher = fetcher(seeder(offers -> new Changed(offers) {
            @Override
            public CompletionStage<byte[]> block(NarHash nar, Sha256 root, int index) {
                CompletionStage<byte[]> block = real.block(nar, root, index);
                return asked.incrementAndGet() <= 16 ? block : gate.thenCompose(go -> block);
            }
        }));
        OpenedNar held = ahead(fetcher, request());
        Eventually.get(held.nearlyAllAsked());
        assertFalse(held.whole().toCompletableFuture().isDone());
        gate.complete(null);
        assertTrue(Eventually.get(held.whole()));
        assertFalse(fetcher.precedence.isWorkAhead());
        letGoOf(held);
    }

    @Test
    void whoeverAsksForItWaitsForNobody() throws Exception {
        TestSite fetcher = fetcher(seeder(o -> o));
        fetcher.precedence.claim().set(true);
        OpenedNar held = ahead(fetcher, request());
        Eventually.holds(() -> verified(fetcher) == BlockLayout.BLOCK_BYTES, () -> "the first block");
        assertArrayEquals(nar, SiteReader.received(SiteReader.read(fetcher, request())));
        letGoOf(held);
    }

    /** As long as there are blocks to ask for, of which a peer gives no more than it is asked for at once. */
    @Test
    void whatIsReadIsInNeedUntilAllIsAskedFor() throws Exception {
        CompletableFuture<Void> gate = new CompletableFuture<>();
        AtomicInteger asked = new AtomicInteger();
        TestSite fetcher = fetcher(seeder(offers -> new Changed(offers) {
            @Override
            public CompletionStage<byte[]> block(NarHash nar, Sha256 root, int index) {
                asked.incrementAndGet();
                return gate.thenCompose(go -> real.block(nar, root, index));
            }
        }));
        Runnable again = () -> {};
        CompletionStage<List<NarEvent>> reader = SiteReader.open(fetcher, request()).runWith(Sink.seq(),
                fetcher.kit.system());
        Eventually.holds(() -> !fetcher.precedence.mayGoAhead(again), () -> "a download in need");
        gate.complete(null);
        assertArrayEquals(nar,
                SiteReader.received(reader.toCompletableFuture().get(60, TimeUnit.SECONDS)));
        Eventually.holds(() -> fetcher.precedence.mayGoAhead(again), () -> "nobody in need");
        assertTrue(asked.get() > 0);
    }

    @Test
    void aReaderWhoGoesIsNotInNeed() throws Exception {
        CompletableFuture<Void> gate = new CompletableFuture<>();
        TestSite fetcher = fetcher(seeder(offers -> new Changed(offers) {
            @Override
            public CompletionStage<byte[]> block(NarHash nar, Sha256 root, int index) {
                return gate.thenCompose(go -> real.block(nar, root, index));
            }
        }));
        Source<NarEvent, ?> events = SiteReader.open(fetcher, request());
        Runnable again = () -> {};
        Eventually.holds(() -> !fetcher.precedence.mayGoAhead(again), () -> "a download in need");
        events.runWith(Sink.cancelled(), fetcher.kit.system());
        Eventually.holds(() -> fetcher.precedence.mayGoAhead(again), () -> "nobody in need");
        gate.complete(null);
    }

    @Test
    void serversAreNotAskedForLargeOnesAhead() throws Exception {
        AtomicInteger opened = new AtomicInteger();
        NarSupply server = new TestSupply("http://a/nar/x", () -> {
            opened.incrementAndGet();
            return Source.single(ByteString.fromArray(nar));
        });
        TestSite fetcher = fetcher();
        NarRequest request = request(SubstitutePolicy.P2P_FIRST, server);
        OpenedNar held = ahead(fetcher, request);
        assertFalse(Eventually.get(held.whole()));
        assertEquals(0, opened.get());
        // Whoever asks for it has it from there.
        assertArrayEquals(nar, SiteReader.received(SiteReader.read(fetcher, request)));
        letGoOf(held);
    }

    /** It has failed because nobody had asked for it; whoever does meanwhile is not to hear that. */
    @Test
    void whoeverJoinsOneThatHasJustFailedGetsAnother() throws Exception {
        TestSite fetcher = fetcher();
        NarRequest request = request(SubstitutePolicy.P2P_FIRST, new TestSupply("http://a/nar/x", Source::empty));
        TestProbe<Downloads.Command> parent = fetcher.kit.createTestProbe();
        ActorRef<Download.Command> download = fetcher.kit.spawn(
                Download.create(request, fetcher.context(fetcher.swarm), new Begun(last -> {}, System.nanoTime()),
                        parent.ref(), true));
        CompletableFuture<OpenedNar> held = new CompletableFuture<>();
        download.tell(new Download.Open(held, true));
        assertFalse(Eventually.get(Eventually.get(held).whole()));
        parent.expectMessageClass(Downloads.Failed.class);
        CompletableFuture<OpenedNar> asked = new CompletableFuture<>();
        download.tell(new Download.Open(asked, false));
        assertEquals(new Downloads.Fetch(request, asked), parent.expectMessageClass(Downloads.Fetch.class));
        letGoOf(Eventually.get(held));
        assertEquals(new Downloads.Idle(download, 2), parent.expectMessageClass(Downloads.Idle.class));
    }

    @Test
    void whatIsNotToBeHadSoEarlyIsNotBegun() {
        NarSupply server = new TestSupply("http://a/nar/x", Source::empty);
        assertTrue(request(SubstitutePolicy.P2P_ONLY).mayBeFetchedAhead());
        assertFalse(request(SubstitutePolicy.HTTP_FIRST, server).mayBeFetchedAhead());
        NarRequest secret = new NarRequest(PATH, hash, new NarSize(1000), new byte[]{1}, List.of(server), false, false,
                SubstitutePolicy.P2P_FIRST, AutoSeed.OFF);
        assertTrue(secret.mayBeFetchedAhead());
        assertFalse(new NarRequest(PATH, hash, new NarSize(nar.length), new byte[]{1}, List.of(server), false, false,
                SubstitutePolicy.P2P_FIRST, AutoSeed.OFF).mayBeFetchedAhead());
        assertFalse(new NarRequest(PATH, hash, new NarSize(1000), new byte[]{1}, List.of(server), false, false,
                SubstitutePolicy.P2P_ONLY, AutoSeed.OFF).mayBeFetchedAhead());
    }
}
