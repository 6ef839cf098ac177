// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.store;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
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

    private final Path root;
    private final NarVisitor visitor;
    private final byte[] buffer = new byte[BUFFER_BYTES];
    /** The sizes of the files so far. */
    private long announced;

    private TreeSerializer(Path root, NarVisitor visitor) {
        this.root = root;
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
     * @throws TreeChangedException when a file changes meanwhile
     */
    public static long write(Path tree, OutputStream out) throws IOException {
        NarWriter writer = new NarWriter(out);
        tell(tree, writer);
        return writer.finish();
    }

    /** Tells {@code visitor} the tree; throws as {@link #write} does. */
    public static void tell(Path tree, NarVisitor visitor) throws IOException {
        new TreeSerializer(tree, visitor).node(TreeEntry.root(tree), 0);
    }

    /** Hashes the NAR of {@code tree} without keeping it; throws as {@link #write} does. */
    public static Identity identify(Path tree) throws IOException {
        MessageDigest digest = Sha256.digest();
        long size = write(tree, new DigestOutputStream(OutputStream.nullOutputStream(), digest));
        if (size > NarSize.MAX_BYTES) {
            throw tooLarge(tree);
        }
        return new Identity(new NarHash(Sha256.finish(digest)), new NarSize(size));
    }

    private void node(TreeEntry entry, int depth) throws IOException {
        TreeFile file = entry.look();
        switch (file.kind()) {
            case DIRECTORY -> {
                checkDepth(entry.path(), depth);
                try (OpenDirectory directory = entry.openDirectory(file)) {
                    visitor.startDirectory();
                    for (EntryName name : directory.entries()) {
                        visitor.entry(name);
                        node(TreeEntry.in(directory, name), depth + 1);
                    }
                }
                visitor.endDirectory();
            }
            case REGULAR, EXECUTABLE -> {
                announced += file.size();
                if (announced > NarSize.MAX_BYTES) {
                    throw tooLarge(root);
                }
                regular(entry, file);
            }
            case SYMLINK -> visitor.symlink(entry.target(file));
        }
    }

    static UnsupportedTreeException tooLarge(Path tree) {
        return new UnsupportedTreeException("a NAR of more than " + NarSize.MAX_BYTES + " bytes: "
                + FileNames.shown(tree));
    }

    /** Refuses what {@link org.guixp2p.protocol.nar.NarParser} refuses elsewhere. */
    static void checkDepth(Path path, int depth) throws UnsupportedTreeException {
        if (depth == NarLimits.DEFAULT_DEPTH) {
            throw new UnsupportedTreeException("directories nested more than " + depth + " deep: "
                    + FileNames.shown(path));
        }
    }

    /** Opens the file before anybody is told of it: meanwhile it could become a pipe, which nobody fills. */
    private void regular(TreeEntry entry, TreeFile file) throws IOException {
        boolean executable = file.kind() == TreeFile.Kind.EXECUTABLE;
        if (file.size() == 0) {
            visitor.startFile(executable, 0);
        } else {
            try (FileChannel channel = entry.openFile(file)) {
                visitor.startFile(executable, file.size());
                contents(channel, entry.path(), file.size());
            }
        }
        entry.check(file);
        visitor.endFile();
    }

    private void contents(FileChannel channel, Path path, long size) throws IOException {
        long left = size;
        while (left > 0) {
            int count = channel.read(ByteBuffer.wrap(buffer, 0, (int) Math.min(left, buffer.length)));
            if (count < 0) {
                throw new TreeChangedException("became shorter while it was read: " + FileNames.shown(path));
            }
            visitor.contents(buffer, 0, count);
            left -= count;
        }
    }
}
