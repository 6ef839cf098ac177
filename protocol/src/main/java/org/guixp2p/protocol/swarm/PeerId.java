// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.swarm;

import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.hash.NixBase32;
import org.guixp2p.protocol.hash.Sha256;

/**
 * Names a peer: the SHA-256 of the 32 raw bytes of its Ed25519 public key (RFC 8032), written as 52 digits of nix-base32.
 * Whoever is dialled by this name must hold the private key, so a dial cannot be hijacked.
 */
public record PeerId(Sha256 digest) implements Comparable<PeerId> {
    /** Length in bytes of a raw Ed25519 public key. */
    public static final int KEY_BYTES = 32;
    /** Digits of the text form. */
    public static final int TEXT_LENGTH = NixBase32.encodedLength(Sha256.BYTES);

    /** The name of the peer with this raw Ed25519 public key of {@link #KEY_BYTES} bytes. */
    public static PeerId ofPublicKey(byte[] rawPublicKey) {
        if (rawPublicKey.length != KEY_BYTES) {
            throw new IllegalArgumentException("an Ed25519 public key has 32 bytes, not " + rawPublicKey.length);
        }
        return new PeerId(Sha256.hash(rawPublicKey));
    }

    /**
     * Reads 52 digits of nix-base32; hexadecimal is not a peer's name.
     *
     * @throws FormatException when it is anything else
     */
    public static PeerId parse(String text) throws FormatException {
        if (text.length() != TEXT_LENGTH) {
            throw new FormatException("peer id: " + TEXT_LENGTH + " nix-base32 digits expected, found "
                    + FormatException.quote(text));
        }
        return new PeerId(Sha256.of(NixBase32.decode(text, Sha256.BYTES)));
    }

    @Override
    public int compareTo(PeerId other) {
        return digest.compareTo(other.digest);
    }

    /** The 52 digits. */
    @Override
    public String toString() {
        return digest.base32();
    }
}
