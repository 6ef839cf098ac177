// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.files;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashSet;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/** A file that one node at a time has locked. The lock goes with the process, however it ends; the file stays. */
public final class LockFile implements AutoCloseable {
    /** Whoever may read a file can keep others from locking it. */
    private static final FileAttribute<Set<PosixFilePermission>> OWNER = PosixFilePermissions
            .asFileAttribute(PosixFilePermissions.fromString("rw-------"));
    /** Of this process. To close any channel of a file frees every lock on it (fcntl(2)), so that none is opened twice. */
    private static final Set<Object> HELD = new HashSet<>();

    private final FileChannel channel;
    private final Object key;

    private LockFile(FileChannel channel, Object key) {
        this.channel = channel;
        this.key = key;
    }

    /**
     * Locks a file, which is made when it is not there.
     *
     * @return nothing when another node has it
     * @throws IOException when it cannot be made or opened
     */
    public static Optional<LockFile> take(Path file) throws IOException {
        synchronized (HELD) {
            if (Files.exists(file, LinkOption.NOFOLLOW_LINKS) && HELD.contains(key(file))) {
                return Optional.empty();
            }
            FileChannel channel = FileChannel.open(file,
                    Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS), OWNER);
            boolean taken = false;
            try {
                if (channel.tryLock() == null) {
                    return Optional.empty();
                }
                Object key = key(file);
                HELD.add(key);
                taken = true;
                return Optional.of(new LockFile(channel, key));
            } finally {
                if (!taken) {
                    channel.close();
                }
            }
        }
    }

    private static Object key(Path file) throws IOException {
        return Objects.requireNonNull(
                Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS).fileKey(),
                "files have numbers");
    }

    @Override
    public void close() throws IOException {
        synchronized (HELD) {
            if (channel.isOpen()) {
                HELD.remove(key);
                channel.close();
            }
        }
    }
}
