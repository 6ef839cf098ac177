// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.apache.pekko.stream.javadsl.Sink;
import org.guixp2p.api.TransferStatus;
import org.guixp2p.node.config.AutoSeed;
import org.guixp2p.node.config.ByteRate;
import org.guixp2p.node.config.NodeConfig;
import org.guixp2p.node.config.SubstitutePolicy;
import org.guixp2p.node.swarm.Offers;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.store.TreeSerializer;
import org.guixp2p.protocol.swarm.BlockLayout;
import org.guixp2p.protocol.swarm.Manifest;
import org.guixp2p.protocol.swarm.PeerAddress;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whole downloads from seeders whose links have time for it, so that they compress blocks with those before them. */
class PrefixedDownloadTest {
    private static final StorePath PATH = new StorePath("y0h4g6321gwygvwv47kr4bc8y0lf49fs-hello-2.12.1");
    private static final Duration LONG = Duration.ofMinutes(5);
    private static final int BLOCKS = 20;
    private static final ByteRate SLOW = new ByteRate(2_000_000);

    @TempDir
    private Path directory;

    private final List<TestSite> sites = new ArrayList<>();
    /** Blocks that were read for that. */
    private final AtomicInteger peeked = new AtomicInteger();
    private byte[] nar = new byte[0];
    private NarHash hash = new NarHash(Sha256.hash(nar));

    @BeforeEach
    void makeItem() throws IOException {
        Path item = directory.resolve("item");
        Files.write(item, Texts.of((BLOCKS - 1) * BlockLayout.BLOCK_BYTES + 5000, 4));
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        TreeSerializer.write(item, out);
        nar = out.toByteArray();
        hash = new NarHash(Sha256.hash(nar));
    }

    @AfterEach
    void close() {
        sites.forEach(TestSite::close);
    }

    private TestSite site(ByteRate upload, UnaryOperator<Offers> giving, TestSite... dialled) throws IOException {
        Path root = directory.resolve("site" + sites.size());
        List<PeerAddress> peers = Stream.of(dialled).map(TestSite::address).toList();
        NodeConfig usual = TestSite.config(root, SubstitutePolicy.P2P_ONLY, peers, LONG, LONG, 1, 8);
        NodeConfig config = new NodeConfig(usual.substitutes(), usual.seeding(), usual.network(),
                new NodeConfig.Transfers(LONG, LONG, 8, upload, ByteRate.UNLIMITED), usual.files(), usual.bridge(),
                usual.api(), usual.logLevel());
        TestSite site = new TestSite(root, config, giving);
        sites.add(site);
        return site;
    }

    /** @param failing whether the next block that is read to be compressed with others cannot be read */
    private TestSite seeder(AtomicBoolean failing) throws IOException {
        TestSite site = site(SLOW, offers -> new Peeked(offers, failing));
        Path store = site.root.resolve("gnu/store");
        Files.createDirectories(store);
        Files.copy(directory.resolve("item"), store.resolve(PATH.baseName()));
        assertEquals(hash, site.seed(PATH).hash());
        return site;
    }

    private final class Peeked implements Offers {
        private final Offers real;
        private final AtomicBoolean failing;

        private Peeked(Offers real, AtomicBoolean failing) {
            this.real = real;
            this.failing = failing;
        }

        @Override
        public CompletionStage<Optional<Offer>> find(NarHash wanted) {
            return real.find(wanted);
        }

        @Override
        public CompletionStage<byte[]> block(NarHash wanted, Sha256 root, int index) {
            return real.block(wanted, root, index);
        }

        @Override
        public CompletionStage<byte[]> peek(NarHash wanted, Sha256 root, int index) {
            peeked.incrementAndGet();
            return failing.compareAndSet(true, false)
                    ? CompletableFuture.failedFuture(new IOException("no"))
                    : real.peek(wanted, root, index);
        }

        @Override
        public void blockGivenAgain(NarHash wanted) {
            real.blockGivenAgain(wanted);
        }

        @Override
        public CompletionStage<Manifest> manifest(NarHash wanted, Sha256 root) {
            return real.manifest(wanted, root);
        }
    }

    private TransferStatus fetch(TestSite fetcher) throws Exception {
        CompletableFuture<Download.Opened> opened = new CompletableFuture<>();
        fetcher.downloads.tell(new Downloads.Fetch(new NarRequest(PATH, hash, new NarSize(nar.length), new byte[]{1},
                List.of(), true, true, SubstitutePolicy.P2P_ONLY, AutoSeed.OFF), opened));
        List<NarEvent> events = opened.orTimeout(20, TimeUnit.SECONDS).join().events()
                .runWith(Sink.seq(), fetcher.kit.system()).toCompletableFuture().get(60, TimeUnit.SECONDS);
        assertInstanceOf(NarEvent.Done.class, events.getLast(), () -> events.getLast().toString());
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (NarEvent event : events) {
            if (event instanceof NarEvent.Bytes piece) {
                bytes.writeBytes(piece.bytes());
            }
        }
        assertArrayEquals(nar, bytes.toByteArray());
        TransferStatus status = fetcher.finished.poll(20, TimeUnit.SECONDS);
        assertNotNull(status, "the download did not end");
        return status;
    }

    /** A connection learns how much time it has, so that a later download gets what an earlier one did not. */
    private void fetchUntilPrefixed(TestSite fetcher) throws Exception {
        for (int i = 0; peeked.get() == 0; i++) {
            assertTrue(i < 20, "no block was compressed with those before it");
            TransferStatus status = fetch(fetcher);
            assertEquals(0, status.corruptBlocks() + status.restarts(), status::toString);
        }
    }

    @Test
    void fromOne() throws Exception {
        TestSite fetcher = site(ByteRate.UNLIMITED, offers -> offers, seeder(new AtomicBoolean()));
        fetchUntilPrefixed(fetcher);
        TransferStatus status = fetch(fetcher);
        assertEquals(0, status.corruptBlocks() + status.restarts(), status::toString);
    }

    /** It is asked for again, and what was to come with it too; nobody is to blame. */
    @Test
    void whereOneCannotBeRead() throws Exception {
        AtomicBoolean failing = new AtomicBoolean(true);
        TestSite fetcher = site(ByteRate.UNLIMITED, offers -> offers, seeder(failing));
        fetchUntilPrefixed(fetcher);
        assertFalse(failing.get());
    }

    @Test
    void fromTwo() throws Exception {
        TestSite fetcher = site(ByteRate.UNLIMITED, offers -> offers, seeder(new AtomicBoolean()),
                seeder(new AtomicBoolean()));
        fetchUntilPrefixed(fetcher);
        TransferStatus status = fetch(fetcher);
        assertEquals(0, status.corruptBlocks() + status.restarts(), status::toString);
    }
}
