// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import static org.guixp2p.node.download.SiteReader.connected;
import static org.guixp2p.node.download.SiteReader.status;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.function.Function;
import java.util.function.UnaryOperator;
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
import org.guixp2p.protocol.swarm.Manifest;
import org.guixp2p.protocol.swarm.ManifestBuilder;
import org.junit.jupiter.api.Test;

/** One frame asks who has it, and for the first page and blocks: whole downloads of a small NAR between real nodes. */
class FirstBlocksTest extends SharedItem {
    private static final int BLOCKS = 3;

    @Override
    void write(Path item) throws IOException {
        Files.write(item, noise((BLOCKS - 1) * BlockLayout.BLOCK_BYTES + 1000));
    }

    private TestSite site(SubstitutePolicy policy, UnaryOperator<Offers> giving, TestSite... dialled)
            throws IOException {
        TestSite site = new TestSite(nextRoot(), policy, addresses(dialled), giving, LONG, LONG);
        sites.add(site);
        return site;
    }

    private TestSite seeder(UnaryOperator<Offers> giving, TestSite... dialled) throws IOException {
        return stocked(giving, given -> site(SubstitutePolicy.P2P_ONLY, given, dialled));
    }

    private TestSite fetcher(SubstitutePolicy policy, int minProviders, TestSite... dialled) throws IOException {
        Path root = nextRoot();
        TestSite site = new TestSite(root,
                TestSite.config(root, policy, addresses(dialled), LONG, LONG, minProviders, 8), offers -> offers);
        sites.add(site);
        for (TestSite peer : dialled) {
            String id = peer.identity.peerId().toString();
            Eventually.holds(() -> connected(site).contains(id), () -> "a connection");
        }
        return site;
    }

    private CompletionStage<List<NarEvent>> open(TestSite site, SubstitutePolicy policy, NarSupply... servers) {
        return SiteReader.open(site, new NarRequest(PATH, hash, new NarSize(nar.length), new byte[]{1},
                List.of(servers), true, true, policy, AutoSeed.OFF)).runWith(Sink.seq(), site.kit.system());
    }

    /** Counts how often each block was asked for. */
    private static class Counted extends Changed {
        final AtomicIntegerArray asked = new AtomicIntegerArray(BLOCKS);
        /** Open when each block was asked for. */
        final CompletableFuture<Void> allAsked = new CompletableFuture<>();

        Counted(Offers real) {
            super(real);
        }

        @Override
        public CompletionStage<byte[]> block(NarHash nar, Sha256 root, int index) {
            asked.incrementAndGet(index);
            if (counts().stream().allMatch(count -> count > 0)) {
                allAsked.complete(null);
            }
            return super.block(nar, root, index);
        }

        List<Integer> counts() {
            return List.of(asked.get(0), asked.get(1), asked.get(2));
        }
    }

    /** The seeder has what is made of its offers here. */
    private static final class Made<T extends Offers> {
        private final CompletableFuture<T> offers = new CompletableFuture<>();

        private UnaryOperator<Offers> by(Function<Offers, T> maker) {
            return real -> {
                T made = maker.apply(real);
                offers.complete(made);
                return made;
            };
        }

        private T get() {
            return offers.join();
        }
    }

    /** Were blocks asked for only once the manifest is there, neither would come. */
    @Test
    void blocksAreOnTheirWayBeforeTheManifestIsAndAreAskedForOnce() throws Exception {
        Made<Counted> made = new Made<>();
        TestSite seeder = seeder(made.by(real -> new Counted(real) {
            @Override
            public CompletionStage<Manifest> manifest(NarHash nar, Sha256 root) {
                return allAsked.thenCompose(all -> real.manifest(nar, root));
            }
        }));
        TestSite fetcher = fetcher(SubstitutePolicy.P2P_ONLY, 1, seeder);
        TransferStatus status = whole(fetcher, open(fetcher, SubstitutePolicy.P2P_ONLY));
        assertEquals(List.of(1, 1, 1), made.get().counts());
        assertEquals(nar.length, from(status, seeder));
        assertEquals(0, status.duplicatedBytes() + status.requeuedBlocks() + status.restarts());
    }

