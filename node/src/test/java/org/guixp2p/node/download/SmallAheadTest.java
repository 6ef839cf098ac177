// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.actor.testkit.typed.javadsl.FishingOutcomes;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.guixp2p.node.config.AutoSeed;
import org.guixp2p.node.config.SubstitutePolicy;
import org.guixp2p.node.swarm.Offers;
import org.guixp2p.node.swarm.PeerSession;
import org.guixp2p.node.swarm.Swarm;
import org.guixp2p.node.swarm.TestPeer;
import org.guixp2p.node.testing.Eventually;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.nar.NarWriter;
import org.guixp2p.protocol.swarm.BlockLayout;
import org.guixp2p.protocol.swarm.Manifest;
import org.guixp2p.protocol.swarm.ManifestBuilder;
import org.guixp2p.protocol.swarm.PeerId;
import org.guixp2p.protocol.swarm.SwarmMessage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Many small NARs fetched ahead, between real nodes: they are asked for together, and each is verified and goes on by itself. */
@Timeout(120)
class SmallAheadTest {
    private static final int NARS = 64;

    @TempDir
    Path directory;

    private final List<TestSite> sites = new ArrayList<>();
    private final List<Nar> nars = new ArrayList<>();

    /** A NAR of a file that holds noise. */
    private record Nar(NarHash hash, byte[] bytes, Manifest manifest) {
        private static Nar of(int number, int length) {
            byte[] contents = new byte[length];
            new Random(number).nextBytes(contents);
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            try {
                NarWriter writer = new NarWriter(out);
                writer.startFile(false, contents.length);
                writer.contents(contents, 0, contents.length);
                writer.endFile();
                writer.finish();
            } catch (IOException e) {
                throw new AssertionError(e);
            }
            return of(out.toByteArray());
        }

        private static Nar of(byte[] bytes) {
            ManifestBuilder builder = new ManifestBuilder(new NarSize(bytes.length));
            builder.update(bytes, 0, bytes.length);
            return new Nar(new NarHash(Sha256.hash(bytes)), bytes, builder.finish());
        }

        private NarRequest request() {
            return new NarRequest(new StorePath("y0h4g6321gwygvwv47kr4bc8y0lf49fs-hello-2.12.1"), hash,
                    new NarSize(bytes.length), new byte[]{1}, List.of(), true, true, SubstitutePolicy.P2P_ONLY,
                    AutoSeed.OFF);
        }
    }

    /** What a peer says that it has, by the hash under which it is asked for it. */
    private static class InMemory implements Offers {
        private final Map<NarHash, Nar> has = new HashMap<>();

        InMemory(List<Nar> nars) {
            nars.forEach(nar -> has.put(nar.hash(), nar));
        }

        @Override
        public CompletionStage<Optional<Offer>> find(NarHash nar) {
            return CompletableFuture.completedFuture(Optional.ofNullable(has.get(nar))
                    .map(here -> new Offer(here.manifest().narSize(), here.manifest().root(), true)));
        }

        Nar get(NarHash nar) {
            return Optional.ofNullable(has.get(nar)).orElseThrow();
        }

        @Override
        public CompletionStage<byte[]> block(NarHash nar, Sha256 root, int index) {
            BlockLayout layout = new BlockLayout(get(nar).manifest().narSize());
            byte[] block = new byte[layout.length(index)];
            System.arraycopy(get(nar).bytes(), (int) layout.offset(index), block, 0, block.length);
            return CompletableFuture.completedFuture(block);
        }

        @Override
        public CompletionStage<Manifest> manifest(NarHash nar, Sha256 root) {
            return CompletableFuture.completedFuture(get(nar).manifest());
        }
    }

    @AfterEach
    void close() {
        sites.forEach(TestSite::close);
    }

    private void make() {
        for (int i = 0; i < NARS; i++) {
            nars.add(Nar.of(i, 1000 + 1000 * i));
        }
    }

    private TestSite site(Offers offers, TestSite... dialled) throws IOException {
        Path root = directory.resolve("site" + sites.size());
        TestSite site = new TestSite(root, TestSite.config(root, SubstitutePolicy.P2P_ONLY,
                SharedItem.addresses(dialled), SharedItem.LONG, SharedItem.LONG, 1, 8), real -> offers);
        sites.add(site);
        for (TestSite peer : dialled) {
            String id = peer.identity.peerId().toString();
            Eventually.holds(() -> SiteReader.connected(site).contains(id), () -> "a connection");
        }
        return site;
    }

