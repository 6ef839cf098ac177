// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.persistence.nar;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/**
 * A NAR being fetched: a file into which blocks are written where they belong, in any order. Safe for several threads.
 *
 * <p>It stays readable through this object after it was kept under another name or deleted, until it is closed.
 */
public final class PartialNar implements AutoCloseable {
    private final FileChannel channel;
    private volatile Path file;

    private PartialNar(Path file, FileChannel channel) {
        this.file = file;
        this.channel = channel;
    }

    static PartialNar create(Path file) throws IOException {
        return new PartialNar(file, FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.READ,
                StandardOpenOption.WRITE));
    }

    static PartialNar reopen(Path file) throws IOException {
        return new PartialNar(file, FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE,
                LinkOption.NOFOLLOW_LINKS));
    }

    /**
     * From now on the file has blocks that can be verified one by one: a crash leaves it to be gone on with.
     *
     * @throws IOException when it could not be marked so; it is as good as before
     */
    public void markResumable() throws IOException {
        String name = file.getFileName().toString();
        if (!name.endsWith(Leftovers.RESUMABLE)) {
            Path marked = file.resolveSibling(name + Leftovers.RESUMABLE);
            Files.move(file, marked, StandardCopyOption.ATOMIC_MOVE);
            file = marked;
        }
    }

    /** Whether it was marked so. */
    public boolean isResumable() {
        return file.getFileName().toString().endsWith(Leftovers.RESUMABLE);
    }

    /** Writes {@code length} bytes at {@code position} of the NAR. */
    public void write(long position, byte[] bytes, int offset, int length) throws IOException {
        ByteBuffer source = ByteBuffer.wrap(bytes, offset, length);
        long at = position;
        while (source.hasRemaining()) {
            at += channel.write(source, at);
        }
    }

    /**
     * Reads exactly {@code length} bytes from {@code position} of the NAR.
     *
     * @throws EOFException when they were not all written
     */
    public void read(long position, byte[] bytes, int offset, int length) throws IOException {
        ByteBuffer target = ByteBuffer.wrap(bytes, offset, length);
        long at = position;
        while (target.hasRemaining()) {
            int read = channel.read(target, at);
            if (read < 0) {
                throw new EOFException("partial NAR " + file + " ends at " + at);
            }
            at += read;
        }
    }

    /** Puts everything on the disk. */
    void force() throws IOException {
        channel.force(true);
    }

    Path file() {
        return file;
    }

    /** Deletes the file; what is open stays readable. */
    public void delete() throws IOException {
        Files.deleteIfExists(file);
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
