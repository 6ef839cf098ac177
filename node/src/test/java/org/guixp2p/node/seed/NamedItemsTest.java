// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.seed;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BooleanSupplier;
import org.apache.pekko.actor.testkit.typed.javadsl.ManualTime;
import org.guixp2p.api.SeedStatus;
import org.guixp2p.node.swarm.Offers;
import org.guixp2p.node.testing.Eventually;
import org.guixp2p.persistence.ledger.Registration;
import org.guixp2p.persistence.nar.KeptNar;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.swarm.Manifest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Items that the user named, and what becomes of them as they come and go: on a real disk. */
@Timeout(60)
class NamedItemsTest extends SeedsSite {
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
}
