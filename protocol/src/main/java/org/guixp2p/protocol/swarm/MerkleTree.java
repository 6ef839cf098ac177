// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.swarm;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.Arrays;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarSize;

/**
 * The tree of RFC 9162, section 2.1, over block hashes, laid out level by level. Nodes are 32 bytes each, side by side in one
 * array.
 */
final class MerkleTree {
    private static final int WIDTH = Sha256.BYTES;
    private static final byte LEAF = 0;
    private static final byte NODE = 1;
    private static final byte ROOT = 2;

    private MerkleTree() {}

    /** The node above {@code count} block hashes from number {@code from} on; 32 zero bytes when there are none. */
    static byte[] topOfHashes(byte[] hashes, int from, int count) {
        MessageDigest digest = Sha256.digest();
        byte[] level = new byte[count * WIDTH];
        for (int i = 0; i < count; i++) {
            digest.update(LEAF);
            digest.update(hashes, (from + i) * WIDTH, WIDTH);
            System.arraycopy(digest.digest(), 0, level, i * WIDTH, WIDTH);
        }
        return topOfNodes(level);
    }

    /** The node above these, which are overwritten; 32 zero bytes when there are none. */
    static byte[] topOfNodes(byte[] level) {
        MessageDigest digest = Sha256.digest();
        int width = level.length / WIDTH;
        while (width > 1) {
            width = climb(digest, level, width);
        }
        return Arrays.copyOf(level, WIDTH);
    }

    /** Replaces a level by the one above it, in place; an odd last node goes up as it is. Returns the new width. */
    private static int climb(MessageDigest digest, byte[] level, int width) {
        int pairs = width / 2;
        for (int i = 0; i < pairs; i++) {
            digest.update(NODE);
            digest.update(level, 2 * i * WIDTH, 2 * WIDTH);
            System.arraycopy(digest.digest(), 0, level, i * WIDTH, WIDTH);
        }
        if (width % 2 == 1) {
            System.arraycopy(level, (width - 1) * WIDTH, level, pairs * WIDTH, WIDTH);
        }
        return pairs + width % 2;
    }

    /** What names a manifest: the top of its tree, bound to the NAR's size. */
    static Sha256 root(NarSize narSize, byte[] top) {
        MessageDigest digest = Sha256.digest();
        digest.update(ROOT);
        digest.update(ByteBuffer.allocate(Long.BYTES).putLong(narSize.bytes()).flip());
        digest.update(top);
        return Sha256.finish(digest);
    }

    /** The siblings on the way from node {@code index} of {@code nodes} to the top, lowest first, where there is one. */
    static byte[] proof(byte[] nodes, int index) {
        MessageDigest digest = Sha256.digest();
        ByteArrayOutputStream siblings = new ByteArrayOutputStream();
        byte[] level = nodes.clone();
        int width = level.length / WIDTH;
        for (int at = index; width > 1; at /= 2) {
            int sibling = at ^ 1;
            if (sibling < width) {
                siblings.write(level, sibling * WIDTH, WIDTH);
            }
            width = climb(digest, level, width);
        }
        return siblings.toByteArray();
    }

    /**
     * The top that a proof leads to.
     *
     * @param width how many nodes there are on the level of {@code node}
     * @return an empty array when the proof has not as many siblings as the tree
     */
    static byte[] topOfProof(byte[] node, int index, int width, byte[] proof) {
        MessageDigest digest = Sha256.digest();
        byte[] top = node;
        int used = 0;
        int at = index;
        for (int left = width; left > 1; left = (left + 1) / 2, at /= 2) {
            if ((at ^ 1) >= left) {
                continue;
            }
            if (used + WIDTH > proof.length) {
                return new byte[0];
            }
            digest.update(NODE);
            if (at % 2 == 0) {
                digest.update(top);
                digest.update(proof, used, WIDTH);
            } else {
                digest.update(proof, used, WIDTH);
                digest.update(top);
            }
            top = digest.digest();
            used += WIDTH;
        }
        return used == proof.length ? top : new byte[0];
    }
}
