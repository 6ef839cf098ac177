// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FixturesTest {
    @TempDir
    Path directory;

    @AfterEach
    void makeDeletable() {
        Trees.makeDeletable(directory);
    }

    @Test
    void listsAndReads() {
        List<String> narinfos = Fixtures.list("narinfo");
        assertEquals(14, narinfos.size());
        assertTrue(Fixtures.text(narinfos.getFirst()).startsWith("StorePath: /gnu/store/0d11kd1ihcqv35ajz4xx2cfwalqv"));
        assertEquals(19, Fixtures.list("nar").size());
    }

    @Test
    void namesWhatIsMissing() {
        assertThrows(UncheckedIOException.class, () -> Fixtures.bytes("nowhere"));
        assertThrows(UncheckedIOException.class, () -> Fixtures.list("nowhere"));
    }

    @Test
    void unpacksTheStoreAsItWas() throws Exception {
        List<Path> items = Fixtures.unpackStore(directory);
        assertEquals(11, items.size());
        Path tree = directory.resolve("f9pj1jf0dx7j5j98d2pfl4s10a7hcfsi-mixed-tree-1.0");
        assertEquals("r-xr-xr-x", PosixFilePermissions.toString(Files.getPosixFilePermissions(tree)));
        assertEquals("r--r--r--", PosixFilePermissions.toString(Files.getPosixFilePermissions(tree.resolve("B"))));
        assertEquals("../bin/run", Files.readSymbolicLink(tree.resolve("share/run-link")).toString());
        assertEquals(700_001, Files.size(tree.resolve("share/blob")));
        assertEquals(1, Files.getLastModifiedTime(tree).to(TimeUnit.SECONDS));
        assertEquals(1, Files.getLastModifiedTime(tree.resolve("dangling"), LinkOption.NOFOLLOW_LINKS)
                .to(TimeUnit.SECONDS));
        assertEquals(Files.getAttribute(directory.resolve("c3m05d5dai3qccdw77pb9kgl1dcimy10-sh"), "unix:ino"),
                Files.getAttribute(directory.resolve("y0h4g6321gwygvwv47kr4bc8y0lf49fs-hello-2.12.1/bin/sh-copy"),
                        "unix:ino"));
    }

    @Test
    void copiesTheDatabase() throws Exception {
        Path database = Fixtures.copyDatabase(directory);
        assertEquals(61_440, Files.size(database));
        assertTrue(Files.isWritable(database));
    }
}
