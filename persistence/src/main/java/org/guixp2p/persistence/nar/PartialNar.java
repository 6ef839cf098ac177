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
import java.util.concurrent.atomic.AtomicLong;
import org.guixp2p.protocol.item.NarSize;

/**
 * A NAR being fetched: a file into which blocks are written where they belong, in any order. Safe for several threads.
 *
 * <p>It stays readable through this object after it was kept under another name or deleted, until it is closed.
 */
public final class PartialNar implements AutoCloseable {
    private final FileChannel channel;
    private final NarSize size;
    private final DiskRoom room;
    /** In bytes, through this object: a disk that compresses has less of them there. */
    private final AtomicLong written = new AtomicLong();
    private volatile Path file;

    private PartialNar(Path file, FileChannel channel, NarSize size, DiskRoom room) {
        this.file = file;
        this.channel = channel;
        this.size = size;
        this.room = room;
    }

    static PartialNar create(Path file, NarSize size, DiskRoom room) throws IOException {
        return new PartialNar(file, FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.READ,
                StandardOpenOption.WRITE), size, room);
    }

    static PartialNar reopen(Path file, NarSize size, DiskRoom room) throws IOException {
        return new PartialNar(file, FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE,
                LinkOption.NOFOLLOW_LINKS), size, room);
    }

    /**
     * From now on the file has blocks that can be verified one by one: a crash leaves it to be gone on with.
     *
     * @throws IOException when it could not be marked so; it is as good as before
     */
    public synchronized void markResumable() throws IOException {
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

    /** Of the whole NAR. */
    NarSize size() {
        return size;
    }

    /** How many bytes of the NAR are yet to be written; not while the file gets another name. */
    synchronized long toCome(Disk disk) {
        return Math.max(0, size.bytes() - Math.max(written.get(), disk.there(file)));
    }

    /** Writes {@code length} bytes at {@code position} of the NAR; on a full disk, in the place of what others had left. */
    public void write(long position, byte[] bytes, int offset, int length) throws IOException {
        ByteBuffer source = ByteBuffer.wrap(bytes, offset, length);
        room.writing();
        long at = position;
        while (source.hasRemaining()) {
            try {
                int now = channel.write(source, at);
                at += now;
                written.addAndGet(now);
            } catch (IOException e) {
                if (!room.madeFor(source.remaining())) {
                    throw e;
                }
            }
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

    /** Nothing more will be written: what was yet to come is room for others. */
    public void complete() {
        room.leave(this);
    }

    /** Deletes the file; what is open stays readable. */
    public void delete() throws IOException {
        room.leave(this);
        Files.deleteIfExists(file);
    }

    @Override
    public void close() throws IOException {
        room.leave(this);
        channel.close();
    }
}
