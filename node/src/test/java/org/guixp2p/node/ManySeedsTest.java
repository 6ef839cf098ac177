// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.counting;
import static java.util.stream.Collectors.groupingBy;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.guixp2p.api.Page;
import org.guixp2p.api.SeedStatus;
import org.guixp2p.node.memory.MemoryShares;
import org.guixp2p.node.config.NodeConfig;
import org.guixp2p.node.metadata.MetadataSite;
import org.guixp2p.node.seed.OfferWatcher;
import org.guixp2p.node.seed.SeedOffers;
import org.guixp2p.node.seed.SeedList;
import org.guixp2p.node.seed.Seeds;
import org.guixp2p.node.seed.StoreItems;
import org.guixp2p.node.swarm.Offers;
import org.guixp2p.node.testing.Eventually;
import org.guixp2p.node.testing.TestSettings;
import org.guixp2p.node.testing.TestShelf;
import org.guixp2p.persistence.nar.NarStore;
import org.guixp2p.persistence.nar.StoreSeeds;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.narinfo.NarinfoDraft;
import org.guixp2p.protocol.narinfo.NarinfoSigner;
import org.guixp2p.protocol.pki.SigningKey;
import org.guixp2p.protocol.store.TreeSerializer;
import org.guixp2p.protocol.swarm.Manifest;
import org.guixp2p.protocol.swarm.ManifestBuilder;
import org.guixp2p.protocol.testing.Fixtures;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A start with thousands of items of earlier runs, on a real disk. What it costs is shown by {@code bench seeds}. */
@Timeout(120)
class ManySeedsTest {
    private static final int ITEMS = 1_000;
    /** The first of those kept that no public key has signed. */
    private static final int PRIVATE = 5;

    @TempDir
    private Path directory;

    private final ActorTestKit kit = ActorTestKit.create();
    private final ExecutorService disk = Executors.newFixedThreadPool(2);
    private final ExecutorService background = Executors.newSingleThreadExecutor();
    private final Set<NarHash> told = ConcurrentHashMap.newKeySet();
    private final OfferWatcher watcher = new OfferWatcher() {
        @Override
        public void offered(NarHash nar, NarSize size, long blocks) {
            told.add(nar);
        }

        @Override
        public void withdrawn(NarHash nar) {
            told.remove(nar);
        }
    };
    private Path changed;
    private MetadataSite site;
    private ActorRef<Seeds.Command> seeds;
    private Offers offers;

    @BeforeEach
    void startWithWhatEarlierRunsLeft() throws IOException {
        Path store = Files.createDirectories(directory.resolve("store"));
        writeNamed(store, Files.createDirectories(directory.resolve("seeds")));
        writeKept(Files.createDirectories(directory.resolve("nars")));
        changed = store.resolve(path("named", 7).baseName());
        Files.writeString(changed, "changed");
        site = new MetadataSite(kit, directory,
                TestSettings.of(Duration.ofSeconds(20), Duration.ofSeconds(20), 4, 64, 1), "publisher");
        StoreSeeds known = StoreSeeds.open(directory);
        seeds = kit.spawn(Seeds.create(new StoreItems(known, path -> store.resolve(path.baseName())),
                new Seeds.Threads(disk, background, background), MemoryShares.of(192L << 20), watcher,
                path -> false));
        offers = new SeedOffers(seeds, kit.system());
        new OfferedAtStart(known, NarStore.open(directory), site.metadata, seeds, TestShelf.unbounded(directory),
                new KeptBack(NodeConfig.Store.NOTHING, Optional.empty()))
                .begin(List.of(), background);
    }

    @AfterEach
    void stop() {
        site.close();
        kit.shutdownTestKit();
        disk.shutdownNow();
        background.shutdownNow();
    }

    private static StorePath path(String what, int i) {
        String hash = Sha256.hash((what + i).getBytes(US_ASCII)).base32();
        return new StorePath(hash.substring(0, StorePath.HASH_LENGTH) + "-" + what + "-of-some-length-" + i + ".1.2");
    }

    private static NarHash hash(byte[] nar) {
        return new NarHash(Sha256.hash(nar));
    }

    private static byte[] nar(int i) {
        return ("nar " + i).getBytes(UTF_8);
    }

    /** Hashes that no tree has: an item that is hashed once more gets another one. */
    private void writeNamed(Path store, Path known) throws IOException {
        for (int i = 0; i < ITEMS; i++) {
            StorePath path = path("named", i);
            Path tree = Files.writeString(store.resolve(path.baseName()), "");
            Map<String, Object> of = Files.readAttributes(tree, "unix:dev,ino,ctime,size", LinkOption.NOFOLLOW_LINKS);
            Files.writeString(known.resolve(path.baseName() + ".seed"), hash(nar(-1 - i)) + "\n" + of.get("dev") + ":"
                    + of.get("ino") + ":" + of.get("ctime") + ":" + of.get("size") + "\n1000\n"
                    + Sha256.hash(new byte[]{(byte) i}).base32() + "\n");
        }
    }

