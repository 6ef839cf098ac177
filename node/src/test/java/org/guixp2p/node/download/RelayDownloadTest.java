// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.stream.javadsl.Sink;
import org.guixp2p.api.TransferStatus;
import org.guixp2p.node.config.AutoSeed;
import org.guixp2p.node.config.SubstitutePolicy;
import org.guixp2p.node.swarm.Offers;
import org.guixp2p.node.swarm.PeerSession;
import org.guixp2p.node.swarm.Swarm;
import org.guixp2p.node.testing.Eventually;
import org.guixp2p.node.testing.LogLines;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.swarm.BlockLayout;
import org.guixp2p.protocol.swarm.Manifest;
import org.guixp2p.protocol.swarm.ManifestBuilder;
import org.junit.jupiter.api.Test;

/** Those who fetch one NAR at the same time feed each other: whole downloads between real nodes. */
class RelayDownloadTest extends SharedItem {
    private static final int BLOCKS = 12;

    @Override
    void write(Path item) throws IOException {
        Files.write(item, noise((BLOCKS - 1) * BlockLayout.BLOCK_BYTES + 1000));
    }

    private static Manifest manifest(byte[] bytes) {
        ManifestBuilder builder = new ManifestBuilder(new NarSize(bytes.length));
        builder.update(bytes, 0, bytes.length);
        return builder.finish();
    }

    private TestSite site(UnaryOperator<Offers> giving, TestSite... dialled) throws IOException {
        TestSite site = new TestSite(nextRoot(), SubstitutePolicy.P2P_ONLY, addresses(dialled), giving, LONG, LONG);
        sites.add(site);
        for (TestSite other : dialled) {
            connected(site, other);
        }
        return site;
    }

    private TestSite seeder(UnaryOperator<Offers> giving, TestSite... dialled) throws IOException {
        return stocked(giving, given -> site(given, dialled));
    }

    private static boolean knows(TestSite site, TestSite other) {
        return SiteReader.connected(site).contains(other.identity.peerId().toString());
    }

    private static void connected(TestSite site, TestSite other) {
        Eventually.holds(() -> knows(site, other) && knows(other, site), () -> "a connection");
    }

    private CompletionStage<List<NarEvent>> open(TestSite site) {
        return SiteReader.open(site, request(true, AutoSeed.P2P)).runWith(Sink.seq(), site.kit.system());
    }

    private NarRequest request(boolean isPublic, AutoSeed keeping) {
        return new NarRequest(PATH, hash, new NarSize(nar.length), new byte[]{1}, List.of(), isPublic, isPublic,
                SubstitutePolicy.P2P_ONLY, keeping);
    }

    private BitSet relayed(TestSite site, byte[] bytes) {
        return site.relays.blocks(hash, manifest(bytes).root());
    }

    /** Gives blocks only when the gate is open. */
    private static UnaryOperator<Offers> after(CompletableFuture<Void> gate) {
        return offers -> new Changed(offers) {
            @Override
            public CompletionStage<byte[]> block(NarHash nar, Sha256 root, int index) {
                return gate.thenCompose(open -> real.block(nar, root, index));
            }
        };
    }

    /** Relays these bytes under their own root, all of them. */
    private static class Relay implements Offers {
        final byte[] bytes;
        final Manifest manifest;

        Relay(byte[] bytes) {
            this.bytes = bytes.clone();
            this.manifest = RelayDownloadTest.manifest(bytes);
        }

        @Override
        public CompletionStage<Optional<Offer>> find(NarHash nar) {
            return CompletableFuture
                    .completedFuture(Optional.of(new Offer(manifest.narSize(), manifest.root(), false)));
        }

        @Override
        public BitSet blocks(NarHash nar, Sha256 root) {
            BitSet all = new BitSet();
            all.set(0, BLOCKS);
            return all;
        }

        @Override
        public CompletionStage<byte[]> block(NarHash nar, Sha256 root, int index) {
            int from = index * BlockLayout.BLOCK_BYTES;
            return CompletableFuture.completedFuture(
                    Arrays.copyOfRange(bytes, from, Math.min(bytes.length, from + BlockLayout.BLOCK_BYTES)));
        }

