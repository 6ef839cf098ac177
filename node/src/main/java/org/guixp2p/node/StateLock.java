// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/** Keeps a second node out of a state directory. The lock goes with the process, however it ends. */
final class StateLock implements AutoCloseable {
    private final FileChannel channel;

    private StateLock(FileChannel channel) {
        this.channel = channel;
    }

    /**
     * Takes the lock.
     *
     * @throws StartException when another node has it
     */
    static StateLock take(Path stateDirectory) throws IOException, StartException {
        FileChannel channel = FileChannel.open(stateDirectory.resolve("lock"), StandardOpenOption.CREATE,
                StandardOpenOption.WRITE);
        if (tryLock(channel) == null) {
            channel.close();
            throw new StartException("state_dir: another node uses " + stateDirectory);
        }
        return new StateLock(channel);
    }

    private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException ofThisProcess) {
            return null;
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
