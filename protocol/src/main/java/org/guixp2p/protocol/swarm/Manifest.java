// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.swarm;

import java.util.Arrays;
import java.util.Objects;
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
    private final NarSize narSize;
    private final byte[] hashes;
    private final byte[] pageTops;
    private final Sha256 root;

    private Manifest(NarSize narSize, byte[] hashes) {
        this.narSize = narSize;
        this.hashes = hashes;
        this.pageTops = pageTops(narSize, hashes);
        this.root = MerkleTree.root(narSize, MerkleTree.topOfNodes(pageTops.clone()));
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

    /** The node above each page's hashes: the level of the tree from which a page's proof goes up. */
    private static byte[] pageTops(NarSize narSize, byte[] hashes) {
        byte[] tops = new byte[ManifestPage.count(narSize) * Sha256.BYTES];
        for (int page = 0; page < ManifestPage.count(narSize); page++) {
            byte[] top = MerkleTree.topOfHashes(hashes, page * ManifestPage.HASHES, ManifestPage.length(narSize, page));
            System.arraycopy(top, 0, tops, page * Sha256.BYTES, Sha256.BYTES);
        }
        return tops;
    }

    public NarSize narSize() {
        return narSize;
    }

    /** What names the manifest. */
    public Sha256 root() {
        return root;
    }

    /** The hashes of {@code count} blocks from {@code from} on, 32 bytes each. */
    public byte[] hashes(int from, int count) {
        return Arrays.copyOfRange(hashes, from * Sha256.BYTES, (from + count) * Sha256.BYTES);
    }

    /**
     * Page {@code number}, with its proof.
     *
     * @throws IndexOutOfBoundsException when the manifest has no such page
     */
    public ManifestPage page(int number) {
        int pages = ManifestPage.count(narSize);
        Objects.checkIndex(number, pages);
        return ManifestPage.of(number, hashes(number * ManifestPage.HASHES, ManifestPage.length(narSize, number)),
                MerkleTree.proof(pageTops, number));
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
