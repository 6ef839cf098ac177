// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import static org.guixp2p.node.download.SiteReader.connected;
import static org.guixp2p.node.download.SiteReader.open;
import static org.guixp2p.node.download.SiteReader.read;
import static org.guixp2p.node.download.SiteReader.received;
import static org.guixp2p.node.download.SiteReader.status;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.pekko.NotUsed;
import org.apache.pekko.actor.testkit.typed.javadsl.FishingOutcomes;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.stream.javadsl.Source;
import org.apache.pekko.util.ByteString;
import org.guixp2p.api.TransferStatus;
import org.guixp2p.node.config.AutoSeed;
import org.guixp2p.node.config.ByteRate;
import org.guixp2p.node.config.NodeConfig;
import org.guixp2p.node.config.SubstitutePolicy;
import org.guixp2p.node.swarm.Offers;
import org.guixp2p.node.swarm.PeerSession;
import org.guixp2p.node.swarm.Swarm;
import org.guixp2p.node.testing.Eventually;
import org.guixp2p.persistence.nar.KeptNar;
import org.guixp2p.persistence.reputation.Transfer;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.swarm.BlockLayout;
import org.guixp2p.protocol.swarm.Manifest;
import org.guixp2p.protocol.swarm.ManifestBuilder;
import org.guixp2p.protocol.swarm.PeerAddress;
import org.guixp2p.protocol.swarm.PeerId;
import org.guixp2p.protocol.swarm.SwarmMessage;
import org.junit.jupiter.api.Test;

/** Whole downloads between real nodes: TLS on loopback, trees and partial files on disk. */
class DownloadTest extends SharedItem {
    private static final byte[] NARINFO = {1, 2, 3};

    /** Peers answer before it is over, however slow the machine is. */
    private static final Duration GRACE = Duration.ofSeconds(30);

    @Override
    void write(Path item) throws IOException {
        Files.createDirectories(item.resolve("bin"));
        Files.write(item.resolve("bin/tool"), noise(5_000_000));
        Files.write(item.resolve("zeros"), new byte[1_500_000]);
        Files.createSymbolicLink(item.resolve("link"), Path.of("bin/tool"));
    }

    private TestSite seeder(UnaryOperator<Offers> giving) throws IOException {
        TestSite site = new TestSite(nextRoot(), SubstitutePolicy.P2P_ONLY, List.of(), giving);
        sites.add(site);
        Path store = site.root.resolve("gnu/store");
        Files.createDirectories(store);
        Files.createSymbolicLink(store.resolve(PATH.baseName() + ".unused"), Path.of("x"));
        stock(site);
        return site;
    }

    private TestSite fetcher(SubstitutePolicy policy, TestSite... seeders) throws IOException {
        return fetcher(policy, Duration.ofSeconds(5), Duration.ofSeconds(5), seeders);
    }

    private TestSite fetcher(SubstitutePolicy policy, Duration requestTimeout, Duration stallTimeout,
            TestSite... seeders) throws IOException {
        List<PeerAddress> peers = addresses(seeders);
        Path root = nextRoot();
        TestSite site = new TestSite(root, TestSite.config(root, policy, peers, requestTimeout, stallTimeout, 1, 8),
                offers -> offers, GRACE);
        sites.add(site);
        return site;
    }

    private TestSite fetcher(SubstitutePolicy policy, int minProviders, int maxPeersPerDownload, TestSite... seeders)
            throws IOException {
        Path root = nextRoot();
        List<PeerAddress> peers = addresses(seeders);
        TestSite site = new TestSite(root, TestSite.config(root, policy, peers, Duration.ofSeconds(2),
                Duration.ofSeconds(5), minProviders, maxPeersPerDownload), offers -> offers, TestSite.GRACE);
        sites.add(site);
        return site;
    }

    private NarRequest request(SubstitutePolicy policy, NarSupply... servers) {
        return request(policy, true, servers);
    }

    private NarRequest request(SubstitutePolicy policy, boolean isPublic, NarSupply... servers) {
        return new NarRequest(PATH, hash, new NarSize(nar.length), NARINFO, List.of(servers), isPublic, isPublic,
                policy, AutoSeed.P2P);
    }

    @Test
    void aNarComesFromSeveralPeersAndIsKept() throws Exception {
        TestSite[] seeders = {seeder(o -> o), seeder(o -> o), seeder(o -> o)};
        TestSite fetcher = fetcher(SubstitutePolicy.P2P_ONLY, seeders);
        assertArrayEquals(nar, received(read(fetcher, request(SubstitutePolicy.P2P_ONLY))));
        TransferStatus status = status(fetcher);
        assertEquals("done", status.state());
        assertEquals(nar.length, Stream.of(seeders)
                .mapToLong(seeder -> fetcher.reputation.known(seeder.identity.peerId()).bytes()).sum());
        assertEquals(nar.length, status.sources().stream().mapToLong(TransferStatus.Source::bytes).sum());
        assertEquals(0, status.corruptBlocks() + status.requeuedBlocks() + status.restarts());
        KeptNar kept = fetcher.kept.poll(20, TimeUnit.SECONDS);
        assertNotNull(kept);
        assertArrayEquals(nar, Files.readAllBytes(kept.file()));
        assertArrayEquals(NARINFO, kept.narinfo());
    }