    private static void writeKept(Path kept) throws IOException {
        NarinfoSigner publisher = new NarinfoSigner(SigningKey.parse(Fixtures.bytes("keys/publisher.sec")), "test");
        for (int i = 0; i < ITEMS; i++) {
            byte[] nar = nar(i);
            String name = hash(nar).base32();
            NarinfoDraft draft = new NarinfoDraft(path("kept", i), hash(nar), new NarSize(nar.length), List.of(),
                    Optional.empty());
            Files.write(kept.resolve(name + ".nar"), nar);
            Files.write(kept.resolve(name + ".narinfo"), i < PRIVATE
                    ? publisher.sign(draft, List.of()).raw()
                    : ("StorePath: " + draft.path() + "\nNarHash: " + hash(nar) + "\nReferences: \n")
                            .getBytes(UTF_8));
            Manifest manifest = manifest(nar);
            Files.write(kept.resolve(name + ".manifest"), ByteBuffer.allocate(48 + manifest.hashes().length)
                    .put("GXP2MAN1".getBytes(US_ASCII)).putLong(nar.length).put(manifest.root().bytes())
                    .put(manifest.hashes()).array());
        }
    }

    private List<SeedStatus> described() {
        TestProbe<Seeds.Described> probe = kit.createTestProbe();
        seeds.tell(new Seeds.Describe(probe.ref()));
        return probe.receiveMessage(Duration.ofSeconds(20)).seeds();
    }

    private List<SeedStatus> inPages() {
        TestProbe<SeedList.NamedPage> probe = kit.createTestProbe();
        List<SeedStatus> all = new ArrayList<>();
        Optional<String> after = Optional.empty();
        do {
            seeds.tell(new SeedList.Named(new Page.Wanted(after, 300), probe.ref()));
            Page<SeedStatus> page = probe.receiveMessage().page();
            all.addAll(page.items());
            after = page.next();
        } while (after.isPresent());
        return all;
    }

    private Map<String, Long> states() {
        return described().stream().collect(groupingBy(seed -> seed.source() + " " + seed.state(), counting()));
    }

    private static Manifest manifest(byte[] nar) {
        ManifestBuilder builder = new ManifestBuilder(new NarSize(nar.length));
        builder.update(nar, 0, nar.length);
        return builder.finish();
    }

    private boolean isOffered(NarHash nar) {
        return Eventually.get(offers.find(nar)).isPresent();
    }

    private void awaitStored() {
        Eventually.holds(() -> states().getOrDefault("store offered", 0L) == ITEMS, () -> "all, not " + states());
    }

    /** Whoever looks for a NAR is sent to those who have told of it: all that is public is told of, and nothing else. */
    @Test
    void allThatMayBeGivenIsToldOfThoughNobodyAsks() throws Exception {
        Map<String, Long> all = Map.of("store offered", (long) ITEMS, "kept offered", (long) PRIVATE);
        Eventually.holds(() -> states().equals(all), () -> all + ", not " + states());
        assertEquals(described(), inPages());
        ByteArrayOutputStream nar = new ByteArrayOutputStream();
        TreeSerializer.write(changed, nar);
        Set<NarHash> offered = new HashSet<>(Set.of(hash(nar.toByteArray())));
        IntStream.range(0, ITEMS).filter(i -> i != 7).forEach(i -> offered.add(hash(nar(-1 - i))));
        IntStream.range(0, PRIVATE).forEach(i -> offered.add(hash(nar(i))));
        assertEquals(offered, told);
    }

    @Test
    void allAreThereAgainAsSoonAsTheyAreAskedFor() throws Exception {
        awaitStored();
        ByteArrayOutputStream nar = new ByteArrayOutputStream();
        TreeSerializer.write(changed, nar);
        for (int i = 0; i < ITEMS; i++) {
            assertEquals(i != 7, isOffered(hash(nar(-1 - i))), "item " + i);
        }
        assertEquals(Optional.of(hash(nar.toByteArray()).toString()), described().stream()
                .filter(seed -> seed.storePath().equals(path("named", 7).path())).map(SeedStatus::narHash)
                .findFirst());

        for (int i = 0; i < PRIVATE; i++) {
            byte[] whole = nar(i);
            NarHash hash = hash(whole);
            Sha256 root = manifest(whole).root();
            // Many may ask at once, and for anything.
            var blocks = IntStream.range(0, 20).mapToObj(_ -> offers.block(hash, root, 0)).toList();
            assertEquals(whole.length, Eventually.get(offers.manifest(hash, root)).narSize().bytes());
            blocks.forEach(block -> assertArrayEquals(whole, Eventually.get(block)));
            assertTrue(isOffered(hash));
        }
        for (int i = PRIVATE; i < 2 * PRIVATE; i++) {
            NarHash hash = hash(nar(i));
            Sha256 root = manifest(nar(i)).root();
            assertThrows(CompletionException.class, () -> Eventually.get(offers.block(hash, root, 0)));
            assertFalse(isOffered(hash));
        }
        assertEquals(Map.of("store", (long) ITEMS, "kept", (long) PRIVATE), described().stream()
                .filter(seed -> seed.state().equals("offered"))
                .collect(groupingBy(SeedStatus::source, counting())));
        assertEquals(20L * PRIVATE, described().stream().mapToLong(SeedStatus::blocksServed).sum());
    }
}
