// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.files;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/** Writes small files in one piece: a temporary file beside the target, fsync, a new name, fsync of the directory. */
public final class DurableFiles {
    private DurableFiles() {}

    /**
     * Puts {@code content} at {@code target}, in place of what was there; a symbolic link there is replaced, not followed.
     *
     * @param permissions of the new file, whatever the umask
     * @throws IOException when the directory is missing or cannot be written; then the target is as before
     */
    public static void replace(Path target, byte[] content, Set<PosixFilePermission> permissions) throws IOException {
        Path temporary = write(target, content, permissions);
        try {
            Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(temporary);
        }
        syncDirectory(directoryOf(target));
    }

    /**
     * Puts {@code content} at {@code target}, where nothing may be yet.
     *
     * @param permissions of the new file, whatever the umask
     * @throws java.nio.file.FileAlreadyExistsException when something is there, or another process was faster
     * @throws IOException when the directory is missing or cannot be written
     */
    public static void create(Path target, byte[] content, Set<PosixFilePermission> permissions) throws IOException {
        Path temporary = write(target, content, permissions);
        try {
            // Unlike a rename, a link never takes the place of another file.
            Files.createLink(target, temporary);
        } finally {
            Files.deleteIfExists(temporary);
        }
        syncDirectory(directoryOf(target));
    }

    /** Makes a directory's names, not its files' content, outlast a crash. */
    public static void syncDirectory(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    private static Path write(Path target, byte[] content, Set<PosixFilePermission> permissions) throws IOException {
        Path temporary = Files.createTempFile(directoryOf(target), "." + target.getFileName() + ".", ".tmp",
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        boolean written = false;
        try (FileChannel channel = FileChannel.open(temporary, StandardOpenOption.WRITE)) {
            ByteBuffer rest = ByteBuffer.wrap(content);
            while (rest.hasRemaining()) {
                channel.write(rest);
            }
            Files.setPosixFilePermissions(temporary, permissions);
            channel.force(true);
            written = true;
        } finally {
            if (!written) {
                Files.deleteIfExists(temporary);
            }
        }
        return temporary;
    }

    private static Path directoryOf(Path file) {
        Path parent = file.toAbsolutePath().getParent();
        if (parent == null) {
            throw new IllegalArgumentException("not a file's path: " + file);
        }
        return parent;
    }
}