    /** The one asked first has it not, or another is asked for nothing but its offer: no block comes twice. */
    @Test
    void amongPeersNoBlockIsAskedOfTwo() throws Exception {
        Made<Counted> first = new Made<>();
        Made<Counted> second = new Made<>();
        TestSite without = site(SubstitutePolicy.P2P_ONLY, offers -> offers);
        TestSite fetcher = fetcher(SubstitutePolicy.P2P_ONLY, 1, without, seeder(first.by(Counted::new)),
                seeder(second.by(Counted::new)));
        TransferStatus status = whole(fetcher, open(fetcher, SubstitutePolicy.P2P_ONLY));
        assertEquals(0, status.restarts() + status.corruptBlocks());
        assertEquals(nar.length, from(status, sites.get(1)) + from(status, sites.get(2)));
        assertEquals(3, connected(fetcher).size());
    }

    @Test
    void whoeverHasItNotSaysSoOnceAndTheNextOneGivesIt() throws Exception {
        CompletableFuture<Void> withoutWasAsked = new CompletableFuture<>();
        TestSite without = site(SubstitutePolicy.P2P_ONLY, real -> new Counted(real) {
            @Override
            public CompletionStage<Optional<Offer>> find(NarHash nar) {
                withoutWasAsked.complete(null);
                return real.find(nar);
            }
        });
        TestSite fetcher = fetcher(SubstitutePolicy.P2P_ONLY, 1, without);
        var reader = open(fetcher, SubstitutePolicy.P2P_ONLY);
        withoutWasAsked.get(20, TimeUnit.SECONDS);
        Made<Counted> made = new Made<>();
        TestSite seeder = seeder(made.by(Counted::new), fetcher);
        TransferStatus status = whole(fetcher, reader);
        assertEquals(nar.length, from(status, seeder));
        assertEquals(List.of(1, 1, 1), made.get().counts());
        assertEquals(0, status.duplicatedBytes());
        assertEquals(2, connected(fetcher).size(), "both keep to the protocol");
    }

    /** The manifest of the same NAR with one byte changed. */
    private Manifest other() {
        byte[] changed = nar.clone();
        changed[nar.length / 2] ^= 1;
        ManifestBuilder builder = new ManifestBuilder(new NarSize(changed.length));
        builder.update(changed, 0, changed.length);
        return builder.finish();
    }

    /** The first peer is asked for the first page and blocks; another one comes when the test says. */
    private TransferStatus liarFirst(Function<Offers, Offers> lie, CompletableFuture<Void> lied,
            List<TestSite> parts) throws Exception {
        TestSite liar = seeder(lie::apply);
        TestSite fetcher = fetcher(SubstitutePolicy.P2P_ONLY, 1, liar);
        var reader = open(fetcher, SubstitutePolicy.P2P_ONLY);
        lied.get(20, TimeUnit.SECONDS);
        TestSite honest = seeder(offers -> offers, fetcher);
        parts.addAll(List.of(liar, honest));
        TransferStatus status = whole(fetcher, reader);
        String id = liar.identity.peerId().toString();
        Eventually.holds(() -> !connected(fetcher).contains(id), () -> "the liar is hung up on");
        return status;
    }

    @Test
    void whoseFirstPageIsWrongHasNoFurtherPart() throws Exception {
        CompletableFuture<Void> lied = new CompletableFuture<>();
        List<TestSite> parts = new ArrayList<>();
        TransferStatus status = liarFirst(real -> new Counted(real) {
            @Override
            public CompletionStage<Manifest> manifest(NarHash nar, Sha256 root) {
                lied.complete(null);
                return CompletableFuture.completedFuture(other());
            }
        }, lied, parts);
        assertEquals(nar.length, from(status, parts.get(1)));
        assertEquals(0, from(status, parts.get(0)));
        assertEquals(0, status.restarts());
    }

