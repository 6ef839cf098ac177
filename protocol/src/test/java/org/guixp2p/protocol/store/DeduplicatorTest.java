// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.testing.FixtureItems;
import org.guixp2p.protocol.testing.Fixtures;
import org.guixp2p.protocol.testing.TreeNode;
import org.guixp2p.protocol.testing.TreeNode.Directory;
import org.guixp2p.protocol.testing.TreeNode.RegularFile;
import org.guixp2p.protocol.testing.Trees;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DeduplicatorTest {
    /** More links to one file than the usual file systems take: ext4 has 65000, btrfs 65535. */
    private static final int MANY_LINKS = 70_000;

    @TempDir
    Path store;

    @AfterEach
    void makeDeletable() {
        Trees.makeDeletable(store);
    }

    private Path links() {
        return store.resolve(".links");
    }

    private Path restore(String name, TreeNode tree) throws IOException {
        Path destination = store.resolve(name);
        try (Restorer restorer = new Restorer(destination, new Deduplicator(links()))) {
            tree.tell(restorer);
        }
        return destination;
    }

    private static Object inode(Path path) throws IOException {
        return Files.getAttribute(path, "unix:ino", LinkOption.NOFOLLOW_LINKS);
    }

    private List<String> entries() throws IOException {
        if (!Files.exists(links())) {
            return List.of();
        }
        try (Stream<Path> entries = Files.list(links())) {
            return entries.map(entry -> entry.getFileName().toString()).sorted().toList();
        }
    }

    private static RegularFile file(int size) {
        return new RegularFile("x".repeat(size));
    }

    /** The item is one executable file, so its entry has the name that Guix itself recorded as the NarHash. */
    @Test
    void namesAnEntryAsGuixDoes() throws Exception {
        String single = "c3m05d5dai3qccdw77pb9kgl1dcimy10-sh";
        String hello = "y0h4g6321gwygvwv47kr4bc8y0lf49fs-hello-2.12.1";
        Path reference = Files.createDirectory(store.resolve("reference"));
        Fixtures.unpackStore(reference);
        for (String item : List.of(single, hello)) {
            try (Restorer restorer = new Restorer(store.resolve(item), new Deduplicator(links()))) {
                TreeSerializer.tell(reference.resolve(item), restorer);
            }
        }
        String entry = FixtureItems.of(single).hash().base32();
        assertEquals(List.of(entry), entries());
        assertEquals(inode(links().resolve(entry)), inode(store.resolve(single)));
        assertEquals(inode(links().resolve(entry)), inode(store.resolve(hello).resolve("bin/sh-copy")));
        Path bin = store.resolve(hello).resolve("bin");
        assertEquals("r-xr-xr-x", PosixFilePermissions.toString(Files.getPosixFilePermissions(bin)));
        assertEquals(FileTime.fromMillis(1000), Files.getLastModifiedTime(bin));
        for (String item : List.of(single, hello)) {
            assertEquals(FixtureItems.of(item).hash(), TreeSerializer.identify(store.resolve(item)).hash());
        }
    }

    @Test
    void caresForFilesOfAtLeastTheMinimum() throws Exception {
        restore("small", file(8191));
        assertEquals(List.of(), entries());
        Path one = restore("one", file(8192));
        Path other = restore("other", Directory.of(Map.of("a", file(8192), "b", file(8192))));
        assertEquals(1, entries().size());
        assertEquals(inode(one), inode(other.resolve("a")));
        assertEquals(inode(one), inode(other.resolve("b")));
    }

    @Test
    void tellsExecutablesFromOthers() throws Exception {
        Path plain = restore("plain", new RegularFile(false, new byte[8192]));
        Path executable = restore("executable", new RegularFile(true, new byte[8192]));
        assertEquals(2, entries().size());
        assertNotEquals(inode(plain), inode(executable));
        assertEquals("r--r--r--", PosixFilePermissions.toString(Files.getPosixFilePermissions(plain)));
    }

    @Test
    void mendsAnEntryThatItsMakerHadNotFinished() throws Exception {
        Path first = restore("first", file(8192));
        Files.setPosixFilePermissions(first, PosixFilePermissions.fromString("rw-r--r--"));
        Files.setLastModifiedTime(first, FileTime.fromMillis(7000));
        Path second = restore("second", file(8192));
        assertEquals(inode(first), inode(second));
        assertEquals("r--r--r--", PosixFilePermissions.toString(Files.getPosixFilePermissions(second)));
        assertEquals(FileTime.fromMillis(1000), Files.getLastModifiedTime(second));
    }

    @Test
    void linksToNothingThatDoesNotFit() throws Exception {
        restore("first", file(8192));
        Path entry = links().resolve(entries().getFirst());
        Files.delete(entry);
        Files.writeString(entry, "damaged");
        Path second = restore("second", file(8192));
        assertNotEquals(inode(entry), inode(second));
        Files.delete(entry);
        Files.createSymbolicLink(entry, store.resolve("first"));
        Path third = restore("third", file(8192));
        assertTrue(Files.isRegularFile(third, LinkOption.NOFOLLOW_LINKS));
        assertNotEquals(inode(store.resolve("first")), inode(third));
    }

    @Test
    void failsWhereItMayNotLink() throws Exception {
        Files.writeString(links(), "not a directory");
        assertThrows(IOException.class, () -> restore("item", file(8192)));
        assertTrue(Files.notExists(store.resolve("item")), "left behind");
    }

    @Test
    void failsWhereTheDirectoryOfLinksIsNone() throws Exception {
        Path file = Files.write(store.resolve("file"), new byte[8192]);
        Files.createSymbolicLink(links(), store.resolve("nowhere"));
        Deduplicator deduplicator = new Deduplicator(links());
        assertThrows(IOException.class, () -> deduplicator.share(file, Sha256.hash(new byte[0])));
        assertThrows(NoSuchFileException.class, () -> new Deduplicator(store.resolve("made"))
                .share(store.resolve("gone"), Sha256.hash(new byte[0])));
    }

    @Test
    void leavesAFileThatHasAllItsLinks() throws Exception {
        Path first = restore("first", file(8192));
        Path many = Files.createDirectory(store.resolve("many"));
        assumeTrue(fill(first, many), "this file system has no limit of links near " + MANY_LINKS);
        Path second = restore("second", file(8192));
        assertNotEquals(inode(first), inode(second));
        assertEquals(1, entries().size());
    }

    private static boolean fill(Path file, Path directory) throws IOException {
        for (int i = 0; i < MANY_LINKS; i++) {
            try {
                Files.createLink(directory.resolve(Integer.toString(i)), file);
            } catch (FileSystemException e) {
                return true;
            }
        }
        return false;
    }
}
