// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.persistence;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Objects;

/** Files that are either there whole or not at all. */
public final class AtomicFiles {
    /** Ending of files being written; a file with it is rubbish after a crash. */
    public static final String TEMPORARY = ".tmp";

    private AtomicFiles() {}

    /**
     * Writes {@code content} to {@code target}, replacing what was there, and does not return before it is on the disk.
     *
     * @throws IOException when the directory is missing or cannot be written, or the disk is full; then nothing changed
     */
    public static void write(Path target, byte[] content) throws IOException {
        Path temporary = Files.createTempFile(directoryOf(target), "." + target.getFileName(), TEMPORARY);
        try {
            try (FileChannel channel = FileChannel.open(temporary, StandardOpenOption.WRITE)) {
                ByteBuffer remaining = ByteBuffer.wrap(content);
                while (remaining.hasRemaining()) {
                    channel.write(remaining);
                }
                channel.force(true);
            }
            moveIntoPlace(temporary, target);
        } finally {
            Files.deleteIfExists(temporary);
        }
    }

    /** Renames a file that is already on the disk, and puts the new name on the disk too. */
    public static void moveIntoPlace(Path source, Path target) throws IOException {
        Files.move(source, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        synchronize(directoryOf(target));
    }

    private static Path directoryOf(Path file) {
        return Objects.requireNonNull(file.toAbsolutePath().getParent(), "a file lies in a directory");
    }

    private static void synchronize(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }
}
