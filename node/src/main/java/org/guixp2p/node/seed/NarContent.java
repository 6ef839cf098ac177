// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.seed;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.guixp2p.protocol.store.NarIndex;

/** The bytes of a NAR that can be read anywhere. Safe for several threads. */
interface NarContent extends AutoCloseable {
    /** A channel and what belongs to it, roughly. */
    long OPEN_FILE = 1024;

    /** Its size, in bytes. */
    long size() throws IOException;

    /**
     * Reads exactly {@code length} bytes from {@code position}.
     *
     * @throws IOException when they are not there (any more): the item was collected or changed
     */
    void read(long position, byte[] bytes, int offset, int length) throws IOException;

    /** The heap that it takes while nobody reads, in bytes. */
    long memory();

    @Override
    void close() throws IOException;

    /** A NAR in a file. */
    static NarContent ofFile(Path file) throws IOException {
        FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
        return new NarContent() {
            @Override
            public long size() throws IOException {
                return channel.size();
            }

            @Override
            public void read(long position, byte[] bytes, int offset, int length) throws IOException {
                ByteBuffer target = ByteBuffer.wrap(bytes, offset, length);
                long at = position;
                while (target.hasRemaining()) {
                    int read = channel.read(target, at);
                    if (read < 0) {
                        throw new EOFException(file + " ends at " + at);
                    }
                    at += read;
                }
            }

            @Override
            public long memory() {
                return OPEN_FILE;
            }

            @Override
            public void close() throws IOException {
                channel.close();
            }
        };
    }

    /** The NAR of a tree, which is serialised as it is read. */
    static NarContent ofTree(Path tree) throws IOException {
        NarIndex index = NarIndex.of(tree);
        return new NarContent() {
            @Override
            public long size() {
                return index.narSize().bytes();
            }

            @Override
            public void read(long position, byte[] bytes, int offset, int length) throws IOException {
                int read = index.read(position, bytes, offset, length);
                if (read < length) {
                    throw new EOFException(tree + " ends at " + (position + read));
                }
            }

            @Override
            public long memory() {
                return index.memory();
            }

            @Override
            public void close() throws IOException {
                index.close();
            }
        };
    }
}
