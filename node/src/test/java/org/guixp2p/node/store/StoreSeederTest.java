// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.store;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingDeque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingDeque;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.guixp2p.node.config.NodeConfig;
import org.guixp2p.node.config.SeedStore;
import org.guixp2p.node.memory.MemoryShares;
import org.guixp2p.node.metadata.MetadataSite;
import org.guixp2p.node.seed.NarinfoShelf;
import org.guixp2p.node.seed.OfferWatcher;
import org.guixp2p.node.seed.SeedOffers;
import org.guixp2p.node.seed.Seeds;
import org.guixp2p.node.seed.StoreItems;
import org.guixp2p.node.seed.Withdrawal;
import org.guixp2p.node.swarm.Offers;
import org.guixp2p.node.testing.Eventually;
import org.guixp2p.node.testing.LogLines;
import org.guixp2p.node.testing.TestServer;
import org.guixp2p.node.testing.TestSettings;
import org.guixp2p.persistence.guixdb.StoreDatabase;
import org.guixp2p.persistence.guixdb.ValidItem;
import org.guixp2p.persistence.ledger.Exclusions;
import org.guixp2p.persistence.ledger.Gate;
import org.guixp2p.persistence.ledger.Registration;
import org.guixp2p.persistence.ledger.StoreLedger;
import org.guixp2p.persistence.nar.KeptNar;
import org.guixp2p.persistence.nar.NarStore;
import org.guixp2p.persistence.nar.PartialNar;
import org.guixp2p.persistence.nar.StoreSeeds;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NamePattern;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.swarm.BlockLayout;
import org.guixp2p.protocol.swarm.ItemKey;
import org.guixp2p.protocol.swarm.Manifest;
import org.guixp2p.protocol.swarm.ManifestBuilder;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A store that is seeded: its database, trees, daemon and substitute server are real ones. */
@Timeout(120)
class StoreSeederTest {
    private static final Sha256 KEYS = Sha256.hash(new byte[]{1});
    private static final SeedingPace FAST = new SeedingPace(50, Duration.ofMillis(5), Duration.ofMillis(20),
            Duration.ofMillis(20), Duration.ZERO, 0);
    /** So slow that nothing is hashed unless somebody asks. */
    private static final SeedingPace WHEN_ASKED = new SeedingPace(50, Duration.ofMillis(5), Duration.ofMillis(20),
            Duration.ofMillis(20), Duration.ofHours(1), 0);
    private static final StoreWatch.Pace LOOKS = new StoreWatch.Pace(Duration.ofMillis(50), Duration.ofMillis(5),
            Duration.ofMillis(5), Duration.ofMillis(200));

    @TempDir
    private Path directory;

    private final ActorTestKit kit = ActorTestKit.create();
    private final ExecutorService disk = Executors.newFixedThreadPool(2);
    private final ExecutorService background = Executors.newSingleThreadExecutor();
    private final ExecutorService asked = Executors.newFixedThreadPool(2);
    private final List<String> told = new CopyOnWriteArrayList<>();
    private final OfferWatcher watcher = new OfferWatcher() {
        @Override
        public void offered(NarHash nar, NarSize size, long blocks) {
            told.add("+" + nar.base32() + " " + size + " " + blocks);
        }

        @Override
        public void withdrawn(NarHash nar) {
            told.add("-" + nar.base32());
        }
    };
    private Instant now = Instant.parse("2026-03-01T12:00:00Z");
    private MemoryShares memory = MemoryShares.of(192L << 20);
    private NodeConfig.Store wanted = new NodeConfig.Store(SeedStore.PUBLIC, List.of(), List.of());
    private TestStore store;
    private List<URI> servers;
    private Exclusions exclusions;
    private MetadataSite site;
    private @Nullable StoreSeeder seeder;
    @SuppressWarnings("NullAway.Init")
    private Offers offers;
    @SuppressWarnings("NullAway.Init")
    private ActorRef<Seeds.Command> seeds;

    @BeforeEach
    void build() throws Exception {
        store = new TestStore(directory.resolve("root"));
        exclusions = new Exclusions(directory.resolve("state"));
        servers = List.of(store.server.uri());
        site = new MetadataSite(kit, directory,
                TestSettings.of(Duration.ofSeconds(20), Duration.ofSeconds(20), 4, 64, 1),
                "publisher");
    }

    @AfterEach
    void stop() throws Exception {
        if (seeder != null) {
            seeder.close();
        }
        site.close();
        store.close();
        kit.shutdownTestKit();
        disk.shutdownNow();
        background.shutdownNow();
        asked.shutdownNow();
    }

    private void begin(SeedingPace pace) throws Exception {
        Path state = Files.createDirectories(directory.resolve("state"));
        NodeConfig.Files files = new NodeConfig.Files(directory.resolve("cache"), state, directory.resolve("root"));
        seeds = kit.spawn(Seeds.create(new StoreItems(StoreSeeds.open(state), files::locate),
                new Seeds.Threads(disk, background, asked), memory, watcher,
                wanted::comesFirst));
        NarinfoShelf shelf = (path, hash, kept) -> Optional.of(path.path().getBytes(UTF_8));
        seeder = StoreSeeder.begin(wanted, files, new StoreLedger(state, KEYS, KEYS),
                (path, hash) -> site.metadata.gate(path, hash, servers),
                new SeedOffers(seeds, kit.system(), shelf, disk),
                new StoreSeeder.Surroundings(kit::spawn, seeds, shelf, disk, background, asked, () -> now), pace,
                LOOKS);
        offers = seeder.offers();
    }

    private void beginAgain(SeedingPace pace) throws Exception {
        if (seeder != null) {
            seeder.close();
        }
        told.clear();
        begin(pace);
    }

    private void awaitTold(String what) {
        Eventually.holds(() -> told.contains(what), () -> what + " among " + told);
    }

    private static String told(TestStore.Item item, long blocks) {
        return "+" + item.hash().base32() + " " + item.nar().length + " " + blocks;
    }

    private static String withdrawn(TestStore.Item item) {
        return "-" + item.hash().base32();
    }

    private Optional<Offers.Offer> find(TestStore.Item item) {
        return Eventually.get(offers.find(item.hash()));
    }

    private byte[] read(TestStore.Item item) {
        Offers.Offer offer = find(item).orElseThrow();
        assertEquals(item.nar().length, offer.size().bytes());
        byte[] all = new byte[item.nar().length];
        BlockLayout layout = new BlockLayout(offer.size());
        for (int i = 0; i < layout.count(); i++) {
            byte[] block = Eventually.get(offers.block(item.hash(), offer.root(), i));
            System.arraycopy(block, 0, all, (int) layout.offset(i), block.length);
        }
        return all;
    }

    private boolean isRead(TestStore.Item item) {
        try {
            return Arrays.equals(item.nar(), read(item));
        } catch (CompletionException | NoSuchElementException e) {
            return false;
        }
    }

