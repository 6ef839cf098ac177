// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
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
import org.guixp2p.protocol.swarm.BlockLayout;
import org.junit.jupiter.api.Test;

/** Whole downloads from seeders whose links have time for it, so that they compress blocks with those before them. */
class PrefixedDownloadTest extends SharedItem {
    private static final int BLOCKS = 20;
    private static final ByteRate SLOW = new ByteRate(2_000_000);

    /** Blocks that were read for that. */
    private final AtomicInteger peeked = new AtomicInteger();

    @Override
    void write(Path item) throws IOException {
        Files.write(item, Texts.of((BLOCKS - 1) * BlockLayout.BLOCK_BYTES + 5000, 4));
    }

    private TestSite site(ByteRate upload, UnaryOperator<Offers> giving, TestSite... dialled) throws IOException {
        Path root = nextRoot();
        NodeConfig usual = TestSite.config(root, SubstitutePolicy.P2P_ONLY, addresses(dialled), LONG, LONG, 1, 8);
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
        stock(site);
        return site;
    }

    private final class Peeked extends Changed {
        private final AtomicBoolean failing;

        private Peeked(Offers real, AtomicBoolean failing) {
            super(real);
            this.failing = failing;
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
    }

    private TransferStatus fetch(TestSite fetcher) throws Exception {
        NarRequest request = new NarRequest(PATH, hash, new NarSize(nar.length), new byte[]{1}, List.of(), true, true,
                SubstitutePolicy.P2P_ONLY, AutoSeed.OFF);
        return whole(fetcher, SiteReader.open(fetcher, request).runWith(Sink.seq(), fetcher.kit.system()));
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