    @Test
    void everyReaderOfOneNarGetsItFromOneDownload() throws Exception {
        TestSite fetcher = fetcher(SubstitutePolicy.P2P_ONLY, seeder(o -> o));
        List<CompletionStage<List<NarEvent>>> readers = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            readers.add(open(fetcher, request(SubstitutePolicy.P2P_ONLY)).runWith(Sink.seq(), fetcher.kit.system()));
        }
        for (CompletionStage<List<NarEvent>> reader : readers) {
            assertArrayEquals(nar, received(reader.toCompletableFuture().get(60, TimeUnit.SECONDS)));
        }
        assertEquals(nar.length, status(fetcher).sources().getFirst().bytes());
        assertEquals(0, fetcher.finished.size());
    }

    @Test
    void corruptBlocksAreFetchedElsewhere() throws Exception {
        CompletableFuture<Void> caught = new CompletableFuture<>();
        TestSite liar = seeder(offers -> new Changed(offers) {
            @Override
            public CompletionStage<byte[]> block(NarHash nar, Sha256 root, int index) {
                return real.block(nar, root, index).thenApply(bytes -> {
                    bytes[bytes.length / 2] ^= 1;
                    return bytes;
                });
            }
        });
        TestSite fetcher = fetcher(SubstitutePolicy.P2P_ONLY, liar, seeder(after(caught)));
        connectedTo(fetcher, liar);
        var reader = open(fetcher, request(SubstitutePolicy.P2P_ONLY)).runWith(Sink.seq(), fetcher.kit.system());
        Eventually.holds(() -> !connected(fetcher).contains(liar.identity.peerId().toString()),
                () -> "the liar to be sent away");
        caught.complete(null);
        assertArrayEquals(nar, received(reader.toCompletableFuture().get(60, TimeUnit.SECONDS)));
        TransferStatus status = status(fetcher);
        assertEquals(1, status.sources().size());
        assertTrue(status.corruptBlocks() > 0, status::toString);
    }

    /** Gives no block before {@code gate} opens. */
    private static UnaryOperator<Offers> after(CompletableFuture<Void> gate) {
        return offers -> new Changed(offers) {
            @Override
            public CompletionStage<byte[]> block(NarHash nar, Sha256 root, int index) {
                return gate.thenCompose(open -> real.block(nar, root, index));
            }
        };
    }

    /** Vouches for a NAR of its own under the name of another. */
    private static class Liar extends Changed {
        final byte[] other;
        final Manifest wrong;

        Liar(Offers real, byte[] other) {
            super(real);
            this.other = other;
            ManifestBuilder builder = new ManifestBuilder(new NarSize(other.length));
            builder.update(other, 0, other.length);
            this.wrong = builder.finish();
        }

        @Override
        public CompletionStage<Optional<Offer>> find(NarHash nar) {
            return real.find(nar).thenApply(offer -> offer.map(o -> new Offer(o.size(), wrong.root(), true)));
        }

        @Override
        public CompletionStage<Manifest> manifest(NarHash nar, Sha256 root) {
            return CompletableFuture.completedFuture(wrong);
        }

        @Override
        public CompletionStage<byte[]> block(NarHash nar, Sha256 root, int index) {
            int from = index * 262_144;
            return CompletableFuture.completedFuture(
                    Arrays.copyOfRange(other, from, Math.min(other.length, from + 262_144)));
        }
    }

    private byte[] flipped(int at) {
        byte[] other = nar.clone();
        other[at] ^= 1;
        return other;
    }

    @Test
    void aManifestOfAnotherNarCostsARestartAtMost() throws Exception {
        TestSite liar = seeder(offers -> new Liar(offers, flipped(nar.length - 2_000_000)));
        TestSite fetcher = fetcher(SubstitutePolicy.P2P_ONLY, liar, seeder(o -> o));
        assertArrayEquals(nar, received(read(fetcher, request(SubstitutePolicy.P2P_ONLY))));
        TransferStatus status = status(fetcher);
        assertTrue(status.restarts() <= 1);
        // What was fetched in vain does not count.
        assertEquals(nar.length, status.sources().stream().mapToLong(TransferStatus.Source::bytes).sum());
    }

    @Test
    void whoWithholdsAManifestHoldsUpNobodyForLong() throws Exception {
        CompletableFuture<Void> liarWasAsked = new CompletableFuture<>();
        TestSite liar = seeder(offers -> new Liar(offers, flipped(3_000_000)) {
            @Override
            public CompletionStage<Manifest> manifest(NarHash nar, Sha256 root) {
                liarWasAsked.complete(null);
                return new CompletableFuture<>();
            }
        });
        TestSite honest = seeder(offers -> new Changed(offers) {
            @Override
            public CompletionStage<Optional<Offer>> find(NarHash nar) {
                return liarWasAsked.thenCompose(asked -> real.find(nar));
            }
        });
        // Were a manifest waited for as long as for any answer, this would not end before the test does.
        TestSite fetcher = fetcher(SubstitutePolicy.P2P_ONLY, Duration.ofMinutes(5), Duration.ofMinutes(5), liar,
                honest);
        assertArrayEquals(nar, received(read(fetcher, request(SubstitutePolicy.P2P_ONLY))));
        assertEquals(1, status(fetcher).providers());
    }

    @Test
    void aBusyPeerIsAskedForItsManifestAgain() throws Exception {
        CompletableFuture<Void> gate = new CompletableFuture<>();
        AtomicInteger manifests = new AtomicInteger();
        TestSite busy = seeder(offers -> new Changed(offers) {
            @Override
            public CompletionStage<byte[]> block(NarHash nar, Sha256 root, int index) {
                return gate.thenCompose(open -> real.block(nar, root, index));
            }

            @Override
            public CompletionStage<Manifest> manifest(NarHash nar, Sha256 root) {
                manifests.incrementAndGet();
                return real.manifest(nar, root);
            }
        });
        TestSite fetcher = fetcher(SubstitutePolicy.P2P_ONLY, busy);
        TestProbe<Swarm.Event> events = fetcher.kit.createTestProbe();
        fetcher.swarm.tell(new Swarm.Subscribe(events.ref()));
        var up = (Swarm.PeerUp) events.fishForMessage(Duration.ofSeconds(20), event -> event instanceof Swarm.PeerUp
                ? FishingOutcomes.complete()
                : FishingOutcomes.continueAndIgnore()).getLast();
        ManifestBuilder builder = new ManifestBuilder(new NarSize(nar.length));
        builder.update(nar, 0, nar.length);
        Sha256 root = builder.finish().root();
        TestProbe<PeerSession.BlockReply> blocks = fetcher.kit.createTestProbe();
        TestProbe<PeerSession.ManifestReply> refusal = fetcher.kit.createTestProbe();
        for (int i = 0; i < 256; i++) {
            up.session().tell(new PeerSession.FetchBlock(hash, root, i % 8, blocks.ref()));
        }
        up.session().tell(new PeerSession.FetchManifest(hash, root, 0, refusal.ref()));
        var refused = refusal.expectMessageClass(PeerSession.ManifestFailed.class);
        assertTrue(refused.retryAfterMillis() > 0, refused.toString());
        var reader = open(fetcher, request(SubstitutePolicy.P2P_ONLY)).runWith(Sink.seq(), fetcher.kit.system());
        // As the download's own question is refused: nothing is free before the gate opens.
        TestProbe<PeerSession.QueryReply> later = fetcher.kit.createTestProbe();
        up.session().tell(new PeerSession.Query(hash, later.ref()));
        later.expectMessageClass(PeerSession.Offered.class);
        up.session().tell(new PeerSession.FetchManifest(hash, root, 0, refusal.ref()));
        refusal.expectMessageClass(PeerSession.ManifestFailed.class);
        assertEquals(0, manifests.get());
        gate.complete(null);
        assertArrayEquals(nar, received(reader.toCompletableFuture().get(60, TimeUnit.SECONDS)));
    }

    @Test
    void aMutePeerCostsNoMoreThanAMomentWhereServersStandBy() throws Exception {
        TestSite mute = seeder(offers -> new Changed(offers) {
            @Override
            public CompletionStage<Optional<Offer>> find(NarHash nar) {
                return new CompletableFuture<>();
            }
        });
        Path root = nextRoot();
        TestSite fetcher = new TestSite(root, TestSite.config(root, SubstitutePolicy.P2P_FIRST,
                List.of(mute.address()), Duration.ofMinutes(5), Duration.ofMinutes(5), 1, 8), offers -> offers,
                TestSite.GRACE);
        sites.add(fetcher);
        connectedTo(fetcher, mute);
        assertArrayEquals(nar, received(read(fetcher, request(SubstitutePolicy.P2P_FIRST,
                server("http://a/nar/x", Integer.MAX_VALUE, nar)))));
    }

    @Test
    void aPeerThatLiesAndStallsDoesNotSpoilTheOnlyServer() throws Exception {
        TestSite liar = seeder(offers -> new Liar(offers, flipped(200_000)) {
            @Override
            public CompletionStage<byte[]> block(NarHash nar, Sha256 root, int index) {
                return index < 3 ? super.block(nar, root, index) : new CompletableFuture<>();
            }
        });
        TestSite fetcher = fetcher(SubstitutePolicy.P2P_FIRST, Duration.ofSeconds(5), Duration.ofSeconds(1), liar);
        connectedTo(fetcher, liar);
        assertArrayEquals(nar, received(read(fetcher, request(SubstitutePolicy.P2P_FIRST,
                server("http://a/nar/x", Integer.MAX_VALUE, nar)))));
        TransferStatus status = status(fetcher);
        assertEquals(1, status.restarts());
        // Of the peer's bytes none was used.
        assertEquals(List.of(new TransferStatus.Source("http://a/nar/x", nar.length)), status.sources());
        assertEquals(PeersOver.FAILED, fetcher.peersOver.getLast());
    }

    @Test
    void aPeerWhoseLieIsSeenWhenItHasGoneDoesNotSpoilTheOnlyServer() throws Exception {
        int last = new BlockLayout(new NarSize(nar.length)).count() - 1;
        CompletableFuture<Void> othersStored = new CompletableFuture<>();
        TestSite liar = seeder(offers -> new Liar(offers, flipped(8)) {
            @Override
            public CompletionStage<byte[]> block(NarHash nar, Sha256 root, int index) {
                if (index == last) {
                    return new CompletableFuture<>();
                }
                return index > 0
                        ? super.block(nar, root, index)
                        : othersStored.thenCompose(all -> super.block(nar, root, index));
            }
        });
        TestSite fetcher = fetcher(SubstitutePolicy.P2P_FIRST, liar);
        connectedTo(fetcher, liar);
        NarSupply server = server("http://a/nar/x", Integer.MAX_VALUE, nar);
        AtomicInteger opened = new AtomicInteger();
        NarSupply watched = new TestSupply(server.url(), () -> {
            fetcher.holdNoMore();
            // Nothing that could contradict the peer comes before the lie is seen.
            return opened.incrementAndGet() == 1 ? mute() : server.open();
        });
        var reader = open(fetcher, request(SubstitutePolicy.P2P_FIRST, watched)).runWith(Sink.seq(),
                fetcher.kit.system());
        fetcher.awaitDone(last - 1);
        // The first block is written, but not verified.
        fetcher.holdAfter(1);
        othersStored.complete(null);
        fetcher.awaitHolding();
        liar.close();
        assertArrayEquals(nar, received(reader.toCompletableFuture().get(60, TimeUnit.SECONDS)));
        assertEquals(1, status(fetcher).restarts());
    }

    @Test
    void whatAServerDoesAfterTheLastByteIsNoMatter() throws Exception {
        NarSupply server = new TestSupply("http://a/nar/x", () -> Source.single(ByteString.fromArray(nar))
                .concatLazy(Source.lazySource(() -> Source.failed(new IOException("a bad trailer")))));
        TestSite fetcher = fetcher(SubstitutePolicy.HTTP_FIRST, Duration.ofMinutes(5), Duration.ofMinutes(5));
        assertArrayEquals(nar, received(read(fetcher, request(SubstitutePolicy.HTTP_FIRST, server))));
    }

    @Test
    void whoDoesNotHaveItAnyMoreIsNotAskedAgain() throws Exception {
        AtomicInteger asked = new AtomicInteger();
        TestSite forgetful = seeder(offers -> new Changed(offers) {
            @Override
            public CompletionStage<Optional<Offer>> find(NarHash nar) {
                return asked.get() > 0 ? CompletableFuture.completedFuture(Optional.empty()) : real.find(nar);
            }

            @Override
            public CompletionStage<byte[]> block(NarHash nar, Sha256 root, int index) {
                asked.incrementAndGet();
                return CompletableFuture.failedFuture(new IOException("collected"));
            }
        });
        TestSite fetcher = fetcher(SubstitutePolicy.P2P_FIRST, Duration.ofMinutes(5), Duration.ofMinutes(5), forgetful);
        connectedTo(fetcher, forgetful);
        assertArrayEquals(nar, received(read(fetcher, request(SubstitutePolicy.P2P_FIRST,
                server("http://a/nar/x", Integer.MAX_VALUE, nar)))));
        assertTrue(asked.get() <= new BlockLayout(new NarSize(nar.length)).count(), asked::toString);
        assertEquals(List.of(PeersOver.FAILED), fetcher.peersOver);
    }

    /** One block takes longer than the stall timeout, and the manifest comes behind it. */
    @Test
    void aSlowLineIsNoStall() throws Exception {
        Duration stall = Duration.ofMillis(3500);
        TestSite seeder = seeder(offers -> new Changed(offers) {
            @Override
            public CompletionStage<Manifest> manifest(NarHash hash, Sha256 root) {
                return real.manifest(hash, root).thenApplyAsync(manifest -> manifest,
                        CompletableFuture.delayedExecutor(300, TimeUnit.MILLISECONDS));
            }
        });
        Path root = directory.resolve("slow");
        NodeConfig config = TestSite.config(root, SubstitutePolicy.P2P_ONLY, List.of(seeder.address()),
                Duration.ofSeconds(20), stall, 1, 8);
        TestSite fetcher = new TestSite(root, new NodeConfig(config.substitutes(), config.seeding(), config.network(),
                new NodeConfig.Transfers(Duration.ofSeconds(20), stall, 8, ByteRate.UNLIMITED,
                        new ByteRate(70_000)),
                config.files(), config.bridge(), config.api(), config.logLevel()), o -> o);
        sites.add(fetcher);
        assertInstanceOf(NarEvent.Bytes.class, open(fetcher, request(SubstitutePolicy.P2P_ONLY))
                .runWith(Sink.head(), fetcher.kit.system()).toCompletableFuture().get(60, TimeUnit.SECONDS));
    }

    @Test
    void whoHasGivenUpBeforeTheDownloadBeganIsNoReader() throws Exception {
        TestSite fetcher = fetcher(SubstitutePolicy.HTTP_FIRST);
        fetcher.downloads.tell(new Downloads.Fetch(request(SubstitutePolicy.HTTP_FIRST,
                server("http://a/nar/x", Integer.MAX_VALUE, nar)),
                CompletableFuture.failedFuture(new TimeoutException())));
        status(fetcher);
    }

    @Test
    void aServerThatLiesAndBreaksOffDoesNotSpoilTheOnlyPeer() throws Exception {
        TestSite honest = seeder(o -> o);
        TestSite fetcher = fetcher(SubstitutePolicy.HTTP_FIRST, honest);
        assertArrayEquals(nar, received(read(fetcher, request(SubstitutePolicy.HTTP_FIRST,
                server("http://a/nar/x", 2_000_000, flipped(1_000_000))))));
        assertEquals(1, status(fetcher).restarts());
        assertEquals(List.of(honest.identity.peerId().toString()), connected(fetcher));
    }

    @Test
    void aServerThatLiesAndBreaksOffDoesNotSpoilTheNext() throws Exception {
        TestSite fetcher = fetcher(SubstitutePolicy.HTTP_FIRST);
        assertArrayEquals(nar, received(read(fetcher, request(SubstitutePolicy.HTTP_FIRST,
                server("http://a/nar/x", 2_000_000, flipped(1_000_000)),
                server("http://b/nar/x", Integer.MAX_VALUE, nar)))));
        assertEquals(1, status(fetcher).restarts());
    }

    @Test
    void aPeerIsNotBlamedForAServerThatContradictsItAndHasAnotherTurn() throws Exception {
        CompletableFuture<Void> gate = new CompletableFuture<>();
        TestSite honest = seeder(offers -> new Changed(offers) {
            @Override
            public CompletionStage<byte[]> block(NarHash nar, Sha256 root, int index) {
                return index < 3
                        ? real.block(nar, root, index)
                        : gate.thenCompose(open -> real.block(nar, root, index));
            }
        });
        TestSite fetcher = fetcher(SubstitutePolicy.P2P_FIRST, Duration.ofSeconds(5), Duration.ofSeconds(1), honest);
        connectedTo(fetcher, honest);
        AtomicInteger opened = new AtomicInteger();
        NarSupply lying = server("http://a/nar/x", Integer.MAX_VALUE, flipped(100));
        NarSupply second = new TestSupply(lying.url(), () -> {
            if (opened.incrementAndGet() == 2) {
                gate.complete(null);
            }
            return lying.open();
        });
        assertArrayEquals(nar, received(read(fetcher, request(SubstitutePolicy.P2P_FIRST, second))));
        assertEquals(2, opened.get(), "after the contradiction it has a turn alone, and no more");
        assertEquals(2, status(fetcher).restarts());
        assertEquals(List.of(honest.identity.peerId().toString()), connected(fetcher));
    }

    private static void connectedTo(TestSite fetcher, TestSite peer) {
        Eventually.holds(() -> connected(fetcher).contains(peer.identity.peerId().toString()),
                () -> "a connection");
    }

    @Test
    void whenAllLieItEnds() throws Exception {
        TestSite liar = seeder(offers -> new Liar(offers, flipped(100)));
        TestSite fetcher = fetcher(SubstitutePolicy.HTTP_FIRST, Duration.ofSeconds(1), Duration.ofSeconds(5), liar);
        connectedTo(fetcher, liar);
        List<NarEvent> events = read(fetcher, request(SubstitutePolicy.HTTP_FIRST,
                server("http://a/nar/x", 2_000_000, flipped(1_000_000)),
                server("http://b/nar/x", Integer.MAX_VALUE, flipped(2_000_000))));
        assertInstanceOf(NarEvent.Failed.class, events.getLast());
        assertTrue(status(fetcher).restarts() <= 4, "one a liar");
    }

    @Test
    void withoutAProviderItFailsAndSaysWhy() throws Exception {
        TestSite fetcher = fetcher(SubstitutePolicy.P2P_ONLY, Duration.ofSeconds(1), Duration.ofSeconds(1));
        List<NarEvent> events = read(fetcher, request(SubstitutePolicy.P2P_ONLY));
        assertEquals(1, events.size());
        assertEquals("no connected peer has it",
                assertInstanceOf(NarEvent.Failed.class, events.getFirst()).reason());
        assertEquals("failed", status(fetcher).state());
        assertEquals(List.of(PeersOver.NO_PROVIDER), fetcher.peersOver);
    }

    /** Nobody has it in the end, but somebody said so. */
    @Test
    void whoLiedAndIsSentAwayIsNotNobody() throws Exception {
        TestSite liar = seeder(offers -> new Liar(offers, flipped(100)));
        TestSite fetcher = fetcher(SubstitutePolicy.P2P_ONLY, Duration.ofSeconds(1), Duration.ofSeconds(1), liar);
        connectedTo(fetcher, liar);
        assertEquals(new NarEvent.Failed("those who had it do not give it any more"),
                read(fetcher, request(SubstitutePolicy.P2P_ONLY)).getLast());
        assertEquals(List.of(PeersOver.FAILED), fetcher.peersOver);
        assertEquals(List.of(), status(fetcher).sources());
    }

    /** It leaves when it is asked for the first block. */
    @Test
    void whoLeavesIsNamed() throws Exception {
        CompletableFuture<Void> asked = new CompletableFuture<>();
        TestSite leaving = seeder(offers -> new Changed(offers) {
            @Override
            public CompletionStage<byte[]> block(NarHash nar, Sha256 root, int index) {
                asked.complete(null);
                return new CompletableFuture<>();
            }
        });
        TestSite fetcher = fetcher(SubstitutePolicy.P2P_ONLY, Duration.ofSeconds(5), Duration.ofSeconds(5), leaving);
        connectedTo(fetcher, leaving);
        CompletionStage<List<NarEvent>> read = SiteReader.open(fetcher, request(SubstitutePolicy.P2P_ONLY))
                .runWith(Sink.seq(), fetcher.kit.system());
        Eventually.get(asked);
        Eventually.holds(() -> providers(fetcher) == 1, () -> "what it says that it has");
        leaving.close();
        assertInstanceOf(NarEvent.Failed.class, Eventually.get(read).getLast());
        assertEquals(List.of(leaving.identity.peerId()), fetcher.lost);
        assertEquals(List.of(PeersOver.FAILED), fetcher.peersOver);
    }

    /** How many stand for what is being fetched. */
    private static int providers(TestSite site) {
        TestProbe<Downloads.Running> running = site.kit.createTestProbe();
        site.downloads.tell(new Downloads.WhatRuns(running.ref()));
        TestProbe<TransferStatus> status = site.kit.createTestProbe();
        return running.receiveMessage(SharedItem.LONG).downloads().stream().findFirst().map(download -> {
            download.tell(new Download.Describe(status.ref()));
            return status.receiveMessage(SharedItem.LONG).providers();
        }).orElse(0);
    }

    private NarSupply server(String url, int failAfter, byte[] content) {
        return new TestSupply(url, () -> {
            List<ByteString> pieces = new ArrayList<>();
            for (int at = 0; at < Math.min(failAfter, content.length); at += 10_000) {
                pieces.add(ByteString.fromArray(content, at, Math.min(10_000, content.length - at)));
            }
            Source<ByteString, NotUsed> sent = Source.from(pieces);
            return failAfter < content.length
                    ? sent.concatLazy(Source.lazySource(() -> Source.failed(new IOException("it broke off"))))
                    : sent;
        });
    }

    private static Source<ByteString, NotUsed> mute() {
        return Source.maybe().mapMaterializedValue(never -> NotUsed.notUsed()).map(ByteString.class::cast);
    }

    @Test
    void serversTakeOverWhereThereIsNoPeer() throws Exception {
        TestSite fetcher = fetcher(SubstitutePolicy.P2P_FIRST);
        NarRequest request = request(SubstitutePolicy.P2P_FIRST, server("http://a/nar/x", 2_000_000, nar),
                server("http://b/nar/x", Integer.MAX_VALUE, nar));
        assertArrayEquals(nar, received(read(fetcher, request)));
        assertEquals(List.of("http://a/nar/x", "http://b/nar/x"),
                status(fetcher).sources().stream().map(TransferStatus.Source::name).toList());
    }

    @Test
    void peersTakeOverWhereServersFailMidway() throws Exception {
        TestSite fetcher = fetcher(SubstitutePolicy.HTTP_FIRST, seeder(o -> o));
        NarRequest request = request(SubstitutePolicy.HTTP_FIRST, server("http://a/nar/x", 2_000_000, nar));
        List<NarEvent> events = read(fetcher, request);
        assertArrayEquals(nar, received(events));
        assertTrue(events.stream().noneMatch(NarEvent.Restart.class::isInstance));
        assertEquals(2, status(fetcher).sources().size());
    }

    @Test
    void aServerThatSendsAnotherNarIsNotBelieved() throws Exception {
        byte[] other = nar.clone();
        other[3_000_000] ^= 1;
        TestSite fetcher = fetcher(SubstitutePolicy.HTTP_FIRST);
        assertArrayEquals(nar, received(read(fetcher, request(SubstitutePolicy.HTTP_FIRST,
                server("http://a/nar/x", Integer.MAX_VALUE, other),
                server("http://b/nar/x", Integer.MAX_VALUE, nar)))));
        assertEquals(1, status(fetcher).restarts());
    }

    /** A server, and what is said of what it gave. */
    private static final class JudgedSupply implements NarSupply {
        private final NarSupply supply;
        private final List<String> judged = new CopyOnWriteArrayList<>();
        private volatile boolean out;
        private volatile boolean late;

        JudgedSupply(NarSupply supply) {
            this.supply = supply;
        }

        @Override
        public String url() {
            return supply.url();
        }

        @Override
        public Source<ByteString, NotUsed> open() {
            judged.add("asked");
            return supply.open();
        }

        @Override
        public boolean isElsewhereThan(NarSupply other) {
            return true;
        }

        @Override
        public Source<ByteString, NotUsed> open(NarSupply spare, Race race) {
            if (!late) {
                race.won(this);
                return open();
            }
            judged.add("late");
            race.joined();
            race.won(spare);
            return spare.open();
        }

        @Override
        public boolean isOut() {
            return out;
        }

        @Override
        public void proven() {
            judged.add("proven");
        }

        @Override
        public void lied() {
            judged.add("lied");
        }
    }

    @Test
    void whoseBytesAreWrongIsToldApartFromWhoseAreRight() throws Exception {
        byte[] other = nar.clone();
        other[3_000_000] ^= 1;
        TestSite fetcher = fetcher(SubstitutePolicy.HTTP_FIRST);
        JudgedSupply liar = new JudgedSupply(server("http://a/nar/x", Integer.MAX_VALUE, other));
        JudgedSupply honest = new JudgedSupply(server("http://b/nar/x", Integer.MAX_VALUE, nar));
        JudgedSupply third = new JudgedSupply(server("http://c/nar/x", Integer.MAX_VALUE, nar));
        assertArrayEquals(nar, received(read(fetcher, request(SubstitutePolicy.HTTP_FIRST, liar, honest, third))));
        assertEquals(List.of("asked", "lied"), liar.judged);
        assertEquals(List.of("asked", "proven"), honest.judged);
        assertEquals(List.of(), third.judged);
    }

    /** What one left the other went on with. */
    @Test
    void whereTwoGaveInPartNobodyLied() throws Exception {
        byte[] other = nar.clone();
        other[3_000_000] ^= 1;
        TestSite fetcher = fetcher(SubstitutePolicy.HTTP_FIRST);
        JudgedSupply breaking = new JudgedSupply(server("http://a/nar/x", 1_000_000, nar));
        JudgedSupply liar = new JudgedSupply(server("http://b/nar/x", Integer.MAX_VALUE, other));
        read(fetcher, request(SubstitutePolicy.HTTP_FIRST, breaking, liar));
        assertEquals(List.of("asked"), breaking.judged);
        assertEquals("asked", liar.judged.getFirst());
        assertNotEquals("lied", liar.judged.get(1));
    }

    /** What came is the other one's; the late one is asked again when all others have failed, and is none the worse. */
    @Test
    void whoeverIsLateLosesAndIsTheLastToBeAskedAgain() throws Exception {
        TestSite fetcher = fetcher(SubstitutePolicy.HTTP_FIRST);
        JudgedSupply late = new JudgedSupply(server("http://a/nar/x", Integer.MAX_VALUE, nar));
        JudgedSupply breaking = new JudgedSupply(server("http://b/nar/x", 1_000_000, nar));
        JudgedSupply third = new JudgedSupply(server("http://c/nar/x", 2_000_000, nar));
        late.late = true;
        assertArrayEquals(nar, received(read(fetcher, request(SubstitutePolicy.HTTP_FIRST, late, breaking, third))));
        assertEquals(List.of("late", "asked", "proven"), late.judged);
        assertEquals(List.of("asked", "proven"), breaking.judged);
        assertEquals(List.of("asked", "proven"), third.judged);
        TransferStatus status = status(fetcher);
        assertEquals(Set.of("http://a/nar/x", "http://b/nar/x", "http://c/nar/x"),
                status.sources().stream().map(TransferStatus.Source::name).collect(Collectors.toSet()));
        assertEquals(0, status.restarts());
    }

    /** Where another server gave the rest nobody can be blamed, and each is as good as before. */
    @Test
    void whereTheRestCameFromAnotherServerNobodyLied() throws Exception {
        byte[] other = nar.clone();
        other[3_000_000] ^= 1;
        AtomicInteger asked = new AtomicInteger();
        List<String> judged = new CopyOnWriteArrayList<>();
        NarSupply broken = new NarSupply() {
            @Override
            public String url() {
                return "http://a/nar/x";
            }

            @Override
            public boolean isElsewhereThan(NarSupply another) {
                return true;
            }

            @Override
            public Source<ByteString, NotUsed> open() {
                return Source.single(ByteString.fromArray(nar));
            }

            @Override
            public Source<ByteString, NotUsed> open(NarSupply spare, Race race) {
                race.won(this);
                if (asked.getAndIncrement() > 0) {
                    return open();
                }
                return Source.single(ByteString.fromArray(other, 0, 1 << 20)).concatLazy(Source.lazySource(() -> {
                    race.continued("http://b/nar/x");
                    return Source.single(ByteString.fromArray(other, 1 << 20, other.length - (1 << 20)));
                }));
            }

            @Override
            public void lied() {
                judged.add("lied");
            }
        };
        TestSite fetcher = fetcher(SubstitutePolicy.HTTP_FIRST);
        assertArrayEquals(nar, received(read(fetcher, request(SubstitutePolicy.HTTP_FIRST, broken,
                server("http://c/nar/x", Integer.MAX_VALUE, nar)))));
        TransferStatus status = status(fetcher);
        assertEquals(1, status.restarts());
        assertEquals(List.of(), judged);
        assertEquals(2, asked.get());
        assertEquals(List.of(new TransferStatus.Source("http://a/nar/x", nar.length)), status.sources());
    }

    /** Whoever won and lied is to blame, not the one whose turn it was. */
    @Test
    void whoeverWonIsToBlame() throws Exception {
        byte[] other = nar.clone();
        other[3_000_000] ^= 1;
        TestSite fetcher = fetcher(SubstitutePolicy.HTTP_FIRST);
        JudgedSupply late = new JudgedSupply(server("http://a/nar/x", Integer.MAX_VALUE, nar));
        JudgedSupply liar = new JudgedSupply(server("http://b/nar/x", Integer.MAX_VALUE, other));
        late.late = true;
        assertArrayEquals(nar, received(read(fetcher, request(SubstitutePolicy.HTTP_FIRST, late, liar))));
        assertEquals(List.of("late", "asked", "proven"), late.judged);
        assertEquals(List.of("asked", "lied"), liar.judged);
    }

    /** Others found out meanwhile that its server has failed. */
    @Test
    void whoseServerIsOutIsAskedLast() throws Exception {
        TestSite fetcher = fetcher(SubstitutePolicy.HTTP_FIRST);
        JudgedSupply out = new JudgedSupply(server("http://a/nar/x", Integer.MAX_VALUE, nar));
        JudgedSupply other = new JudgedSupply(server("http://b/nar/x", 1_000_000, nar));
        out.out = true;
        assertArrayEquals(nar, received(read(fetcher, request(SubstitutePolicy.HTTP_FIRST, out, other))));
        assertEquals(List.of("asked", "proven"), other.judged);
        assertEquals(List.of("asked", "proven"), out.judged);
    }

    @Test
    void noByteOfWhatIsNoNarReachesAReader() throws Exception {
        byte[] noise = new byte[nar.length];
        new Random(9).nextBytes(noise);
        TestSite fetcher = fetcher(SubstitutePolicy.HTTP_FIRST, Duration.ofSeconds(1), Duration.ofSeconds(1));
        List<NarEvent> events = read(fetcher, request(SubstitutePolicy.HTTP_FIRST,
                server("http://a/nar/x", Integer.MAX_VALUE, noise)));
        assertTrue(events.stream().noneMatch(NarEvent.Bytes.class::isInstance));
        assertInstanceOf(NarEvent.Failed.class, events.getLast());
    }

    @Test
    void whenSeedersDieTheOthersGoOn() throws Exception {
        AtomicInteger given = new AtomicInteger();
        CompletableFuture<Void> dying = new CompletableFuture<>();
        List<TestSite> victims = new ArrayList<>();
        TestSite victim = seeder(offers -> new Changed(offers) {
            @Override
            public CompletionStage<byte[]> block(NarHash nar, Sha256 root, int index) {
                // More than it is asked for by the frame that asks whether it has the NAR.
                if (given.incrementAndGet() == SwarmMessage.Query.MAX_BLOCKS + 2) {
                    dying.complete(null);
                    Thread.ofVirtual().start(() -> victims.getFirst().close());
                }
                return given.get() < SwarmMessage.Query.MAX_BLOCKS + 2
                        ? real.block(nar, root, index)
                        : new CompletableFuture<>();
            }
        });
        victims.add(victim);
        TestSite fetcher = fetcher(SubstitutePolicy.P2P_ONLY, victim, seeder(after(dying)));
        assertArrayEquals(nar, received(read(fetcher, request(SubstitutePolicy.P2P_ONLY))));
        assertTrue(status(fetcher).requeuedBlocks() > 0);
    }

    /** Requests time out long after the test; the seeder's connection stands. */
    @Test
    void aSeederThatFallsSilentIsNotWaitedFor() throws Exception {
        AtomicInteger given = new AtomicInteger();
        TestSite silent = seeder(offers -> new Changed(offers) {
            @Override
            public CompletionStage<byte[]> block(NarHash nar, Sha256 root, int index) {
                return given.incrementAndGet() < 5 ? real.block(nar, root, index) : new CompletableFuture<>();
            }
        });
        TestSite fetcher = fetcher(SubstitutePolicy.P2P_ONLY, Duration.ofMinutes(5), Duration.ofMinutes(5), silent,
                seeder(o -> o));
        assertArrayEquals(nar, received(read(fetcher, request(SubstitutePolicy.P2P_ONLY))));
        // The first blocks of the one that was asked first may come when another's manifest was there before.
        assertTrue(status(fetcher).duplicatedBytes() <= SwarmMessage.Query.MAX_BLOCKS * 262_144);
    }

    /** Each block of the other one takes longer than any that the silent one gave before. */
    @Test
    void aSeederThatFallsSilentWhileAnotherGoesOnIsRememberedForIt() throws Exception {
        AtomicInteger given = new AtomicInteger();
        TestSite silent = seeder(offers -> new Changed(offers) {
            @Override
            public CompletionStage<byte[]> block(NarHash nar, Sha256 root, int index) {
                return given.incrementAndGet() < 5 ? real.block(nar, root, index) : new CompletableFuture<>();
            }
        });
        TestSite slow = seeder(offers -> new Changed(offers) {
            @Override
            public CompletionStage<byte[]> block(NarHash nar, Sha256 root, int index) {
                return real.block(nar, root, index).thenApplyAsync(bytes -> bytes,
                        CompletableFuture.delayedExecutor(400, TimeUnit.MILLISECONDS));
            }
        });
        TestSite fetcher = fetcher(SubstitutePolicy.P2P_ONLY, Duration.ofMinutes(5), Duration.ofMinutes(5), silent,
                slow);
        assertArrayEquals(nar, received(read(fetcher, request(SubstitutePolicy.P2P_ONLY))));
        status(fetcher);
        PeerId id = silent.identity.peerId();
        Eventually.holds(() -> fetcher.reputation.known(id).bad() > 0.5,
                () -> "the stall to be remembered: " + fetcher.reputation.known(id));
        assertEquals(Optional.empty(), fetcher.reputation.refusedFor(id));
    }

    /** Each block takes a while, however many are asked for: as from a seeder far away. */
    @Test
    void moreIsUnderWayToASeederFarAway() throws Exception {
        AtomicInteger underWay = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        TestSite far = seeder(offers -> new Changed(offers) {
            @Override
            public CompletionStage<byte[]> block(NarHash nar, Sha256 root, int index) {
                most.accumulateAndGet(underWay.incrementAndGet(), Math::max);
                return real.block(nar, root, index).thenApplyAsync(bytes -> {
                    underWay.decrementAndGet();
                    return bytes;
                }, CompletableFuture.delayedExecutor(200, TimeUnit.MILLISECONDS));
            }
        });
        TestSite fetcher = fetcher(SubstitutePolicy.P2P_ONLY, far);
        assertArrayEquals(nar, received(read(fetcher, request(SubstitutePolicy.P2P_ONLY))));
        assertTrue(most.get() > Pace.FIRST_WINDOW, () -> "at most " + most.get() + " at a time");
    }

    @Test
    void withFewerProvidersThanSetServersAreAskedOrNobody() throws Exception {
        TestSite seeder = seeder(o -> o);
        TestSite mixed = fetcher(SubstitutePolicy.P2P_FIRST, 2, 8, seeder);
        connectedTo(mixed, seeder);
        assertArrayEquals(nar, received(read(mixed, request(SubstitutePolicy.P2P_FIRST,
                server("http://a/nar/x", Integer.MAX_VALUE, nar)))));
        assertEquals(List.of("http://a/nar/x"),
                status(mixed).sources().stream().map(TransferStatus.Source::name).toList());

        TestSite alone = fetcher(SubstitutePolicy.P2P_ONLY, 2, 8, seeder);
        connectedTo(alone, seeder);
        NarEvent.Failed failed = assertInstanceOf(NarEvent.Failed.class,
                read(alone, request(SubstitutePolicy.P2P_ONLY)).getLast());
        assertTrue(failed.reason().contains("1 of at least 2 providers"), failed.reason());
        assertEquals(List.of(PeersOver.TOO_FEW), alone.peersOver);
    }

    @Test
    void noMorePeersDeliverAtATimeThanSet() throws Exception {
        TestSite one = seeder(o -> o);
        TestSite other = seeder(o -> o);
        TestSite fetcher = fetcher(SubstitutePolicy.P2P_ONLY, 1, 1, one, other);
        connectedTo(fetcher, one);
        connectedTo(fetcher, other);
        assertArrayEquals(nar, received(read(fetcher, request(SubstitutePolicy.P2P_ONLY))));
        assertEquals(1, status(fetcher).sources().size());
    }

    @Test
    void whoDidBetterBeforeIsAskedFirst() throws Exception {
        TestSite bad = seeder(o -> o);
        TestSite good = seeder(o -> o);
        TestSite fetcher = fetcher(SubstitutePolicy.P2P_ONLY, 2, 1, bad, good);
        fetcher.reputation.transferred(bad.identity.peerId(), new Transfer(1 << 20, 10_000, 4, 900, 4, 1));
        fetcher.reputation.transferred(good.identity.peerId(), new Transfer(1 << 20, 10, 4, 1, 0, 0));
        connectedTo(fetcher, bad);
        connectedTo(fetcher, good);
        Eventually.holds(() -> fetcher.inventories.named(hash).size() == 2, () -> "both inventories");
        assertArrayEquals(nar, received(read(fetcher, request(SubstitutePolicy.P2P_ONLY))));
        assertEquals(List.of(good.identity.peerId().toString()),
                status(fetcher).sources().stream().map(TransferStatus.Source::name).toList());
    }

    @Test
    void whoAsksAfterAFailureGetsANewDownloadThoughSomeoneHasNotDrained() throws Exception {
        TestSite fetcher = fetcher(SubstitutePolicy.HTTP_FIRST);
        CompletableFuture<Void> gate = new CompletableFuture<>();
        NarSupply breaking = server("http://a/nar/x", 2_000_000, nar);
        NarRequest broken = request(SubstitutePolicy.HTTP_FIRST, false,
                new TestSupply(breaking.url(),
                        () -> Source.completionStageSource(gate.thenApply(both -> breaking.open()))
                                .mapMaterializedValue(opened -> NotUsed.notUsed())));
        // It does not read yet.
        Source<NarEvent, NotUsed> undrained = open(fetcher, broken);
        Source<NarEvent, NotUsed> drained = open(fetcher, broken);
        gate.complete(null);
        assertInstanceOf(NarEvent.Failed.class, drained.runWith(Sink.last(), fetcher.kit.system())
                .toCompletableFuture().get(60, TimeUnit.SECONDS));
        NarRequest good = request(SubstitutePolicy.HTTP_FIRST, false,
                server("http://a/nar/x", Integer.MAX_VALUE, nar));
        assertArrayEquals(nar, received(read(fetcher, good)));
        assertEquals("done", status(fetcher).state());
        undrained.runWith(Sink.ignore(), fetcher.kit.system());
        assertEquals("failed", status(fetcher).state());
    }

    @Test
    void aClientsOwnServersDecideForNobodyElse() throws Exception {
        TestSite fetcher = fetcher(SubstitutePolicy.HTTP_FIRST);
        NarSupply mute = new TestSupply("http://mute/nar/x", DownloadTest::mute);
        var stuck = open(fetcher, request(SubstitutePolicy.HTTP_FIRST, false, mute)).runWith(Sink.queue(),
                fetcher.kit.system());
        assertArrayEquals(nar, received(read(fetcher, request(SubstitutePolicy.HTTP_FIRST, true,
                server("http://a/nar/x", Integer.MAX_VALUE, nar)))));
        stuck.cancel();
    }

    @Test
    void aReaderThatLeavesStopsTheDownloadAndWhatIsThereIsLeft() throws Exception {
        TestSite fetcher = fetcher(SubstitutePolicy.P2P_ONLY, seeder(o -> o));
        open(fetcher, request(SubstitutePolicy.P2P_ONLY)).runWith(Sink.head(), fetcher.kit.system())
                .toCompletableFuture()
                .get(60, TimeUnit.SECONDS);
        status(fetcher);
        try (Stream<Path> partial = Files.list(fetcher.config.files().stateDir().resolve("partial"))) {
            assertEquals(1, partial.count());
        }
    }
}
