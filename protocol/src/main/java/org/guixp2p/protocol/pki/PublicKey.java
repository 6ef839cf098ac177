// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.pki;

import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.hash.Sha256;

/**
 * A public key as Guix names signers: two are the same key only when the whole {@code (public-key …)} expressions are
 * equal (Guix: {@code authorized-key?} in {@code guix/pki.scm}), so that, say, a point with the optional 0x40 byte before
 * it is another key than the point without.
 */
public sealed interface PublicKey permits EccPublicKey, RsaPublicKey, UnsupportedPublicKey {
    /** The whole expression, {@code public-key} at its head unless the key is an {@link UnsupportedPublicKey}. */
    Sexp sexp();

    /** Whether {@code value} is this key's signature of a text with the SHA-256 {@code hash}. */
    boolean verify(Sha256 hash, SignatureValue value);

    /** The flag that libgcrypt's {@code data} must carry for this kind of key: {@code rfc6979} or {@code pkcs1}. */
    String flag();

    /** The text of a {@code .pub} file. */
    default byte[] encoded() {
        return sexp().advanced();
    }

    /**
     * Reads a key in whatever spelling, such as a {@code signing-key.pub} file.
     *
     * @throws FormatException when it is no public key, or of a kind that is not supported
     */
    static PublicKey parse(byte[] text) throws FormatException {
        return switch (of(Sexp.parse(text))) {
            case EccPublicKey key -> {
                if (!key.isSound()) {
                    throw new FormatException("public key: the point does not lie on Ed25519, or has small order");
                }
                yield key;
            }
            case RsaPublicKey key -> key;
            case UnsupportedPublicKey key -> throw new FormatException("public key: " + key.reason());
        };
    }

    /**
     * Tells what kind of key an expression is. Never fails: an ACL may hold keys that Guix knows and we do not, and a
     * signature by one of those is not corrupt but cannot be checked.
     */
    static PublicKey of(Sexp sexp) {
        if (!(sexp instanceof Sexp.SexpList list) || !list.isNamed("public-key") || list.size() != 2
                || list.list(1).isEmpty()) {
            return new UnsupportedPublicKey(sexp, "(public-key (KIND …)) expected");
        }
        Sexp.SexpList parameters = list.list(1).get();
        try {
            if (parameters.isNamed("ecc")) {
                return EccPublicKey.of(list, parameters);
            }
            if (parameters.isNamed("rsa")) {
                return RsaPublicKey.of(list, parameters);
            }
            return new UnsupportedPublicKey(sexp, "neither an ecc nor an rsa key");
        } catch (FormatException e) {
            return new UnsupportedPublicKey(sexp, String.valueOf(e.getMessage()));
        }
    }
}
