// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.persistence;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AtomicFilesTest {
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
        AtomicFiles.replace(file, bytes("old"), PosixFilePermissions.fromString("r--------"));
        AtomicFiles.replace(file, bytes("new"), WORLD);
        assertEquals("new", Files.readString(file));
        assertEquals(WORLD, Files.getPosixFilePermissions(file));
        assertEquals(List.of(file), left());
    }

    @Test
    void aLinkIsReplacedNotFollowed() throws IOException {
        Path target = Files.writeString(directory.resolve("target"), "kept");
        Path link = Files.createSymbolicLink(directory.resolve("link"), target);
        AtomicFiles.replace(link, bytes("new"), WORLD);
        assertEquals("kept", Files.readString(target));
        assertFalse(Files.isSymbolicLink(link));
        assertThrows(FileAlreadyExistsException.class, () -> AtomicFiles.create(link, bytes("x"), WORLD));
    }

    @Test
    void withoutAWordOnPermissionsTheOwnerAloneMayRead() throws IOException {
        Path file = directory.resolve("file");
        AtomicFiles.replace(file, bytes("x"));
        assertEquals(PosixFilePermissions.fromString("rw-------"), Files.getPosixFilePermissions(file));
    }

    @Test
    void nothingIsOverwrittenByCreate() throws IOException {
        Path file = directory.resolve("file");
        AtomicFiles.create(file, bytes("first"), WORLD);
        assertThrows(FileAlreadyExistsException.class, () -> AtomicFiles.create(file, bytes("second"), WORLD));
        assertEquals("first", Files.readString(file));
        assertEquals(List.of(file), left());
    }

    @Test
    void aFailureLeavesNothingBehind() throws IOException {
        Path folder = Files.createDirectory(directory.resolve("folder"));
        Files.writeString(folder.resolve("inside"), "");
        assertThrows(IOException.class, () -> AtomicFiles.replace(folder, bytes("x"), WORLD));
        assertEquals(List.of(folder), left());
        assertThrows(NoSuchFileException.class,
                () -> AtomicFiles.replace(directory.resolve("none/file"), bytes("x"), WORLD));
    }
}
