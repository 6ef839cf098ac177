// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.seed;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.ManualTime;
import org.apache.pekko.actor.typed.ActorRef;
import org.guixp2p.node.config.ByteSize;
import org.guixp2p.node.config.SeedQuota;
import org.guixp2p.node.testing.Eventually;
import org.guixp2p.node.testing.LogLines;
import org.guixp2p.persistence.nar.Demand;
import org.guixp2p.persistence.nar.KeptNar;
import org.guixp2p.persistence.nar.NarStore;
import org.guixp2p.persistence.nar.PartialNar;
import org.guixp2p.persistence.nar.StoreSeeds;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.swarm.Manifest;
import org.guixp2p.protocol.swarm.ManifestBuilder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is kept within a quota, with real files and who offers them. */
@Timeout(60)
class KeptShelfTest {
    private static final int SIZE = 100_000;
    /** Of one NAR, with what lies beside it. */
    private static final long TAKES = KeptNar.bytesOnDisk(new NarSize(SIZE));
    private static final SeedQuota THREE = new SeedQuota(new ByteSize(3 * TAKES), 1);

    private static final Instant FIRST_PUT = Instant.now().minus(Duration.ofHours(1));

    @TempDir
    private Path directory;

    private int put;

    private final ActorTestKit kit = ActorTestKit.create(ManualTime.config());
    private final ExecutorService disk = Executors.newFixedThreadPool(2);
    private final List<NarHash> withdrawn = new CopyOnWriteArrayList<>();
    private final List<NarHash> givenBack = new CopyOnWriteArrayList<>();
    private final Map<NarHash, Integer> others = new HashMap<>();
    private final Set<StorePath> lasting = new HashSet<>();
    private CompletionStage<Set<NarHash>> spare = CompletableFuture.completedFuture(Set.of());
    private long free = 1L << 40;
    private Instant now = Instant.parse("2026-11-28T00:00:00Z");
    private NarStore nars;
    private Demand demand;
    private ActorRef<Seeds.Command> seeds;
    private SeedOffers offers;
    private KeptShelf shelf;

    @BeforeEach
    void start() throws IOException {
        nars = NarStore.open(directory);
        demand = Demand.open(directory, () -> now);
        seeds = kit.spawn(Seeds.create(new StoreItems(StoreSeeds.open(directory), path -> directory),
                new Seeds.Threads(disk, disk, disk),
                new SeedsInUse.Bounds(4, 1 << 20, 0), new OfferWatcher() {
                    @Override
                    public void offered(NarHash nar, NarSize size, long blocks) {}

                    @Override
                    public void withdrawn(NarHash nar) {
                        withdrawn.add(nar);
                        shelf.withdrawn(nar);
                    }
                }, path -> false));
        offers = new SeedOffers(seeds, kit.system());
        shelf = shelf(THREE);
    }

    private KeptShelf shelf(SeedQuota quota) {
        return new KeptShelf(new KeptShelf.Policy(quota, () -> free, demand, nar -> others.getOrDefault(nar, 0),
                lasting::contains), new KeptShelf.Offering() {
                    @Override
                    public CompletionStage<Boolean> letGo(NarHash nar, boolean evenInUse) {
                        CompletableFuture<Boolean> answer = new CompletableFuture<>();
                        seeds.tell(new Withdrawal.LetGo(nar, evenInUse, answer));
                        return answer;
                    }

                    @Override
                    public CompletionStage<Set<NarHash>> spare(Set<NarHash> nars) {
                        return spare;
                    }

                    @Override
                    public void giveBack(Seeds.Unproven nar) {
                        givenBack.add(nar.nar().hash());
                    }
                });
    }

    @AfterEach
    void stop() {
        assertEquals(shelf.all().stream().mapToLong(nar -> nar.nar().bytesOnDisk()).sum(), shelf.bytes());
        kit.shutdownTestKit();
        disk.shutdownNow();
    }

    private static byte[] bytes(int number) {
        byte[] nar = new byte[SIZE];
        new Random(number).nextBytes(nar);
        return nar;
    }

    private static NarHash hash(int number) {
        return new NarHash(Sha256.hash(bytes(number)));
    }

    private static StorePath path(int number) {
        return new StorePath("y0h4g6321gwygvwv47kr4bc8y0lf49fs-item-" + number);
    }

    /** Without asking for room. */
    private KeptNar put(int number) throws IOException {
        byte[] nar = bytes(number);
        ManifestBuilder builder = new ManifestBuilder(new NarSize(SIZE));
        builder.update(nar, 0, SIZE);
        Manifest manifest = builder.finish();
        try (PartialNar partial = nars.create(hash(number), new NarSize(SIZE))) {
            partial.write(0, nar, 0, SIZE);
            Path file = nars.keep(partial, hash(number), manifest, new byte[]{1}).file();
            // The kernel's clock for files may stand still from one to the next.
            Files.setLastModifiedTime(file, FileTime.from(FIRST_PUT.plusSeconds(put++)));
            KeptNar kept = nars.find(hash(number)).orElseThrow();
            shelf.add(path(number), kept);
            seeds.tell(new Seeds.AddKept(path(number), kept, manifest.root()));
            return kept;
        }
    }