        @Override
        public CompletionStage<Manifest> manifest(NarHash nar, Sha256 root) {
            return CompletableFuture.completedFuture(manifest);
        }
    }

    /** It has no word for it but that of somebody who has not the whole. */
    @Test
    void noRootIsFollowedOnTheWordOfARelayUntilThatHasAllAndVouches() throws Exception {
        CompletableFuture<Void> gate = new CompletableFuture<>();
        TestSite seeder = seeder(after(gate));
        TestSite relay = site(offers -> offers, seeder);
        var first = open(relay);
        TestSite behind = site(offers -> offers, relay);
        var second = open(behind);
        Eventually.holds(() -> relay.relays.find(hash).toCompletableFuture().join().isPresent(), () -> "a relay");
        assertTrue(relayed(behind, nar).isEmpty());
        assertEquals(0, status(behind).providers());
        gate.complete(null);
        whole(relay, first);
        TransferStatus status = whole(behind, second);
        assertEquals(nar.length, from(status, relay));
        assertEquals(0, status.restarts());
        assertTrue(Eventually.get(relay.relays.find(hash)).orElseThrow().complete(), "it is a seed now");
    }

    private static TransferStatus status(TestSite site) {
        TestProbe<Downloads.Running> running = site.kit.createTestProbe();
        site.downloads.tell(new Downloads.WhatRuns(running.ref()));
        TestProbe<TransferStatus> status = site.kit.createTestProbe();
        running.receiveMessage(Duration.ofSeconds(20)).downloads().getFirst().tell(new Download.Describe(status.ref()));
        return status.receiveMessage(Duration.ofSeconds(20));
    }

    @Test
    void aRelayThatGivesACorruptBlockIsCaughtAndHasNoFurtherPart() throws Exception {
        CompletableFuture<Void> caught = new CompletableFuture<>();
        TestSite seeder = seeder(after(caught));
        TestSite liar = site(offers -> new Relay(nar) {
            @Override
            public CompletionStage<byte[]> block(NarHash hash, Sha256 root, int index) {
                return super.block(hash, root, index).thenApply(bytes -> {
                    bytes[7] ^= 1;
                    return bytes;
                });
            }
        });
        TestSite fetcher = site(offers -> offers, seeder, liar);
        var reader = open(fetcher);
        Eventually.holds(() -> !knows(fetcher, liar), () -> "the liar is hung up on");
        caught.complete(null);
        TransferStatus status = whole(fetcher, reader);
        assertTrue(status.corruptBlocks() > 0, status::toString);
        assertEquals(0, from(status, liar));
        assertTrue(fetcher.reputation.refusedFor(liar.identity.peerId()).isPresent());
        assertTrue(knows(fetcher, seeder));
    }

    @Test
    void aRelayThatClaimsWhatItHasNotCostsAQuestionAndIsNotPunished() throws Exception {
        CompletableFuture<Void> refused = new CompletableFuture<>();
        AtomicInteger looked = new AtomicInteger();
        TestSite seeder = seeder(after(refused));
        TestSite boaster = site(offers -> new Relay(nar) {
            @Override
            public BitSet blocks(NarHash hash, Sha256 root) {
                if (looked.incrementAndGet() > 1) {
                    refused.complete(null);
                    return new BitSet();
                }
                return super.blocks(hash, root);
            }
        });
        TestSite fetcher = site(offers -> offers, seeder, boaster);
        TransferStatus status = whole(fetcher, open(fetcher));
        assertTrue(refused.isDone(), "it was asked");
        assertEquals(nar.length, from(status, seeder));
        assertEquals(0, status.corruptBlocks() + status.restarts());
        assertTrue(knows(fetcher, boaster));
        assertEquals(Optional.empty(), fetcher.reputation.refusedFor(boaster.identity.peerId()));
    }

