// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import static org.guixp2p.node.download.SiteReader.open;
import static org.guixp2p.node.download.SiteReader.read;
import static org.guixp2p.node.download.SiteReader.received;
import static org.guixp2p.node.download.SiteReader.status;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.stream.javadsl.Source;
import org.apache.pekko.util.ByteString;
import org.guixp2p.api.TransferStatus;
import org.guixp2p.node.config.AutoSeed;
import org.guixp2p.node.config.SubstitutePolicy;
import org.guixp2p.node.swarm.Offers;
import org.guixp2p.node.swarm.Swarm;
import org.guixp2p.persistence.nar.NarStore;
import org.guixp2p.persistence.nar.PartialNar;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.store.TreeSerializer;
import org.guixp2p.protocol.swarm.BlockLayout;
import org.guixp2p.protocol.swarm.Manifest;
import org.guixp2p.protocol.swarm.ManifestBuilder;
import org.guixp2p.protocol.swarm.PeerAddress;
import org.guixp2p.protocol.swarm.SwarmMessage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Downloads that go on with what an interrupted one, or one that was wrong, left on the disk. */
@Timeout(60)
class ResumptionTest {
    private static final StorePath PATH = new StorePath("y0h4g6321gwygvwv47kr4bc8y0lf49fs-hello-2.12.1");
    private static final int BLOCK = BlockLayout.BLOCK_BYTES;

    @TempDir
    private Path directory;

    private final List<TestSite> sites = new ArrayList<>();
    private byte[] nar = new byte[0];
    private NarHash hash = new NarHash(Sha256.hash(nar));
    private int blocks;

    @BeforeEach
    void makeItem() throws IOException {
        Path item = Files.createDirectories(directory.resolve("root/gnu/store").resolve(PATH.baseName()));
        byte[] noise = new byte[10 * BLOCK];
        new Random(5).nextBytes(noise);
        Files.write(item.resolve("noise"), noise);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        TreeSerializer.write(item, out);
        nar = out.toByteArray();
        hash = new NarHash(Sha256.hash(nar));
        blocks = new BlockLayout(new NarSize(nar.length)).count();
        assertEquals(11, blocks);
    }

    @AfterEach
    void close() {
        sites.forEach(TestSite::close);
    }

    /** Gives a NAR under the name of the item's, and counts. Blocks outside of a set are held back until told. */
    private static final class Giving implements Offers {
        private final Offers real;
        private final byte[] content;
        private final Manifest manifest;
        private final BitSet given;
        private final CompletableFuture<Void> release = new CompletableFuture<>();
        /** That it was asked for a block that only who follows its root asks for: the first ones are asked for before. */
        private final CompletableFuture<Void> followed = new CompletableFuture<>();
        private final CompletableFuture<Void> found = new CompletableFuture<>();
        private volatile CompletableFuture<Void> before = CompletableFuture.completedFuture(null);
        private final ConcurrentLinkedQueue<Integer> asked = new ConcurrentLinkedQueue<>();

        private Giving(Offers real, byte[] content, BitSet given) {
            this.real = real;
            this.content = content;
            this.manifest = manifestOf(content);
            this.given = given;
        }

        @Override
        public CompletionStage<Optional<Offer>> find(NarHash nar) {
            return before.thenCompose(go -> real.find(nar)).thenApply(offer -> {
                found.complete(null);
                return offer.map(o -> new Offer(o.size(), manifest.root(), true));
            });
        }

        @Override
        public CompletionStage<byte[]> block(NarHash nar, Sha256 root, int index) {
            asked.add(index);
            if (index >= SwarmMessage.Query.MAX_BLOCKS) {
                followed.complete(null);
            }
            byte[] block = Arrays.copyOfRange(content, index * BLOCK, Math.min(content.length, (index + 1) * BLOCK));
            return given.get(index)
                    ? CompletableFuture.completedFuture(block)
                    : release.thenApply(released -> block);
        }

        @Override
        public CompletionStage<Manifest> manifest(NarHash nar, Sha256 root) {
            return CompletableFuture.completedFuture(manifest);
        }

        private List<Integer> asked() {
            return List.copyOf(new TreeSet<>(asked));
        }
    }