    @Test
    void whoseFirstBlockIsCorruptHasNoFurtherPart() throws Exception {
        CompletableFuture<Void> lied = new CompletableFuture<>();
        List<TestSite> parts = new ArrayList<>();
        TransferStatus status = liarFirst(real -> new Counted(real) {
            @Override
            public CompletionStage<byte[]> block(NarHash nar, Sha256 root, int index) {
                return super.block(nar, root, index).thenApply(bytes -> {
                    bytes[9] ^= 1;
                    lied.complete(null);
                    return bytes;
                });
            }
        }, lied, parts);
        assertEquals(nar.length, from(status, parts.get(1)));
        assertTrue(status.corruptBlocks() >= 1, status::toString);
        assertEquals(0, status.restarts());
    }

    /** Its blocks have come, but two others stand for another root: they are thrown away, and counted. */
    @Test
    void blocksUnderARootThatIsNotFollowedCountForNothing() throws Exception {
        Made<Counted> made = new Made<>();
        TestSite liar = seeder(made.by(real -> new Counted(real) {
            @Override
            public CompletionStage<Optional<Offer>> find(NarHash nar) {
                return real.find(nar).thenApply(offer -> offer.map(o -> new Offer(o.size(), other().root(), true)));
            }

            @Override
            public CompletionStage<Manifest> manifest(NarHash nar, Sha256 root) {
                return CompletableFuture.completedFuture(other());
            }
        }));
        TestSite fetcher = fetcher(SubstitutePolicy.P2P_ONLY, 2, liar);
        var reader = open(fetcher, SubstitutePolicy.P2P_ONLY);
        made.get().allAsked.get(20, TimeUnit.SECONDS);
        TestSite one = seeder(offers -> offers, fetcher);
        TestSite two = seeder(offers -> offers, fetcher);
        TransferStatus status = whole(fetcher, reader);
        assertEquals(nar.length, from(status, one) + from(status, two));
        assertEquals(0, from(status, liar));
        assertEquals(0, status.restarts() + status.corruptBlocks());
        assertTrue(status.duplicatedBytes() <= nar.length, status::toString);
        assertEquals(List.of(1, 1, 1), made.get().counts());
    }

    /** It leaves with one of the first blocks on its way. */
    @Test
    void whoLeavesMidwayIsReplaced() throws Exception {
        CompletableFuture<Void> begun = new CompletableFuture<>();
        TestSite leaving = seeder(real -> new Counted(real) {
            @Override
            public CompletionStage<byte[]> block(NarHash nar, Sha256 root, int index) {
                if (index == 1) {
                    begun.complete(null);
                    return new CompletableFuture<>();
                }
                return super.block(nar, root, index);
            }
        });
        TestSite fetcher = fetcher(SubstitutePolicy.P2P_ONLY, 1, leaving);
        var reader = open(fetcher, SubstitutePolicy.P2P_ONLY);
        begun.get(20, TimeUnit.SECONDS);
        leaving.close();
        sites.remove(leaving);
        TestSite honest = seeder(offers -> offers, fetcher);
        TransferStatus status = whole(fetcher, reader);
        assertTrue(from(status, honest) >= BlockLayout.BLOCK_BYTES, status::toString);
        assertEquals(0, status.restarts());
    }

    /** A server broke off after the first block: the peer is not asked for that one. */
    @Test
    void whatAServerGaveIsNotAskedFor() throws Exception {
        Made<Counted> made = new Made<>();
        TestSite seeder = seeder(made.by(Counted::new));
        TestSite fetcher = fetcher(SubstitutePolicy.HTTP_FIRST, 1, seeder);
        NarSupply breaking = new TestSupply("http://a/nar/x",
                () -> Source.single(ByteString.fromArray(Arrays.copyOf(nar, BlockLayout.BLOCK_BYTES + 10)))
                        .concatLazy(Source.lazySource(() -> Source.failed(new IOException("it broke off")))));
        TransferStatus status = whole(fetcher, open(fetcher, SubstitutePolicy.HTTP_FIRST, breaking));
        assertEquals(List.of(0, 1, 1), made.get().counts());
        assertEquals(0, status.duplicatedBytes());
        assertEquals(nar.length - BlockLayout.BLOCK_BYTES, from(status, seeder));
    }
}
