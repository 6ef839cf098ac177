// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.swarm;

import java.security.DigestException;
import java.security.MessageDigest;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarSize;

/** Computes a manifest of a NAR whose bytes come in order, in pieces of any size. */
public final class ManifestBuilder {
    private final BlockLayout layout;
    private final byte[] hashes;
    private final MessageDigest digest = Sha256.digest();
    private int block;
    private int inBlock;

    public ManifestBuilder(NarSize narSize) {
        this.layout = new BlockLayout(narSize);
        this.hashes = new byte[Math.multiplyExact(layout.count(), Sha256.BYTES)];
    }

    /**
     * Takes the next bytes.
     *
     * @throws IllegalStateException when they are more than the NAR has
     */
    public void update(byte[] bytes, int offset, int length) {
        int at = offset;
        int end = offset + length;
        while (at < end) {
            if (block == layout.count()) {
                throw new IllegalStateException("more bytes than the NAR's " + layout.narSize());
            }
            int piece = Math.min(end - at, layout.length(block) - inBlock);
            digest.update(bytes, at, piece);
            at += piece;
            inBlock += piece;
            if (inBlock == layout.length(block)) {
                closeBlock();
            }
        }
    }

    private void closeBlock() {
        try {
            digest.digest(hashes, block * Sha256.BYTES, Sha256.BYTES);
        } catch (DigestException e) {
            throw new IllegalStateException("a SHA-256 digest has 32 bytes", e);
        }
        block++;
        inBlock = 0;
    }

    /**
     * The manifest.
     *
     * @throws IllegalStateException when bytes are missing
     */
    public Manifest finish() {
        if (block != layout.count()) {
            throw new IllegalStateException("the NAR ends in block " + block + " of " + layout.count());
        }
        return Manifest.of(layout.narSize(), hashes);
    }
}
