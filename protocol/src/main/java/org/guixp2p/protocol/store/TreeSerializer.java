// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.store;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.nar.EntryName;
import org.guixp2p.protocol.nar.NarLimits;
import org.guixp2p.protocol.nar.NarVisitor;
import org.guixp2p.protocol.nar.NarWriter;

/** Serialises a tree on disk, file by file as it reads it (Guix: {@code write-file} in {@code guix/serialization.scm}). */
public final class TreeSerializer {
    private static final int BUFFER_BYTES = 128 * 1024;

    private final NarVisitor visitor;
    private final byte[] buffer = new byte[BUFFER_BYTES];

    private TreeSerializer(NarVisitor visitor) {
        this.visitor = visitor;
    }

    /**
     * What a tree's NAR is known by.
     *
     * @param hash of the NAR's bytes
     * @param size their number
     */
    public record Identity(NarHash hash, NarSize size) {}

    /**
     * Writes the NAR of {@code tree}, a directory, a file or a symlink, to {@code out}, which stays open.
     *
     * @return the size of the NAR in bytes
     * @throws UnsupportedTreeException when no NAR can hold the tree
     * @throws TreeChangedException when a file changes its size meanwhile
     */
    public static long write(Path tree, OutputStream out) throws IOException {
        NarWriter writer = new NarWriter(out);
        tell(tree, writer);
        return writer.finish();
    }

    /** Tells {@code visitor} the tree; throws as {@link #write} does. */
    public static void tell(Path tree, NarVisitor visitor) throws IOException {
        new TreeSerializer(visitor).node(tree, 0);
    }

    /** Hashes the NAR of {@code tree} without keeping it; throws as {@link #write} does. */
    public static Identity identify(Path tree) throws IOException {
        MessageDigest digest = Sha256.digest();
        long size = write(tree, new DigestOutputStream(OutputStream.nullOutputStream(), digest));
        if (size > NarSize.MAX_BYTES) {
            throw new UnsupportedTreeException("a NAR of " + size + " bytes, more than " + NarSize.MAX_BYTES + ": "
                    + tree);
        }
        return new Identity(new NarHash(Sha256.finish(digest)), new NarSize(size));
    }

    private void node(Path path, int depth) throws IOException {
        TreeFile file = TreeFile.of(path);
        switch (file.kind()) {
            case DIRECTORY -> {
                checkDepth(path, depth);
                visitor.startDirectory();
                for (EntryName name : TreeFile.entries(path)) {
                    visitor.entry(name);
                    node(path.resolve(name.text()), depth + 1);
                }
                visitor.endDirectory();
            }
            case REGULAR, EXECUTABLE -> {
                visitor.startFile(file.kind() == TreeFile.Kind.EXECUTABLE, file.size());
                contents(path, file.size());
                visitor.endFile();
            }
            case SYMLINK -> visitor.symlink(TreeFile.target(path));
        }
    }

    /** Refuses what {@link org.guixp2p.protocol.nar.NarParser} refuses elsewhere. */
    static void checkDepth(Path path, int depth) throws UnsupportedTreeException {
        if (depth == NarLimits.DEFAULT_DEPTH) {
            throw new UnsupportedTreeException("directories nested more than " + depth + " deep: " + path);
        }
    }

    private void contents(Path path, long size) throws IOException {
        if (size == 0) {
            return;
        }
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)) {
            long left = size;
            while (left > 0) {
                int count = channel.read(ByteBuffer.wrap(buffer, 0, (int) Math.min(left, buffer.length)));
                if (count < 0) {
                    throw new TreeChangedException("became shorter while it was read: " + path);
                }
                visitor.contents(buffer, 0, count);
                left -= count;
            }
            if (channel.size() != size) {
                throw new TreeChangedException("became longer while it was read: " + path);
            }
        }
    }
}
