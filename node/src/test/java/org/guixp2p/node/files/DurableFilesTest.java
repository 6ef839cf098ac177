// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.files;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DurableFilesTest {
    private static final Set<PosixFilePermission> WORLD = PosixFilePermissions.fromString("rw-rw-rw-");

    @TempDir
    Path directory;

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private List<Path> left() throws IOException {
        try (var files = Files.list(directory)) {
            return files.sorted().toList();
        }
    }

    @Test
    void aReplacedFileHasTheNewContentAndExactlyThePermissions() throws IOException {
        Path file = directory.resolve("file");
        DurableFiles.replace(file, bytes("old"), PosixFilePermissions.fromString("r--------"));
        DurableFiles.replace(file, bytes("new"), WORLD);
        assertEquals("new", Files.readString(file));
        assertEquals(WORLD, Files.getPosixFilePermissions(file));
        assertEquals(List.of(file), left());
    }

    @Test
    void aLinkIsReplacedNotFollowed() throws IOException {
        Path target = Files.writeString(directory.resolve("target"), "kept");
        Path link = Files.createSymbolicLink(directory.resolve("link"), target);
        DurableFiles.replace(link, bytes("new"), WORLD);
        assertEquals("kept", Files.readString(target));
        assertFalse(Files.isSymbolicLink(link));
        assertThrows(FileAlreadyExistsException.class, () -> DurableFiles.create(link, bytes("x"), WORLD));
    }

    @Test
    void nothingIsOverwrittenByCreate() throws IOException {
        Path file = directory.resolve("file");
        DurableFiles.create(file, bytes("first"), WORLD);
        assertThrows(FileAlreadyExistsException.class, () -> DurableFiles.create(file, bytes("second"), WORLD));
        assertEquals("first", Files.readString(file));
        assertEquals(List.of(file), left());
    }

    @Test
    void aFailureLeavesNothingBehind() throws IOException {
        Path folder = Files.createDirectory(directory.resolve("folder"));
        Files.writeString(folder.resolve("inside"), "");
        assertThrows(IOException.class, () -> DurableFiles.replace(folder, bytes("x"), WORLD));
        assertEquals(List.of(folder), left());
        assertThrows(NoSuchFileException.class,
                () -> DurableFiles.replace(directory.resolve("none/file"), bytes("x"), WORLD));
    }

    @Test
    void failuresAreToldInOneLine() {
        Path file = directory.resolve("a");
        assertEquals(file + ": no such file or directory", IoWords.of(new NoSuchFileException(file.toString()), file));
        assertEquals("b: No space left on device",
                IoWords.of(new FileSystemException("b", null, "No space left on device"), file));
        assertEquals(file + ": two lines", IoWords.of(new IOException("two\nlines"), file));
    }
}
