// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.seed;

import static org.junit.jupiter.api.Assertions.fail;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CopyOnWriteArraySet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.ManualTime;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.guixp2p.api.SeedStatus;
import org.guixp2p.node.swarm.Offers;
import org.guixp2p.node.testing.Eventually;
import org.guixp2p.persistence.nar.KeptNar;
import org.guixp2p.persistence.nar.NarStore;
import org.guixp2p.persistence.nar.PartialNar;
import org.guixp2p.persistence.nar.StoreSeeds;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.store.TreeSerializer;
import org.guixp2p.protocol.swarm.Manifest;
import org.guixp2p.protocol.swarm.ManifestBuilder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** Who offers things, with items on a real disk, for tests. */
abstract class SeedsSite {
    static final StorePath ITEM = new StorePath("y0h4g6321gwygvwv47kr4bc8y0lf49fs-hello-2.12.1");

    static final int MOST_IN_USE = 4;
    /** Of nothing that is offered. */
    static final Sha256 OTHER_ROOT = Sha256.hash(new byte[0]);

    @TempDir
    Path directory;

    final ActorTestKit kit = ActorTestKit.create(ManualTime.config());
    final ExecutorService disk = Executors.newFixedThreadPool(2);
    /** What the node was told, in order. */
    final List<String> told = new CopyOnWriteArrayList<>();
    final List<NarHash> given = new CopyOnWriteArrayList<>();
    final OfferWatcher watcher = new OfferWatcher() {
        @Override
        public void offered(NarHash nar, NarSize size, long blocks) {
            told.add("offered " + nar + " " + blocks);
        }

        @Override
        public void given(Seeds.Offered nar) {
            given.add(nar.hash());
        }

        @Override
        public void withdrawn(NarHash nar) {
            told.add("withdrawn " + nar);
        }
    };
    final Set<StorePath> first = new CopyOnWriteArraySet<>();
    SeedsInUse.Bounds bounds = new SeedsInUse.Bounds(MOST_IN_USE, 1 << 20, 0);
    Path tree;
    StoreSeeds known;
    NarStore nars;
    ActorRef<Seeds.Command> seeds;
    SeedOffers offers;

    @BeforeEach
    void start() throws IOException {
        tree = Files.createDirectories(directory.resolve("store").resolve(ITEM.baseName()));
        byte[] content = new byte[600_000];
        new Random(5).nextBytes(content);
        Files.write(tree.resolve("file"), content);
        nars = NarStore.open(directory);
        startAgain();
    }

    final void startAgain() throws IOException {
        known = StoreSeeds.open(directory);
        seeds = kit.spawn(Seeds.create(
                new StoreItems(known, path -> directory.resolve("store").resolve(path.baseName())),
                new Seeds.Threads(disk, disk, disk),
                bounds, watcher, first::contains));
        offers = new SeedOffers(seeds, kit.system());
    }

    boolean isOffered(NarHash hash) {
        return Eventually.get(offers.find(hash)).isPresent();
    }

    Seeds.Counted counted() {
        TestProbe<Seeds.Counted> probe = kit.createTestProbe();
        seeds.tell(new Seeds.Count(probe.ref()));
        return probe.receiveMessage();
    }

    @AfterEach
    void stop() {
        kit.shutdownTestKit();
        disk.shutdownNow();
    }

    static byte[] nar(Path tree) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        TreeSerializer.write(tree, out);
        return out.toByteArray();
    }

    List<SeedStatus> described() {
        TestProbe<Seeds.Described> probe = kit.createTestProbe();
        seeds.tell(new Seeds.Describe(probe.ref()));
        return probe.receiveMessage().seeds();
    }

    static void await(String what, BooleanSupplier condition) {
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > until) {
                fail("in vain waited for: " + what);
            }
            LockSupport.parkNanos(2_000_000);
        }
    }

    String state() {
        return described().getFirst().state();
    }

    NarHash seed() throws IOException {
        known.add(ITEM);
        seeds.tell(new Seeds.AddStoreItems(List.of(ITEM), false));
        await("the end of hashing", () -> !state().equals("hashing"));
        return new NarHash(Sha256.hash(nar(tree)));
    }

    KeptNar keep(byte[] nar) throws IOException {
        NarHash hash = new NarHash(Sha256.hash(nar));
        ManifestBuilder manifest = new ManifestBuilder(new NarSize(nar.length));
        manifest.update(nar, 0, nar.length);
        Manifest whole = manifest.finish();
        try (PartialNar partial = nars.create(hash, new NarSize(nar.length))) {
            partial.write(0, nar, 0, nar.length);
            KeptNar kept = nars.keep(partial, hash, whole, new byte[]{1});
            seeds.tell(new Seeds.AddKept(ITEM, kept, whole.root()));
            return kept;
        }
    }

    Sha256 root(NarHash hash) throws Exception {
        return offers.find(hash).toCompletableFuture().get(20, TimeUnit.SECONDS).map(Offers.Offer::root)
                .orElse(OTHER_ROOT);
    }

    byte[] block(NarHash hash, int index) throws Exception {
        return offers.block(hash, root(hash), index).toCompletableFuture().get(20, TimeUnit.SECONDS);
    }

    boolean unname() {
        CompletableFuture<Boolean> answer = new CompletableFuture<>();
        seeds.tell(new Withdrawal.Unname(ITEM, answer));
        return Eventually.get(answer);
    }

    boolean letGo(NarHash hash, boolean evenInUse) {
        CompletableFuture<Boolean> answer = new CompletableFuture<>();
        seeds.tell(new Withdrawal.LetGo(hash, evenInUse, answer));
        return Eventually.get(answer);
    }
}
