// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.tree;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.guixp2p.protocol.store.Restorer;
import org.guixp2p.protocol.store.TreeDeleter;
import org.guixp2p.protocol.store.TreeSerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A tree restored by the real restorer equals its original; then one thing at a time is made wrong. */
class TreeComparisonTest {
    private static final FileTime STORE_TIME = FileTime.fromMillis(1000);
    private static final FileTime LATER = FileTime.fromMillis(1500);

    @TempDir
    Path directory;

    private Path original = Path.of("");
    private Path restored = Path.of("");

    @BeforeEach
    void restore() throws IOException {
        original = Files.createDirectory(directory.resolve("original"));
        restored = directory.resolve("restored");
        Path bin = Files.createDirectory(original.resolve("bin"));
        Path program = Files.writeString(bin.resolve("program"), "#!/bin/sh\n");
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr--r--"));
        Files.writeString(original.resolve("text"), "some text");
        Files.createDirectory(original.resolve("void"));
        Files.createSymbolicLink(original.resolve("link"), Path.of("bin/program"));
        try (Restorer restorer = new Restorer(restored)) {
            TreeSerializer.tell(original, restorer);
        }
    }

    @AfterEach
    void delete() throws IOException {
        TreeDeleter.delete(restored);
    }

    private List<String> differences() throws IOException {
        return TreeComparison.differences(original, restored, 100);
    }

    private void writable(String name) throws IOException {
        Files.setPosixFilePermissions(restored.resolve(name), PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private void seal(String name, String mode) throws IOException {
        Path node = restored.resolve(name);
        Files.setPosixFilePermissions(node, PosixFilePermissions.fromString(mode));
        Files.setLastModifiedTime(node, STORE_TIME);
    }

    @Test
    void aRestoredTreeIsRight() throws IOException {
        assertEquals(List.of(), differences());
    }

    @Test
    void contents() throws IOException {
        writable("text");
        Files.writeString(restored.resolve("text"), "some test");
        seal("text", "r--r--r--");
        assertEquals(List.of("text: other contents from byte 7 on"), differences());
    }

    @Test
    void lengthOfContents() throws IOException {
        writable("text");
        Files.writeString(restored.resolve("text"), "some text!");
        seal("text", "r--r--r--");
        assertEquals(List.of("text: other contents from byte 9 on"), differences());
    }

    @Test
    void modeOfAFile() throws IOException {
        seal("text", "rw-r--r--");
        seal("bin/program", "r--r--r--");
        assertEquals(List.of("bin/program: mode r--r--r-- instead of r-xr-xr-x",
                "text: mode rw-r--r-- instead of r--r--r--"), differences());
    }

    @Test
    void modeOfADirectory() throws IOException {
        seal("void", "rwxr-xr-x");
        assertEquals(List.of("void: mode rwxr-xr-x instead of r-xr-xr-x"), differences());
    }

    @Test
    void timeOfAFile() throws IOException {
        Files.setLastModifiedTime(restored.resolve("text"), LATER);
        assertEquals(List.of("text: modified at 1970-01-01T00:00:01.5Z, not at 1970-01-01T00:00:01Z"), differences());
    }

    @Test
    void timeOfTheRoot() throws IOException {
        Files.setLastModifiedTime(restored, LATER);
        assertEquals(List.of(".: modified at 1970-01-01T00:00:01.5Z, not at 1970-01-01T00:00:01Z"), differences());
    }

    @Test
    void timeOfASymlink() throws IOException {
        Files.getFileAttributeView(restored.resolve("link"), BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
                .setTimes(LATER, null, null);
        assertEquals(List.of("link: modified at 1970-01-01T00:00:01.5Z, not at 1970-01-01T00:00:01Z"), differences());
    }

    @Test
    void targetOfASymlink() throws IOException {
        replace("link", "ln -s bin/other \"$1\" && touch -h -d @1 \"$1\"");
        assertEquals(List.of("link: points to bin/other instead of bin/program"), differences());
    }

    @Test
    void kind() throws IOException {
        replace("text", "mkfifo \"$1\" && touch -h -d @1 \"$1\"");
        replace("void", "ln -s . \"$1\" && touch -h -d @1 \"$1\"");
        replace("link", "mkdir \"$1\" && touch -h -d @1 \"$1\"");
        assertEquals(List.of("link: directory instead of symlink", "text: special file instead of regular file",
                "void: symlink instead of directory"), differences());
    }

    @Test
    void missing() throws IOException {
        replace("text", ":");
        assertEquals(List.of("text: missing"), differences());
    }

    @Test
    void extra() throws IOException {
        replace("void", "mkdir \"$1\" && touch \"$1/more\" && chmod 555 \"$1\" && touch -d @1 \"$1\"");
        assertEquals(List.of("void/more: not in the original"), differences());
    }

    @Test
    void noMoreThanAskedFor() throws IOException {
        replace("text", ":");
        replace("void", ":");
        assertEquals(List.of("text: missing"), TreeComparison.differences(original, restored, 1));
    }

    /** Deletes a node at the top, lets a script make another, and gives the root its mode and time back. */
    private void replace(String name, String script) throws IOException {
        Path node = restored.resolve(name);
        writable("");
        TreeDeleter.delete(node);
        try {
            assertEquals(0, new ProcessBuilder("/bin/sh", "-c", script, "sh", node.toString()).inheritIO().start()
                    .waitFor());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        seal("", "r-xr-xr-x");
    }
}