    /** Waits until a download has heard what another site has told of it. */
    private void heard(TestSite fetcher, TestSite teller) {
        assertTrue(knows(teller, fetcher), "its swarm has passed it on");
        TestProbe<Swarm.Event> events = teller.kit.createTestProbe();
        teller.swarm.tell(new Swarm.Subscribe(events.ref()));
        TestProbe<PeerSession.QueryReply> answer = teller.kit.createTestProbe();
        events.expectMessageClass(Swarm.PeerUp.class).session().tell(new PeerSession.Query(hash, answer.ref()));
        answer.receiveMessage(Duration.ofSeconds(20));
        assertEquals(hash.toString(), status(fetcher).narHash());
    }

    /** It says that it has a block, takes that back when it is asked for it, and says so again. */
    @Test
    void aRelayThatTakesBackWhatItClaimsAgainAndAgainIsAskedNoMore() throws Exception {
        CompletableFuture<Void> out = new CompletableFuture<>();
        TestSite seeder = seeder(after(out));
        BitSet one = new BitSet();
        one.set(5);
        AtomicInteger asked = new AtomicInteger();
        AtomicBoolean gone = new AtomicBoolean();
        TestSite fickle = site(offers -> new Relay(nar) {
            @Override
            public CompletionStage<Optional<Offer>> find(NarHash hash) {
                // What cannot be read is looked for once more: it is gone by then.
                return gone.getAndSet(false) ? CompletableFuture.completedFuture(Optional.empty()) : super.find(hash);
            }

            @Override
            public BitSet blocks(NarHash hash, Sha256 root) {
                return one;
            }

            @Override
            public CompletionStage<byte[]> block(NarHash hash, Sha256 root, int index) {
                asked.incrementAndGet();
                gone.set(true);
                return CompletableFuture.failedFuture(new IOException("gone"));
            }
        });
        TestSite fetcher = site(offers -> offers, seeder, fickle);
        Swarm.RelayNews again = new Swarm.RelayNews(hash, manifest(nar).root(), BLOCKS, one, one);
        int most = RelayClaims.MOST_REFUSALS / RelayClaims.REFUSALS_PER_CHANGE;
        try (LogLines log = new LogLines()) {
            var reader = open(fetcher);
            for (int i = 0; i < most; i++) {
                log.await("does not give it any more: withdrawn");
                fickle.swarm.tell(again);
            }
            heard(fetcher, fickle);
            out.complete(null);
            TransferStatus status = whole(fetcher, reader);
            assertEquals(nar.length, from(status, seeder));
            assertEquals(most, asked.get());
        }
        assertEquals(Optional.empty(), fetcher.reputation.refusedFor(fickle.identity.peerId()));
    }

    /** It would refuse all of them under the first root. */
    @Test
    void whatARelayOwesGoesBackWhenItNamesAnotherRoot() throws Exception {
        CompletableFuture<Void> back = new CompletableFuture<>();
        TestSite seeder = seeder(after(back));
        TestSite fetcher = site(offers -> offers, seeder);
        var reader = open(fetcher);
        // So that the relay is not asked for anything before it has a lane.
        Eventually.holds(() -> status(fetcher).state().equals("blocks"), () -> "a manifest");
        CompletableFuture<Void> asked = new CompletableFuture<>();
        TestSite relay = site(offers -> new Relay(nar) {
            @Override
            public CompletionStage<byte[]> block(NarHash hash, Sha256 root, int index) {
                asked.complete(null);
                return new CompletableFuture<>();
            }
        }, fetcher);
        asked.get(20, TimeUnit.SECONDS);
        // The seeder, which gives nothing, may have stalled before.
        long before = status(fetcher).requeuedBlocks();
        BitSet one = new BitSet();
        one.set(0);
        relay.swarm.tell(new Swarm.RelayNews(hash, Sha256.hash(new byte[]{7}), BLOCKS, one, one));
        Eventually.holds(() -> status(fetcher).requeuedBlocks() > before, () -> "blocks that go back");
        back.complete(null);
        assertEquals(nar.length, from(whole(fetcher, reader), seeder));
    }