    /** Waits until servers have been asked about an item and it was dealt with what they said. */
    private void awaitAskedAbout(StorePath path) {
        Eventually.holds(() -> store.askedAbout(path) > 0, () -> "a question about " + path);
    }

    private static void damage(TestStore.Item item) throws IOException {
        Path file = item.tree().resolve("file");
        FileTime time = Files.getLastModifiedTime(file);
        byte[] content = Files.readAllBytes(file);
        content[content.length / 2] ^= 1;
        Files.write(file, content);
        Files.setLastModifiedTime(file, time);
    }

    @Test
    void whatAServerHasPublishedIsToldOfAndGivenStraightFromTheStore() throws Exception {
        TestStore.Item hello = store.build("hello", 600_000, 1);
        TestStore.Item own = store.build("own", 1_000, 2);
        store.publish(hello);
        begin(WHEN_ASKED);
        awaitTold(told(hello, 0));
        assertArrayEquals(hello.nar(), read(hello));
        awaitAskedAbout(own.path());
        assertEquals(Optional.empty(), find(own));
        assertFalse(told.toString().contains(own.hash().base32()));
        Collection<ValidItem> both = new StoreDatabase(directory.resolve("root/var/guix/db/db.sqlite"))
                .find(List.of(own.path(), hello.path())).values();
        assertEquals(List.of(2, List.of(hello.path())), List.of(both.size(), Eventually
                .get(Objects.requireNonNull(seeder).offered(both)).stream().map(ValidItem::path).toList()));
        ValidItem before = both.stream().filter(item -> item.path().equals(hello.path())).findFirst().orElseThrow();
        // Registered another time it is another one.
        assertEquals(Set.of(), Eventually.get(Objects.requireNonNull(seeder).offered(List.of(new ValidItem(
                before.id(), before.path(), before.hash(), before.size(), before.registered() + 1)))));
        assertArrayEquals(hello.path().path().getBytes(UTF_8),
                Eventually.get(offers.narinfo(ItemKey.of(hello.path()))).orElseThrow());
        assertEquals(Optional.empty(), Eventually.get(offers.narinfo(ItemKey.of(own.path()))));
        try (Stream<Path> kept = Files.list(directory.resolve("state/seeds"))) {
            assertEquals(0, kept.count(), "no file for each item");
        }
    }

    /** A build of one's own at a path that others have too. */
    @Test
    void whatServersBuiltOtherwiseIsPrivate() throws Exception {
        TestStore.Item theirs = new TestStore.Item(TestStore.path("lib"), directory, new byte[]{1, 2, 3});
        store.publish(theirs);
        TestStore.Item own = store.build("lib", 1_000, 2);
        begin(FAST);
        awaitAskedAbout(own.path());
        TestStore.Item later = store.build("later", 1_000, 3);
        store.publish(later);
        awaitTold(told(later, 0));
        assertEquals(Optional.empty(), find(own));
        assertFalse(told.toString().contains(own.hash().base32()));
    }

    @Test
    void nobodyHearsOfWhatIsNeverToBeSeeded() throws Exception {
        TestStore.Item secret = store.build("secret-plan", 1_000, 1);
        TestStore.Item hello = store.build("hello", 1_000, 2);
        store.publish(secret);
        store.publish(hello);
        wanted = new NodeConfig.Store(SeedStore.PUBLIC, List.of(), List.of(new NamePattern("secret-*")));
        begin(FAST);
        awaitTold(told(hello, 0));
        assertEquals(Optional.empty(), find(secret));
        assertEquals(0, store.askedAbout(secret.path()));
        wanted = new NodeConfig.Store(SeedStore.ALL, List.of(), wanted.never());
        beginAgain(FAST);
        awaitTold(told(hello, 0));
        assertEquals(Optional.empty(), find(secret));
    }

    /** Told of as if it had been given once already: there may be room for some of all only. */
    @Test
    void whatTheUserWantsFirstIsToldOfFirst() throws Exception {
        TestStore.Item large = store.build("large", 2_000_000, 1);
        TestStore.Item wantedFirst = store.build("icecat", 300_000, 2);
        wanted = new NodeConfig.Store(SeedStore.ALL, List.of(new NamePattern("icecat*")), List.of());
        begin(WHEN_ASKED);
        awaitTold(told(large, 0));
        assertEquals(List.of(told(wantedFirst, 2), told(large, 0)), told);
        assertEquals(0, store.server.requests().size(), "who gives all asks nobody");
        assertArrayEquals(wantedFirst.nar(), read(wantedFirst));
        awaitTold(told(wantedFirst, 2 + 1));
    }

    @Test
    void allMeansAllAlsoWhatNobodyHas() throws Exception {
        TestStore.Item own = store.build("own", 1_000, 2);
        wanted = new NodeConfig.Store(SeedStore.ALL, List.of(), List.of());
        begin(FAST);
        awaitTold(told(own, 0));
        assertArrayEquals(own.nar(), read(own));
        TestStore.Item later = store.build("later", 1_000, 3);
        awaitTold(told(later, 0));
    }

    @Test
    void whatIsCollectedIsWithdrawnThoughNobodyAsks() throws Exception {
        TestStore.Item hello = store.build("hello", 1_000, 1);
        store.publish(hello);
        begin(FAST);
        awaitTold(told(hello, 0));
        store.collect(hello);
        awaitTold(withdrawn(hello));
        assertEquals(Optional.empty(), find(hello));
    }

    /** As it goes: a block was given, the next is not there, and whoever asks again hears no. */
    @Test
    void whatIsCollectedWhileItIsGivenIsWithdrawnAndNotClaimedAgain() throws Exception {
        TestStore.Item hello = store.build("hello", 600_000, 1);
        store.publish(hello);
        begin(WHEN_ASKED);
        awaitTold(told(hello, 0));
        Offers.Offer offer = find(hello).orElseThrow();
        assertArrayEquals(Arrays.copyOf(hello.nar(), BlockLayout.BLOCK_BYTES),
                Eventually.get(offers.block(hello.hash(), offer.root(), 0)));
        store.collect(hello);
        assertThrows(CompletionException.class, () -> Eventually.get(offers.block(hello.hash(), offer.root(), 1)));
        Eventually.holds(() -> find(hello).isEmpty(), () -> "no");
        awaitTold(withdrawn(hello));
        // Built again it is another item, for all that its content is the same.
        store.build("hello", 600_000, 1);
        Eventually.holds(() -> told.getLast().startsWith(told(hello, 0)), () -> "offered again, not " + told);
        assertArrayEquals(hello.nar(), read(hello));
    }

    @Test
    void anotherBuildAtTheSamePathIsAnotherItem() throws Exception {
        TestStore.Item hello = store.build("hello", 1_000, 1);
        store.publish(hello);
        begin(FAST);
        awaitTold(told(hello, 0));
        assertArrayEquals(hello.nar(), read(hello));
        store.collect(hello);
        TestStore.Item other = store.build("hello", 1_000, 9);
        awaitTold(withdrawn(hello));
        Eventually.holds(() -> store.askedAbout(hello.path()) >= 2, () -> "another question");
        assertEquals(Optional.empty(), find(other));
        assertEquals(Optional.empty(), find(hello));
    }

