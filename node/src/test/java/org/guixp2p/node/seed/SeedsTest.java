// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.seed;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CopyOnWriteArraySet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.ManualTime;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.guixp2p.api.SeedStatus;
import org.guixp2p.node.swarm.Offers;
import org.guixp2p.node.testing.Eventually;
import org.guixp2p.node.testing.LogLines;
import org.guixp2p.persistence.ledger.Registration;
import org.guixp2p.persistence.nar.KeptNar;
import org.guixp2p.persistence.nar.NarStore;
import org.guixp2p.persistence.nar.PartialNar;
import org.guixp2p.persistence.nar.StoreSeeds;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.store.TreeSerializer;
import org.guixp2p.protocol.swarm.BlockLayout;
import org.guixp2p.protocol.swarm.Manifest;
import org.guixp2p.protocol.swarm.ManifestBuilder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is offered, and what becomes of it when it changes under the node's hands: on a real disk. */
@Timeout(60)
class SeedsTest {
    private static final StorePath ITEM = new StorePath("y0h4g6321gwygvwv47kr4bc8y0lf49fs-hello-2.12.1");

    private static final int MOST_IN_USE = 4;
    /** Of nothing that is offered. */
    private static final Sha256 OTHER_ROOT = Sha256.hash(new byte[0]);

    @TempDir
    private Path directory;

