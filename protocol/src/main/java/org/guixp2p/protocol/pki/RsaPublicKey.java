// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.pki;

import java.math.BigInteger;
import java.security.MessageDigest;
import java.util.Locale;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.hash.Sha256;

/** {@code (public-key (rsa (n #…#) (e #…#)))}, used with PKCS #1 v1.5 (RFC 8017, section 8.2). */
public final class RsaPublicKey implements PublicKey {
    private static final int MIN_BITS = 1024;
    private static final int MAX_BITS = 8192;
    private static final int MAX_EXPONENT_BITS = 64;

    private final Sexp.SexpList sexp;
    private final BigInteger n;
    private final BigInteger e;

    private RsaPublicKey(Sexp.SexpList sexp, BigInteger n, BigInteger e) {
        this.sexp = sexp;
        this.n = n;
        this.e = e;
    }

    static RsaPublicKey of(Sexp.SexpList sexp, Sexp.SexpList parameters) throws FormatException {
        BigInteger n = parameters.required("n").unsigned();
        BigInteger e = parameters.required("e").unsigned();
        if (parameters.size() != 3) {
            throw new FormatException("rsa key with more than n and e");
        }
        if (n.bitLength() < MIN_BITS || n.bitLength() > MAX_BITS || !n.testBit(0)) {
            throw new FormatException(
                    "rsa key whose n is even, or has fewer than " + MIN_BITS + " or more than " + MAX_BITS + " bits");
        }
        if (e.compareTo(BigInteger.TWO) <= 0 || !e.testBit(0) || e.bitLength() > MAX_EXPONENT_BITS) {
            throw new FormatException("rsa key with an unusable exponent");
        }
        return new RsaPublicKey(sexp, n, e);
    }

    @Override
    public Sexp.SexpList sexp() {
        return sexp;
    }

    BigInteger modulus() {
        return n;
    }

    @Override
    public boolean verify(Sha256 hash, SignatureValue value) {
        return value instanceof SignatureValue.Rsa(BigInteger s, int ignored) && s.compareTo(n) < 0
                && MessageDigest.isEqual(BigNumbers.fixed(s.modPow(e, n), Pkcs1.length(n)), Pkcs1.encode(hash, n));
    }

    @Override
    public String flag() {
        return "pkcs1";
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof RsaPublicKey that && sexp.equals(that.sexp);
    }

    @Override
    public int hashCode() {
        return n.hashCode();
    }

    @Override
    public String toString() {
        return "RSA-" + n.bitLength() + " key #" + n.toString(16).substring(0, 16).toUpperCase(Locale.ROOT)
                + "…#";
    }
}