    @Test
    void whatIsDamagedIsNeverGivenAndSaidOnce() throws Exception {
        TestStore.Item hello = store.build("hello", 600_000, 1);
        store.publish(hello);
        damage(hello);
        try (LogLines log = new LogLines()) {
            begin(FAST);
            String said = log.await("is damaged and not offered");
            assertTrue(said.startsWith(hello.path() + " is damaged and not offered: its NAR has the hash "), said);
        }
        awaitTold(withdrawn(hello));
        assertEquals(Optional.empty(), find(hello));
        // The verdict holds at the next start; nothing is read, or told of, before.
        try (LogLines log = new LogLines()) {
            beginAgain(FAST);
            log.await("1 items that may be seeded, of which 0 are offered so far");
        }
        assertEquals(Optional.empty(), find(hello));
        assertEquals(List.of(), told);
    }

    /** Guix mends a tree without registering it anew; the user says that it has. */
    @Test
    void whatWasDamagedIsOfferedAgainWhenItIsReadAndFoundWhole() throws Exception {
        TestStore.Item hello = store.build("hello", 600_000, 1);
        TestStore.Item secret = store.build("secret", 1_000, 2);
        TestStore.Item kept = store.build("kept-back", 1_000, 3);
        wanted = new NodeConfig.Store(SeedStore.PUBLIC, List.of(), List.of());
        store.publish(hello);
        store.publish(kept);
        damage(hello);
        begin(FAST);
        awaitTold(withdrawn(hello));
        awaitAskedAbout(secret.path());
        beginAgain(FAST);
        TestStore.Item mark = store.build("mark", 1_000, 5);
        store.publish(mark);
        awaitTold(told(mark, 0));
        StoreSeeder first = Objects.requireNonNull(seeder);
        Eventually.get(first.exclude(kept.path()));
        assertEquals(List.of(), Eventually.get(first.find(hello.path())));
        for (TestStore.Item none : List.of(secret, kept)) {
            assertEquals(List.of(), Eventually.get(first.findDoubtful(none.path())), "others may not have it at all");
        }
        ValidItem item = Eventually.get(first.findDoubtful(hello.path())).getFirst();
        assertEquals(List.of(item), Eventually.get(first.findDoubtful(hello.hash())));
        assertTrue(first.verify(item).isPresent(), "nothing has mended it");
        damage(hello);
        assertEquals(Optional.empty(), first.verify(item));
        awaitTold(told(hello, 0));
        assertArrayEquals(hello.nar(), read(hello));
        beginAgain(WHEN_ASKED);
        awaitTold(told(hello, 0));
        assertArrayEquals(hello.nar(), read(hello));
    }

    @Test
    void whatWasFoundOutHoldsAtTheNextStart() throws Exception {
        TestStore.Item hello = store.build("hello", 600_000, 1);
        TestStore.Item own = store.build("own", 1_000, 2);
        store.publish(hello);
        begin(FAST);
        awaitTold(told(hello, 0));
        assertArrayEquals(hello.nar(), read(hello));
        awaitAskedAbout(own.path());
        TestStore.Item later = store.build("later", 1_000, 3);
        store.publish(later);
        awaitTold(told(later, 0));
        Eventually.get(offers.find(own.hash()));
        long asked = store.server.requests().size();
        damage(hello);
        beginAgain(WHEN_ASKED);
        awaitTold(told(hello, 0));
        awaitTold(told(later, 0));
        // Not hashed again: so the damage shows when its block is read, and not before.
        Offers.Offer offer = find(hello).orElseThrow();
        assertThrows(CompletionException.class, () -> Eventually.get(offers.block(hello.hash(), offer.root(), 1)));
        Eventually.holds(() -> find(hello).isEmpty(), () -> "no");
        assertEquals(asked, store.server.requests().size());
        // But not for ever.
        now = now.plus(Duration.ofDays(2));
        beginAgain(WHEN_ASKED);
        Eventually.holds(() -> store.askedAbout(own.path()) > 1, () -> "another question about what nobody had");
        assertEquals(1, store.askedAbout(hello.path()));
    }

    /** A daemon may be at work while what earlier runs found out is read, and several listings wait for that. */
    @Test
    void whatWasListedLastHoldsWhicheverIsReadFirst() throws Exception {
        TestStore.Item hello = store.build("hello", 1_000, 1);
        StoreDatabase database = new StoreDatabase(directory.resolve("root/var/guix/db/db.sqlite"));
        ItemTable before = table(database);
        TestStore.Item later = store.build("later", 1_000, 2);
        ItemTable after = table(database);
        CompletableFuture<Void> reading = new CompletableFuture<>();
        try (StoreLedger ledger = ledger()) {
            ActorRef<StoreSeeding.Command> seeding = seeding(database, ledger, true,
                    task -> reading.thenRunAsync(task, disk),
                    asked, () -> now);
            seeding.tell(new StoreSeeding.Listed(before));
            seeding.tell(new StoreSeeding.Listed(after));
            assertEquals(Optional.empty(), find(seeding, hello), "nothing is offered yet");
            assertThrows(CompletionException.class, () -> Eventually.get(ask(seeding, hello)), "no would be a lie");
            reading.complete(null);
            Eventually.holds(() -> find(seeding, later).isPresent(), () -> "the one that was listed last");
            assertEquals(hello.path(), find(seeding, hello).orElseThrow().path());
        }
    }

    private StoreLedger ledger() throws IOException {
        return new StoreLedger(Files.createDirectories(directory.resolve("state")), KEYS, KEYS);
    }

    private ActorRef<StoreSeeding.Command> seeding(StoreDatabase database, StoreLedger ledger, boolean all,
            Executor reading, Executor asked, InstantSource clock) {
        return kit.spawn(StoreSeeding.create(tools(database, ledger,
                (path, hash) -> CompletableFuture.completedFuture(Gate.UNKNOWN), all, reading, asked, clock)));
    }

    private SeedingTools tools(StoreDatabase database, StoreLedger ledger, Gatekeeper gatekeeper, boolean all,
            Executor reading, Executor asked, InstantSource clock) {
        TestProbe<Seeds.Command> seeds = kit.createTestProbe();
        return new SeedingTools(new StoreReader(database, ledger, path -> directory.resolve("root" + path.path())),
                exclusions, gatekeeper, all, seeds.ref(), reading, background, asked, clock, WHEN_ASKED);
    }

    private static CompletableFuture<Boolean> ask(ActorRef<StoreSeeding.Command> seeding, TestStore.Item item) {
        CompletableFuture<Boolean> answer = new CompletableFuture<>();
        seeding.tell(new StoreSeeding.Ask(item.hash(), answer));
        return answer;
    }

