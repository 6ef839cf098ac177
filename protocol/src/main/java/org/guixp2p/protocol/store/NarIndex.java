// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.store;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.Objects;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.nar.NarFraming;
import org.jspecify.annotations.Nullable;

/**
 * Random access to the NAR of a tree that is never written as a NAR.
 *
 * <p>Made by walking the tree once, without reading its files; a range is then put together from what the walk noted and
 * the files themselves. Each file of a range is looked at again once its bytes were read: one that is not the same any
 * more ({@link TreeFile} says by what that is told) ends the reading with a {@link TreeChangedException}. That is a
 * guard, not a proof: who must be sure hashes what was read. Any number of threads may read at once.
 *
 * <p>Files are opened by name in their directory, and that only after it was found to be the very directory that was
 * indexed. So no symlink that was put there meanwhile, in the place of whichever directory, leads out of the tree.
 */
public final class NarIndex implements Closeable {
    /** Files up to this size are opened for each read; larger ones, which many reads touch, stay open for a while. */
    private static final int SMALL_FILE_BYTES = 256 * 1024;
    private static final int OPEN_FILES = 4;
    private static final int OPEN_DIRECTORIES = 4;

    private final TreeTable table;
    private final NarSize size;
    private final HandleCache<FileChannel> channels = new HandleCache<>(OPEN_FILES);
    private final HandleCache<OpenDirectory> directories = new HandleCache<>(OPEN_DIRECTORIES);
    private volatile boolean closed;

    private NarIndex(TreeTable table) {
        this.table = table;
        NarFraming framing = new NarFraming();
        table.end(framing);
        this.size = new NarSize(table.offset(table.count()) + framing.length());
    }

    /**
     * Indexes {@code tree}: a directory, a file, or a symlink, which is not followed.
     *
     * @throws UnsupportedTreeException when no NAR can hold the tree
     */
    public static NarIndex of(Path tree) throws IOException {
        return new NarIndex(TreeTable.of(tree));
    }

    public NarSize narSize() {
        return size;
    }

    /** The number of files, directories and symlinks in the tree. */
    public int files() {
        return table.count();
    }

    /** The heap that this index takes while nobody reads, in bytes. */
    public long memory() {
        return table.memory();
    }

