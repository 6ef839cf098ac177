// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.testing.FixtureItems;
import org.guixp2p.protocol.testing.Fixtures;
import org.guixp2p.protocol.testing.RandomTrees;
import org.guixp2p.protocol.testing.TreeNode;
import org.guixp2p.protocol.testing.TreeNode.Directory;
import org.guixp2p.protocol.testing.TreeNode.RegularFile;
import org.guixp2p.protocol.testing.TreeNode.Symlink;
import org.guixp2p.protocol.testing.Trees;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NarIndexTest {
    @TempDir
    Path directory;

    @AfterEach
    void makeDeletable() {
        Trees.makeDeletable(directory);
    }

    private static byte[] read(NarIndex index, long position, int length) throws IOException {
        byte[] bytes = new byte[length + 2];
        bytes[0] = 42;
        bytes[length + 1] = 42;
        int count = index.read(position, bytes, 1, length);
        assertEquals(42, bytes[0]);
        assertEquals(42, bytes[length + 1]);
        return Arrays.copyOfRange(bytes, 1, 1 + count);
    }

    private static void assertReads(byte[] nar, NarIndex index, Random random, int ranges) throws IOException {
        assertEquals(new NarSize(nar.length), index.narSize());
        for (int i = 0; i < ranges; i++) {
            int from = random.nextInt(nar.length + 1);
            int length = random.nextInt(random.nextBoolean() ? 50 : nar.length + 1);
            byte[] wanted = Arrays.copyOfRange(nar, from, Math.min(nar.length, from + length));
            assertArrayEquals(wanted, read(index, from, length), () -> "from " + from + ", " + length + " bytes");
        }
    }

    /** Trees whose files are larger than what is opened for each read, and more of them than are held open. */
    private static TreeNode largeFiles() {
        Map<String, TreeNode> files = new HashMap<>();
        Random random = new Random(7);
        for (int i = 0; i < 6; i++) {
            byte[] contents = new byte[262_145 + i];
            random.nextBytes(contents);
            files.put("large-" + i, new RegularFile(i % 2 == 0, contents));
        }
        return Directory.of(files);
    }

    @Test
    void readsEveryItemOfARealStore() throws Exception {
        Fixtures.unpackStore(directory);
        for (FixtureItems.Item item : FixtureItems.all()) {
            try (NarIndex index = NarIndex.of(directory.resolve(item.path().baseName()))) {
                byte[] nar = read(index, 0, (int) item.size().bytes());
                assertEquals(item.size(), index.narSize());
                assertEquals(item.hash(), new NarHash(Sha256.hash(nar)));
                assertReads(nar, index, new Random(1), 50);
            }
        }
    }

    @Test
    void readsRandomRangesOfRandomTrees() throws Exception {
        List<TreeNode> trees = RandomTrees.trees().sampleStream().limit(40).toList();
        for (int i = 0; i < trees.size(); i++) {
            Path tree = directory.resolve("tree-" + i);
            // Only the restorer can make every target.
            try (Restorer restorer = new Restorer(tree)) {
                trees.get(i).tell(restorer);
            }
            ByteArrayOutputStream nar = new ByteArrayOutputStream();
            TreeSerializer.write(tree, nar);
            assertArrayEquals(trees.get(i).nar(), nar.toByteArray());
            try (NarIndex index = NarIndex.of(tree)) {
                assertReads(nar.toByteArray(), index, new Random(i), 60);
            }
        }
    }

    @Test
    void readsEveryRangeOfASmallTree() throws Exception {
        TreeNode tree = Directory.of(Map.of("a", Directory.of(Map.of("b", new RegularFile("1"))), "c",
                new Symlink("a/b")));
        tree.create(directory.resolve("tree"));
        byte[] nar = tree.nar();
        try (NarIndex index = NarIndex.of(directory.resolve("tree"))) {
            assertEquals(4, index.files());
            for (int from = 0; from <= nar.length; from += 3) {
                for (int length = 0; from + length <= nar.length; length++) {
                    assertArrayEquals(Arrays.copyOfRange(nar, from, from + length),
                            read(index, from, length));
                }
            }
        }
    }

    @Test
    void readsLargeFiles() throws Exception {
        TreeNode tree = largeFiles();
        tree.create(directory.resolve("tree"));
        try (NarIndex index = NarIndex.of(directory.resolve("tree"))) {
            assertReads(tree.nar(), index, new Random(3), 100);
        }
    }

    @Test
    void servesManyThreadsAtOnce() throws Exception {
        TreeNode tree = largeFiles();
        tree.create(directory.resolve("tree"));
        byte[] nar = tree.nar();
        try (NarIndex index = NarIndex.of(directory.resolve("tree"));
                ExecutorService threads = Executors.newFixedThreadPool(8)) {
            List<Callable<Boolean>> readers = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                Random random = new Random(i);
                readers.add(() -> {
                    assertReads(nar, index, random, 30);
                    return true;
                });
            }
            for (Future<Boolean> reader : threads.invokeAll(readers)) {
                assertTrue(reader.get());
            }
        }
    }

    @Test
    void anInterruptedReaderHarmsNobodyElse() throws Exception {
        TreeNode tree = largeFiles();
        tree.create(directory.resolve("tree"));
        byte[] nar = tree.nar();
        try (NarIndex index = NarIndex.of(directory.resolve("tree"))) {
            assertReads(nar, index, new Random(1), 5);
            Thread.currentThread().interrupt();
            assertThrows(ClosedByInterruptException.class, () -> read(index, 1000, 100));
            assertTrue(Thread.interrupted());
            assertArrayEquals(Arrays.copyOfRange(nar, 1000, 1100), read(index, 1000, 100));
        }
    }

    @Test
    void keepsFewFilesOpenAndNoneAfterwards() throws Exception {
        largeFiles().create(directory.resolve("tree"));
        NarIndex index = NarIndex.of(directory.resolve("tree"));
        read(index, 0, (int) index.narSize().bytes());
        // Four files, and their directory, which the JDK holds twice.
        assertEquals(6, openFilesBelow(directory));
        index.close();
        assertEquals(0, openFilesBelow(directory));
        assertThrows(ClosedChannelException.class, () -> read(index, 0, 1));
        index.close();
    }

    private static long openFilesBelow(Path directory) throws IOException {
        try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
            return descriptors.filter(descriptor -> leadsBelow(descriptor, directory)).count();
        }
    }

    private static boolean leadsBelow(Path descriptor, Path directory) {
        try {
            return Files.readSymbolicLink(descriptor).startsWith(directory);
        } catch (IOException e) {
            // Closed since it was listed.
            return false;
        }
    }

    @Test
    void takesLittleMemory() throws Exception {
        Map<String, TreeNode> files = new HashMap<>();
        int count = 5000;
        int names = 0;
        for (int i = 0; i < count; i++) {
            files.put("file-" + i, new RegularFile(""));
            names += ("file-" + i).length();
        }
        Directory.of(files).create(directory.resolve("tree"));
        try (NarIndex index = NarIndex.of(directory.resolve("tree"))) {
            assertTrue(index.memory() < 48L * (count + 2) + names, "takes " + index.memory());
        }
    }

    @Test
    void refusesRangesOutsideTheNar() throws Exception {
        new RegularFile("x").create(directory.resolve("file"));
        try (NarIndex index = NarIndex.of(directory.resolve("file"))) {
            long size = index.narSize().bytes();
            assertEquals(0, index.read(size, new byte[1], 0, 1));
            assertThrows(IndexOutOfBoundsException.class, () -> index.read(size + 1, new byte[1], 0, 1));
            assertThrows(IndexOutOfBoundsException.class, () -> index.read(-1, new byte[1], 0, 1));
            assertThrows(IndexOutOfBoundsException.class, () -> index.read(0, new byte[1], 1, 1));
        }
    }

    @Test
    void saysWhatIsNotThere() {
        assertThrows(NoSuchFileException.class, () -> NarIndex.of(directory.resolve("nowhere")));
    }

    private interface Change {
        void make(Path tree) throws IOException;
    }

    private void assertNoticed(Change change) throws IOException {
        Path tree = directory.resolve("tree");
        Directory.of(Map.of("file", new RegularFile("as it was"), "empty", new RegularFile(""), "link",
                new Symlink("file"), "sub", Directory.of(Map.of("large", new RegularFile("x".repeat(300_000))))))
                .create(tree);
        try (NarIndex index = NarIndex.of(tree)) {
            int size = (int) index.narSize().bytes();
            // What is open and read already is looked at again too.
            assertEquals(size, read(index, 0, size).length);
            change.make(tree);
            assertThrows(TreeChangedException.class, () -> read(index, 0, size));
        }
        TreeDeleter.delete(tree);
    }

    @Test
    void noticesThatTheTreeChanged() throws Exception {
        assertNoticed(tree -> Files.writeString(tree.resolve("file"), "is longer than it was"));
        assertNoticed(tree -> Files.writeString(tree.resolve("sub/large"), "shorter"));
        assertNoticed(tree -> Files.setLastModifiedTime(tree.resolve("file"), FileTime.fromMillis(5)));
        assertNoticed(tree -> Files.setPosixFilePermissions(tree.resolve("empty"),
                PosixFilePermissions.fromString("rwxr-xr-x")));
        assertNoticed(tree -> Files.delete(tree.resolve("sub/large")));
        assertNoticed(tree -> {
            Files.delete(tree.resolve("file"));
            Files.createDirectory(tree.resolve("file"));
        });
        assertNoticed(tree -> {
            Files.delete(tree.resolve("file"));
            Files.createSymbolicLink(tree.resolve("file"), Path.of("/etc/hosts"));
        });
        assertNoticed(tree -> {
            Files.delete(tree.resolve("link"));
            Files.createSymbolicLink(tree.resolve("link"), Path.of("other"));
        });
        assertNoticed(tree -> Files.createFile(tree.resolve("sub/new")));
        assertNoticed(TreeDeleter::delete);
        assertNoticed(tree -> {
            TreeDeleter.delete(tree.resolve("sub"));
            Files.createFile(tree.resolve("sub"));
        });
    }

    @Test
    void readsWhatDidNotChange() throws Exception {
        TreeNode tree = Directory.of(Map.of("a", new RegularFile("1"), "b", new RegularFile("2")));
        tree.create(directory.resolve("tree"));
        try (NarIndex index = NarIndex.of(directory.resolve("tree"))) {
            Files.writeString(directory.resolve("tree/b"), "changed");
            int size = (int) index.narSize().bytes();
            assertArrayEquals(Arrays.copyOf(tree.nar(), 200), read(index, 0, 200));
            assertThrows(TreeChangedException.class, () -> read(index, size - 200, 100));
        }
    }
}
