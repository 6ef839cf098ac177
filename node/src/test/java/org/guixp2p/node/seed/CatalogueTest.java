// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.seed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.guixp2p.api.Page;
import org.guixp2p.api.SeedStatus;
import org.guixp2p.persistence.guixdb.ValidItem;
import org.guixp2p.persistence.ledger.Registration;
import org.guixp2p.persistence.nar.KeptNar;
import org.guixp2p.persistence.nar.NarStore;
import org.guixp2p.persistence.nar.PartialNar;
import org.guixp2p.persistence.nar.StoreSeeds;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.swarm.ItemKey;
import org.guixp2p.protocol.swarm.Manifest;
import org.guixp2p.protocol.swarm.ManifestBuilder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which of several NARs of an item peers hear of, when they ask by its name, and what is listed. */
class CatalogueTest {
    private static final StorePath ITEM = new StorePath("y0h4g6321gwygvwv47kr4bc8y0lf49fs-hello-2.12.1");

    private static final int MANY = 1_000;

    @TempDir
    private Path directory;

    private final KeptEarlier earlier = new KeptEarlier();
    private int named;
    private final Catalogue catalogue = new Catalogue(new OpenedItems(0, nar -> false));

    /** A tree of the store that is listed alone. */
    private final class Unread implements RegisteredTree {
        @Override
        public Registration item() {
            return new Registration(1, 1, new NarHash(Sha256.hash(new byte[]{1})));
        }

        @Override
        public Path path() {
            return directory;
        }

        @Override
        public Manifest manifest() throws IOException {
            throw new IOException("it is not read");
        }

        @Override
        public void lost() {
            throw new AssertionError("nobody has read it");
        }
    }

    private Catalogue.Entry built() throws IOException {
        Sha256 hash = Sha256.hash(new byte[]{1});
        return new Catalogue.Entry(ITEM, new Seeds.Offered(new NarHash(hash), new NarSize(1), hash),
                new NarOrigin.InStore(
                        new StoreItems(StoreSeeds.open(directory), path -> directory.resolve(path.baseName())), ITEM),
                false);
    }

    private Catalogue.Entry kept(byte content) throws IOException {
        byte[] nar = {content};
        NarHash hash = new NarHash(Sha256.hash(nar));
        ManifestBuilder builder = new ManifestBuilder(new NarSize(nar.length));
        builder.update(nar, 0, nar.length);
        Manifest manifest = builder.finish();
        NarStore nars = NarStore.open(directory);
        try (PartialNar partial = nars.create(hash, new NarSize(nar.length))) {
            partial.write(0, nar, 0, nar.length);
            return new Catalogue.Entry(ITEM, new Seeds.Offered(hash, new NarSize(nar.length), manifest.root()),
                    new NarOrigin.Kept(nars.keep(partial, hash, manifest, new byte[]{1})), false);
        }
    }

    private Optional<Catalogue.Entry> found() {
        return catalogue.find(ItemKey.of(ITEM));
    }

    private static StorePath path(int i) {
        String hash = Sha256.hash(new byte[]{(byte) (i >> 8), (byte) i}).base32();
        return new StorePath(hash.substring(0, StorePath.HASH_LENGTH) + "-item-" + i);
    }

    /** Counts how often it is described. */
    private final class Counting implements NarOrigin {
        private final String name;

        Counting(String name) {
            this.name = name;
        }

        @Override
        public NarContent content() {
            throw new AssertionError("not read here");
        }

        @Override
        public Manifest manifest() {
            throw new AssertionError("not read here");
        }

        @Override
        public OptionalLong memory(NarSize size) {
            return OptionalLong.empty();
        }

        @Override
        public void disown() {
            throw new AssertionError("not damaged");
        }

        @Override
        public String name() {
            named++;
            return name;
        }
    }

    private Catalogue.Entry item(int i, NarOrigin origin) {
        Sha256 hash = Sha256.hash(("nar " + i).getBytes(StandardCharsets.US_ASCII));
        return new Catalogue.Entry(path(i), new Seeds.Offered(new NarHash(hash), new NarSize(1), hash), origin, false);
    }