    private final ActorTestKit kit = ActorTestKit.create(ManualTime.config());
    private final ExecutorService disk = Executors.newFixedThreadPool(2);
    /** What the node was told, in order. */
    private final List<String> told = new CopyOnWriteArrayList<>();
    private final List<NarHash> given = new CopyOnWriteArrayList<>();
    private final OfferWatcher watcher = new OfferWatcher() {
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
    private final Set<StorePath> first = new CopyOnWriteArraySet<>();
    private SeedsInUse.Bounds bounds = new SeedsInUse.Bounds(MOST_IN_USE, 1 << 20, 0);
    private Path tree;
    private StoreSeeds known;
    private NarStore nars;
    private ActorRef<Seeds.Command> seeds;
    private SeedOffers offers;

    @BeforeEach
    void start() throws IOException {
        tree = Files.createDirectories(directory.resolve("store").resolve(ITEM.baseName()));
        byte[] content = new byte[600_000];
        new Random(5).nextBytes(content);
        Files.write(tree.resolve("file"), content);
        nars = NarStore.open(directory);
        startAgain();
    }

    private void startAgain() throws IOException {
        known = StoreSeeds.open(directory);
        seeds = kit.spawn(Seeds.create(
                new StoreItems(known, path -> directory.resolve("store").resolve(path.baseName())),
                new Seeds.Threads(disk, disk, disk),
                bounds, watcher, first::contains));
        offers = new SeedOffers(seeds, kit.system());
    }

    /** It was kept for others while the user had the same item named. */
    @Test
    void whatIsKeptIsOfferedWhenTheUserDoesNotWantTheSameItemAnyMore() throws Exception {
        byte[] nar = nar(tree);
        seed();
        seeds.tell(new Seeds.AddKeptEarlier(List.of(),
                kept -> Optional.of(new Seeds.AddKept(ITEM, kept, kept.manifest().root()))));
        KeptNar kept = keep(nar);
        assertEquals("store", described().getFirst().source());
        known.remove(ITEM);
        assertTrue(unname());
        await("the other offer", () -> !described().isEmpty() && described().getFirst().state().equals("offered"));
        assertEquals("kept", described().getFirst().source());
        assertTrue(Eventually.get(offers.find(kept.hash())).isPresent());
        assertEquals(new Seeds.Counted(Set.of(kept.hash()), 0), counted());
    }

    /** Until it holds, though a look may be under way as time begins to pass. */
    private void awaitLook(String what, BooleanSupplier condition) {
        ManualTime time = ManualTime.get(kit.system());
        await(what, () -> {
            time.timePasses(NamedItems.LOOK);
            return condition.getAsBoolean();
        });
    }

    /** In one piece, as Guix does. */
    private void collect(Path item) throws IOException {
        Files.move(item, Files.createTempDirectory(directory, "trash").resolve("trash"));
    }

    private boolean isOffered(NarHash hash) {
        return Eventually.get(offers.find(hash)).isPresent();
    }

    /** Nobody has asked for it, and no database need know of it. */
    @Test
    void whatIsCollectedIsWithdrawnAndHashedAgainWhenItIsThereAgain() throws Exception {
        NarHash before = seed();
        awaitLook("nothing", () -> true);
        collect(tree);
        awaitLook("the end of it", () -> !state().equals("offered"));
        assertEquals("withdrawn: " + tree + " is not there any more", state());
        assertEquals(List.of("offered " + before + " 0", "withdrawn " + before), told);
        assertFalse(isOffered(before));
        Files.createDirectories(tree);
        Files.writeString(tree.resolve("file"), "built again");
        NarHash after = new NarHash(Sha256.hash(nar(tree)));
        awaitLook("the new one", () -> state().equals("offered"));
        assertArrayEquals(nar(tree), block(after, 0));
        assertFalse(isOffered(before));
        assertTrue(known.has(ITEM));
    }

    @Test
    void whatIsAnotherItemByTheNextLookIsHashedAgain() throws Exception {
        NarHash before = seed();
        collect(tree);
        Files.createDirectories(tree);
        Files.writeString(tree.resolve("file"), "built again");
        NarHash after = new NarHash(Sha256.hash(nar(tree)));
        awaitLook("the new one", () -> isOffered(after));
        assertFalse(isOffered(before));
        assertEquals(List.of("offered " + before + " 0", "withdrawn " + before, "offered " + after + " 0"), told);
        assertEquals(1, described().size());
    }

    /** Without a look in between. */
    @Test
    void whatIsNamedAgainIsOfferedAsItIsNow() throws Exception {
        NarHash before = seed();
        collect(tree);
        Files.createDirectories(tree);
        Files.writeString(tree.resolve("file"), "built again");
        NarHash after = seed();
        assertTrue(isOffered(after));
        assertFalse(isOffered(before));
        collect(tree);
        seeds.tell(new Seeds.AddStoreItems(List.of(ITEM), false));
        await("its refusal", () -> state().equals("refused: " + tree + " does not exist"));
        assertFalse(isOffered(after));
        assertEquals(List.of("offered " + before + " 0", "withdrawn " + before, "offered " + after + " 0",
                "withdrawn " + after), told);
    }

    /** It may be named before it is built. */
    @Test
    void whatIsNamedAndComesLaterIsOfferedThen() throws Exception {
        collect(tree);
        known.add(ITEM);
        seeds.tell(new Seeds.AddStoreItems(List.of(ITEM), false));
        await("its refusal", () -> state().equals("refused: " + tree + " does not exist"));
        Files.createDirectories(tree);
        Files.writeString(tree.resolve("file"), "built at last");
        awaitLook("an offer", () -> state().equals("offered"));
        assertTrue(isOffered(new NarHash(Sha256.hash(nar(tree)))));
    }

    /** To hash it takes long, and it gives nothing new. */
    @Test
    void whatStaysAsItWasIsHashedOnce() throws Exception {
        List<Runnable> background = new CopyOnWriteArrayList<>();
        seeds = kit.spawn(Seeds.create(
                new StoreItems(known, path -> directory.resolve("store").resolve(path.baseName())),
                new Seeds.Threads(disk, task -> {
                    background.add(task);
                    disk.execute(task);
                }, disk), bounds, watcher, first::contains));
        offers = new SeedOffers(seeds, kit.system());
        seed();
        StorePath none = new StorePath("0123456789abcdfghijklmnpqrsvwxyz-none");
        known.add(none);
        seeds.tell(new Seeds.AddStoreItems(List.of(none), false));
        await("its refusal", () -> described().size() == 2 && state().startsWith("refused"));
        assertEquals(4, background.size(), "a look at what is known, and one at the tree, of each");
        for (int looks = 0; looks < 20; looks++) {
            awaitLook("a look", () -> true);
            assertEquals(4, background.size());
        }
        known.remove(ITEM);
        assertTrue(unname());
        collect(tree);
        awaitLook("a look", () -> true);
        assertEquals(List.of(none.path()), described().stream().map(SeedStatus::storePath).toList());
    }

    @Test
    void anotherNamedItemWithTheSameNarIsOfferedInPlaceOfOneThatIsCollected() throws Exception {
        StorePath other = new StorePath("z0h4g6321gwygvwv47kr4bc8y0lf49fs-hello-2.12.1");
        Path twin = Files.createDirectories(tree.resolveSibling(other.baseName()));
        Files.copy(tree.resolve("file"), twin.resolve("file"));
        NarHash hash = seed();
        known.add(other);
        seeds.tell(new Seeds.AddStoreItems(List.of(other), false));
        await("it to be hashed", () -> known.find(other).isPresent() && described().size() == 1);
        collect(tree);
        awaitLook("the twin", () -> described().size() == 2 && described().getLast().state().equals("offered"));
        assertEquals(other.path(), described().getLast().storePath());
        assertEquals("withdrawn: " + tree + " is not there any more", state());
        assertTrue(isOffered(hash));
        collect(twin);
        awaitLook("both to be gone", () -> !isOffered(hash));
    }

    private Set<NarHash> among(NarHash... nars) {
        CompletableFuture<Set<NarHash>> answer = new CompletableFuture<>();
        seeds.tell(new Seeds.WhichNamed(Set.of(nars), answer));
        return Eventually.get(answer);
    }

    /** What is kept of it makes room before others. */
    @Test
    void itIsKnownWhatWouldBeOfferedIfItWereNotKept() throws Exception {
        KeptNar other = keep(new byte[]{1, 2, 3});
        NarHash hash = seed();
        KeptNar kept = keep(nar(tree));
        assertEquals(Set.of(hash), among(other.hash(), kept.hash(), new NarHash(OTHER_ROOT)));
        known.remove(ITEM);
        assertTrue(unname());
        assertEquals(Set.of(), among(other.hash(), kept.hash()));
    }

    @Test
    void whatIsKeptIsMissedWhenTheNamedItemIsAnotherByNow() throws Exception {
        KeptNar kept = keep(nar(tree));
        seed();
        assertEquals(Set.of(kept.hash()), among(kept.hash()));
        collect(tree);
        Files.createDirectories(tree);
        Files.writeString(tree.resolve("file"), "built again");
        NarHash after = new NarHash(Sha256.hash(nar(tree)));
        awaitLook("the new one", () -> isOffered(after));
        assertEquals(Set.of(after), among(kept.hash(), after));
        assertTrue(isOffered(kept.hash()));
    }

    /** It was kept before the user named it. */
    @Test
    void aNamedItemIsOfferedWhenWhatIsKeptOfItHasToGo() throws Exception {
        KeptNar kept = keep(nar(tree));
        seed();
        assertEquals("kept", described().getFirst().source());
        assertEquals(Set.of(kept.hash()), among(kept.hash()));
        assertTrue(letGo(kept.hash(), true));
        await("the item", () -> !described().isEmpty() && described().getFirst().source().equals("store")
                && state().equals("offered"));
        assertTrue(isOffered(kept.hash()));
    }

    /** Somebody has asked for it before the user named it. */
    @Test
    void whatTheUserNamesIsNotTheStoresAnyMore() throws Exception {
        NarHash hash = seed();
        known.remove(ITEM);
        Offers.Offer offer = Eventually.get(offers.find(hash)).orElseThrow();
        assertTrue(unname());
        seeds.tell(new Seeds.AddRegistered(ITEM, new Seeds.Offered(hash, offer.size(), offer.root()),
                new Registered(hash), false));
        await("it to be open", () -> described().getFirst().source().equals("registered"));
        seed();
        assertEquals("store", described().getFirst().source());
        assertEquals(new Seeds.Counted(Set.of(hash), 0), counted());
        seeds.tell(new Seeds.WithdrawRegistered(new Registered(hash).item(), false));
        assertTrue(isOffered(hash), "it is named");
        collect(tree);
        awaitLook("its end", () -> !isOffered(hash));
        assertEquals("withdrawn " + hash, told.getLast());
    }

    private final class Registered implements RegisteredTree {
        private final NarHash hash;

        Registered(NarHash hash) {
            this.hash = hash;
        }

        @Override
        public Registration item() {
            return new Registration(1, 1, hash);
        }

        @Override
        public Path path() {
            return tree;
        }

        @Override
        public Manifest manifest() throws IOException {
            return HashedTree.of(tree).manifest();
        }

        @Override
        public void lost() {
            throw new AssertionError("nobody has read it");
        }
    }

    /** There may be room for some announcements only. Two blocks more are given, so that it is told once more. */
    @Test
    void whatTheUserWantsFirstIsToldOfFirstWhereverItLies() throws Exception {
        first.add(ITEM);
        NarHash hash = seed();
        assertEquals(List.of("offered " + hash + " 3"), told);
        block(hash, 0);
        block(hash, 1);
        assertEquals("offered " + hash + " 5", told.getLast());
        known.remove(ITEM);
        assertTrue(unname());
        told.clear();
        KeptNar kept = keep(nar(tree));
        await("what is kept", () -> told.contains("offered " + kept.hash() + " 3"));
        block(hash, 0);
        assertEquals("offered " + hash + " 4", told.getLast());
        assertTrue(letGo(hash, true));
        told.clear();
        seeds.tell(new Seeds.AddKeptEarlier(List.of(new Seeds.Unproven(ITEM, kept)),
                nar -> Optional.of(new Seeds.AddKept(ITEM, nar, nar.manifest().root()))));
        await("what was kept earlier", () -> told.contains("offered " + kept.hash() + " 3"));
        KeptNar other = keep(new byte[]{1, 2, 3});
        await("no other path", () -> told.contains("offered " + other.hash() + " 1"));
    }

    private Seeds.Counted counted() {
        TestProbe<Seeds.Counted> probe = kit.createTestProbe();
        seeds.tell(new Seeds.Count(probe.ref()));
        return probe.receiveMessage();
    }

    /** It is asked again and again, and there may be 100,000: what is as before is not counted anew. */
    @Test
    void whatIsCountedIsWhatIsOfferedNow() throws IOException {
        assertEquals(new Seeds.Counted(Set.of(), 0), counted());
        for (int times = 0; times < 2; times++) {
            NarHash hash = seed();
            assertEquals(new Seeds.Counted(Set.of(hash), 0), counted());
            assertSame(counted().named(), counted().named());
            known.remove(ITEM);
            assertTrue(unname());
            assertEquals(new Seeds.Counted(Set.of(), 0), counted());
        }
    }

    /** What was named at the start may take hours. */
    @Test
    void whatIsNamedNowDoesNotWaitForWhatWasNamedEarlier() throws IOException {
        List<Runnable> held = new CopyOnWriteArrayList<>();
        seeds = kit.spawn(Seeds.create(
                new StoreItems(known, path -> directory.resolve("store").resolve(path.baseName())),
                new Seeds.Threads(disk, held::add, disk), bounds, watcher, first::contains));
        offers = new SeedOffers(seeds, kit.system());
        known.add(ITEM);
        seeds.tell(new Seeds.AddStoreItems(List.of(ITEM), true));
        NarHash hash = new NarHash(Sha256.hash(nar(tree)));
        await("an offer", () -> offers.find(hash).toCompletableFuture().join().isPresent());
    }

    @AfterEach
    void stop() {
        kit.shutdownTestKit();
        disk.shutdownNow();
    }

    private static byte[] nar(Path tree) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        TreeSerializer.write(tree, out);
        return out.toByteArray();
    }