    private Optional<String> keep(int number) throws IOException {
        Optional<String> refused = shelf.makeRoom(hash(number), new NarSize(SIZE));
        if (refused.isEmpty()) {
            put(number);
        }
        return refused;
    }

    private List<Integer> kept() throws IOException {
        List<NarHash> there = nars.list().stream().map(KeptNar::hash).toList();
        return Stream.iterate(0, number -> number + 1).limit(20).filter(number -> there.contains(hash(number)))
                .toList();
    }

    private byte[] block(int number) {
        NarHash hash = hash(number);
        return Eventually.get(offers.block(hash, Eventually.get(offers.find(hash)).orElseThrow().root(), 0));
    }

    @Test
    void theLeastWantedMakeRoomForWhatIsNewAndAreWithdrawn() throws IOException {
        for (int i = 0; i < 3; i++) {
            assertEquals(Optional.empty(), keep(i));
        }
        demand.given(hash(0), SIZE);
        demand.given(hash(1), 10);
        demand.given(hash(2), 3L * SIZE);
        assertEquals(Optional.empty(), keep(3));
        assertEquals(List.of(0, 2, 3), kept());
        assertEquals(List.of(hash(1)), withdrawn);
        assertEquals(Optional.empty(), Eventually.get(offers.find(hash(1))));
        assertEquals(9, files("nars").size(), "nothing is left beside what is gone");
        assertEquals(Optional.empty(), keep(4));
        assertEquals(List.of(0, 2, 4), kept());
        assertEquals(3 * TAKES, shelf.bytes());
    }

    private List<String> files(String where) throws IOException {
        try (Stream<Path> files = Files.list(directory.resolve(where))) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void ofWhatNobodyWantedThatGoesWhichMostOthersHave() throws IOException {
        for (int i = 0; i < 3; i++) {
            keep(i);
        }
        others.put(hash(2), 5);
        others.put(hash(0), 2);
        keep(3);
        assertEquals(List.of(0, 1, 3), kept());
    }

    @Test
    void whatIsToLastGoesLast() throws IOException {
        lasting.add(path(0));
        for (int i = 0; i < 3; i++) {
            keep(i);
            demand.given(hash(i), 1000L * i);
        }
        keep(3);
        keep(4);
        assertEquals(List.of(0, 2, 4), kept());
        lasting.add(path(2));
        lasting.add(path(4));
        keep(5);
        assertEquals(List.of(2, 4, 5), kept(), "when there is nothing else");
    }

    /** The store has it as well: others have it from there as before. */
    @Test
    void whatNobodyWouldMissGoesFirstUnlessItIsReadOrIsToLast() throws IOException {
        for (int i = 0; i < 3; i++) {
            keep(i);
            demand.given(hash(i), SIZE);
        }
        spare = CompletableFuture.completedFuture(Set.of(hash(1), hash(2)));
        demand.given(hash(2), 9L * SIZE);
        lasting.add(path(1));
        keep(3);
        assertEquals(List.of(0, 1, 3), kept());
        spare = CompletableFuture.completedFuture(Set.of(hash(0), hash(3)));
        block(3);
        demand.given(hash(0), 9L * SIZE);
        keep(4);
        assertEquals(List.of(1, 3, 4), kept());
        spare = CompletableFuture.failedFuture(new IOException("the store cannot be read"));
        demand.given(hash(3), SIZE);
        keep(5);
        assertEquals(List.of(1, 3, 5), kept(), "as if there were no store");
    }

    /** Whoever has asked for a block a moment ago will ask for the next one. */
    @Test
    void whatIsReadStays() throws IOException {
        for (int i = 0; i < 3; i++) {
            keep(i);
        }
        demand.given(hash(1), SIZE);
        demand.given(hash(2), 2 * SIZE);
        assertArrayEquals(Arrays.copyOf(bytes(0), SIZE), block(0));
        assertEquals(Optional.empty(), keep(3));
        assertEquals(List.of(0, 2, 3), kept());
        block(2);
        block(3);
        assertEquals(Optional.of("what is in use leaves no room for it (seed_quota, seed_disk_share)"), keep(4));
        assertEquals(List.of(0, 2, 3), kept());
        assertArrayEquals(bytes(0), block(0));
    }

    @Test
    void oneThatIsLargerThanTheQuotaRemovesNothing() throws IOException {
        keep(0);
        Optional<String> refused = shelf.makeRoom(hash(1), new NarSize(4 * TAKES));
        assertTrue(refused.orElse("").startsWith("it would take "), refused.toString());
        assertEquals(List.of(0), kept());
    }

    @Test
    void oneThatIsKeptAnewTakesItsOwnPlace() throws IOException {
        for (int i = 0; i < 3; i++) {
            keep(i);
        }
        assertEquals(Optional.empty(), keep(1));
        assertEquals(List.of(0, 1, 2), kept());
        assertEquals(List.of(), withdrawn);
    }

    /** A disk full of other people's files leaves less for ours, and only ours go. */
    @Test
    void whatIsNotOursIsNotCountedAndStays() throws IOException {
        Path theirs = Files.write(directory.resolve("nars/backup.tar"), new byte[2_000_000]);
        Path named = Files.write(directory.resolve("nars/notes.nar"), new byte[500_000]);
        for (int i = 0; i < 3; i++) {
            assertEquals(Optional.empty(), keep(i));
        }
        assertEquals(List.of(0, 1, 2), kept());
        shelf = shelf(new SeedQuota(new ByteSize(0), 0.5));
        shelf.found(nars.list().stream().map(nar -> new Seeds.Unproven(path(0), nar)).toList());
        assertEquals(List.of(0, 1, 2), kept(), "there is room");
        free = TAKES;
        shelf.trim();
        assertEquals(2, kept().size(), "half of what would be free without them");
        free = 0;
        shelf.trim();
        assertEquals(1, kept().size());
        assertTrue(shelf.makeRoom(hash(7), new NarSize(4 * TAKES)).isPresent());
        assertEquals(1, kept().size());
        assertEquals(2_000_000, Files.size(theirs));
        assertEquals(500_000, Files.size(named));
        NarStore.open(directory);
        assertEquals(2_000_000, Files.size(theirs));
    }

    @Test
    void whatEarlierRunsKeptGoesWhenLessMayBeKept() throws IOException {
        for (int i = 0; i < 3; i++) {
            put(i);
            demand.given(hash(i), 1000L * (3 - i));
        }
        shelf = shelf(new SeedQuota(new ByteSize(2 * TAKES), 1));
        List<Seeds.Unproven> all = new ArrayList<>();
        for (KeptNar nar : nars.list()) {
            all.add(new Seeds.Unproven(path(0), nar));
        }
        shelf.found(all);
        assertEquals(List.of(0, 1), kept());
    }

    /** The kernel lets nobody remove it. */
    private KeptNar stuck() throws IOException {
        Path file = Path.of("/proc/version");
        Object key = Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS).fileKey();
        return new KeptNar(hash(9), new NarSize(SIZE), file, key, Instant.EPOCH);
    }

