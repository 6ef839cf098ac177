// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.compress.Compression;
import org.guixp2p.protocol.nar.EntryName;
import org.guixp2p.protocol.nar.LinkTarget;
import org.guixp2p.protocol.nar.NarLimits;
import org.guixp2p.protocol.nar.NarParser;
import org.guixp2p.protocol.nar.NarReader;
import org.guixp2p.protocol.testing.FixtureItems;
import org.guixp2p.protocol.testing.Fixtures;
import org.guixp2p.protocol.testing.RandomTrees;
import org.guixp2p.protocol.testing.TestMemory;
import org.guixp2p.protocol.testing.TreeNode;
import org.guixp2p.protocol.testing.TreeNode.Directory;
import org.guixp2p.protocol.testing.TreeNode.NarBytes;
import org.guixp2p.protocol.testing.TreeNode.RegularFile;
import org.guixp2p.protocol.testing.TreeNode.Symlink;
import org.guixp2p.protocol.testing.Trees;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RestorerTest {
    private static final EntryName A = new EntryName("a");
    private static final EntryName B = new EntryName("b");
    private static final TreeNode TREE = Directory.of(Map.of("bin", Directory.of(Map.of("run", new RegularFile(true,
            new byte[]{'#', '!'}))), "doc", new RegularFile("text"), "link", new Symlink("bin/run"), "empty",
            Directory.of(Map.of())));

    @TempDir
    Path directory;

    private Path destination = Path.of("");
    /** A place that nothing may reach. */
    private Path outside = Path.of("");

    @BeforeEach
    void choosePlaces() throws IOException {
        destination = Files.createDirectory(directory.resolve("store")).resolve("item");
        outside = Files.createDirectory(directory.resolve("outside"));
        Files.writeString(outside.resolve("precious"), "as it was");
    }

    @AfterEach
    void nothingReachedTheOutside() throws IOException {
        try (Stream<Path> entries = Files.list(outside)) {
            assertEquals(List.of(outside.resolve("precious")), entries.toList());
        }
        assertEquals("as it was", Files.readString(outside.resolve("precious")));
        Trees.makeDeletable(directory);
    }

    private void restore(byte[] nar) throws IOException {
        try (Restorer restorer = new Restorer(destination)) {
            NarReader.read(new ByteArrayInputStream(nar), NarLimits.DEFAULT, restorer);
        }
    }

    private static void assertCanonical(Path path) throws IOException {
        PosixFileAttributes attributes = Files.readAttributes(path, PosixFileAttributes.class,
                LinkOption.NOFOLLOW_LINKS);
        assertEquals(FileTime.fromMillis(1000), attributes.lastModifiedTime(), path.toString());
        String modes = PosixFilePermissions.toString(attributes.permissions());
        if (attributes.isDirectory()) {
            assertEquals("r-xr-xr-x", modes, path.toString());
        } else if (attributes.isRegularFile()) {
            assertTrue(modes.equals("r-xr-xr-x") || modes.equals("r--r--r--"), modes);
        }
    }

    private static void assertAllCanonical(Path tree) throws IOException {
        try (Stream<Path> files = Files.walk(tree)) {
            for (Path file : (Iterable<Path>) files::iterator) {
                assertCanonical(file);
            }
        }
    }

    private void assertNothingLeft() throws IOException {
        try (Stream<Path> entries = Files.list(destination.getParent())) {
            assertEquals(List.of(), entries.toList());
        }
    }

    @Test
    void restoresEveryItemThatGuixPublished() throws Exception {
        Path store = Files.createDirectory(directory.resolve("reference"));
        Fixtures.unpackStore(store);
        for (String nar : Fixtures.list("nar")) {
            FixtureItems.Item item = FixtureItems.of(nar.substring(4, nar.lastIndexOf('.')));
            Compression compression = nar.endsWith(".gz")
                    ? Compression.GZIP
                    : nar.endsWith(".lz") ? Compression.LZIP : Compression.ZSTD;
            byte[] bytes;
            try (InputStream in = compression.decompress(Fixtures.open(nar), item.size(),
                    TestMemory.forDecoders())) {
                bytes = in.readAllBytes();
            }
            restore(bytes);
            ByteArrayOutputStream again = new ByteArrayOutputStream();
            TreeSerializer.write(destination, again);
            assertArrayEquals(bytes, again.toByteArray(), nar);
            assertEquals(item.hash(), TreeSerializer.identify(destination).hash(), nar);
            assertAllCanonical(destination);
            assertSame(store.resolve(item.path().baseName()), destination);
            TreeDeleter.delete(destination);
        }
    }

    /** Compares with what a real daemon's restorer made of it: mode, time and kind of each file. */
    private static void assertSame(Path reference, Path restored) throws IOException {
        try (Stream<Path> files = Files.walk(reference)) {
            for (Path file : (Iterable<Path>) files::iterator) {
                String relative = reference.relativize(file).toString();
                Path other = relative.isEmpty() ? restored : restored.resolve(relative);
                PosixFileAttributes wanted = Files.readAttributes(file, PosixFileAttributes.class,
                        LinkOption.NOFOLLOW_LINKS);
                PosixFileAttributes found = Files.readAttributes(other, PosixFileAttributes.class,
                        LinkOption.NOFOLLOW_LINKS);
                assertEquals(wanted.permissions(), found.permissions(), file.toString());
                assertEquals(wanted.lastModifiedTime(), found.lastModifiedTime(), file.toString());
                assertEquals(wanted.isSymbolicLink(), found.isSymbolicLink(), file.toString());
            }
        }
    }

    @Test
    void restoresRandomTrees() throws Exception {
        RandomTrees.trees().sampleStream().limit(40).forEach(tree -> {
            try {
                restore(tree.nar());
                ByteArrayOutputStream again = new ByteArrayOutputStream();
                TreeSerializer.write(destination, again);
                assertArrayEquals(tree.nar(), again.toByteArray());
                assertAllCanonical(destination);
                assertTrue(TreeDeleter.delete(destination));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"a//b/", "a/", "/", "//", "../../..", ".", "é", "a b\n"})
    void restoresTargetsLetterByLetter(String target) throws Exception {
        restore(new Symlink(target).nar());
        assertEquals(target, Files.readSymbolicLink(destination).toString());
        assertCanonical(destination);
        assertThrows(FileAlreadyExistsException.class, () -> restore(new Symlink(target).nar()));
        assertTrue(TreeDeleter.delete(destination));
    }

    @Test
    void saysWhenTheTreeIsThere() throws Exception {
        try (Restorer restorer = new Restorer(destination)) {
            NarParser parser = new NarParser(NarLimits.DEFAULT, restorer);
            byte[] nar = TREE.nar();
            // The end of the last directory is its last string, of 16 bytes.
            parser.feed(nar, 0, nar.length - 16);
            assertFalse(restorer.isComplete());
            parser.feed(nar, nar.length - 16, 16);
            assertTrue(restorer.isComplete());
        }
        assertAllCanonical(destination);
    }

    @Test
    void leavesNothingOfATruncatedNar() throws Exception {
        byte[] nar = TREE.nar();
        for (int length = 0; length < nar.length; length += 8) {
            byte[] cut = Arrays.copyOf(nar, length);
            assertThrows(FormatException.class, () -> restore(cut));
            assertNothingLeft();
        }
    }

    @Test
    void abortDeletesACompleteTreeToo() throws Exception {
        for (TreeNode tree : List.of(TREE, new RegularFile("x"), new Symlink("/nowhere"))) {
            Restorer restorer = new Restorer(destination);
            tree.tell(restorer);
            assertTrue(restorer.isComplete());
            restorer.abort();
            assertNothingLeft();
            restorer.abort();
            restorer.close();
        }
    }

    @Test
    void keepsACompleteTreeOnceClosed() throws Exception {
        Restorer restorer = new Restorer(destination);
        TREE.tell(restorer);
        restorer.close();
        restorer.abort();
        assertEquals(TREE.nar().length, TreeSerializer.write(destination, OutputStream.nullOutputStream()));
    }

    @Test
    void canBeginAgainAfterAnAbort() throws Exception {
        Restorer first = new Restorer(destination);
        first.startDirectory();
        first.entry(A);
        first.startFile(false, 10);
        first.contents(new byte[5], 0, 5);
        first.abort();
        assertNothingLeft();
        restore(TREE.nar());
        assertAllCanonical(destination);
    }

    @Test
    void refusesADestinationThatExists() throws Exception {
        List<Path> existing = List.of(Files.createDirectory(destination),
                Files.writeString(destination.resolveSibling("file"), "x"),
                Files.createSymbolicLink(destination.resolveSibling("link"), outside),
                Files.createSymbolicLink(destination.resolveSibling("dangling"), outside.resolve("new")));
        for (Path path : existing) {
            destination = path;
            for (TreeNode tree : List.of(TREE, new RegularFile("x"), new Symlink("x"))) {
                assertThrows(FileAlreadyExistsException.class, () -> restore(tree.nar()));
                assertTrue(Files.exists(path, LinkOption.NOFOLLOW_LINKS), "deleted what it had not made");
            }
        }
    }

    @Test
    void refusesADestinationWithoutAPlace() throws Exception {
        destination = directory.resolve("nowhere/item");
        assertThrows(NoSuchFileException.class, () -> restore(TREE.nar()));
        destination = outside.resolve("precious/item");
        assertThrows(FileSystemException.class, () -> restore(TREE.nar()));
        assertThrows(IllegalArgumentException.class, () -> new Restorer(Path.of("/")));
    }

    @Test
    void refusesHostileNarsAndLeavesNothing() throws Exception {
        byte[] link = new NarBytes().add("(", "type", "symlink", "target", outside.toString(), ")").toByteArray();
        byte[] file = new NarBytes().add("(", "type", "regular", "contents", "evil", ")").toByteArray();
        byte[] inside = new NarBytes().add("(", "type", "directory", "entry", "(", "name", "precious", "node").raw(file)
                .add(")", ")").toByteArray();
        for (byte[] nar : List.of(directoryOf("..", file), directoryOf("../outside/precious", file),
                directoryOf(outside + "/precious", file), directoryOf("a", link, "a", inside),
                directoryOf("b", link, "a", file), directoryOf("a", link, "a/precious", file),
                directoryOf("", file), directoryOf(".", inside))) {
            assertThrows(FormatException.class, () -> restore(nar));
            assertNothingLeft();
        }
    }

    private static byte[] directoryOf(Object... namesAndNodes) {
        NarBytes nar = new NarBytes().add("nix-archive-1", "(", "type", "directory");
        for (int i = 0; i < namesAndNodes.length; i += 2) {
            nar.add("entry", "(", "name", (String) namesAndNodes[i], "node").raw((byte[]) namesAndNodes[i + 1])
                    .add(")");
        }
        return nar.add(")").toByteArray();
    }

    /** Even when whoever tells the tree does not look, as {@link NarParser} does. */
    @Test
    void writesThroughNoSymlinkOfTheTreeItself() throws Exception {
        try (Restorer restorer = new Restorer(destination)) {
            restorer.startDirectory();
            restorer.entry(A);
            restorer.symlink(new LinkTarget(outside.toString()));
            assertThrows(FileAlreadyExistsException.class, restorer::startDirectory);
            assertThrows(FileAlreadyExistsException.class, () -> restorer.startFile(false, 1));
            assertThrows(FileAlreadyExistsException.class, () -> restorer.symlink(new LinkTarget("x")));
        }
        assertNothingLeft();
    }

    @Test
    void writesThroughNoSymlinkThatIsPlantedMeanwhile() throws Exception {
        try (Restorer restorer = new Restorer(destination)) {
            restorer.startDirectory();
            Files.createSymbolicLink(destination.resolve("a"), outside.resolve("precious"));
            Files.createSymbolicLink(destination.resolve("b"), outside);
            restorer.entry(A);
            assertThrows(FileAlreadyExistsException.class, () -> restorer.startFile(false, 1));
            restorer.entry(B);
            assertThrows(FileAlreadyExistsException.class, restorer::startDirectory);
        }
        assertNothingLeft();
    }

    /** The directory that is restored into is moved away, and a symlink put in its place. */
    @Test
    void staysInADirectoryThatIsMovedAway() throws Exception {
        Path moved = directory.resolve("moved");
        try (Restorer restorer = new Restorer(destination, new Deduplicator(directory.resolve("links")))) {
            restorer.startDirectory();
            restorer.entry(A);
            restorer.startDirectory();
            Files.move(destination, moved);
            Files.createSymbolicLink(destination, outside);
            Files.createSymbolicLink(moved.resolve("planted"), outside);
            restorer.entry(A);
            restorer.startFile(false, 1);
            restorer.contents(new byte[1], 0, 1);
            restorer.endFile();
            assertTrue(Files.exists(moved.resolve("a/a")));
            assertThrows(IOException.class, restorer::startDirectory);
            assertThrows(IOException.class, () -> restorer.symlink(new LinkTarget("x")));
            restorer.entry(B);
            restorer.startFile(false, 8192);
            restorer.contents(new byte[8192], 0, 8192);
            assertThrows(IOException.class, restorer::endFile);
        }
        // What lies at the destination now is deleted, not what it points to.
        assertFalse(Files.exists(destination, LinkOption.NOFOLLOW_LINKS));
    }

    @Test
    void keepsOthersOutWhileItRestores() throws Exception {
        try (Restorer restorer = new Restorer(destination)) {
            restorer.startDirectory();
            assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(destination)));
            restorer.entry(A);
            restorer.startFile(false, 0);
            assertEquals("rw-------",
                    PosixFilePermissions.toString(Files.getPosixFilePermissions(destination.resolve("a"))));
        }
    }

    @Test
    void holdsNoFileOpenAfterwards() throws Exception {
        restore(TREE.nar());
        TreeDeleter.delete(destination);
        long before = openFiles();
        for (int i = 0; i < 20; i++) {
            restore(TREE.nar());
            TreeDeleter.delete(destination);
            byte[] cut = Arrays.copyOf(TREE.nar(), 300);
            assertThrows(FormatException.class, () -> restore(cut));
            Restorer aborted = new Restorer(destination);
            aborted.startFile(false, 1);
            aborted.abort();
        }
        // Others in this JVM open a few, but not so many.
        assertTrue(openFiles() < before + 20);
    }

    private static long openFiles() throws IOException {
        try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
            return descriptors.count();
        }
    }

    @Test
    void refusesToBeToldOutOfTurn() throws Exception {
        try (Restorer restorer = new Restorer(destination)) {
            assertThrows(IllegalStateException.class, () -> restorer.contents(new byte[1], 0, 1));
            assertThrows(IllegalStateException.class, restorer::endFile);
            restorer.startFile(false, 2);
            assertThrows(IllegalStateException.class, () -> restorer.contents(new byte[3], 0, 3));
            assertThrows(IllegalStateException.class, restorer::endFile);
            restorer.contents(new byte[2], 0, 2);
            restorer.endFile();
            assertThrows(IllegalStateException.class, restorer::startDirectory);
            assertThrows(IllegalStateException.class, () -> restorer.startFile(false, 1));
            assertThrows(IllegalStateException.class, () -> restorer.symlink(new LinkTarget("x")));
        }
        assertNotNull(Files.readAllBytes(destination));
    }
}
