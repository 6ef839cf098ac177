// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.pki;

import java.math.BigInteger;
import org.guixp2p.protocol.hash.Sha256;

/**
 * ECDSA (FIPS 186-5, section 6.4) over the Edwards curve Ed25519, as libgcrypt does it for keys without the
 * {@code eddsa} flag ({@code cipher/ecc-ecdsa.c}): the first coordinate is the Edwards x, and a SHA-256 digest loses its
 * 3 lowest bits because the group's order has 253.
 */
final class Ecdsa25519 {
    /** The order of the generator. */
    static final BigInteger ORDER = BigInteger.TWO.pow(252)
            .add(new BigInteger("27742317777372353535851937790883648493"));

    private static final int ORDER_BITS = 253;
    private static final Multiples OF_BASE = Multiples.of(EdwardsPoint.BASE);

    private Ecdsa25519() {}

    /**
     * Whether (r, s) is a signature of {@code hash}.
     *
     * @param ofQ multiples of the public point
     */
    static boolean verify(Sha256 hash, BigInteger r, BigInteger s, Multiples ofQ) {
        if (!isScalar(r) || !isScalar(s)) {
            return false;
        }
        BigInteger w = s.modInverse(ORDER);
        BigInteger u = truncated(hash.bytes()).multiply(w).mod(ORDER);
        BigInteger v = r.multiply(w).mod(ORDER);
        return hasXModuloOrder(Multiples.sum(u, OF_BASE, v, ofQ), r);
    }

    /** Whether x modulo the order is {@code r}: x is one of seven or eight numbers then, as P is just below 8 · ORDER. */
    static boolean hasXModuloOrder(EdwardsPoint point, BigInteger r) {
        for (BigInteger x = r; x.compareTo(Field25519.P) < 0; x = x.add(ORDER)) {
            if (point.hasX(x)) {
                return true;
            }
        }
        return false;
    }

    /**
     * Signs with the nonce of RFC 6979; takes a time that depends on the key.
     *
     * @param d the secret scalar; libgcrypt's have up to 255 bits, more than the order
     */
    static SignatureValue.Ecdsa sign(Sha256 hash, BigInteger d) {
        BigInteger z = truncated(hash.bytes());
        Rfc6979 nonces = new Rfc6979(ORDER, d, hash);
        while (true) {
            BigInteger k = nonces.next();
            BigInteger r = timesBase(k).affineX().mod(ORDER);
            BigInteger s = k.modInverse(ORDER).multiply(z.add(r.multiply(d))).mod(ORDER);
            if (r.signum() != 0 && s.signum() != 0) {
                return new SignatureValue.Ecdsa(r, s);
            }
        }
    }

    static EdwardsPoint timesBase(BigInteger scalar) {
        return OF_BASE.times(scalar);
    }

    /** The highest 253 bits of 256. */
    private static BigInteger truncated(byte[] digest) {
        return new BigInteger(1, digest).shiftRight(8 * Sha256.BYTES - ORDER_BITS);
    }

    private static boolean isScalar(BigInteger number) {
        return number.signum() > 0 && number.compareTo(ORDER) < 0;
    }
}
