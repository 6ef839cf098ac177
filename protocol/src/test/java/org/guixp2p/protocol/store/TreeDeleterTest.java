// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.guixp2p.protocol.testing.Fixtures;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TreeDeleterTest {
    @TempDir
    Path directory;

    @Test
    void deletesItemsAsTheyLieInAStore() throws Exception {
        List<Path> items = Fixtures.unpackStore(directory);
        for (Path item : items) {
            assertTrue(TreeDeleter.delete(item));
            assertFalse(Files.exists(item, LinkOption.NOFOLLOW_LINKS));
        }
    }

    @Test
    void followsNoSymlink() throws Exception {
        Path outside = Files.createDirectory(directory.resolve("outside"));
        Files.setPosixFilePermissions(outside, PosixFilePermissions.fromString("r-xr-xr-x"));
        Path tree = Files.createDirectory(directory.resolve("tree"));
        Files.createSymbolicLink(tree.resolve("link"), outside);
        Files.createSymbolicLink(directory.resolve("root-link"), outside);
        assertTrue(TreeDeleter.delete(tree));
        assertTrue(TreeDeleter.delete(directory.resolve("root-link")));
        assertEquals("r-xr-xr-x", PosixFilePermissions.toString(Files.getPosixFilePermissions(outside)));
    }

    @Test
    void deletesNamesThatAreNotUtf8() throws Exception {
        Path tree = Files.createDirectory(directory.resolve("tree"));
        Files.createFile(Path.of(URI.create(tree.toUri() + "bad%FFname")));
        assertTrue(TreeDeleter.delete(tree));
        assertFalse(Files.exists(tree));
    }

    @Test
    void saysWhenThereIsNothing() throws Exception {
        assertFalse(TreeDeleter.delete(directory.resolve("nothing")));
        assertFalse(TreeDeleter.delete(directory.resolve("nowhere/nothing")));
        assertThrows(IllegalArgumentException.class, () -> TreeDeleter.delete(Path.of("/")));
    }
}