    /** Nothing of the store would be offered until the node starts again. */
    @Test
    void aFaultInsideDoesNotEndIt() throws Exception {
        store.build("hello", 1_000, 1);
        StoreDatabase database = new StoreDatabase(directory.resolve("root/var/guix/db/db.sqlite"));
        AtomicInteger looks = new AtomicInteger();
        try (StoreLedger ledger = ledger(); LogLines log = new LogLines()) {
            ActorRef<StoreSeeding.Command> seeding = seeding(database, ledger, false, disk, asked, () -> {
                if (looks.incrementAndGet() == 1) {
                    throw new IllegalStateException("no clock");
                }
                return now;
            });
            seeding.tell(new StoreSeeding.Listed(table(database)));
            log.await("no clock");
            Eventually.holds(() -> looks.get() > 2, () -> "questions all the same");
            TestStore.Item own = store.build("own", 1_000, 2);
            assertFalse(Eventually.get(ask(seeding, own)));
        }
    }

    /** Somebody copies it, or looks into it. */
    @Test
    void aLedgerThatIsLockedForAWhileIsReadLaterAndKept() throws Exception {
        TestStore.Item hello = store.build("hello", 1_000, 1);
        store.publish(hello);
        begin(FAST);
        awaitTold(told(hello, 0));
        assertArrayEquals(hello.nar(), read(hello));
        Path file = directory.resolve("state/store.sqlite");
        try (LogLines log = new LogLines()) {
            try (Connection other = DriverManager.getConnection("jdbc:sqlite:" + file);
                    Statement statement = other.createStatement()) {
                statement.execute("BEGIN IMMEDIATE");
                beginAgain(FAST);
                log.await("of the store nothing new is offered: " + file + ": [SQLITE_BUSY]");
                assertThrows(CompletionException.class, () -> find(hello), "no would be a lie");
            }
            log.await("1 items that may be seeded, of which 1 are offered so far");
        }
        assertArrayEquals(hello.nar(), read(hello));
        assertFalse(Files.exists(file.resolveSibling("store.sqlite.damaged")));
        assertEquals(1, store.askedAbout(hello.path()));
    }

    /** Else it would grow with each collection. */
    @Test
    void whatWasCollectedWhileNobodyLookedIsForgotten() throws Exception {
        TestStore.Item hello = store.build("hello", 1_000, 1);
        TestStore.Item stays = store.build("stays", 1_000, 2);
        store.publish(hello);
        store.publish(stays);
        begin(FAST);
        awaitTold(told(hello, 0));
        awaitTold(told(stays, 0));
        assertArrayEquals(hello.nar(), read(hello));
        assertArrayEquals(stays.nar(), read(stays));
        if (seeder != null) {
            seeder.close();
        }
        assertEquals(List.of(2L, 2L), rows());
        store.collect(hello);
        beginAgain(FAST);
        Eventually.holds(() -> rows().equals(List.of(1L, 1L)), () -> "one of each, not " + rows());
        Eventually.holds(() -> Eventually.get(offers.find(stays.hash()).handle((_, failure) -> failure == null)),
                () -> "it is not known what there is");
        assertArrayEquals(stays.nar(), read(stays));
    }