    private static Manifest manifestOf(byte[] content) {
        ManifestBuilder builder = new ManifestBuilder(new NarSize(content.length));
        builder.update(content, 0, content.length);
        return builder.finish();
    }

    private byte[] flipped(int... at) {
        byte[] other = nar.clone();
        for (int byteAt : at) {
            other[byteAt] ^= 1;
        }
        return other;
    }

    private static BitSet upTo(int end) {
        BitSet set = new BitSet();
        set.set(0, end);
        return set;
    }

    private record Seeder(TestSite site, Giving giving) {}

    private Seeder seeder(byte[] content, BitSet given) throws IOException {
        CompletableFuture<Giving> giving = new CompletableFuture<>();
        Path root = directory.resolve("site" + sites.size());
        Files.createDirectories(root);
        Files.createSymbolicLink(root.resolve("gnu"), directory.resolve("root/gnu"));
        TestSite site = site(root, SubstitutePolicy.P2P_ONLY, List.of(), offers -> {
            giving.complete(new Giving(offers, content, given));
            return giving.join();
        });
        site.seed(PATH);
        return new Seeder(site, giving.join());
    }

    private Seeder seeder() throws IOException {
        return seeder(nar, upTo(blocks));
    }

    private TestSite site(Path root, SubstitutePolicy policy, List<PeerAddress> peers, UnaryOperator<Offers> giving)
            throws IOException {
        return site(root, policy, peers, giving, Duration.ofSeconds(5));
    }

    private TestSite site(Path root, SubstitutePolicy policy, List<PeerAddress> peers, UnaryOperator<Offers> giving,
            Duration requestTimeout) throws IOException {
        TestSite site = new TestSite(root, policy, peers, giving, requestTimeout, Duration.ofSeconds(4));
        sites.add(site);
        return site;
    }

    /** A node that goes on where the last one of this test ended. */
    private TestSite fetcher(SubstitutePolicy policy, Seeder... seeders) throws IOException {
        return site(directory.resolve("fetcher"), policy, Stream.of(seeders).map(s -> s.site().address()).toList(),
                offers -> offers);
    }

    private TestSite fetcher(Seeder... seeders) throws IOException {
        return fetcher(SubstitutePolicy.P2P_ONLY, seeders);
    }

    private NarRequest request(SubstitutePolicy policy, NarSupply... servers) {
        return new NarRequest(PATH, hash, new NarSize(nar.length), new byte[]{1}, List.of(servers), true, true, policy,
                AutoSeed.OFF);
    }

    private TransferStatus assertFetched(TestSite site, NarRequest request) throws Exception {
        assertArrayEquals(nar, received(read(site, request)));
        TransferStatus status = status(site);
        assertEquals(List.of(), partial(), "nothing is left of what was fetched");
        return status;
    }

    private List<Path> partial() throws IOException {
        try (Stream<Path> files = Files.list(directory.resolve("fetcher/state/partial"))) {
            return files.toList();
        }
    }

    private static long fromDisk(TransferStatus status) {
        return status.sources().stream().filter(source -> source.name().equals(Tally.ON_DISK))
                .mapToLong(TransferStatus.Source::bytes).sum();
    }

    private List<Integer> allBut(int... there) {
        return IntStream.range(0, blocks).filter(block -> Arrays.stream(there).noneMatch(t -> t == block)).boxed()
                .collect(Collectors.toList());
    }

    /** What a node that was killed had in its file. */
    private Path leave(byte[] content, int... there) throws IOException {
        NarStore store = NarStore.open(directory.resolve("fetcher/state"));
        try (PartialNar file = store.create(hash, new NarSize(content.length))) {
            for (int block : there) {
                int length = Math.min(BLOCK, content.length - block * BLOCK);
                file.write((long) block * BLOCK, content, block * BLOCK, length);
            }
            file.markResumable();
        }
        return partial().getFirst();
    }