    @Test
    void whatCannotBeRemovedIsOfferedOnAndAnotherOneGoes() throws Exception {
        shelf.add(path(9), stuck());
        keep(0);
        demand.given(hash(0), SIZE);
        keep(1);
        try (LogLines log = new LogLines()) {
            assertEquals(Optional.empty(), keep(2));
            String said = log.await("cannot be removed");
            assertTrue(said.startsWith(path(9) + " cannot be removed from what is kept: /proc/version"), said);
        }
        assertEquals(List.of(hash(9)), givenBack);
        assertEquals(List.of(0, 2), kept());
        assertEquals(3 * TAKES, shelf.bytes(), "it counts on");
    }

    @Test
    void aNarThatIsGoneMakesRoomThoughWhatLiesBesideItStays() throws Exception {
        KeptNar first = put(0);
        keep(1);
        keep(2);
        Path beside = first.file().resolveSibling(hash(0).base32() + ".narinfo");
        Files.delete(beside);
        Files.createDirectories(beside.resolve("in the way"));
        try (LogLines log = new LogLines()) {
            assertEquals(Optional.empty(), keep(3));
            log.await("cannot be removed");
        }
        assertEquals(List.of(1, 2, 3), kept());
        assertEquals(List.of(), givenBack);
        assertEquals(3 * TAKES, shelf.bytes());
    }

    @Test
    void whatWasRemovedAsDamagedDoesNotCount() throws IOException {
        for (int i = 0; i < 3; i++) {
            keep(i);
        }
        KeptNar damaged = nars.find(hash(1)).orElseThrow();
        Files.write(damaged.file(), new byte[SIZE]);
        seeds.tell(new Withdrawal.DamagedKept(damaged, "its bytes are others"));
        Eventually.holds(() -> nars.find(hash(1)).isEmpty(), () -> "a damaged NAR to go");
        assertEquals(Optional.empty(), keep(3));
        assertEquals(List.of(0, 2, 3), kept());
    }

    @Test
    void theUserRemovesWhatIsReadToo() throws IOException {
        keep(0);
        byte[] before = block(0);
        assertTrue(shelf.remove(hash(0)));
        assertArrayEquals(bytes(0), before);
        assertEquals(List.of(), kept());
        assertEquals(List.of(hash(0)), withdrawn);
        assertEquals(List.of(), shelf.all());
        assertEquals(false, shelf.remove(hash(0)));
    }
}