    /** In the ledger: verdicts, and manifests. */
    private List<Long> rows() {
        try (Connection other = DriverManager.getConnection("jdbc:sqlite:" + directory.resolve("state/store.sqlite"));
                Statement statement = other.createStatement();
                ResultSet counts = statement
                        .executeQuery("SELECT (SELECT count(*) FROM item), (SELECT count(*) FROM manifest)")) {
            return List.of(counts.getLong(1), counts.getLong(2));
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** On a machine without Guix there is nothing to wait for. */
    @Test
    void whereThereIsNoDatabaseTheAnswerIsNo() throws Exception {
        TestStore.Item hello = store.build("hello", 1_000, 1);
        Files.move(directory.resolve("root/var/guix/db"), directory.resolve("away"));
        try (LogLines log = new LogLines()) {
            begin(FAST);
            log.await("there is no store database");
        }
        Eventually.holds(() -> find(hello).isEmpty(), () -> "no");
    }

    /** What is fetched is kept and offered there, too. */
    @Test
    void whatTheUserKeepsBackIsKnownWhereThereIsNoDatabase() throws Exception {
        TestStore.Item hello = store.build("hello", 1_000, 1);
        Files.createDirectories(directory.resolve("state"));
        exclusions.exclude(hello.path());
        Files.move(directory.resolve("root/var/guix/db"), directory.resolve("away"));
        begin(FAST);
        Exclusions known = Objects.requireNonNull(seeder).exclusions();
        assertTrue(known.isExcluded(hello.path(), hello.hash()));
        assertFalse(known.isExcluded(TestStore.path("other"), store.build("other", 1_000, 2).hash()));
    }

    private static ItemTable table(StoreDatabase database) throws IOException {
        return database.scan(() -> new ItemTable.Builder(item -> false, path -> false, 0)).build();
    }

    private static Optional<ValidItem> find(ActorRef<StoreSeeding.Command> seeding, TestStore.Item item) {
        CompletableFuture<Optional<ValidItem>> answer = new CompletableFuture<>();
        seeding.tell(new StoreSeeding.FindItem(ItemKey.of(item.path()), answer));
        return Eventually.get(answer);
    }

    /** Nothing would stand behind what is told; but a fault that passes is not held against an item for good. */
    @Test
    void whatCannotBeReadIsWithdrawnAndOfferedOnceItCan() throws Exception {
        TestStore.Item hello = store.build("hello", 1_000, 1);
        store.publish(hello);
        Path away = directory.resolve("away");
        Files.move(hello.tree(), away);
        begin(FAST);
        awaitTold(told(hello, 0));
        awaitTold(withdrawn(hello));
        Files.move(away, hello.tree());
        Eventually.holds(() -> told.getLast().equals(told(hello, 0)), () -> "offered again, not " + told);
        assertArrayEquals(hello.nar(), read(hello));
    }

    /** That says nothing of its tree. */
    @Test
    void whatIsOfferedStaysSoWhileTheDatabaseCannotBeRead() throws Exception {
        TestStore.Item hello = store.build("hello", 1_000, 1);
        TestStore.Item other = store.build("other", 1_000, 2);
        wanted = new NodeConfig.Store(SeedStore.ALL, List.of(), List.of());
        begin(WHEN_ASKED);
        awaitTold(told(other, 0));
        StoreSeeder offered = Objects.requireNonNull(seeder);
        ValidItem found = Eventually.get(offered.find(hello.path())).getFirst();
        Path database = directory.resolve("root/var/guix/db/db.sqlite");
        Path away = database.resolveSibling("away.sqlite");
        Files.move(database, away);
        assertThrows(CompletionException.class, () -> find(hello));
        assertThrows(IOException.class, () -> offered.verify(found));
        Files.move(away, database);
        assertArrayEquals(hello.nar(), read(hello));
        assertFalse(told.contains(withdrawn(hello)), told::toString);
    }

    @Test
    void whatIsWholeIsGivenThoughThatCannotBeWrittenDown() throws Exception {
        TestStore.Item hello = store.build("hello", 1_000, 1);
        wanted = new NodeConfig.Store(SeedStore.ALL, List.of(), List.of());
        begin(WHEN_ASKED);
        awaitTold(told(hello, 0));
        try (LogLines log = new LogLines();
                Connection other = DriverManager
                        .getConnection("jdbc:sqlite:" + directory.resolve("state/store.sqlite"));
                Statement statement = other.createStatement()) {
            statement.execute("BEGIN IMMEDIATE");
            assertArrayEquals(hello.nar(), read(hello));
            log.await("what was found out about the store is not kept");
        }
        assertFalse(told.contains(withdrawn(hello)), told::toString);
    }

    /** No would be a lie: its own inventory names it. */
    @Test
    void whatCannotBeReadForAMomentIsNotDenied() throws Exception {
        TestStore.Item hello = store.build("hello", 1_000, 1);
        store.publish(hello);
        Files.move(hello.tree(), directory.resolve("away"));
        begin(WHEN_ASKED);
        awaitTold(told(hello, 0));
        String said = String.valueOf(assertThrows(CompletionException.class, () -> find(hello)).getMessage());
        assertTrue(said.endsWith(": " + hello.tree() + ": no such file or directory"), said);
    }

    /** Items are hashed one by one, and more may be asked for at a time than anybody waits for. */
    @Test
    void whatIsOfferedIsNotDeniedWhileItWaitsToBeHashed() throws Exception {
        List<TestStore.Item> items = new ArrayList<>();
        for (int i = 0; i <= WaitingFor.MOST; i++) {
            items.add(store.build("item-" + i, 100, i));
        }
        wanted = new NodeConfig.Store(SeedStore.ALL, List.of(), List.of());
        begin(WHEN_ASKED);
        awaitTold(told(items.getLast(), 0));
        CompletableFuture<Void> hashing = new CompletableFuture<>();
        asked.execute(hashing::join);
        asked.execute(hashing::join);
        List<CompletableFuture<Optional<Offers.Offer>>> answers = items.stream()
                .map(item -> offers.find(item.hash()).toCompletableFuture()).toList();
        Eventually.holds(() -> answers.stream().anyMatch(CompletableFuture::isDone), () -> "one too many");
        assertTrue(answers.stream().filter(CompletableFuture::isDone)
                .allMatch(CompletableFuture::isCompletedExceptionally), "no is no answer");
        hashing.complete(null);
        Eventually.holds(() -> isRead(items.getFirst()), () -> "the first to be given");
    }

    /** A peer that asks for everything is not to fill the heap. */
    @Test
    void ofWhatIsOpenedForPeersThereIsABoundAndWhatGoesIsHadAsBefore() throws Exception {
        memory = MemoryShares.of(0);
        List<TestStore.Item> items = new ArrayList<>();
        for (int i = 0; i < 80; i++) {
            items.add(store.build("item-" + i, 100, i));
        }
        wanted = new NodeConfig.Store(SeedStore.ALL, List.of(), List.of());
        begin(WHEN_ASKED);
        awaitTold(told(items.getLast(), 0));
        TestStore.Item inUse = items.getFirst();
        Offers.Offer offer = find(inUse).orElseThrow();
        Eventually.get(offers.block(inUse.hash(), offer.root(), 0));
        items.forEach(item -> assertTrue(find(item).isPresent()));
        TestProbe<Seeds.Described> probe = kit.createTestProbe();
        seeds.tell(new Seeds.Describe(probe.ref()));
        assertEquals(64, probe.receiveMessage().seeds().size());
        // Whoever is at one has it still, and any other is opened again.
        assertEquals(inUse.nar().length, Eventually.get(offers.block(inUse.hash(), offer.root(), 0)).length);
        items.forEach(item -> assertArrayEquals(item.nar(), read(item)));
        assertEquals(0, told.stream().filter(what -> what.startsWith("-")).count(), told::toString);
    }

    /** The rest of the store may take hours. */
    @Test
    void whatIsAskedForDoesNotWaitForWhatNobodyWaitsFor() throws Exception {
        TestStore.Item large = store.build("large", 9_000, 1);
        TestStore.Item hello = store.build("hello", 1_000, 2);
        wanted = new NodeConfig.Store(SeedStore.ALL, List.of(), List.of());
        CompletableFuture<Void> hashing = new CompletableFuture<>();
        background.execute(hashing::join);
        begin(FAST);
        awaitTold(told(large, 0));
        assertArrayEquals(hello.nar(), read(hello));
        hashing.complete(null);
        assertArrayEquals(large.nar(), read(large));
    }

    @Test
    void whatIsAskedForDoesNotWaitForSomethingHuge() throws Exception {
        TestStore.Item huge = store.buildAsLarge("huge", 5L << 30, 1);
        TestStore.Item other = store.buildAsLarge("other", 4L << 30, 2);
        TestStore.Item hello = store.build("hello", 1_000, 3);
        StoreDatabase database = new StoreDatabase(directory.resolve("root/var/guix/db/db.sqlite"));
        BlockingDeque<Runnable> hashing = new LinkedBlockingDeque<>();
        try (StoreLedger ledger = ledger()) {
            ActorRef<StoreSeeding.Command> seeding = seeding(database, ledger, true, disk, hashing::add, () -> now);
            seeding.tell(new StoreSeeding.Listed(table(database)));
            Eventually.holds(() -> find(seeding, hello).isPresent(), () -> "an offer");
            CompletableFuture<Boolean> first = ask(seeding, huge);
            CompletableFuture<Boolean> second = ask(seeding, other);
            CompletableFuture<Boolean> small = ask(seeding, hello);
            Runnable itself = hashing.takeFirst();
            hashing.takeFirst().run();
            assertTrue(Eventually.get(small));
            itself.run();
            assertTrue(Eventually.get(first));
            hashing.takeFirst().run();
            assertTrue(Eventually.get(second));
        }
    }

    @Test
    void whatNobodyCouldSayIsAskedAgain() throws Exception {
        TestStore.Item hello = store.build("hello", 1_000, 1);
        store.publish(hello);
        store.serverIsDown(true);
        begin(FAST);
        Eventually.holds(() -> store.askedAbout(hello.path()) >= 2, () -> "more than one question");
        assertEquals(List.of(), told);
        store.serverIsDown(false);
        awaitTold(told(hello, 0));
    }

    /** One of the servers may be away for good: that must keep nobody busy, and nothing that is public from being told of. */
    @Test
    void whatSomeServersDoNotHaveIsNotAskedAboutAllTheTimeWhileAnotherIsAway() throws Exception {
        TestStore.Item own = store.build("own", 9_000, 2);
        try (TestServer broken = TestServer.pages((path, connection) -> connection.answer(503, ""))) {
            servers = List.of(store.server.uri(), broken.uri());
            begin(FAST);
            awaitAskedAbout(own.path());
            for (int i = 0; i < 5; i++) {
                TestStore.Item later = store.build("later-" + i, 1_000, 3 + i);
                store.publish(later);
                awaitTold(told(later, 0));
            }
            assertEquals(1, store.askedAbout(own.path()));
            // Nothing of that is on the disk: after a start they are asked again.
            beginAgain(FAST);
            Eventually.holds(() -> store.askedAbout(own.path()) == 2, () -> "another question");
        }
    }

    @Test
    void twoItemsWithOneNarAreGivenAsLongAsOneIsThere() throws Exception {
        TestStore.Item one = store.build("one", 1_000, 1);
        TestStore.Item other = store.build("other", 1_000, 1);
        assertEquals(one.hash(), other.hash());
        wanted = new NodeConfig.Store(SeedStore.ALL, List.of(), List.of());
        begin(FAST);
        awaitTold(told(one, 0));
        assertArrayEquals(one.nar(), read(one));
        store.collect(one);
        TestStore.Item mark = store.build("mark", 1_000, 5);
        awaitTold(told(mark, 0));
        assertArrayEquals(other.nar(), read(other));
        assertFalse(told.contains(withdrawn(one)), told::toString);
        store.collect(other);
        awaitTold(withdrawn(other));
        Eventually.holds(() -> find(other).isEmpty(), () -> "none of them to be given");
    }

    @Test
    void theOtherOneOfTwoWithOneNarIsGivenWhenTheFirstIsDamaged() throws Exception {
        TestStore.Item one = store.build("one", 600_000, 1);
        TestStore.Item other = store.build("other", 600_000, 1);
        damage(one);
        wanted = new NodeConfig.Store(SeedStore.ALL, List.of(), List.of());
        begin(WHEN_ASKED);
        awaitTold(told(one, 0));
        assertArrayEquals(other.nar(), read(other));
    }

    @Test
    void theOtherOneOfTwoWithOneNarIsOfferedWhenTheFirstIsLost() throws Exception {
        TestStore.Item one = store.build("one", 600_000, 1);
        TestStore.Item other = store.build("other", 600_000, 1);
        wanted = new NodeConfig.Store(SeedStore.ALL, List.of(), List.of());
        begin(WHEN_ASKED);
        awaitTold(told(one, 0));
        Offers.Offer offer = find(one).orElseThrow();
        damage(one);
        assertThrows(CompletionException.class, () -> Eventually.get(offers.block(one.hash(), offer.root(), 1)));
        awaitTold(withdrawn(one));
        Eventually.holds(() -> told.getLast().equals(told(other, 0)), () -> "another offer in " + told);
        assertArrayEquals(other.nar(), read(other));
    }

    /** What an earlier run kept is known a while after the store is. */
    @Test
    void whatWasKeptEarlierIsOfferedWhenTheStoreHasItNoMore() throws Exception {
        TestStore.Item hello = store.build("hello", 1_000, 1);
        wanted = new NodeConfig.Store(SeedStore.ALL, List.of(), List.of());
        begin(WHEN_ASKED);
        awaitTold(told(hello, 0));
        assertArrayEquals(hello.nar(), read(hello));
        KeptNar kept = onDisk(hello);
        seeds.tell(new Seeds.AddKeptEarlier(List.of(new Seeds.Unproven(hello.path(), kept)),
                nar -> Optional.of(new Seeds.AddKept(hello.path(), nar, nar.manifest().root()))));
        assertArrayEquals(hello.nar(), read(hello));
        store.collect(hello);
        awaitTold(withdrawn(hello));
        Eventually.holds(() -> told.getLast().equals(told(hello, 0)), () -> "another offer in " + told);
        assertArrayEquals(hello.nar(), read(hello));
        letGo(kept);
        Eventually.holds(() -> told.getLast().equals(withdrawn(hello)), () -> "no offer in " + told);
        assertEquals(Optional.empty(), find(hello));
    }

    @Test
    void whatTheUserKeepsBackIsWithdrawnAtOnceAndNotOfferedBeforeHeTakesThatBack() throws Exception {
        TestStore.Item hello = store.build("hello", 1_000, 1);
        TestStore.Item other = store.build("other", 1_000, 2);
        wanted = new NodeConfig.Store(SeedStore.ALL, List.of(), List.of());
        begin(WHEN_ASKED);
        awaitTold(told(other, 0));
        assertArrayEquals(hello.nar(), read(hello));
        StoreSeeder first = Objects.requireNonNull(seeder);
        assertEquals(List.of(hello.path()), Eventually.get(first.exclude(hello.path())));
        awaitTold(withdrawn(hello));
        assertEquals(Optional.empty(), find(hello));
        assertEquals(List.of(), Eventually.get(first.exclude(hello.path())), "it is known already");
        assertEquals(List.of(other.path()), Eventually.get(first.exclude(other.hash())));
        Eventually.get(first.include(other.path()));
        Eventually.holds(() -> isRead(other), () -> "the other one to be given again");
        beginAgain(FAST);
        awaitTold(told(other, 0));
        TestStore.Item later = store.build("later", 1_000, 3);
        awaitTold(told(later, 0));
        assertFalse(told.stream().anyMatch(line -> line.contains(hello.hash().base32())), told::toString);
        assertEquals(List.of(other.path(), later.path()), Eventually.get(Objects.requireNonNull(seeder)
                .page(Long.MIN_VALUE)).items().stream().map(ValidItem::path).toList());
        assertEquals(2, Eventually.get(Objects.requireNonNull(seeder).count(Set.of())));
        assertEquals(1, Eventually.get(Objects.requireNonNull(seeder).count(Set.of(other.hash(), hello.hash()))));
        assertEquals(Optional.empty(), find(hello));
        Eventually.get(Objects.requireNonNull(seeder).include(hello.path()));
        awaitTold(told(hello, 0));
        assertArrayEquals(hello.nar(), read(hello));
    }

    private static void spoil(Path file) throws IOException {
        Files.writeString(file, "nothing of use");
    }

    /** The ledger can be found out again, what the user wants cannot. */
    @Test
    void whatTheUserKeepsBackStaysSoWhenTheLedgerIsLost() throws Exception {
        TestStore.Item hello = store.build("hello", 1_000, 1);
        TestStore.Item other = store.build("other", 1_000, 2);
        wanted = new NodeConfig.Store(SeedStore.ALL, List.of(), List.of());
        begin(WHEN_ASKED);
        awaitTold(told(other, 0));
        Eventually.get(Objects.requireNonNull(seeder).exclude(hello.path()));
        Objects.requireNonNull(seeder).close();
        spoil(directory.resolve("state/store.sqlite"));
        beginAgain(WHEN_ASKED);
        awaitTold(told(other, 0));
        assertEquals(List.of(told(other, 0)), told);
        assertTrue(Files.exists(directory.resolve("state/store.sqlite.damaged")));
    }

    @Test
    void nothingIsOfferedWhileItCannotBeReadWhatMustNotBe() throws Exception {
        TestStore.Item hello = store.build("hello", 1_000, 1);
        TestStore.Item other = store.build("other", 1_000, 2);
        store.publish(other);
        Path file = Files.createDirectories(directory.resolve("state")).resolve("store-excluded");
        exclusions.exclude(hello.path());
        byte[] content = Files.readAllBytes(file);
        spoil(file);
        try (LogLines log = new LogLines()) {
            begin(FAST);
            log.await("of the store nothing new is offered: " + file
                    + ", which says what of the store must not be offered, is damaged");
        }
        assertThrows(CompletionException.class, () -> find(other), "no would be a lie");
        assertThrows(CompletionException.class,
                () -> Eventually.get(Objects.requireNonNull(seeder).exclude(other.path())));
        assertEquals(List.of(), told);
        assertEquals(0, store.askedAbout(other.path()) + store.askedAbout(hello.path()));
        Files.write(file, content);
        awaitTold(told(other, 0));
        assertEquals(0, store.askedAbout(hello.path()));
    }

    @Test
    void aNarThatTheUserKeepsBackIsNotOfferedOfAnotherItemOrAfterARestart() throws Exception {
        TestStore.Item hello = store.build("hello", 1_000, 1);
        TestStore.Item other = store.build("other", 1_000, 1);
        TestStore.Item mark = store.build("mark", 1_000, 2);
        store.publish(hello);
        store.publish(other);
        store.publish(mark);
        begin(FAST);
        awaitTold(told(mark, 0));
        assertArrayEquals(hello.nar(), read(hello));
        StoreSeeder first = Objects.requireNonNull(seeder);
        Eventually.holds(() -> Eventually.get(first.find(hello.hash())).size() == 2, () -> "both");
        assertEquals(List.of(hello.path(), other.path()), Eventually.get(first.exclude(hello.hash())));
        awaitTold(withdrawn(hello));
        assertEquals(Optional.empty(), find(hello));
        assertEquals(List.of(), Eventually.get(first.exclude(hello.hash())), "it is known already");
        TestStore.Item another = store.build("another", 1_000, 1);
        store.publish(another);
        told.clear();
        TestStore.Item later = store.build("later", 1_000, 3);
        store.publish(later);
        awaitTold(told(later, 0));
        assertFalse(told.contains(told(another, 0)), told::toString);
        beginAgain(FAST);
        awaitTold(told(later, 0));
        store.collect(another);
        store.build("another", 1_000, 1);
        TestStore.Item last = store.build("last", 1_000, 4);
        store.publish(last);
        awaitTold(told(last, 0));
        assertFalse(told.stream().anyMatch(line -> line.contains(hello.hash().base32())), told::toString);
        assertEquals(Optional.empty(), find(hello));
        assertEquals(0, store.askedAbout(another.path()));
        // By one of them it comes back, of all.
        StoreSeeder second = Objects.requireNonNull(seeder);
        Eventually.get(second.include(another.path()));
        Eventually.holds(() -> Eventually.get(second.find(hello.hash())).size() == 3, () -> "all three");
        assertArrayEquals(hello.nar(), read(hello));
    }

    /** It is not known yet what there is. */
    @Test
    void whatTheUserKeepsBackBeforeTheStoreIsListedIsNotOffered() throws Exception {
        TestStore.Item hello = store.build("hello", 1_000, 1);
        TestStore.Item secret = store.build("secret", 1_000, 2);
        TestStore.Item other = store.build("other", 1_000, 3);
        wanted = new NodeConfig.Store(SeedStore.ALL, List.of(), List.of());
        Path ledger = directory.resolve("state/store.sqlite");
        Files.createDirectories(ledger);
        begin(WHEN_ASKED);
        StoreSeeder offered = Objects.requireNonNull(seeder);
        assertEquals(List.of(hello.path()), Eventually.get(offered.exclude(hello.path())), "it may be offered");
        assertEquals(List.of(), Eventually.get(offered.exclude(secret.hash())), "nobody knows of what item");
        Files.delete(ledger);
        awaitTold(told(other, 0));
        assertEquals(List.of(told(other, 0)), told);
    }

    @Test
    void whatTheUserKeepsBackBeforeItIsThereIsNotOffered() throws Exception {
        StorePath path = TestStore.path("hello");
        wanted = new NodeConfig.Store(SeedStore.ALL, List.of(), List.of());
        TestStore.Item mark = store.build("mark", 1_000, 3);
        begin(WHEN_ASKED);
        awaitTold(told(mark, 0));
        assertEquals(List.of(), Eventually.get(Objects.requireNonNull(seeder).exclude(path)));
        TestStore.Item hello = store.build("hello", 1_000, 1);
        assertEquals(path, hello.path());
        TestStore.Item other = store.build("other", 1_000, 2);
        awaitTold(told(other, 0));
        assertEquals(List.of(told(mark, 0), told(other, 0)), told);
        Objects.requireNonNull(seeder).close();
        assertThrows(CompletionException.class,
                () -> Eventually.get(Objects.requireNonNull(seeder).exclude(other.path())), "it is not written");
    }

    /** Those to ask about were chosen before. */
    @Test
    void nobodyIsAskedAboutWhatIsKeptBackMeanwhile() throws Exception {
        TestStore.Item hello = store.build("hello", 1_000, 1);
        TestStore.Item secret = store.build("secret", 1_000, 2);
        TestStore.Item other = store.build("other", 1_000, 3);
        StoreDatabase database = new StoreDatabase(directory.resolve("root/var/guix/db/db.sqlite"));
        List<StorePath> askedAbout = new CopyOnWriteArrayList<>();
        try (StoreLedger ledger = ledger()) {
            SeedingTools tools = tools(database, ledger, (path, hash) -> {
                askedAbout.add(path);
                return CompletableFuture.completedFuture(Gate.ABSENT);
            }, false, disk, asked, () -> now);
            List<Registration> chosen = new ArrayList<>();
            for (TestStore.Item item : List.of(hello, secret, other)) {
                chosen.add(StoreReader.registration(tools.reader().find(item.path()).orElseThrow()));
            }
            assertEquals(List.of(), Eventually.get(tools.judge(chosen)), "it is not known what is kept back");
            exclusions.exclude(hello.hash());
            exclusions.exclude(secret.path());
            assertEquals(List.of(chosen.getLast()),
                    Eventually.get(tools.judge(chosen)).stream().map(StoreLedger.Verdict::item).toList());
            assertEquals(List.of(other.path()), askedAbout);
        }
    }

    /** It was begun before. */
    @Test
    void aListingThatIsUnderWayDoesNotBringBackWhatIsKeptBack() throws Exception {
        TestStore.Item hello = store.build("hello", 1_000, 1);
        TestStore.Item other = store.build("other", 1_000, 2);
        StoreDatabase database = new StoreDatabase(directory.resolve("root/var/guix/db/db.sqlite"));
        ItemTable before = table(database);
        CompletableFuture<Void> reading = new CompletableFuture<>();
        try (StoreLedger ledger = ledger()) {
            ActorRef<StoreSeeding.Command> seeding = seeding(database, ledger, true,
                    task -> reading.thenRunAsync(task, disk), asked, () -> now);
            seeding.tell(new StoreSeeding.Listed(before));
            exclusions.exclude(hello.path());
            CompletableFuture<Void> answer = new CompletableFuture<>();
            seeding.tell(new StoreSeeding.Exclude(table -> Arrays.stream(table.find(hello.hash())), answer));
            Eventually.get(answer);
            seeding.tell(new StoreSeeding.Listed(before));
            reading.complete(null);
            ItemTable after = database
                    .scan(() -> new ItemTable.Builder(item -> item.path().equals(hello.path()), path -> false, 1))
                    .build();
            seeding.tell(new StoreSeeding.Listed(after));
            seeding.tell(new StoreSeeding.Listed(before));
            Eventually.holds(() -> find(seeding, other).isPresent(), () -> "the other one");
            assertEquals(Optional.empty(), find(seeding, hello));
        }
    }

    /** Of which nobody has asked for one. */
    @Test
    void allThatIsOfferedIsListedSomeAtATime() throws Exception {
        List<StorePath> all = new ArrayList<>();
        for (int i = 0; i < StoreSeeding.PAGE + 20; i++) {
            all.add(store.build("item-" + i, 10, i).path());
        }
        TestStore.Item last = store.build("last", 10, -1);
        wanted = new NodeConfig.Store(SeedStore.ALL, List.of(), List.of(new NamePattern("item-7")));
        begin(WHEN_ASKED);
        awaitTold(told(last, 0));
        all.remove(7);
        all.add(last.path());
        StoreSeeder offered = Objects.requireNonNull(seeder);
        assertEquals(StoreSeeding.PAGE, Eventually.get(offered.page(Long.MIN_VALUE)).items().size());
        assertEquals(all, offered.all(() -> false).map(ValidItem::path).toList());
        assertEquals(StoreSeeding.PAGE, offered.all(() -> true).count(), "whoever has hung up gets no further page");
        assertEquals(List.of(last.path()),
                Eventually.get(offered.find(last.hash())).stream().map(ValidItem::path).toList());
        assertEquals(List.of(), Eventually.get(offered.find(TestStore.path("item-7"))));
        ValidItem found = Eventually.get(offered.find(last.path())).getFirst();
        assertEquals(Optional.empty(), offered.verify(found));
        damage(last);
        assertTrue(offered.verify(found).orElseThrow().startsWith("its NAR has the hash "));
        awaitTold(withdrawn(last));
        assertEquals(List.of(), Eventually.get(offered.find(last.path())));
    }

    private KeptNar keep(TestStore.Item item) throws IOException {
        KeptNar kept = onDisk(item);
        seeds.tell(new Seeds.AddKept(item.path(), kept, kept.manifest().root()));
        return kept;
    }

    private KeptNar onDisk(TestStore.Item item) throws IOException {
        NarSize size = new NarSize(item.nar().length);
        ManifestBuilder manifest = new ManifestBuilder(size);
        manifest.update(item.nar(), 0, item.nar().length);
        Manifest whole = manifest.finish();
        NarStore nars = NarStore.open(directory.resolve("state"));
        try (PartialNar partial = nars.create(item.hash(), size)) {
            partial.write(0, item.nar(), 0, item.nar().length);
            return nars.keep(partial, item.hash(), whole, new byte[]{1});
        }
    }

    private void letGo(KeptNar kept) throws IOException {
        CompletableFuture<Boolean> answer = new CompletableFuture<>();
        seeds.tell(new Withdrawal.LetGo(kept.hash(), true, answer));
        assertTrue(Eventually.get(answer));
        kept.delete();
    }

    /** A download is kept, and lies in the store soon after. */
    @Test
    void whatIsKeptNoMoreIsStillToldOfWhileTheStoreHasIt() throws Exception {
        TestStore.Item hello = store.build("hello", 1_000, 1);
        wanted = new NodeConfig.Store(SeedStore.ALL, List.of(), List.of());
        begin(WHEN_ASKED);
        awaitTold(told(hello, 0));
        KeptNar kept = keep(hello);
        assertArrayEquals(hello.nar(), read(hello));
        told.clear();
        letGo(kept);
        Eventually.holds(() -> told.equals(List.of(withdrawn(hello), told(hello, 0))),
                () -> "another offer in " + told);
        assertArrayEquals(hello.nar(), read(hello));
    }

    /** What is kept of those makes room before others. */
    @Test
    void itIsKnownWhatTheStoreHasThatIsWhole() throws Exception {
        TestStore.Item hello = store.build("hello", 1_000, 1);
        TestStore.Item other = store.build("other", 1_000, 2);
        TestStore.Item secret = store.build("secret", 1_000, 3);
        wanted = new NodeConfig.Store(SeedStore.ALL, List.of(), List.of(new NamePattern("secret")));
        begin(WHEN_ASKED);
        awaitTold(told(other, 0));
        Set<NarHash> many = Set.of(hello.hash(), other.hash(), secret.hash(), new NarHash(Sha256.hash(new byte[9])));
        assertEquals(Set.of(), Eventually.get(Objects.requireNonNull(seeder).whole(many)), "none was read yet");
        assertArrayEquals(hello.nar(), read(hello));
        assertEquals(Set.of(hello.hash()), Eventually.get(Objects.requireNonNull(seeder).whole(many)));
        damage(hello);
        Optional<String> wrong = Objects.requireNonNull(seeder).verify(new StoreDatabase(
                directory.resolve("root/var/guix/db/db.sqlite")).find(hello.path()).orElseThrow());
        assertTrue(wrong.isPresent());
        assertEquals(Set.of(), Eventually.get(Objects.requireNonNull(seeder).whole(many)));
    }

    @Test
    void whatIsKeptIsStillToldOfWhenTheStoreHasItNoMore() throws Exception {
        TestStore.Item hello = store.build("hello", 1_000, 1);
        wanted = new NodeConfig.Store(SeedStore.ALL, List.of(), List.of());
        begin(WHEN_ASKED);
        awaitTold(told(hello, 0));
        assertArrayEquals(hello.nar(), read(hello));
        KeptNar kept = keep(hello);
        store.collect(hello);
        TestStore.Item mark = store.build("mark", 1_000, 5);
        awaitTold(told(mark, 0));
        assertArrayEquals(hello.nar(), read(hello));
        assertFalse(told.contains(withdrawn(hello)), told::toString);
        letGo(kept);
        awaitTold(withdrawn(hello));
        assertEquals(Optional.empty(), find(hello));
    }
}