    private static CompletableFuture<Download.Opened> ahead(TestSite site, Nar nar) {
        CompletableFuture<Download.Opened> opened = new CompletableFuture<>();
        site.downloads.tell(new Downloads.Fetch(nar.request(), opened, true));
        return opened;
    }

    private List<CompletableFuture<Download.Opened>> aheadOfAll(TestSite site) {
        return nars.stream().map(nar -> ahead(site, nar)).toList();
    }

    /** All are there, and read they are what they should be. */
    private void assertWhole(TestSite site, List<CompletableFuture<Download.Opened>> opened) throws Exception {
        for (int i = 0; i < nars.size(); i++) {
            Download.Opened held = Eventually.get(opened.get(i));
            assertTrue(Eventually.get(held.whole()), "number " + i);
            assertArrayEquals(nars.get(i).bytes(), SiteReader.received(SiteReader.read(site, nars.get(i).request())));
            held.release().run();
        }
    }

    @Test
    void allCome() throws Exception {
        make();
        TestSite fetcher = site(new InMemory(List.of()), site(new InMemory(nars)), site(new InMemory(nars)));
        assertWhole(fetcher, aheadOfAll(fetcher));
    }

    /** What one has not, or does not give, another one is asked for. */
    @Test
    void whatOneDoesNotGiveTheOtherOneDoes() throws Exception {
        make();
        Offers half = new InMemory(nars.subList(0, NARS / 2)) {
            @Override
            public CompletionStage<byte[]> block(NarHash nar, Sha256 root, int index) {
                return get(nar).bytes().length % 3 == 0
                        ? CompletableFuture.failedFuture(new IOException("cannot be read"))
                        : super.block(nar, root, index);
            }
        };
        TestSite fetcher = site(new InMemory(List.of()), site(half), site(new InMemory(nars)));
        assertWhole(fetcher, aheadOfAll(fetcher));
    }

    @Test
    void whatWasAskedOfOneWhoLeavesComesFromAnother() throws Exception {
        make();
        CompletableFuture<Void> asked = new CompletableFuture<>();
        TestSite leaving = site(new InMemory(nars) {
            @Override
            public CompletionStage<byte[]> block(NarHash nar, Sha256 root, int index) {
                asked.complete(null);
                return new CompletableFuture<>();
            }
        });
        TestSite fetcher = site(new InMemory(List.of()), leaving);
        List<CompletableFuture<Download.Opened>> opened = aheadOfAll(fetcher);
        Eventually.get(asked);
        leaving.close();
        site(new InMemory(nars), fetcher);
        assertWhole(fetcher, opened);
    }

    /** One wrong block is one too many: whoever gives it is hung up on, and no byte of it is read. */
    @Test
    void whoeverGivesAWrongBlockIsPunishedAndTheRestComesFromAnother() throws Exception {
        make();
        NarHash wrong = nars.get(NARS / 2).hash();
        TestSite liar = site(new InMemory(nars) {
            @Override
            public CompletionStage<byte[]> block(NarHash nar, Sha256 root, int index) {
                return super.block(nar, root, index).thenApply(block -> {
                    if (nar.equals(wrong)) {
                        block[block.length / 2] ^= 1;
                    }
                    return block;
                });
            }
        });
        TestSite fetcher = site(new InMemory(List.of()), liar);
        List<CompletableFuture<Download.Opened>> opened = aheadOfAll(fetcher);
        String id = liar.identity.peerId().toString();
        Eventually.holds(() -> !SiteReader.connected(fetcher).contains(id), () -> "the liar is hung up on");
        site(new InMemory(nars), fetcher);
        assertWhole(fetcher, opened);
    }