    private List<SeedStatus> described() {
        TestProbe<Seeds.Described> probe = kit.createTestProbe();
        seeds.tell(new Seeds.Describe(probe.ref()));
        return probe.receiveMessage().seeds();
    }

    private static void await(String what, BooleanSupplier condition) {
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > until) {
                fail("in vain waited for: " + what);
            }
            LockSupport.parkNanos(2_000_000);
        }
    }

    private String state() {
        return described().getFirst().state();
    }

    private NarHash seed() throws IOException {
        known.add(ITEM);
        seeds.tell(new Seeds.AddStoreItems(List.of(ITEM), false));
        await("the end of hashing", () -> !state().equals("hashing"));
        return new NarHash(Sha256.hash(nar(tree)));
    }

    private KeptNar keep(byte[] nar) throws IOException {
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

    private Sha256 root(NarHash hash) throws Exception {
        return offers.find(hash).toCompletableFuture().get(20, TimeUnit.SECONDS).map(Offers.Offer::root)
                .orElse(OTHER_ROOT);
    }

    private byte[] block(NarHash hash, int index) throws Exception {
        return offers.block(hash, root(hash), index).toCompletableFuture().get(20, TimeUnit.SECONDS);
    }

    private void assertWithdrawn(NarHash hash, int index, String why) throws Exception {
        try (LogLines log = new LogLines()) {
            assertThrows(ExecutionException.class, () -> block(hash, index));
            assertEquals(ITEM + " is offered no more: " + why, log.await("is offered no more"));
        }
        assertEquals(Optional.empty(), offers.find(hash).toCompletableFuture().get(20, TimeUnit.SECONDS));
        assertEquals("withdrawn: " + why, state());
        assertEquals("withdrawn " + hash, told.getLast());
        assertThrows(ExecutionException.class, () -> block(hash, 0));
        assertThrows(ExecutionException.class,
                () -> offers.manifest(hash, root(hash)).toCompletableFuture().get(20, TimeUnit.SECONDS));
    }

    /** Puts other bytes in the file without a trace in its size and times. */
    private void damageSilently(Path file, long at) throws IOException {
        FileTime time = Files.getLastModifiedTime(file);
        byte[] content = Files.readAllBytes(file);
        content[(int) at] ^= 1;
        Files.write(file, content);
        Files.setLastModifiedTime(file, time);
    }

    @Test
    void eachBlockThatIsGivenIsTold() throws Exception {
        NarHash hash = seed();
        block(hash, 0);
        block(hash, 2);
        Eventually.get(offers.peek(hash, root(hash), 1));
        offers.blockGivenAgain(hash);
        assertEquals("offered", state());
        assertEquals(List.of(hash, hash, hash), given);
    }

    private boolean unname() {
        CompletableFuture<Boolean> answer = new CompletableFuture<>();
        seeds.tell(new Withdrawal.Unname(ITEM, answer));
        return Eventually.get(answer);
    }

    @Test
    void whatTheUserTakesBackIsWithdrawn() throws Exception {
        NarHash hash = seed();
        assertTrue(unname());
        assertEquals("withdrawn " + hash, told.getLast());
        assertEquals(Optional.empty(), Eventually.get(offers.find(hash)));
        assertEquals(List.of(), described());
        assertFalse(unname());
        seed();
        assertTrue(Eventually.get(offers.find(hash)).isPresent(), "it may be named again");
    }

    /** To hash a large one takes minutes. */
    @Test
    void whatIsTakenBackWhileItIsHashedIsNotOfferedAndForgotten() throws Exception {
        List<Runnable> held = new CopyOnWriteArrayList<>();
        seeds = kit.spawn(Seeds.create(
                new StoreItems(known, path -> directory.resolve("store").resolve(path.baseName())),
                new Seeds.Threads(disk, held::add, disk),
                bounds, watcher, first::contains));
        known.add(ITEM);
        seeds.tell(new Seeds.AddStoreItems(List.of(ITEM), false));
        await("a look at what is known", () -> held.size() == 1);
        held.removeFirst().run();
        await("hashing", () -> held.size() == 1);
        assertEquals("hashing", state());
        known.remove(ITEM);
        assertFalse(unname());
        assertEquals(List.of(), described());
        held.removeFirst().run();
        assertFalse(known.has(ITEM), "the next start must not offer it either");
        assertEquals(List.of(), described());
        assertEquals(List.of(), told);
    }

    @Test
    void whatIsFoundToBeDamagedIsWithdrawn() throws Exception {
        NarHash hash = seed();
        seeds.tell(new Withdrawal.DamagedItem(ITEM, hash, "somebody has looked"));
        await("its end", () -> state().equals("withdrawn: somebody has looked"));
        assertEquals("withdrawn " + hash, told.getLast());
        await("what hashing it gave to be forgotten", () -> known.find(ITEM).isEmpty());
        assertTrue(known.has(ITEM));
    }

    @Test
    void whatIsKeptStaysWhenTheStoresCopyIsDamaged() throws Exception {
        KeptNar kept = keep(nar(tree));
        seed();
        seeds.tell(new Withdrawal.DamagedItem(ITEM, kept.hash(), "somebody has looked"));
        assertEquals("offered", state());
        assertEquals(List.of("offered " + kept.hash() + " 0"), told);
        assertArrayEquals(Arrays.copyOf(nar(tree), BlockLayout.BLOCK_BYTES), block(kept.hash(), 0));
        assertTrue(Files.exists(kept.file()));
    }

    @Test
    void anItemStaysWhenWhatIsKeptOfItIsDamaged() throws Exception {
        NarHash hash = seed();
        keep(nar(tree));
        seeds.tell(new Withdrawal.DamagedKept(hash, "somebody has looked"));
        assertEquals("offered", state());
        assertEquals(List.of("offered " + hash + " 0"), told);
    }

    private boolean letGo(NarHash hash, boolean evenInUse) {
        CompletableFuture<Boolean> answer = new CompletableFuture<>();
        seeds.tell(new Withdrawal.LetGo(hash, evenInUse, answer));
        return Eventually.get(answer);
    }

    @Test
    void aKeptNarIsLetGoWhenNobodyReadsIt() throws Exception {
        KeptNar kept = keep(nar(tree));
        block(kept.hash(), 0);
        assertFalse(letGo(kept.hash(), false));
        assertTrue(Eventually.get(offers.find(kept.hash())).isPresent());
        assertTrue(letGo(kept.hash(), true));
        assertEquals("withdrawn " + kept.hash(), told.getLast());
        await("whoever has read it to end", () -> letGo(kept.hash(), false));
        NarHash named = seed();
        assertTrue(letGo(named, true));
        assertTrue(Eventually.get(offers.find(named)).isPresent(), "it is read elsewhere, and stays");
    }

    @Test
    void aNamedItemIsServedOnceItWasHashed() throws Exception {
        byte[] nar = nar(tree);
        NarHash hash = seed();
        assertEquals("offered", state());
        assertEquals(nar.length,
                offers.find(hash).toCompletableFuture().get(20, TimeUnit.SECONDS).orElseThrow().size().bytes());
        for (int i = 0; i < 2; i++) {
            assertArrayEquals(Arrays.copyOfRange(nar, 2 * BlockLayout.BLOCK_BYTES, nar.length), block(hash, 2));
            assertArrayEquals(Arrays.copyOf(nar, BlockLayout.BLOCK_BYTES), block(hash, 0));
        }
        assertEquals(4, described().getFirst().blocksServed());
        String offered = "offered " + hash + " ";
        assertEquals(List.of(offered + 0, offered + 1, offered + 2, offered + 4), told);
    }

    /** Whoever follows another one would take the block for a lie. */
    @Test
    void underAnotherRootNothingIsGiven() throws Exception {
        NarHash hash = seed();
        for (CompletionStage<?> answer : List.of(offers.block(hash, OTHER_ROOT, 0), offers.peek(hash, OTHER_ROOT, 0),
                offers.manifest(hash, OTHER_ROOT))) {
            ExecutionException refused = assertThrows(ExecutionException.class,
                    () -> answer.toCompletableFuture().get(20, TimeUnit.SECONDS));
            assertEquals("not offered", Objects.requireNonNull(refused.getCause()).getMessage());
        }
        assertEquals(0, described().getFirst().blocksServed());
        assertEquals("offered", state());
        assertEquals(root(hash),
                offers.manifest(hash, root(hash)).toCompletableFuture().get(20, TimeUnit.SECONDS).root());
        assertArrayEquals(Arrays.copyOf(nar(tree), BlockLayout.BLOCK_BYTES), block(hash, 0));
    }

    @Test
    void anItemThatIsNotThereIsRefusedByName() throws Exception {
        Files.delete(tree.resolve("file"));
        Files.delete(tree);
        known.add(ITEM);
        try (LogLines log = new LogLines()) {
            seeds.tell(new Seeds.AddStoreItems(List.of(ITEM), false));
            log.await(ITEM + " is not offered: " + tree + " does not exist");
        }
        assertEquals("refused: " + tree + " does not exist", state());
    }

    @Test
    void anItemDamagedAfterItWasHashedIsWithdrawn() throws Exception {
        NarHash hash = seed();
        damageSilently(tree.resolve("file"), 300_000);
        assertArrayEquals(Arrays.copyOf(nar(tree), BlockLayout.BLOCK_BYTES), block(hash, 0), "what is as it was");
        assertWithdrawn(hash, 1, "block 1 is not what was hashed");
        // The next start does not take the old hash for granted.
        await("what is known of it to be forgotten", () -> known.find(ITEM).isEmpty());
        // The last of it, or it would be removed from under the next start.
        Path manifest = directory.resolve("seeds").resolve(ITEM.baseName() + ".manifest");
        await("its manifest to be gone", () -> Files.notExists(manifest));
        assertEquals(List.of(ITEM), known.list());
        startAgain();
        NarHash other = seed();
        assertFalse(other.equals(hash));
        assertArrayEquals(Arrays.copyOfRange(nar(tree), 262_144, 524_288), block(other, 1));
    }

    @Test
    void anItemChangedWhileItIsServedIsWithdrawn() throws Exception {
        NarHash hash = seed();
        block(hash, 0);
        Files.writeString(tree.resolve("file"), "short");
        assertWithdrawn(hash, 1, "changed since its tree was indexed: " + tree.resolve("file"));
    }

    @Test
    void anItemReplacedByASmallerOneIsWithdrawn() throws Exception {
        NarHash hash = seed();
        int size = nar(tree).length;
        Files.writeString(tree.resolve("file"), "short");
        assertWithdrawn(hash, 2, "its NAR has " + nar(tree).length + " bytes instead of " + size);
    }

    @Test
    void anItemThatWasCollectedIsWithdrawn() throws Exception {
        NarHash hash = seed();
        Files.delete(tree.resolve("file"));
        Files.delete(tree);
        assertWithdrawn(hash, 0, tree + " is not there any more");
    }

    /** A start does not read all manifests. */
    @Test
    void anItemWhoseManifestIsDamagedIsWithdrawnWhenItIsAskedForAndHashedAgain() throws Exception {
        NarHash hash = seed();
        Path manifest = directory.resolve("seeds").resolve(ITEM.baseName() + ".manifest");
        byte[] content = Files.readAllBytes(manifest);
        content[60] ^= 1;
        Files.write(manifest, content);
        startAgain();
        seed();
        assertWithdrawn(hash, 0, "manifest " + manifest + ": damaged");
        await("what is known of it to be forgotten", () -> known.find(ITEM).isEmpty());
        startAgain();
        assertEquals(hash, seed());
        assertArrayEquals(Arrays.copyOf(nar(tree), BlockLayout.BLOCK_BYTES), block(hash, 0));
    }

    @Test
    void whatIsKnownFromAnEarlierRunIsNotHashedAgain() throws Exception {
        NarHash hash = seed();
        damageSilently(tree.resolve("file"), 0);
        startAgain();
        seed();
        assertTrue(offers.find(hash).toCompletableFuture().get(20, TimeUnit.SECONDS).isPresent(),
                "a store item does not change in place");
        assertWithdrawn(hash, 0, "block 0 is not what was hashed");
    }

    @Test
    void aKeptNarThatIsDamagedIsWithdrawnAndRemoved() throws Exception {
        byte[] nar = nar(tree);
        KeptNar kept = keep(nar);
        assertArrayEquals(Arrays.copyOf(nar, BlockLayout.BLOCK_BYTES), block(kept.hash(), 0));
        damageSilently(kept.file(), 600_000);
        assertWithdrawn(kept.hash(), 2, "block 2 is not what was hashed");
        await("the file to go", () -> !Files.exists(kept.file()));
        assertEquals(List.of(), nars.list());
    }

    @Test
    void aKeptNarThatIsCutShortOrGoneIsWithdrawn() throws Exception {
        byte[] nar = nar(tree);
        KeptNar kept = keep(nar);
        Files.write(kept.file(), Arrays.copyOf(nar, 300_000));
        assertWithdrawn(kept.hash(), 0, "its NAR has 300000 bytes instead of " + nar.length);
        await("the file to go", () -> !Files.exists(kept.file()));
        KeptNar again = keep(nar);
        await("the offer", () -> state().equals("offered"));
        Files.delete(again.file());
        assertWithdrawn(again.hash(), 0, again.file() + " is not there any more");
    }

    /** The earlier file, which may be damaged, is held open while the new one takes its name. */
    @Test
    void aKeptNarThatIsKeptAnewIsReadAnew() throws Exception {
        byte[] nar = nar(tree);
        KeptNar damaged = keep(nar);
        block(damaged.hash(), 0);
        damageSilently(damaged.file(), 600_000);
        KeptNar fresh = keep(nar);
        assertArrayEquals(Arrays.copyOfRange(nar, 2 * BlockLayout.BLOCK_BYTES, nar.length), block(fresh.hash(), 2));
        assertEquals(2, described().getFirst().blocksServed());
        await("the earlier file to be closed", () -> openFiles() == 1);
        assertEquals(List.of(fresh), nars.list());
    }

    private long openFiles() {
        try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
            return descriptors.filter(descriptor -> {
                try {
                    return Files.readSymbolicLink(descriptor).startsWith(directory.resolve("nars"));
                } catch (IOException closedMeanwhile) {
                    return false;
                }
            }).count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void aFileIsClosedWhenNobodyHasAskedForAWhile() throws Exception {
        byte[] nar = nar(tree);
        KeptNar kept = keep(nar);
        assertEquals(0, openFiles());
        block(kept.hash(), 0);
        assertEquals(1, openFiles());
        ManualTime time = ManualTime.get(kit.system());
        // The last answer may reach the actor after time has begun to pass, and begins its rest anew.
        await("the file to be closed", () -> {
            time.timePasses(Seed.IDLE);
            return openFiles() == 0;
        });
        assertArrayEquals(Arrays.copyOf(nar, BlockLayout.BLOCK_BYTES), block(kept.hash(), 0));
        assertEquals(1, openFiles());
    }

    @Test
    void whatIsInUseIsAnActorThatStopsWhenNobodyHasAskedForAWhile() throws Exception {
        KeptNar kept = keep(nar(tree));
        assertFalse(isRunning("seed-0"), "nobody has asked yet");
        block(kept.hash(), 0);
        assertTrue(isRunning("seed-0"));
        ManualTime time = ManualTime.get(kit.system());
        await("the actor to stop", () -> {
            time.timePasses(Seed.IDLE);
            return !isRunning("seed-0");
        });
        block(kept.hash(), 0);
        assertTrue(isRunning("seed-1"), "another one begins where it is asked for again");
    }

    private boolean isRunning(String child) {
        return Adapter.toClassic(kit.system()).actorSelection(seeds.path().child(child).toStringWithoutAddress())
                .resolveOne(Duration.ofSeconds(20)).handle((found, failure) -> found != null).toCompletableFuture()
                .join();
    }

    /** Peers that ask for everything there is get it, and the node keeps its file descriptors. */
    @Test
    void onlySoManyFilesAreOpen() throws Exception {
        for (int i = 0; i < 10; i++) {
            KeptNar kept = keep(("nar " + i).getBytes(StandardCharsets.UTF_8));
            assertEquals("nar " + i, new String(block(kept.hash(), 0), StandardCharsets.UTF_8));
        }
        await("the oldest to be closed", () -> openFiles() == MOST_IN_USE);
    }

    /** An index of a tree with many files, or a manifest of many blocks, is large. */
    @Test
    void onlySoMuchMemoryIsInUse() throws Exception {
        bounds = new SeedsInUse.Bounds(100, 3 * NarContent.OPEN_FILE + 1000, 0);
        startAgain();
        for (int i = 0; i < 10; i++) {
            KeptNar kept = keep(("nar " + i).getBytes(StandardCharsets.UTF_8));
            assertEquals("nar " + i, new String(block(kept.hash(), 0), StandardCharsets.UTF_8));
        }
        await("the oldest to be closed", () -> openFiles() == 3);
        // A single one may take more than all may together.
        bounds = new SeedsInUse.Bounds(100, 1, 0);
        startAgain();
        byte[] nar = nar(tree);
        KeptNar kept = keep(nar);
        for (int i = 0; i < 3; i++) {
            assertEquals(new BlockLayout(kept.size()).length(i), block(kept.hash(), i).length);
        }
        assertEquals(4, openFiles());
    }
}
