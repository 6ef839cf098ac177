// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.seed;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.security.MessageDigest;
import org.guixp2p.node.files.IdleDisk;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.store.NarIndex;
import org.guixp2p.protocol.store.TreeSerializer;
import org.guixp2p.protocol.swarm.Manifest;
import org.guixp2p.protocol.swarm.ManifestBuilder;

/** What reading a whole tree gave: the hash of its NAR, and the manifest of that. */
public record HashedTree(NarHash hash, Manifest manifest) {
    /**
     * Reads all of {@code tree}. Blocks, for as long as that takes.
     *
     * @throws IOException when it is not there, cannot be a NAR, or changes meanwhile
     */
    public static HashedTree of(Path tree) throws IOException {
        NarSize size;
        try (NarIndex index = NarIndex.of(tree)) {
            size = index.narSize();
        }
        ManifestBuilder builder = new ManifestBuilder(size);
        MessageDigest digest = Sha256.digest();
        TreeSerializer.write(tree, new Hashing(digest, builder));
        return new HashedTree(new NarHash(Sha256.finish(digest)), builder.finish());
    }

    /** How one is read: as {@link #of} or {@link #idly}. */
    public interface Reading {
        /** As {@link #of}. */
        HashedTree read(Path tree) throws IOException;
    }

    /** The same, when nobody else wants the disk. */
    public static HashedTree idly(Path tree) throws IOException {
        return IdleDisk.idly(() -> of(tree));
    }

    /** Takes a NAR into its hash and its manifest. */
    private static final class Hashing extends OutputStream {
        private final MessageDigest digest;
        private final ManifestBuilder manifest;

        private Hashing(MessageDigest digest, ManifestBuilder manifest) {
            this.digest = digest;
            this.manifest = manifest;
        }

        @Override
        public void write(int b) throws IOException {
            write(new byte[]{(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            digest.update(bytes, offset, length);
            try {
                manifest.update(bytes, offset, length);
            } catch (IllegalStateException e) {
                throw new IOException("the tree grew while it was read", e);
            }
        }
    }
}