    /** It vouches for a manifest of something else, of the same size: the NarHash tells. */
    @Test
    void whoeverVouchesForSomethingElseIsFoundOut() throws Exception {
        nars.add(Nar.of(1, 5000));
        InMemory lies = new InMemory(nars);
        lies.has.put(nars.getFirst().hash(), Nar.of(2, 5000));
        TestSite liar = site(lies);
        TestSite fetcher = site(new InMemory(List.of()), liar);
        List<CompletableFuture<Download.Opened>> opened = aheadOfAll(fetcher);
        String id = liar.identity.peerId().toString();
        Eventually.holds(() -> !SiteReader.connected(fetcher).contains(id), () -> "the liar is hung up on");
        site(new InMemory(nars), fetcher);
        assertWhole(fetcher, opened);
    }

    /** It has several blocks there where there is one, or none: nothing of that is taken. */
    @Test
    void anotherSizeThanTheNarinfoSaysIsNoOffer() throws Exception {
        make();
        InMemory lies = new InMemory(nars);
        lies.has.put(nars.get(0).hash(), Nar.of(2, 600_000));
        lies.has.put(nars.get(1).hash(), Nar.of(new byte[0]));
        TestSite fetcher = site(new InMemory(List.of()), site(lies), site(new InMemory(nars)));
        assertWhole(fetcher, aheadOfAll(fetcher));
        assertEquals(2, SiteReader.connected(fetcher).size(), "a size that is not signed is nobody's lie");
    }

    /** What the peer has to read of 64 NARs: with fewer frames than a query for each. */
    @Test
    void theyAreAskedForTogether() throws IOException {
        make();
        TestSite fetcher = site(new InMemory(List.of()));
        var _ = aheadOfAll(fetcher);
        try (TestPeer peer = TestPeer.dial(fetcher.address().endpoint().port(),
                new SwarmMessage.Hello(1, Set.of(SwarmMessage.QUERIES), "test peer", 0, 64))) {
            SwarmMessage said = peer.next();
            while (said != null && !(said instanceof SwarmMessage.Queries)) {
                said = peer.next();
            }
            SwarmMessage.Queries asked = assertInstanceOf(SwarmMessage.Queries.class, said);
            assertTrue(asked.small());
            assertTrue(nars.stream().map(Nar::hash).toList().containsAll(asked.nars()));
        }
    }

    // What a download asks of a session.

    private record Probed(TestProbe<PeerSession.Command> session, ActorRef<Downloads.Command> downloads) {
        private <C extends PeerSession.Command> C next(Class<C> kind) {
            return kind.cast(session.fishForMessage(ProbedDownload.PATIENCE, command -> kind.isInstance(command)
                    ? FishingOutcomes.complete()
                    : FishingOutcomes.continueAndIgnore()).getLast());
        }

        private PeerSession.Query query() {
            return next(PeerSession.Query.class);
        }
    }

    private Probed probed(Nar nar, boolean ahead) throws IOException {
        TestSite site = site(new InMemory(List.of()));
        TestProbe<Swarm.Command> swarm = site.kit.createTestProbe();
        ActorRef<Downloads.Command> downloads = site.kit.spawn(Downloads.create(site.context(swarm.ref())));
        downloads.tell(new Downloads.Fetch(nar.request(), new CompletableFuture<>(), ahead));
        TestProbe<PeerSession.Command> session = site.kit.createTestProbe();
        swarm.expectMessageClass(Swarm.Subscribe.class, ProbedDownload.PATIENCE).subscriber()
                .tell(new Swarm.PeerUp(new PeerId(nar.hash().digest()), "group", 64, session.ref()));
        return new Probed(session, downloads);
    }

    @Test
    void whatNobodyHasAskedForMayWaitAndNoLongerThanThat() throws IOException {
        Nar nar = Nar.of(1, 5000);
        Probed probed = probed(nar, true);
        PeerSession.Query query = probed.query();
        assertTrue(query.mayWait());
        assertEquals(1, query.first().orElseThrow().blocks());
        probed.downloads().tell(new Downloads.Fetch(nar.request(), new CompletableFuture<>(), false));
        probed.next(PeerSession.Hurry.class);
    }

    @Test
    void whatSomebodyReadsOrHasSeveralBlocksDoesNotWait() throws IOException {
        assertFalse(probed(Nar.of(1, 5000), false).query().mayWait());
        assertFalse(probed(Nar.of(2, 300_000), true).query().mayWait());
    }
}
