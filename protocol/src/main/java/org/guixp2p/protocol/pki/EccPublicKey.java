// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.pki;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.hash.Sha256;
import org.jspecify.annotations.Nullable;

/**
 * {@code (public-key (ecc (curve Ed25519) (q #…#)))}: a point of the Edwards curve, used with ECDSA.
 *
 * <p>The point is decoded when the first signature is verified, for a stranger may show keys by the thousand and only
 * those of the ACL are worth the computation.
 */
public final class EccPublicKey implements PublicKey {
    /** What libgcrypt may put before a compressed point of this curve. */
    private static final byte COMPRESSED = 0x40;
    private static final int ODD_MULTIPLES = 8;
    /** In place of the multiples, when the point is unusable. */
    private static final EdwardsPoint[] UNSOUND = {};

    private final Sexp.SexpList sexp;
    private final byte[] q;
    /** Computed at first use; a race computes it twice and harms nobody. */
    private volatile EdwardsPoint @Nullable [] multiples;

    private EccPublicKey(Sexp.SexpList sexp, byte[] q) {
        this.sexp = sexp;
        this.q = q;
    }

    static EccPublicKey of(Sexp.SexpList sexp, Sexp.SexpList parameters) throws FormatException {
        Sexp.Atom curve = parameters.required("curve");
        Sexp.Atom q = parameters.required("q");
        if (!curve.is("Ed25519")) {
            throw new FormatException("ecc key on another curve than Ed25519");
        }
        if (parameters.size() != 3) {
            throw new FormatException("ecc key with more than curve and q");
        }
        byte[] bytes = q.bytes();
        if (bytes.length == EdwardsPoint.BYTES + 1 && bytes[0] == COMPRESSED) {
            bytes = Arrays.copyOfRange(bytes, 1, bytes.length);
        }
        if (bytes.length != EdwardsPoint.BYTES) {
            throw new FormatException("ecc key whose q has " + bytes.length + " bytes and not 32");
        }
        return new EccPublicKey(sexp, bytes);
    }

    @Override
    public Sexp.SexpList sexp() {
        return sexp;
    }

    /** Whether q is a point of the curve whose secret matters. */
    boolean isSound() {
        return multiples().length > 0;
    }

    @Override
    public boolean verify(Sha256 hash, SignatureValue value) {
        return value instanceof SignatureValue.Ecdsa(var r, var s) && isSound()
                && Ecdsa25519.verify(hash, r, s, multiples());
    }

    private EdwardsPoint[] multiples() {
        EdwardsPoint[] known = multiples;
        if (known == null) {
            Optional<EdwardsPoint> point = EdwardsPoint.decode(q);
            known = point.isEmpty() || point.get().isOfSmallOrder()
                    ? UNSOUND
                    : point.get().oddMultiples(ODD_MULTIPLES);
            multiples = known;
        }
        return known;
    }

    @Override
    public String flag() {
        return "rfc6979";
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof EccPublicKey that && sexp.equals(that.sexp);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(q);
    }

    @Override
    public String toString() {
        return "Ed25519 key #" + HexFormat.of().withUpperCase().formatHex(q) + "#";
    }
}
