// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.persistence;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;
import java.util.Set;

/**
 * Writes small files in one piece: a temporary file beside the target, fsync, a new name, fsync of the directory. A reader
 * sees the old content, the new content or no file, never a part, also after a crash.
 */
public final class AtomicFiles {
    /** Ending of files being written; a file with it is rubbish after a crash. */
    public static final String TEMPORARY = ".tmp";

    private static final Set<PosixFilePermission> OWNER_ONLY = PosixFilePermissions.fromString("rw-------");

    private AtomicFiles() {}

    /** Like {@link #replace(Path, byte[], Set)}, for the owner's eyes only. */
    public static void replace(Path target, byte[] content) throws IOException {
        replace(target, content, OWNER_ONLY);
    }

    /**
     * Puts {@code content} at {@code target}, in place of what was there; a symbolic link there is replaced, not followed.
     *
     * @param permissions of the new file, whatever the umask
     * @throws IOException when the directory is missing or cannot be written, or the disk is full; then the target is as
     *         before
     */
    public static void replace(Path target, byte[] content, Set<PosixFilePermission> permissions) throws IOException {
        Path temporary = write(target, content, permissions, true);
        move(temporary, target);
        synchronize(directoryOf(target));
    }

    /**
     * Like {@link #replace(Path, byte[])}, but nothing waits for the disk: when the machine has crashed since, the target may be as
     * before, or empty, or torn. For what tells that itself, and can be had again.
     */
    public static void replaceUnforced(Path target, byte[] content) throws IOException {
        move(write(target, content, OWNER_ONLY, false), target);
    }

    /**
     * Puts {@code content} at {@code target}, where nothing may be yet.
     *
     * @param permissions of the new file, whatever the umask
     * @throws java.nio.file.FileAlreadyExistsException when something is there, or another process was faster
     * @throws IOException when the directory is missing or cannot be written, or the disk is full
     */
    public static void create(Path target, byte[] content, Set<PosixFilePermission> permissions) throws IOException {
        Path temporary = write(target, content, permissions, true);
        try {
            // Unlike a rename, a link never takes the place of another file.
            Files.createLink(target, temporary);
        } finally {
            Files.deleteIfExists(temporary);
        }
        synchronize(directoryOf(target));
    }

    private static void move(Path temporary, Path target) throws IOException {
        boolean moved = false;
        try {
            Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            moved = true;
        } finally {
            if (!moved) {
                Files.deleteIfExists(temporary);
            }
        }
    }

    private static Path write(Path target, byte[] content, Set<PosixFilePermission> permissions, boolean force)
            throws IOException {
        // Short, since the target's own name may be as long as the file system lets it be.
        Path temporary = Files.createTempFile(directoryOf(target), ".", TEMPORARY,
                PosixFilePermissions.asFileAttribute(OWNER_ONLY));
        boolean written = false;
        try (FileChannel channel = FileChannel.open(temporary, StandardOpenOption.WRITE)) {
            ByteBuffer rest = ByteBuffer.wrap(content);
            while (rest.hasRemaining()) {
                channel.write(rest);
            }
            Files.setPosixFilePermissions(temporary, permissions);
            if (force) {
                channel.force(true);
            }
            written = true;
        } finally {
            if (!written) {
                Files.deleteIfExists(temporary);
            }
        }
        return temporary;
    }

    private static Path directoryOf(Path file) {
        return Objects.requireNonNull(file.toAbsolutePath().getParent(), "a file lies in a directory");
    }

    /** Makes a directory's names, not its files' content, outlast a crash. */
    private static void synchronize(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }
}
