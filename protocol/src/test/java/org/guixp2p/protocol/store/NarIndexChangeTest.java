// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.guixp2p.protocol.testing.RandomTrees;
import org.guixp2p.protocol.testing.TreeNode;
import org.guixp2p.protocol.testing.TreeNode.Directory;
import org.guixp2p.protocol.testing.TreeNode.RegularFile;
import org.guixp2p.protocol.testing.Trees;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Trees that become others behind an index's back, above all in ways that sizes and times do not show. */
class NarIndexChangeTest {
    private static final String LARGE = "x".repeat(300_000);

    @TempDir
    Path directory;

    @AfterEach
    void makeDeletable() {
        Trees.makeDeletable(directory);
    }

    /** As Guix leaves it: with mtime 1 everywhere. */
    private Path restored(String name, TreeNode tree) throws IOException {
        try (Restorer restorer = new Restorer(directory.resolve(name))) {
            tree.tell(restorer);
        }
        return directory.resolve(name);
    }

    private static byte[] readAll(NarIndex index) throws IOException {
        byte[] bytes = new byte[(int) index.narSize().bytes()];
        index.read(0, bytes, 0, bytes.length);
        return bytes;
    }

    private static void writable(Path path) throws IOException {
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private static void asInAStore(Path path) throws IOException {
        Files.setPosixFilePermissions(path,
                PosixFilePermissions.fromString(Files.isDirectory(path) ? "r-xr-xr-x" : "r--r--r--"));
        Files.setLastModifiedTime(path, FileTime.fromMillis(1000));
    }

    private static void makePipe(Path path) throws IOException, InterruptedException {
        assertEquals(0, new ProcessBuilder("mkfifo", path.toString()).inheritIO().start().waitFor());
    }

    @Test
    void noticesATreeThatWasBuiltAgainWithTheSameNamesSizesAndTimes() throws Exception {
        for (TreeNode[] pair : List.of(
                new TreeNode[]{new RegularFile("public"), new RegularFile("secret")},
                new TreeNode[]{Directory.of(Map.of("f", new RegularFile("public"))),
                    Directory.of(Map.of("f", new RegularFile("secret")))},
                new TreeNode[]{Directory.of(Map.of("f", new RegularFile(LARGE))),
                    Directory.of(Map.of("f", new RegularFile(LARGE.replace('x', 'y'))))})) {
            Path tree = restored("item", pair[0]);
            try (NarIndex index = NarIndex.of(tree)) {
                assertArrayEquals(pair[0].nar(), readAll(index));
                TreeDeleter.delete(tree);
                restored("item", pair[1]);
                assertThrows(TreeChangedException.class, () -> readAll(index));
            }
            TreeDeleter.delete(tree);
        }
    }

    @Test
    void noticesContentsThatWereReplacedInPlace() throws Exception {
        Path tree = restored("item", Directory.of(Map.of("f", new RegularFile("public"))));
        try (NarIndex index = NarIndex.of(tree)) {
            readAll(index);
            writable(tree.resolve("f"));
            Files.writeString(tree.resolve("f"), "secret");
            asInAStore(tree.resolve("f"));
            assertThrows(TreeChangedException.class, () -> readAll(index));
        }
    }

    @Test
    void noticesAFileThatWasReplacedByAnotherOfItsSize() throws Exception {
        Path tree = restored("item", Directory.of(Map.of("f", new RegularFile("public"))));
        Path other = restored("other", new RegularFile("secret"));
        try (NarIndex index = NarIndex.of(tree)) {
            writable(tree);
            Files.delete(tree.resolve("f"));
            Files.createLink(tree.resolve("f"), other);
            asInAStore(tree);
            assertThrows(TreeChangedException.class, () -> readAll(index));
        }
    }

    /** Whatever else is deduplicated or collected: the item is still what it was. */
    @Test
    void linksToItsFilesChangeNothing() throws Exception {
        TreeNode node = Directory.of(Map.of("f", new RegularFile("x".repeat(8192)), "g", new RegularFile("y")));
        Path tree = restored("item", node);
        Path first = Files.createLink(directory.resolve("first"), tree.resolve("f"));
        try (NarIndex index = NarIndex.of(tree)) {
            Files.createLink(directory.resolve("second"), tree.resolve("f"));
            Files.createLink(directory.resolve("third"), tree.resolve("g"));
            assertArrayEquals(node.nar(), readAll(index));
            Files.delete(first);
            assertArrayEquals(node.nar(), readAll(index));
        }
    }

    @Test
    void followsNoSymlinkThatTookTheNameOfADirectory() throws Exception {
        for (String contents : List.of("public", LARGE)) {
            TreeNode node = Directory.of(Map.of("a", Directory.of(Map.of("sub", Directory.of(Map.of("f",
                    new RegularFile(contents)))))));
            Path tree = restored("item", node);
            Path outside = restored("outside", Directory.of(Map.of("sub", Directory.of(Map.of("f",
                    new RegularFile(contents.replace('x', 's').replace("public", "secret")))))));
            for (String replaced : List.of("a/sub", "a")) {
                Path moved = directory.resolve("moved");
                try (NarIndex index = NarIndex.of(tree); NarIndex fresh = NarIndex.of(tree)) {
                    // What is open already is no way out either.
                    readAll(index);
                    Path parent = tree.resolve(replaced).resolveSibling("");
                    writable(parent);
                    writable(tree.resolve(replaced));
                    Files.move(tree.resolve(replaced), moved);
                    Files.createSymbolicLink(tree.resolve(replaced),
                            replaced.equals("a") ? outside : outside.resolve("sub"));
                    asInAStore(parent);
                    assertNothingSecret(index);
                    assertNothingSecret(fresh);
                    assertThrows(TreeChangedException.class, () -> readAll(index));
                    writable(parent);
                    Files.delete(tree.resolve(replaced));
                    Files.move(moved, tree.resolve(replaced));
                }
            }
            TreeDeleter.delete(tree);
            TreeDeleter.delete(outside);
        }
    }

    /** No range, however short, gives a byte from outside. */
    private static void assertNothingSecret(NarIndex index) {
        int size = (int) index.narSize().bytes();
        int step = size > 10_000 ? 5000 : 8;
        for (int at = 0; at < size; at += step) {
            byte[] bytes = new byte[Math.min(16, size - at)];
            try {
                index.read(at, bytes, 0, bytes.length);
            } catch (IOException e) {
                assertTrue(e instanceof TreeChangedException, e::toString);
            }
            String text = new String(bytes, StandardCharsets.ISO_8859_1);
            assertTrue(!text.contains("secr") && !text.contains("sssss"), text);
        }
    }

    @Test
    void aSymlinkInTheRootsPlaceIsNotFollowed() throws Exception {
        Path tree = restored("item", Directory.of(Map.of("f", new RegularFile("public"))));
        Path other = restored("other", Directory.of(Map.of("f", new RegularFile("secret"))));
        try (NarIndex index = NarIndex.of(tree)) {
            TreeDeleter.delete(tree);
            Files.createSymbolicLink(tree, other);
            assertNothingSecret(index);
            assertThrows(TreeChangedException.class, () -> readAll(index));
        }
    }

    @Test
    void aPipeInAFilesPlaceKeepsNobodyWaiting() throws Exception {
        for (String contents : List.of("public", LARGE)) {
            Path tree = restored("item", Directory.of(Map.of("f", new RegularFile(contents))));
            try (NarIndex index = NarIndex.of(tree)) {
                writable(tree);
                Files.delete(tree.resolve("f"));
                makePipe(tree.resolve("f"));
                assertTimeoutPreemptively(Duration.ofSeconds(20),
                        () -> assertThrows(TreeChangedException.class, () -> readAll(index)));
            }
            TreeDeleter.delete(tree);
        }
    }

    private interface Change {
        void make(Path path, Random random) throws IOException;
    }

    private static final List<Change> CHANGES = List.of(
            (path, random) -> Files.setLastModifiedTime(path, FileTime.fromMillis(2000)),
            (path, random) -> {
                Path other = path.resolveSibling("changed-" + random.nextInt());
                Files.move(path, other);
                if (Files.isDirectory(other, LinkOption.NOFOLLOW_LINKS)) {
                    Files.createDirectory(path);
                } else if (Files.isSymbolicLink(other)) {
                    Files.createSymbolicLink(path, Path.of("t".repeat(Files.readSymbolicLink(other).toString()
                            .length())));
                } else {
                    Files.copy(other, path);
                }
                BasicFileAttributeView view = Files.getFileAttributeView(path, BasicFileAttributeView.class,
                        LinkOption.NOFOLLOW_LINKS);
                view.setTimes(FileTime.fromMillis(1000), FileTime.fromMillis(1000), null);
            },
            (path, random) -> TreeDeleter.delete(path));

    /** One random change anywhere in a random tree is noticed by whoever reads all of it. */
    @Test
    void noticesRandomChangesOfRandomTrees() throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        List<TreeNode> trees = RandomTrees.trees().sampleStream().limit(60).toList();
        for (TreeNode node : trees) {
            Path tree = restored("item", node);
            Trees.makeDeletable(tree);
            try (NarIndex index = NarIndex.of(tree)) {
                byte[] nar = node.nar();
                assertArrayEquals(nar, readAll(index), () -> "seed " + seed);
                List<Path> all = new ArrayList<>();
                try (Stream<Path> files = Files.walk(tree)) {
                    files.forEach(all::add);
                }
                Path victim = all.get(random.nextInt(all.size()));
                int change = random.nextInt(Files.isSymbolicLink(victim) ? 1 : 0, CHANGES.size());
                CHANGES.get(change).make(victim, random);
                assertThrows(TreeChangedException.class, () -> readAll(index),
                        () -> "seed " + seed + ", change " + change + " of " + victim);
            }
            TreeDeleter.delete(tree);
            try (Stream<Path> left = Files.list(directory)) {
                for (Path path : left.toList()) {
                    TreeDeleter.delete(path);
                }
            }
        }
    }
}
