// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.swarm;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.Arrays;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarSize;

/**
 * The SHA-256 of every block of a NAR, named by a Merkle root, so that one block can be verified.
 *
 * <p>A leaf of the tree is SHA-256 over the byte {@code 0x00} and the block's hash; a node is SHA-256 over {@code 0x01}, the
 * left and the right child; of an odd number on a level the last goes up as it is. The root is SHA-256 over {@code 0x02}, the
 * NAR's size (8 bytes, big-endian) and the top of the tree (32 zero bytes when there is no block). So neither a node can pass
 * for a leaf, nor a tree of one size for that of another (docs/wire-protocol.md has vectors).
 */
public final class Manifest {
    private static final byte LEAF = 0;
    private static final byte NODE = 1;
    private static final byte ROOT = 2;

    private final NarSize narSize;
    private final byte[] hashes;
    private final Sha256 root;

    private Manifest(NarSize narSize, byte[] hashes) {
        this.narSize = narSize;
        this.hashes = hashes;
        this.root = root(narSize, hashes);
    }

    /**
     * The manifest of a NAR.
     *
     * @param hashes the blocks' SHA-256, 32 bytes each, in the order of the blocks; copied
     * @throws IllegalArgumentException when there are not as many as the size has blocks
     */
    public static Manifest of(NarSize narSize, byte[] hashes) {
        if (hashes.length != (long) new BlockLayout(narSize).count() * Sha256.BYTES) {
            throw new IllegalArgumentException(
                    "a NAR of " + narSize + " bytes has not " + hashes.length + " bytes of hashes");
        }
        return new Manifest(narSize, hashes.clone());
    }

    private static Sha256 root(NarSize narSize, byte[] hashes) {
        MessageDigest digest = Sha256.digest();
        int width = hashes.length / Sha256.BYTES;
        byte[] level = new byte[hashes.length];
        for (int i = 0; i < width; i++) {
            digest.update(LEAF);
            digest.update(hashes, i * Sha256.BYTES, Sha256.BYTES);
            System.arraycopy(digest.digest(), 0, level, i * Sha256.BYTES, Sha256.BYTES);
        }
        while (width > 1) {
            width = climb(digest, level, width);
        }
        digest.update(ROOT);
        digest.update(ByteBuffer.allocate(Long.BYTES).putLong(narSize.bytes()).flip());
        digest.update(width == 0 ? new byte[Sha256.BYTES] : Arrays.copyOf(level, Sha256.BYTES));
        return Sha256.finish(digest);
    }

    /** Replaces a level by the one above it, in place; returns how many nodes that has. */
    private static int climb(MessageDigest digest, byte[] level, int width) {
        int pairs = width / 2;
        for (int i = 0; i < pairs; i++) {
            digest.update(NODE);
            digest.update(level, 2 * i * Sha256.BYTES, 2 * Sha256.BYTES);
            System.arraycopy(digest.digest(), 0, level, i * Sha256.BYTES, Sha256.BYTES);
        }
        if (width % 2 == 1) {
            System.arraycopy(level, (width - 1) * Sha256.BYTES, level, pairs * Sha256.BYTES, Sha256.BYTES);
        }
        return pairs + width % 2;
    }

    public NarSize narSize() {
        return narSize;
    }

    /** What names the manifest. */
    public Sha256 root() {
        return root;
    }

    /** The SHA-256 of block {@code index}. */
    public Sha256 blockHash(int index) {
        return Sha256.at(hashes, index * Sha256.BYTES);
    }

    /** The hashes of {@code count} blocks from {@code from} on, 32 bytes each. */
    public byte[] hashes(int from, int count) {
        return Arrays.copyOfRange(hashes, from * Sha256.BYTES, (from + count) * Sha256.BYTES);
    }

    /** All hashes, 32 bytes each. */
    public byte[] hashes() {
        return hashes.clone();
    }

    /** Whether these bytes are block {@code index}: of its length, with its hash. */
    public boolean matches(int index, byte[] bytes, int offset, int length) {
        BlockLayout layout = new BlockLayout(narSize);
        return layout.contains(index) && length == layout.length(index)
                && Sha256.hash(bytes, offset, length).matches(hashes, index * Sha256.BYTES);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Manifest that && root.equals(that.root) && Arrays.equals(hashes, that.hashes);
    }

    @Override
    public int hashCode() {
        return root.hashCode();
    }

    @Override
    public String toString() {
        return "manifest " + root + " of " + narSize + " bytes";
    }
}
