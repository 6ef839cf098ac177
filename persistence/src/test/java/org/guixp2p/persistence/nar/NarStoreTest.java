// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.persistence.nar;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.swarm.Manifest;
import org.guixp2p.protocol.swarm.ManifestBuilder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NarStoreTest {
    private static final byte[] NARINFO = "StorePath: x\n".getBytes(StandardCharsets.UTF_8);

    @TempDir
    private Path state;

    private final byte[] nar = new byte[600_000];
    private NarHash hash;

    NarStoreTest() {
        new Random(1).nextBytes(nar);
        hash = new NarHash(Sha256.hash(nar));
    }

    private Manifest manifest() {
        ManifestBuilder builder = new ManifestBuilder(new NarSize(nar.length));
        builder.update(nar, 0, nar.length);
        return builder.finish();
    }

    private KeptNar keep(NarStore store) throws IOException {
        try (PartialNar partial = store.create(hash, new NarSize(nar.length))) {
            partial.write(300_000, nar, 300_000, 300_000);
            partial.write(0, nar, 0, 300_000);
            return store.keep(partial, hash, manifest(), NARINFO);
        }
    }

    private List<String> files(String directory) throws IOException {
        try (Stream<Path> files = Files.list(state.resolve(directory))) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void aKeptNarIsThereAfterAnotherStart() throws IOException {
        keep(NarStore.open(state));
        NarStore store = NarStore.open(state);
        KeptNar kept = store.list().getFirst();
        assertEquals(hash, kept.hash());
        assertEquals(new NarSize(nar.length), kept.size());
        assertEquals(manifest(), kept.manifest());
        assertArrayEquals(NARINFO, kept.narinfo());
        assertArrayEquals(nar, Files.readAllBytes(kept.file()));
        assertEquals(List.of(), files("partial"));
    }

    /** What was found damaged may have been fetched and kept anew before it is deleted. */
    @Test
    void whatWasKeptSinceIsNotDeletedWithWhatWasThereBefore() throws IOException {
        NarStore store = NarStore.open(state);
        KeptNar damaged = keep(store);
        KeptNar fresh = keep(store);
        damaged.delete();
        assertArrayEquals(nar, Files.readAllBytes(fresh.file()));
        assertEquals(manifest(), fresh.manifest());
        assertArrayEquals(NARINFO, fresh.narinfo());
        store.find(hash).orElseThrow().delete();
        assertEquals(List.of(), files("nars"));
        fresh.delete();
    }

    /** A store item's name has up to 211 characters, and its hash part and a dash. */
    @Test
    void theLongestNameOfAnItemCanBeRemembered() throws IOException {
        StorePath longest = new StorePath("y0h4g6321gwygvwv47kr4bc8y0lf49fs-" + "n".repeat(211));
        StoreSeeds seeds = StoreSeeds.open(state);
        seeds.add(longest);
        StoreSeed seed = new StoreSeed(longest, hash, manifest().narSize(), manifest().root(), "1:2:3:4");
        seeds.hashed(seed, manifest());
        assertEquals(Optional.of(seed), seeds.find(longest));
        assertEquals(List.of(longest), seeds.list());
    }

    @Test
    void aPartialNarStaysReadableWhenKeptOrDeleted() throws IOException {
        NarStore store = NarStore.open(state);
        try (PartialNar partial = store.create(hash, new NarSize(nar.length))) {
            partial.write(0, nar, 0, nar.length);
            store.keep(partial, hash, manifest(), NARINFO);
            partial.delete();
            byte[] read = new byte[10];
            partial.read(599_990, read, 0, 10);
            assertArrayEquals(Arrays.copyOfRange(nar, 599_990, 600_000), read);
            assertThrows(EOFException.class, () -> partial.read(599_991, read, 0, 10));
        }
        assertTrue(store.find(hash).isPresent(), "deleting the partial name leaves the kept one");
    }

    @Test
    void twoFilesForOneNarHaveNothingToDoWithEachOther() throws IOException {
        NarStore store = NarStore.open(state);
        try (PartialNar first = store.create(hash, new NarSize(nar.length));
                PartialNar second = store.create(hash, new NarSize(nar.length))) {
            first.write(0, nar, 0, 10);
            second.write(0, nar, 10, 10);
            byte[] read = new byte[10];
            first.read(0, read, 0, 10);
            assertArrayEquals(Arrays.copyOf(nar, 10), read);
            first.delete();
            assertEquals(1, files("partial").size());
        }
    }

    @Test
    void whatACrashLeftIsRemovedAtTheNextStart() throws IOException {
        KeptNar kept = keep(NarStore.open(state));
        NarHash other = new NarHash(Sha256.hash(NARINFO));
        Files.write(state.resolve("partial").resolve(other.base32() + ".0"), nar);
        Files.write(state.resolve("nars").resolve(other.base32() + ".manifest"), new byte[3]);
        Files.write(state.resolve("nars").resolve(other.base32() + ".narinfo"), new byte[3]);
        Files.write(state.resolve("nars").resolve(".x.manifest1.tmp"), new byte[3]);
        NarStore store = NarStore.open(state);
        assertEquals(List.of(), files("partial"));
        assertEquals(3, files("nars").size());
        assertEquals(List.of(kept), store.list());
    }

    @Test
    void whatIsNotOursStays() throws IOException {
        NarStore.open(state);
        Files.createDirectories(state.resolve("partial/mine/deep"));
        Files.createDirectories(state.resolve("nars/mine.manifest"));
        Files.write(state.resolve("nars/notes.txt"), NARINFO);
        Files.write(state.resolve("nars/other.narinfo"), NARINFO);
        NarStore store = NarStore.open(state);
        assertEquals(List.of("mine"), files("partial"));
        assertEquals(List.of("mine.manifest", "notes.txt", "other.narinfo"), files("nars"));
        assertEquals(List.of(), store.list());
    }

    @Test
    void whatCannotBeKeptLeavesNothingBesides() throws IOException {
        NarStore store = NarStore.open(state);
        Path inTheWay = state.resolve("nars").resolve(hash.base32() + ".nar");
        Files.createDirectories(inTheWay.resolve("x"));
        try (PartialNar partial = store.create(hash, new NarSize(nar.length))) {
            partial.write(0, nar, 0, nar.length);
            assertThrows(IOException.class, () -> store.keep(partial, hash, manifest(), NARINFO));
            partial.delete();
        }
        Files.delete(inTheWay.resolve("x"));
        Files.delete(inTheWay);
        NarStore.open(state);
        assertEquals(List.of(), files("nars"));
        assertEquals(List.of(), files("partial"));
    }

    @Test
    void aKeptNarIsWholeOrSaysWhatIsWrong() throws IOException {
        NarStore store = NarStore.open(state);
        KeptNar kept = keep(store);
        kept.check();
        Files.write(kept.file(), Arrays.copyOf(nar, 5));
        KeptNar cut = store.find(hash).orElseThrow();
        assertEquals("it has 5 bytes instead of 600000", assertThrows(FormatException.class, cut::check).getMessage());
        Files.delete(NarStore.manifestOf(kept.file()));
        assertThrows(NoSuchFileException.class, cut::check);
        Path elsewhere = Files.write(state.resolve("elsewhere"), nar);
        Files.delete(kept.file());
        Files.createSymbolicLink(kept.file(), elsewhere);
        assertEquals(Optional.empty(), store.find(hash), "what a link leads to is not ours");
    }

    @Test
    void whatHashingGaveIsForgottenAndLeftoversGo() throws IOException {
        StorePath path = new StorePath("y0h4g6321gwygvwv47kr4bc8y0lf49fs-hello-2.12.1");
        StoreSeeds seeds = StoreSeeds.open(state);
        seeds.add(path);
        seeds.hashed(new StoreSeed(path, hash, manifest().narSize(), manifest().root(), "1:2:3"), manifest());
        seeds.unhashed(path);
        assertEquals(Optional.empty(), seeds.find(path));
        assertEquals(List.of(path), seeds.list());
        Files.write(state.resolve("seeds/.x.seed.1.tmp"), new byte[1]);
        assertEquals(List.of(path), StoreSeeds.open(state).list());
        assertEquals(List.of(path.baseName() + ".seed"), files("seeds"));
    }

    @Test
    void aFileThatIsNoKeptNarIsPassedOver() throws IOException {
        NarStore store = NarStore.open(state);
        Files.write(state.resolve("nars/notes.nar"), nar);
        assertEquals(List.of(), store.list());
    }

    @Test
    void aDamagedManifestIsNoticed() throws IOException {
        KeptNar kept = keep(NarStore.open(state));
        Path file = NarStore.manifestOf(kept.file());
        byte[] content = Files.readAllBytes(file);
        for (int at : new int[]{0, 9, 20, 60, content.length - 1}) {
            byte[] damaged = content.clone();
            damaged[at] ^= 1;
            Files.write(file, damaged);
            assertThrows(FormatException.class, kept::manifest, "byte " + at);
        }
        Files.write(file, Arrays.copyOf(content, content.length - 1));
        assertThrows(FormatException.class, kept::manifest);
        Files.write(file, new byte[10]);
        assertThrows(FormatException.class, kept::manifest);
    }

    @Test
    void aKeptNarThatIsReadAnewIsRightOrWrong() throws IOException {
        KeptNar kept = keep(NarStore.open(state));
        assertEquals(Optional.empty(), kept.verify());
        byte[] damaged = nar.clone();
        damaged[500_000] ^= 1;
        Files.write(kept.file(), damaged);
        String wrong = kept.verify().orElse("");
        assertTrue(wrong.startsWith("it has the hash sha256:") && wrong.endsWith(" instead of " + hash), wrong);
        Files.write(kept.file(), Arrays.copyOf(nar, 500_000));
        assertEquals(Optional.of("it has 500000 bytes instead of 600000"), kept.verify());
        Files.write(kept.file(), nar);
        byte[] other = new byte[nar.length];
        ManifestBuilder manifest = new ManifestBuilder(new NarSize(nar.length));
        manifest.update(other, 0, other.length);
        ManifestFile.write(NarStore.manifestOf(kept.file()), manifest.finish());
        assertEquals(Optional.of("what is said of its blocks is wrong"), kept.verify());
        Files.delete(kept.file());
        assertThrows(NoSuchFileException.class, kept::verify);
    }

    @Test
    void whatLiesBesideANarCountsToo() throws IOException {
        KeptNar kept = keep(NarStore.open(state));
        assertEquals(149L * 4096, kept.bytesOnDisk());
        assertTrue(kept.isThere());
        // Not deleted: the next file could be given what tells it from others.
        Files.move(kept.file(), kept.file().resolveSibling("aside"));
        assertFalse(kept.isThere());
        Files.write(kept.file(), nar);
        assertFalse(kept.isThere(), "another one in its place");
    }

    @Test
    void anItemIsForgottenWithWhatHashingGave() throws IOException {
        StorePath path = new StorePath("y0h4g6321gwygvwv47kr4bc8y0lf49fs-hello-2.12.1");
        StoreSeeds seeds = StoreSeeds.open(state);
        seeds.add(path);
        seeds.hashed(new StoreSeed(path, hash, manifest().narSize(), manifest().root(), "1:2:3"), manifest());
        assertTrue(seeds.has(path));
        assertTrue(seeds.remove(path));
        assertFalse(seeds.has(path));
        assertFalse(seeds.remove(path));
        assertEquals(List.of(), files("seeds"));
    }

    @Test
    void aRemovedNarIsGone() throws IOException {
        NarStore store = NarStore.open(state);
        keep(store).delete();
        assertEquals(List.of(), files("nars"));
        assertEquals(Optional.empty(), store.find(hash));
    }

    @Test
    void seedsAreRememberedWithWhatHashingGave() throws IOException {
        StorePath path = new StorePath("y0h4g6321gwygvwv47kr4bc8y0lf49fs-hello-2.12.1");
        StoreSeeds seeds = StoreSeeds.open(state);
        seeds.add(path);
        assertEquals(List.of(path), StoreSeeds.open(state).list());
        assertEquals(Optional.empty(), seeds.find(path));
        StoreSeed seed = new StoreSeed(path, hash, manifest().narSize(), manifest().root(), "1:2:3");
        seeds.add(path);
        seeds.hashed(seed, manifest());
        seeds.add(path);
        assertEquals(Optional.of(seed), StoreSeeds.open(state).find(path));
        assertEquals(manifest(), seeds.manifest(path));
        seeds.unhashed(path);
        assertEquals(Optional.empty(), StoreSeeds.open(state).find(path));
        assertEquals(List.of(path), seeds.list(), "it is still to be seeded");
    }

    /** To hash one takes a while, and it may be removed meanwhile. */
    @Test
    void whatIsFoundOutOfAnItemThatWasRemovedDoesNotBringItBack() throws IOException {
        StorePath path = new StorePath("y0h4g6321gwygvwv47kr4bc8y0lf49fs-hello-2.12.1");
        StoreSeeds seeds = StoreSeeds.open(state);
        StoreSeed seed = new StoreSeed(path, hash, manifest().narSize(), manifest().root(), "1:2:3");
        seeds.add(path);
        assertTrue(seeds.remove(path));
        assertFalse(seeds.hashed(seed, manifest()));
        seeds.unhashed(path);
        assertEquals(List.of(), StoreSeeds.open(state).list());
        assertEquals(Optional.empty(), seeds.find(path));
        assertThrows(NoSuchFileException.class, () -> seeds.manifest(path));
    }

    /** They had no size and root: those are in the manifest. */
    @Test
    void whatAnEarlierVersionHasWrittenIsRead() throws IOException {
        StorePath path = new StorePath("y0h4g6321gwygvwv47kr4bc8y0lf49fs-hello-2.12.1");
        StoreSeeds seeds = StoreSeeds.open(state);
        StoreSeed seed = new StoreSeed(path, hash, manifest().narSize(), manifest().root(), "1:2:3");
        seeds.add(path);
        seeds.hashed(seed, manifest());
        Path file = state.resolve("seeds").resolve(path.baseName() + ".seed");
        Files.writeString(file, hash + "\n1:2:3\n");
        assertEquals(Optional.of(seed), seeds.find(path));
        Files.write(state.resolve("seeds").resolve(path.baseName() + ".manifest"), new byte[100]);
        assertEquals(Optional.empty(), seeds.find(path), "a damaged manifest means hashing again");
        for (String damaged : List.of("x\n1:2:3\n5\n" + manifest().root().base32() + "\n",
                hash + "\n1:2:3\n-5\n" + manifest().root().base32() + "\n", hash + "\n1:2:3\n5\nx\n", "\n\n\n\n\n",
                hash + "\n1:2:3")) {
            Files.writeString(file, damaged);
            assertEquals(Optional.empty(), seeds.find(path), damaged);
        }
    }

    @Test
    void aManifestThatIsNotTheOneThatWasHashedIsNoticed() throws IOException {
        StorePath path = new StorePath("y0h4g6321gwygvwv47kr4bc8y0lf49fs-hello-2.12.1");
        StoreSeeds seeds = StoreSeeds.open(state);
        assertThrows(NoSuchFileException.class, () -> seeds.manifest(path));
        seeds.add(path);
        seeds.hashed(new StoreSeed(path, hash, manifest().narSize(), manifest().root(), "1:2:3"), manifest());
        Path file = state.resolve("seeds").resolve(path.baseName() + ".manifest");
        ManifestFile.write(file, new ManifestBuilder(new NarSize(0)).finish());
        assertThrows(FormatException.class, () -> seeds.manifest(path));
        Files.write(file, new byte[100]);
        assertThrows(FormatException.class, () -> seeds.manifest(path));
    }
}
