// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.persistence.reputation;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Whether the disk has room for the journal. The native LevelDB writes into mapped files, and a page that the disk has no block
 * for ends the whole process with SIGBUS; so the room must be there before it is asked to write.
 */
final class Room {
    /** Many times what is written between two looks, also when a download fills the disk meanwhile. */
    private static final long ENOUGH_BYTES = 64L << 20;
    /** Written and taken away again, since quotas do not show in the free space. */
    private static final int PROBE_BYTES = 1 << 20;

    private final Path directory;
    private final Path probe;

    Room(Path stateDirectory) {
        this.directory = stateDirectory;
        this.probe = stateDirectory.resolve("journal.room");
    }

    /** Looks; false also when the disk cannot be looked at. */
    boolean isEnough() {
        try {
            return Files.getFileStore(directory).getUsableSpace() >= ENOUGH_BYTES && takesMore();
        } catch (IOException e) {
            return false;
        }
    }

    private boolean takesMore() throws IOException {
        try (FileChannel channel = FileChannel.open(probe, StandardOpenOption.CREATE, StandardOpenOption.WRITE,
                StandardOpenOption.TRUNCATE_EXISTING)) {
            ByteBuffer rest = ByteBuffer.allocate(PROBE_BYTES);
            while (rest.hasRemaining()) {
                channel.write(rest);
            }
            return true;
        } finally {
            Files.deleteIfExists(probe);
        }
    }
}