    /**
     * Reads bytes {@code position} up to {@code position + length} of the NAR, or up to its end.
     *
     * @return how many were read: fewer than {@code length} only at the end
     * @throws IndexOutOfBoundsException when {@code position} is negative or beyond the end
     * @throws TreeChangedException when a file in that range is not what it was
     * @throws ClosedChannelException after {@link #close}
     */
    public int read(long position, byte[] buffer, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, buffer.length);
        Objects.checkFromToIndex(position, size.bytes(), size.bytes());
        if (closed) {
            throw new ClosedChannelException();
        }
        int count = (int) Math.min(length, size.bytes() - position);
        try (Range range = new Range(position, buffer, offset, count)) {
            range.read();
        }
        return count;
    }

    /** Closes the files that are held open; a read that runs still ends well. */
    @Override
    public void close() throws IOException {
        closed = true;
        try (directories) {
            channels.close();
        }
    }

    /** One call of {@link #read}: pieces of the NAR go by in order, and what lies in the range is copied. */
    private final class Range implements Closeable {
        private final long from;
        private final long to;
        private final byte[] buffer;
        private final int bufferStart;
        private final NarFraming framing = new NarFraming();
        /** The directory of the last node, as most lie in the same one as the last; its handle once a file was read. */
        private int parent = -1;
        private Path parentPath = Path.of("");
        private HandleCache<OpenDirectory>.@Nullable Lease directory;

        Range(long position, byte[] buffer, int offset, int count) {
            this.from = position;
            this.to = position + count;
            this.buffer = buffer;
            this.bufferStart = offset;
        }

        void read() throws IOException {
            int node = table.nodeAt(from);
            while (node < table.count() && table.offset(node) < to) {
                node(node);
                node++;
            }
            if (node == table.count()) {
                framing.clear();
                table.end(framing);
                framing(table.offset(node));
            }
        }

        private void node(int node) throws IOException {
            Path path = path(node);
            framing.clear();
            table.head(node, framing);
            long start = table.offset(node);
            framing(start);
            start += framing.length();
            long contents = table.contentsSize(node);
            if (contents > 0) {
                long first = Math.max(start, from);
                long last = Math.min(start + contents, to);
                if (first < last) {
                    contents(node, path, first - start, (int) (first - from), (int) (last - first));
                }
            }
            framing.clear();
            table.tail(node, framing);
            framing(start + contents);
            check(node, path);
        }

        private void framing(long start) {
            long first = Math.max(start, from);
            long last = Math.min(start + framing.length(), to);
            if (first < last) {
                System.arraycopy(framing.array(), (int) (first - start), buffer, bufferStart + (int) (first - from),
                        (int) (last - first));
            }
        }

        private Path path(int node) throws IOException {
            if (node == 0) {
                return table.path(0);
            }
            if (table.parent(node) != parent) {
                close();
                parent = table.parent(node);
                parentPath = table.path(parent);
            }
            return parentPath.resolve(table.name(node));
        }

        private void contents(int node, Path path, long position, int at, int count) throws IOException {
            ByteBuffer target = ByteBuffer.wrap(buffer, bufferStart + at, count);
            if (table.contentsSize(node) <= SMALL_FILE_BYTES) {
                try (FileChannel channel = open(node, path)) {
                    fill(channel, path, position, target);
                }
                return;
            }
            boolean done = false;
            while (!done) {
                done = fromCache(node, path, position, target);
            }
        }

        /** Reads from a file that others may read too; false when one of them was interrupted and so closed it. */
        private boolean fromCache(int node, Path path, long position, ByteBuffer target) throws IOException {
            int start = target.position();
            try (HandleCache<FileChannel>.Lease lease = channels.open(node, () -> open(node, path))) {
                fill(lease.handle(), path, position, target);
                return true;
            } catch (ClosedByInterruptException e) {
                throw e;
            } catch (ClosedChannelException e) {
                if (closed) {
                    throw e;
                }
                target.position(start);
                return false;
            }
        }

        /** Opens a regular file, after a look whether it still is one: to open a pipe is to wait. */
        private FileChannel open(int node, Path path) throws IOException {
            TreeEntry entry = new TreeEntry(node == 0 ? null : directory(), path);
            try {
                TreeFile now = entry.look();
                if (!now.kind().isRegular()) {
                    throw changed(path, null);
                }
                return entry.openFile(now);
            } catch (AccessDeniedException e) {
                throw e;
            } catch (FileSystemException | UnsupportedTreeException e) {
                throw changed(path, e);
            }
        }

        private OpenDirectory directory() throws IOException {
            if (directory == null) {
                directory = directories.open(parent, () -> {
                    TreeFile now = check(parent, parentPath);
                    return TreeEntry.root(parentPath).openDirectory(now);
                });
            }
            return directory.handle();
        }

        @Override
        public void close() throws IOException {
            if (directory != null) {
                directory.close();
                directory = null;
            }
        }
    }

    private TreeFile check(int node, Path path) throws IOException {
        TreeFile now;
        try {
            now = TreeFile.of(path);
        } catch (AccessDeniedException e) {
            throw e;
        } catch (FileSystemException | UnsupportedTreeException e) {
            throw changed(path, e);
        }
        if (!table.isStill(node, now)) {
            throw changed(path, null);
        }
        return now;
    }

    private static void fill(FileChannel channel, Path path, long position, ByteBuffer target) throws IOException {
        long at = position;
        while (target.hasRemaining()) {
            int count = channel.read(target, at);
            if (count < 0) {
                throw changed(path, null);
            }
            at += count;
        }
    }

    private static TreeChangedException changed(Path path, @Nullable IOException cause) {
        return new TreeChangedException("changed since its tree was indexed: " + FileNames.shown(path), cause);
    }
}