    private static void overwrite(Path file, long at, byte[] bytes) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(bytes), at);
        }
    }

    private static void connectedTo(TestSite site, int peers) {
        TestProbe<Swarm.Described> probe = site.kit.createTestProbe();
        probe.awaitAssert(Duration.ofSeconds(20), () -> {
            site.swarm.tell(new Swarm.Describe(probe.ref()));
            assertEquals(peers, probe.receiveMessage().peers().size());
            return null;
        });
    }

    @Test
    void afterACrashOnlyWhatIsMissingIsFetched() throws Exception {
        leave(nar, 0, 1, 4, 10);
        Seeder seeder = seeder();
        TestSite fetcher = fetcher(seeder);
        TransferStatus status = assertFetched(fetcher, request(SubstitutePolicy.P2P_ONLY));
        assertEquals(allBut(0, 1, 4, 10), seeder.giving().asked());
        assertEquals(nar.length - 7L * BLOCK, fromDisk(status));
        assertEquals(0, status.restarts());
    }

    @Test
    void whenEverythingIsThereNothingIsFetched() throws Exception {
        leave(nar, IntStream.range(0, blocks).toArray());
        Seeder seeder = seeder();
        assertEquals(nar.length, fromDisk(assertFetched(fetcher(seeder), request(SubstitutePolicy.P2P_ONLY))));
        assertEquals(List.of(), seeder.giving().asked());
    }

    @Test
    void aTornBlockAndOneThatWasCutOffAreFetchedAgain() throws Exception {
        Path file = leave(nar, 0, 1, 2, 3, 4, 5);
        overwrite(file, 2L * BLOCK + 4096, new byte[BLOCK - 4096]);
        overwrite(file, 3L * BLOCK + 7, new byte[]{(byte) (nar[3 * BLOCK + 7] + 1)});
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.truncate(5L * BLOCK + 1000);
        }
        Seeder seeder = seeder();
        assertFetched(fetcher(seeder), request(SubstitutePolicy.P2P_ONLY));
        assertEquals(allBut(0, 1, 4), seeder.giving().asked());
    }

    @Test
    void whatHasNothingOfTheNarIsFetchedWhole() throws Exception {
        byte[] noise = new byte[nar.length];
        new Random(6).nextBytes(noise);
        leave(noise, IntStream.range(0, blocks).toArray());
        Seeder seeder = seeder();
        assertEquals(0, fromDisk(assertFetched(fetcher(seeder), request(SubstitutePolicy.P2P_ONLY))));
        assertEquals(allBut(), seeder.giving().asked());
    }

    @Test
    void whatALongerFileHasIsNotBelieved() throws Exception {
        Path file = leave(nar, IntStream.range(0, blocks).toArray());
        overwrite(file, nar.length, new byte[1]);
        Seeder seeder = seeder();
        assertFetched(fetcher(seeder), request(SubstitutePolicy.P2P_ONLY));
        assertEquals(allBut(), seeder.giving().asked());
    }

    @Test
    void afterAReaderLeftTheNextGoesOn() throws Exception {
        Seeder seeder = seeder(nar, upTo(4));
        TestSite fetcher = fetcher(seeder);
        open(fetcher, request(SubstitutePolicy.P2P_ONLY)).runWith(Sink.head(), fetcher.kit.system())
                .toCompletableFuture().get(20, TimeUnit.SECONDS);
        status(fetcher);
        assertEquals(1, partial().size());
        seeder.giving().release.complete(null);
        seeder.giving().asked.clear();
        TransferStatus status = assertFetched(fetcher, request(SubstitutePolicy.P2P_ONLY));
        assertTrue(fromDisk(status) >= BLOCK, status::toString);
        assertTrue(!seeder.giving().asked().contains(0), () -> seeder.giving().asked().toString());
        assertEquals(nar.length, status.sources().stream().mapToLong(TransferStatus.Source::bytes).sum());
    }

    @Test
    void whenAllSeedersAreGoneMidwayWhatIsThereIsKept() throws Exception {
        Seeder leaving = seeder(nar, upTo(6));
        TestSite fetcher = fetcher(leaving);
        List<NarEvent> events = read(fetcher, request(SubstitutePolicy.P2P_ONLY));
        assertEquals("no block came for 4 s",
                assertInstanceOf(NarEvent.Failed.class, events.getLast()).reason());
        // On a slow machine the first of them alone, perhaps.
        int stored = (int) (status(fetcher).sources().stream().mapToLong(TransferStatus.Source::bytes).sum() / BLOCK);
        assertTrue(stored > 0 && stored <= 6, stored + " blocks");
        fetcher.close();
        Seeder other = seeder();
        assertFetched(fetcher(other), request(SubstitutePolicy.P2P_ONLY));
        assertTrue(other.giving().asked().containsAll(List.of(6, 7, 8, 9, 10)), other.giving().asked()::toString);
        assertEquals(blocks - stored, other.giving().asked().size());
    }

    /** Of what lies there, what is wrong under the right manifest goes, and the rest stays. */
    @Test
    void underAnotherManifestEqualBlocksCount() throws Exception {
        leave(flipped(2 * BLOCK + 5), 0, 1, 2, 3);
        Seeder seeder = seeder();
        assertFetched(fetcher(seeder), request(SubstitutePolicy.P2P_ONLY));
        assertEquals(allBut(0, 1, 3), seeder.giving().asked());
    }

    @Test
    void aWrongManifestFollowedAgainCostsItsWrongBlocksAlone() throws Exception {
        byte[] wrong = flipped(8 * BLOCK, 9 * BLOCK);
        Seeder liar = seeder(wrong, upTo(blocks));
        Seeder honest = seeder();
        honest.giving().before = liar.giving().followed;
        // All is there under the liar's manifest, until the other one's answer is sure to be there.
        leave(wrong, IntStream.range(0, blocks - 1).toArray());
        liar.giving().given.clear(blocks - 1);
        var _ = honest.giving().found.thenRun(() -> liar.giving().release.complete(null));
        TransferStatus status = assertFetched(fetcher(liar, honest), request(SubstitutePolicy.P2P_ONLY));
        assertEquals(1, status.restarts());
        assertEquals(List.of(blocks - 1), liar.giving().asked());
        assertEquals(List.of(8, 9), honest.giving().asked());
    }

    private static NarSupply server(byte[] content) {
        return new TestSupply("http://127.0.0.1/nar/x", () -> Source.single(ByteString.fromArray(content)));
    }

    /** Three roots in turn, each with a block of its own that is wrong: what they share is fetched once. */
    @Test
    void blocksThatStandUnderTheNextRootAreKept() throws Exception {
        List<byte[]> contents = List.of(flipped(8 * BLOCK), flipped(9 * BLOCK, 5 * BLOCK), nar);
        List<Seeder> seeders = new ArrayList<>();
        for (byte[] content : contents) {
            seeders.add(seeder(content, upTo(blocks)));
        }
        Giving first = seeders.getFirst().giving();
        int early = SwarmMessage.Query.MAX_BLOCKS;
        first.given.clear(early, blocks);
        List<Giving> others = List.of(seeders.get(1).giving(), seeders.get(2).giving());
        others.forEach(other -> other.before = first.followed);
        var _ = CompletableFuture.allOf(others.get(0).found, others.get(1).found)
                .thenRun(() -> first.release.complete(null));
        TransferStatus status = assertFetched(fetcher(seeders.toArray(Seeder[]::new)),
                request(SubstitutePolicy.P2P_ONLY));
        // The first ones may be asked of another than the first one followed, by the frame that asks whether it has the NAR.
        long asked = seeders.stream().flatMap(seeder -> seeder.giving().asked().stream())
                .filter(block -> block >= early)
                .count();
        // All of the first; of the second where they differ; of the third where it differs from the second.
        assertTrue(asked <= blocks - early + 3 + 2, () -> asked + " blocks, " + status);
        assertTrue(status.restarts() >= 1 && status.restarts() <= 2, status::toString);
    }

    @Test
    void whatCannotBelongToTheNarIsNotLeftWhenEverybodyLies() throws Exception {
        Seeder liar = seeder(flipped(10 * BLOCK), upTo(blocks));
        TestSite fetcher = site(directory.resolve("fetcher"), SubstitutePolicy.P2P_ONLY,
                List.of(liar.site().address()), offers -> offers, Duration.ofSeconds(3));
        connectedTo(fetcher, 1);
        assertInstanceOf(NarEvent.Failed.class, read(fetcher, request(SubstitutePolicy.P2P_ONLY)).getLast());
        status(fetcher);
        assertEquals(allBut(), liar.giving().asked());
        assertEquals(List.of(), partial());
    }

    @Test
    void whoAnswersOnlyWhenALiarWasCaughtIsAskedAllTheSame() throws Exception {
        Seeder liar = seeder(flipped(10 * BLOCK), upTo(blocks));
        Seeder honest = seeder();
        CompletableFuture<Void> caught = new CompletableFuture<>();
        honest.giving().before = caught;
        TestSite fetcher = fetcher(liar, honest);
        connectedTo(fetcher, 2);
        var reader = open(fetcher, request(SubstitutePolicy.P2P_ONLY)).runWith(Sink.last(), fetcher.kit.system());
        connectedTo(fetcher, 1);
        caught.complete(null);
        assertInstanceOf(NarEvent.Done.class, reader.toCompletableFuture().get(20, TimeUnit.SECONDS));
        // The first ones by the frame that asked whether it has the NAR, if it was asked before the liar.
        assertEquals(List.of(10), honest.giving().asked().stream()
                .filter(block -> block >= SwarmMessage.Query.MAX_BLOCKS).toList());
        assertEquals(1, status(fetcher).restarts());
    }

    @Test
    void serversOverwriteWhatIsThereWhereNoManifestIs() throws Exception {
        leave(flipped(2 * BLOCK), 0, 1, 2, 3);
        TestSite fetcher = fetcher(SubstitutePolicy.HTTP_FIRST);
        TransferStatus status = assertFetched(fetcher, request(SubstitutePolicy.HTTP_FIRST, server(nar)));
        assertEquals(0, fromDisk(status));
        assertEquals(0, status.restarts());
    }

    @Test
    void peersThatTakeOverFromAServerGoOnWithWhatIsThere() throws Exception {
        leave(nar, 8, 9);
        Seeder seeder = seeder();
        TestSite fetcher = fetcher(SubstitutePolicy.HTTP_FIRST, seeder);
        connectedTo(fetcher, 1);
        TransferStatus status = assertFetched(fetcher,
                request(SubstitutePolicy.HTTP_FIRST, server(Arrays.copyOf(nar, 2 * BLOCK + 9))));
        assertEquals(allBut(0, 1, 8, 9), seeder.giving().asked());
        assertEquals(2L * BLOCK, fromDisk(status));
    }

    /** What a server sent and no manifest vouches for cannot be told from what is torn. */
    @Test
    void whatAServerSentIsNotLeft() throws Exception {
        TestSite fetcher = fetcher(SubstitutePolicy.HTTP_FIRST);
        NarSupply endless = new TestSupply("http://127.0.0.1/nar/x",
                () -> Source.single(ByteString.fromArray(nar, 0, 5 * BLOCK)).concat(Source.maybe()));
        open(fetcher, request(SubstitutePolicy.HTTP_FIRST, endless)).runWith(Sink.head(), fetcher.kit.system())
                .toCompletableFuture().get(20, TimeUnit.SECONDS);
        status(fetcher);
        assertEquals(List.of(), partial());
    }

    @Test
    void twoDownloadsOfOneNarDoNotShareWhatIsThere() throws Exception {
        leave(nar, 0, 1, 2, 3);
        Seeder seeder = seeder(nar, new BitSet());
        TestSite fetcher = fetcher(seeder);
        NarRequest one = request(SubstitutePolicy.P2P_ONLY);
        NarRequest other = new NarRequest(PATH, hash, one.size(), one.narinfo(), List.of(server(nar)), true, true,
                SubstitutePolicy.HTTP_FIRST, AutoSeed.OFF);
        // The first has taken it, and waits for the rest.
        var first = open(fetcher, one).runWith(Sink.queue(), fetcher.kit.system());
        assertTrue(first.pull().toCompletableFuture().get(20, TimeUnit.SECONDS).isPresent());
        List<NarEvent> events = read(fetcher, other);
        assertInstanceOf(NarEvent.Done.class, events.getLast());
        assertEquals(0, fromDisk(status(fetcher)));
        first.cancel();
        status(fetcher);
        assertEquals(1, partial().size());
    }
}
