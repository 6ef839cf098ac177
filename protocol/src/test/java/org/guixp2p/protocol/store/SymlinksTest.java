// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.guixp2p.protocol.nar.LinkTarget;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SymlinksTest {
    /** The JDK would change it, so symlink(2) itself is called. */
    private static final LinkTarget EXACT = new LinkTarget("a//b/");

    @TempDir
    Path directory;

    @Test
    void saysWhyThereIsNoSymlink() throws Exception {
        FileSystemException missing = assertThrows(FileSystemException.class,
                () -> Symlinks.create(directory.resolve("nowhere/link"), EXACT));
        assertEquals("No such file or directory (error 2)", missing.getReason());
        Path file = Files.createFile(directory.resolve("file"));
        FileSystemException within = assertThrows(FileSystemException.class,
                () -> Symlinks.create(file.resolve("link"), EXACT));
        assertEquals("Not a directory (error 20)", within.getReason());
        assertThrows(FileAlreadyExistsException.class, () -> Symlinks.create(file, EXACT));
    }
}