    private Page<SeedStatus> page(Optional<String> after, int limit) {
        return catalogue.page(earlier.all(), new Page.Wanted(after, limit));
    }

    private void addMany() throws IOException {
        for (int i = 0; i < MANY; i++) {
            catalogue.add(item(i, new Counting("store")));
        }
        for (int i = MANY; i < MANY + 50; i++) {
            catalogue.note(path(i), "hashing");
        }
        KeptNar nar = ((NarOrigin.Kept) kept((byte) 9).origin()).nar();
        // One of them has the name of one that is offered.
        earlier.add(new Seeds.Unproven(path(7), nar));
        earlier.add(new Seeds.Unproven(path(MANY + 50), ((NarOrigin.Kept) kept((byte) 10).origin()).nar()));
    }

    @Test
    void whatWasLookedAtAnewIsNotDoubtedForWhatWasSeenBefore() throws IOException {
        Catalogue.Entry entry = kept((byte) 1);
        Instant first = Instant.parse("2026-03-01T12:00:00Z");
        Instant again = first.plusSeconds(60);
        assertFalse(entry.doubted(first), "it was not seen");
        entry.verified(first);
        assertTrue(entry.doubted(first));
        assertEquals(Optional.empty(), entry.verifiedFile());
        assertFalse(entry.doubted(first), "somebody was quicker");
        entry.verified(again);
        assertFalse(entry.doubted(first), "it was looked at anew");
        assertEquals(Optional.of(again), entry.verifiedFile().map(Catalogue.VerifiedFile::since));
        assertTrue(entry.doubted(again));
        assertEquals(Optional.empty(), entry.verifiedFile());
    }

    @Test
    void aPageCostsWhatIsOnIt() throws IOException {
        addMany();
        Page<SeedStatus> first = page(Optional.empty(), 10);
        assertEquals(10, first.items().size());
        assertTrue(named <= 10, () -> named + " were described");
        Page<SeedStatus> next = page(first.next(), 10);
        assertEquals(10, next.items().size());
        assertTrue(named <= 20, () -> named + " were described");
    }

    @Test
    void pagesAreTheWholeListInItsOrder() throws IOException {
        addMany();
        List<SeedStatus> whole = catalogue.describe(earlier.all());
        assertEquals(MANY + 51, whole.size());
        assertEquals(whole, whole.stream().sorted(Comparator.comparing(SeedStatus::storePath)).toList());
        for (int limit : new int[]{1, 7, MANY + 50, MANY + 51}) {
            List<SeedStatus> all = new ArrayList<>();
            Optional<String> after = Optional.empty();
            do {
                Page<SeedStatus> page = page(after, limit);
                all.addAll(page.items());
                after = page.next();
            } while (after.isPresent());
            assertEquals(whole, all, "of pages of " + limit);
        }
    }

    /** Whoever asks may say anything. */
    @Test
    void afterWhatIsNoPathIsWhatComesAfterItByItsLetters() throws IOException {
        addMany();
        List<SeedStatus> whole = catalogue.describe(earlier.all());
        for (String after : List.of("", "/gnu", "/gnu/store", "/gnu/store/", "/gnu/store/m", "/gnu/store/zz", "/gnu/t",
                "0", "\uffff", whole.getLast().storePath())) {
            assertEquals(Page.of(whole, SeedStatus::storePath, String::compareTo,
                    new Page.Wanted(Optional.of(after), 5)), page(Optional.of(after), 5), after);
        }
    }