    /** Whoever stands for the NAR gives blocks, but not its manifest; a relay has that, and no block. */
    @Test
    void theManifestComesFromARelayWhenWhoVouchesDoesNotGiveIt() throws Exception {
        TestSite seeder = seeder(offers -> new Changed(offers) {
            @Override
            public CompletionStage<Manifest> manifest(NarHash nar, Sha256 root) {
                return new CompletableFuture<>();
            }
        });
        TestSite relay = site(offers -> new Relay(nar) {
            @Override
            public BitSet blocks(NarHash hash, Sha256 root) {
                return new BitSet();
            }
        });
        TestSite fetcher = site(offers -> offers, seeder, relay);
        TransferStatus status = whole(fetcher, open(fetcher));
        assertEquals(nar.length, from(status, seeder));
        assertEquals(0, status.restarts());
    }

    /** A liar vouches for another NAR, and an honest relay believes it as long as we do. */
    @Test
    void whenARootProvesWrongItsVouchersAreToBlameAndItsRelaysAreNot() throws Exception {
        byte[] wrong = nar.clone();
        wrong[nar.length - 3_000] ^= 1;
        TestSite liar = site(offers -> new Relay(wrong) {
            @Override
            public CompletionStage<Optional<Offer>> find(NarHash hash) {
                return super.find(hash).thenApply(offer -> offer.map(o -> new Offer(o.size(), o.root(), true)));
            }

            @Override
            public CompletionStage<byte[]> block(NarHash hash, Sha256 root, int index) {
                return index % 2 == 0 ? super.block(hash, root, index) : new CompletableFuture<>();
            }
        });
        TestSite fooled = site(offers -> new Relay(wrong));
        TestSite fetcher = site(offers -> offers, liar, fooled);
        var reader = open(fetcher);
        Eventually.holds(() -> !knows(fetcher, liar), () -> "the liar is hung up on");
        assertTrue(fetcher.reputation.refusedFor(liar.identity.peerId()).isPresent());
        TestSite honest = seeder(offers -> offers, fetcher);
        TransferStatus status = whole(fetcher, reader);
        assertEquals(1, status.restarts());
        assertEquals(0, status.corruptBlocks());
        assertTrue(from(status, fooled) > 0, status::toString);
        assertTrue(from(status, honest) > 0, status::toString);
        assertTrue(knows(fetcher, fooled), "it was fooled itself");
        assertEquals(Optional.empty(), fetcher.reputation.refusedFor(fooled.identity.peerId()));
        assertTrue(relayed(fetcher, wrong).isEmpty(), "what was wrong is offered no more");
    }

    /** What a download has of a NAR is for those only who may know of it. */
    @Test
    void neitherAPrivateNarNorOneThatIsKeptForNobodyIsRelayed() throws Exception {
        TestSite site = site(offers -> offers);
        TestProbe<Swarm.Command> swarm = site.kit.createTestProbe();
        DownloadContext node = site.context(swarm.ref());
        Manifest manifest = manifest(nar);
        try (var file = site.store().create(hash, manifest.narSize())) {
            for (NarRequest hidden : List.of(request(false, AutoSeed.ALL), request(true, AutoSeed.OFF))) {
                Relaying relaying = new Relaying(hidden, node);
                relaying.begin(file, manifest, 0);
                relaying.add(1);
                relaying.tell(LONG.toNanos());
                relaying.kept();
                assertEquals(Optional.empty(), Eventually.get(site.relays.find(hash)));
            }
            swarm.expectNoMessage(Duration.ZERO);
            Relaying shown = new Relaying(request(true, AutoSeed.P2P), node);
            shown.begin(file, manifest, 0);
            assertInstanceOf(Swarm.RelayNews.class, swarm.receiveMessage(Duration.ofSeconds(20)));
            assertTrue(!Eventually.get(site.relays.find(hash)).orElseThrow().complete());
            shown.stop();
            assertEquals(Optional.empty(), Eventually.get(site.relays.find(hash)));
            file.delete();
        }
    }
}
