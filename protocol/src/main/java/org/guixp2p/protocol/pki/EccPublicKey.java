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
 * <p>{@link Multiples} of the point are computed when the first signature is verified, for a stranger may show keys by the
 * thousand and only those of the ACL are worth the time and the 36 kB. Signatures are verified with the ACL's own instance
 * ({@link Acl#find}), which keeps them, and the signatures that it has found good, as long as there is that ACL.
 */
public final class EccPublicKey implements PublicKey {
    /** What libgcrypt may put before a compressed point of this curve. */
    private static final byte COMPRESSED = 0x40;

    private final Sexp.SexpList sexp;
    private final byte[] q;
    /** Computed at first use; a race computes it twice and harms nobody. */
    private volatile @Nullable Multiples multiples;
    /** Likewise. */
    private volatile @Nullable KnownSignatures known;

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
        return point().isPresent();
    }

    @Override
    public boolean verify(Sha256 hash, SignatureValue value) {
        return value instanceof SignatureValue.Ecdsa signature
                && multiples().filter(ofQ -> verify(hash, signature, ofQ)).isPresent();
    }

    private boolean verify(Sha256 hash, SignatureValue.Ecdsa signature, Multiples ofQ) {
        KnownSignatures mine = known();
        if (mine.isKnown(hash, signature)) {
            return true;
        }
        boolean good = Ecdsa25519.verify(hash, signature.r(), signature.s(), ofQ);
        if (good) {
            mine.add(hash, signature);
        }
        return good;
    }

    private KnownSignatures known() {
        KnownSignatures mine = known;
        if (mine == null) {
            mine = new KnownSignatures();
            known = mine;
        }
        return mine;
    }

    private Optional<EdwardsPoint> point() {
        return EdwardsPoint.decode(q).filter(point -> !point.isOfSmallOrder());
    }

    private Optional<Multiples> multiples() {
        if (multiples == null) {
            multiples = point().map(Multiples::of).orElse(null);
        }
        return Optional.ofNullable(multiples);
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
