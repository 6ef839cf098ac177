// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.item;

import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.hash.Sha256;

/** The SHA-256 of a store item's uncompressed single-item NAR: what tells two builds of a path apart. */
public record NarHash(Sha256 digest) implements Comparable<NarHash> {
    private static final String PREFIX = "sha256:";

    /**
     * Reads {@code sha256:} and a digest in nix-base32 or hexadecimal, as narinfos and the store database write it.
     *
     * @throws FormatException when it is anything else, another algorithm included
     */
    public static NarHash parse(String text) throws FormatException {
        if (!text.startsWith(PREFIX)) {
            throw new FormatException("NarHash: 'sha256:' expected, found " + FormatException.quote(text));
        }
        return new NarHash(Sha256.parse(text.substring(PREFIX.length())));
    }

    /** The digest alone, in nix-base32: how files and messages of this project name a NAR. */
    public String base32() {
        return digest.base32();
    }

    // Written out for the same reason as in StorePath.
    @Override
    public boolean equals(Object other) {
        return other instanceof NarHash that && digest.equals(that.digest);
    }

    @Override
    public int hashCode() {
        return digest.hashCode();
    }

    @Override
    public int compareTo(NarHash other) {
        return digest.compareTo(other.digest);
    }

    /** {@code sha256:} and the digest in nix-base32, as narinfos write it. */
    @Override
    public String toString() {
        return PREFIX + digest.base32();
    }
}
