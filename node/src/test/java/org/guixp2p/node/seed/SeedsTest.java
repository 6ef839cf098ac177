// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.seed;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

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
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.pekko.actor.testkit.typed.javadsl.ManualTime;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.guixp2p.node.testing.Eventually;
import org.guixp2p.node.testing.LogLines;
import org.guixp2p.persistence.nar.KeptNar;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.swarm.BlockLayout;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is offered, and what becomes of it when it changes under the node's hands: on a real disk. */
@Timeout(60)
class SeedsTest extends SeedsSite {
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
        seeds.tell(new Withdrawal.DamagedKept(keep(nar(tree)), "somebody has looked"));
        assertEquals("offered", state());
        assertEquals(List.of("offered " + hash + " 0"), told);
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