    /** What the store has is not listed twice, by whichever name or NAR it was named or kept. */
    @Test
    void ofTheStoreIsListedWhatIsNotNamedOrKept() throws IOException {
        addMany();
        Catalogue.Entry open = item(MANY + 100, new NarOrigin.Registered(new Unread()));
        catalogue.add(open);
        open.countBlock();
        ValidItem other = new ValidItem(6, path(MANY + 101), new NarHash(Sha256.hash(new byte[]{7})), new NarSize(3),
                1);
        List<ValidItem> items = List.of(
                new ValidItem(1, open.path(), open.offered().hash(), open.offered().size(), 1),
                // by its name: offered, being hashed, unproven
                new ValidItem(2, path(1), other.hash(), other.size(), 1),
                new ValidItem(3, path(MANY), other.hash(), other.size(), 1),
                new ValidItem(4, path(MANY + 50), other.hash(), other.size(), 1),
                // by its NAR: offered, unproven
                new ValidItem(5, path(MANY + 102), item(1, new Counting("")).offered().hash(), other.size(), 1),
                new ValidItem(7, path(MANY + 103), new NarHash(Sha256.hash(new byte[]{9})), other.size(), 1), other);
        ActorTestKit kit = ActorTestKit.create();
        try {
            TestProbe<Seeds.Described> probe = kit.createTestProbe();
            catalogue.list(new SeedList.OfStore(items, probe.ref()), earlier);
            assertEquals(List.of(
                    new SeedStatus(open.path().path(), open.offered().hash().toString(), 1, "registered", "offered", 1),
                    new SeedStatus(other.path().path(), other.hash().toString(), 3, "registered", "offered", 0)),
                    probe.receiveMessage().seeds());
        } finally {
            kit.shutdownTestKit();
        }
        // On the pages of what was named there is nothing of it.
        assertTrue(page(Optional.empty(), MANY + 200).items().stream()
                .noneMatch(seed -> seed.storePath().equals(open.path().path())));
    }

    @Test
    void whatIsProvenOrForgottenIsNotUnprovenAnyMore() throws IOException {
        Catalogue.Entry kept = kept((byte) 2);
        Seeds.Unproven nar = new Seeds.Unproven(ITEM, ((NarOrigin.Kept) kept.origin()).nar());
        earlier.add(nar);
        earlier.add(nar);
        assertEquals("unproven", page(Optional.empty(), 10).items().getFirst().state());
        assertTrue(earlier.forget(kept.offered().hash()));
        assertEquals(List.of(), page(Optional.empty(), 10).items());
        assertTrue(catalogue.add(kept));
        assertEquals("offered", page(Optional.empty(), 10).items().getFirst().state());
        assertTrue(catalogue.remove(kept));
        assertEquals(List.of(), page(Optional.empty(), 10).items());
        assertEquals(List.of(), catalogue.describe(earlier.all()));
    }

    @Test
    void aKeptNarIsNotHiddenByABuild() throws IOException {
        Catalogue.Entry kept = kept((byte) 2);
        assertTrue(catalogue.add(built()));
        assertTrue(catalogue.add(kept));
        assertEquals(Optional.of(kept), found());
    }

    @Test
    void aBuildDoesNotTakeThePlaceOfAKeptNar() throws IOException {
        Catalogue.Entry kept = kept((byte) 2);
        assertTrue(catalogue.add(kept));
        assertTrue(catalogue.add(built()));
        assertEquals(Optional.of(kept), found());
    }

    @Test
    void whenOneGoesAnotherOneIsFound() throws IOException {
        Catalogue.Entry built = built();
        Catalogue.Entry one = kept((byte) 2);
        Catalogue.Entry two = kept((byte) 3);
        assertTrue(catalogue.add(one));
        assertTrue(catalogue.add(built));
        assertTrue(catalogue.add(two));
        assertTrue(catalogue.remove(one));
        assertEquals(Optional.of(two), found());
        assertTrue(catalogue.remove(two));
        assertEquals(Optional.of(built), found());
        assertTrue(catalogue.remove(built));
        assertEquals(Optional.empty(), found());
    }

    @Test
    void whatIsKeptAnewTakesThePlaceOfTheEarlierOne() throws IOException {
        Catalogue.Entry before = kept((byte) 2);
        Catalogue.Entry anew = kept((byte) 2);
        assertTrue(catalogue.add(before));
        catalogue.replace(before, anew);
        assertEquals(Optional.of(anew), found());
    }
}
