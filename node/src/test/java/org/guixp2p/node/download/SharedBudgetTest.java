// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.pekko.stream.javadsl.Sink;
import org.guixp2p.node.config.AutoSeed;
import org.guixp2p.node.config.SubstitutePolicy;
import org.guixp2p.node.swarm.Offers;
import org.guixp2p.node.testing.Eventually;
import org.guixp2p.protocol.hash.NixBase32;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.store.TreeSerializer;
import org.guixp2p.protocol.swarm.BlockLayout;
import org.guixp2p.protocol.swarm.Manifest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Several downloads at once, with memory for fewer blocks than they would have under way. */
class SharedBudgetTest {
    private static final int NARS = 5;
    private static final int BLOCKS = 12;
    private static final int BUDGET = 6;
    private static final Duration LONG = Duration.ofMinutes(1);

    @TempDir
    private Path directory;

    /** Notes how many blocks are being asked of a seeder at once. */
    private static final class Watched implements Offers {
        private final Offers real;
        private final AtomicInteger now;
        private final AtomicInteger most;

        private Watched(Offers real, AtomicInteger now, AtomicInteger most) {
            this.real = real;
            this.now = now;
            this.most = most;
        }

        @Override
        public CompletionStage<Optional<Offer>> find(NarHash nar) {
            return real.find(nar);
        }

        @Override
        public CompletionStage<byte[]> block(NarHash nar, Sha256 root, int index) {
            most.accumulateAndGet(now.incrementAndGet(), Math::max);
            return real.block(nar, root, index).whenComplete((bytes, failure) -> now.decrementAndGet());
        }

        @Override
        public CompletionStage<Manifest> manifest(NarHash nar, Sha256 root) {
            return real.manifest(nar, root);
        }
    }

    private record Item(StorePath path, NarHash hash, int size) {}

    private Item item(int number) throws IOException {
        byte[] noise = new byte[(BLOCKS - 1) * BlockLayout.BLOCK_BYTES + 1000];
        new Random(number).nextBytes(noise);
        byte[] name = new byte[20];
        new Random(number).nextBytes(name);
        StorePath path = new StorePath(NixBase32.encode(name) + "-item");
        Path file = Files.write(Files.createDirectories(directory.resolve("items")).resolve(path.baseName()), noise);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        TreeSerializer.write(file, out);
        return new Item(path, new NarHash(Sha256.hash(out.toByteArray())), out.size());
    }

    private TestSite seeder(String name, List<Item> items, AtomicInteger now, AtomicInteger most) throws IOException {
        Path root = directory.resolve(name);
        TestSite site = new TestSite(root, SubstitutePolicy.P2P_ONLY, List.of(),
                offers -> new Watched(offers, now, most));
        Path store = Files.createDirectories(root.resolve("gnu/store"));
        for (Item item : items) {
            Files.copy(directory.resolve("items").resolve(item.path().baseName()),
                    store.resolve(item.path().baseName()));
            assertEquals(item.hash(), site.seed(item.path()).hash());
        }
        return site;
    }

    @Test
    void allComeToTheirEndsWithinIt() throws Exception {
        List<Item> items = new ArrayList<>();
        for (int i = 0; i < NARS; i++) {
            items.add(item(i));
        }
        AtomicInteger now = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        BlockBudget budget = BlockBudget.ofItsOwn(BUDGET);
        Path root = directory.resolve("fetcher");
        try (TestSite one = seeder("one", items, now, most);
                TestSite two = seeder("two", items, now, most);
                TestSite fetcher = new TestSite(root, TestSite.config(root, SubstitutePolicy.P2P_ONLY,
                        List.of(one.address(), two.address()), LONG, LONG, 1, 8), offers -> offers, budget)) {
            List<CompletionStage<List<NarEvent>>> readers = new ArrayList<>();
            for (Item item : items) {
                CompletableFuture<OpenedNar> opened = new CompletableFuture<>();
                fetcher.downloads.tell(new Downloads.Fetch(new NarRequest(item.path(), item.hash(),
                        new NarSize(item.size()), new byte[]{1}, List.of(), true, true, SubstitutePolicy.P2P_ONLY,
                        AutoSeed.OFF), opened));
                readers.add(opened.orTimeout(30, TimeUnit.SECONDS).join().events().runWith(Sink.seq(),
                        fetcher.kit.system()));
            }
            for (CompletionStage<List<NarEvent>> reader : readers) {
                List<NarEvent> events = reader.toCompletableFuture().get(60, TimeUnit.SECONDS);
                assertInstanceOf(NarEvent.Done.class, events.getLast(), () -> events.getLast().toString());
            }
            assertTrue(most.get() <= BUDGET, most + " blocks at once");
            Eventually.holds(() -> budget.used() == 0, () -> "all given back, but " + budget.used() + " are not");
        }
    }
}
