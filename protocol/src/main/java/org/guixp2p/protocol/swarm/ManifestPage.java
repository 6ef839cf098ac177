// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.swarm;

import java.util.Arrays;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarSize;

/**
 * Up to {@link #HASHES} block hashes of a manifest, with the way from them up to its root, so that each page is verified by
 * itself, whoever sent it.
 */
public final class ManifestPage {
    /** Hashes of every page but the last: those of 1 GiB of NAR. */
    public static final int HASHES = 4096;
    /** How many pages the largest NAR has. */
    public static final int MAX_PAGES = BlockLayout.MAX_BLOCKS / HASHES;
    /** Longest way from a page to the root, in nodes. */
    public static final int MAX_PROOF = Integer.numberOfTrailingZeros(MAX_PAGES);

    private final int number;
    private final byte[] hashes;
    private final byte[] proof;

    private ManifestPage(int number, byte[] hashes, byte[] proof) {
        this.number = number;
        this.hashes = hashes;
        this.proof = proof;
    }

    /**
     * A page as it stands in a frame; nothing says yet that it is true. The arrays are handed over, not copied.
     *
     * @param hashes up to {@link #HASHES} of 32 bytes
     * @param proof up to {@link #MAX_PROOF} nodes of 32 bytes
     * @throws IllegalArgumentException when no page has that form
     */
    public static ManifestPage of(int number, byte[] hashes, byte[] proof) {
        Wire.range("page", number, 0, MAX_PAGES - 1);
        if (hashes.length % Sha256.BYTES != 0 || hashes.length > HASHES * Sha256.BYTES) {
            throw new IllegalArgumentException("not a page of hashes: " + hashes.length + " bytes");
        }
        if (proof.length % Sha256.BYTES != 0 || proof.length > MAX_PROOF * Sha256.BYTES) {
            throw new IllegalArgumentException("not a proof: " + proof.length + " bytes");
        }
        return new ManifestPage(number, hashes, proof);
    }

    /** How many pages a manifest has; one, without hashes, for a NAR of 0 bytes. */
    public static int count(NarSize narSize) {
        return Math.max(1, Math.ceilDiv(new BlockLayout(narSize).count(), HASHES));
    }

    /** How many hashes page {@code number} has. */
    static int length(NarSize narSize, int number) {
        return Math.min(HASHES, new BlockLayout(narSize).count() - number * HASHES);
    }

    /** Counted from 0: it begins with the hash of block {@code number} · {@link #HASHES}. */
    public int number() {
        return number;
    }

    /** The first block that the page has a hash of. */
    public int firstBlock() {
        return number * HASHES;
    }

    /** How many hashes there are. */
    public int size() {
        return hashes.length / Sha256.BYTES;
    }

    /** Whether this is a page of the manifest that {@code root} names, of a NAR of that size. */
    public boolean belongsTo(Sha256 root, NarSize narSize) {
        int pages = count(narSize);
        if (number >= pages || size() != length(narSize, number)) {
            return false;
        }
        byte[] top = MerkleTree.topOfProof(MerkleTree.topOfHashes(hashes, 0, size()), number, pages, proof);
        return top.length == Sha256.BYTES && MerkleTree.root(narSize, top).equals(root);
    }

    /** Whether these bytes have the hash of block {@code index}, which is one of this page. */
    public boolean matches(int index, byte[] bytes, int offset, int length) {
        return Sha256.hash(bytes, offset, length).matches(hashes, (index - firstBlock()) * Sha256.BYTES);
    }

    /** The hashes, side by side; not a copy. */
    byte[] hashes() {
        return hashes;
    }

    /** The nodes beside the way up to the root, lowest first; not a copy. */
    byte[] proof() {
        return proof;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ManifestPage that && number == that.number && Arrays.equals(hashes, that.hashes)
                && Arrays.equals(proof, that.proof);
    }

    @Override
    public int hashCode() {
        return 31 * number + Arrays.hashCode(hashes);
    }

    @Override
    public String toString() {
        return "page " + number + " of " + size() + " hashes";
    }
}
