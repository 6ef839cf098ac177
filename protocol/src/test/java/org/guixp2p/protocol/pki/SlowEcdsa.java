// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.pki;

import java.math.BigInteger;
import java.util.Optional;
import org.guixp2p.protocol.hash.Sha256;

/** ECDSA over Ed25519 in a few lines of {@link BigInteger}, one bit of a scalar at a time: little to get wrong. */
final class SlowEcdsa {
    static final BigInteger P = BigInteger.TWO.pow(255).subtract(BigInteger.valueOf(19));
    static final BigInteger ORDER = BigInteger.TWO.pow(252)
            .add(new BigInteger("27742317777372353535851937790883648493"));
    static final Point NEUTRAL = Point.of(BigInteger.ZERO, BigInteger.ONE);
    /** Section 5.1 of RFC 8032. */
    static final Point BASE = Point.of(
            new BigInteger("15112221349535400772501151409588531511454012693041857206046113283949847762202"),
            new BigInteger("46316835694926478169428394003475163141307993866256225615783033603165251855960"));

    private static final BigInteger D = new BigInteger(
            "37095705934669439343138083508754565189542113879843219016388785533085940283555");

    private SlowEcdsa() {}

    /** (x/z, y/z); z is 1 unless the point is a {@link #plus} and not yet {@link #affine}. */
    record Point(BigInteger x, BigInteger y, BigInteger z) {
        static Point of(BigInteger x, BigInteger y) {
            return new Point(x, y, BigInteger.ONE);
        }

        /** One of the points with this x: y² = (1 + x²)/(1 − d·x²). */
        static Optional<Point> ofX(BigInteger x) {
            BigInteger square = x.multiply(x).mod(P);
            BigInteger ySquared = BigInteger.ONE.add(square)
                    .multiply(BigInteger.ONE.subtract(D.multiply(square)).modInverse(P)).mod(P);
            BigInteger y = ySquared.modPow(P.add(BigInteger.valueOf(3)).shiftRight(3), P);
            if (!y.multiply(y).mod(P).equals(ySquared)) {
                y = y.multiply(BigInteger.TWO.modPow(P.shiftRight(2), P)).mod(P);
            }
            return y.multiply(y).mod(P).equals(ySquared) ? Optional.of(of(x, y)) : Optional.empty();
        }

        Point plus(Point other) {
            BigInteger zz = z.multiply(other.z).mod(P);
            BigInteger xx = x.multiply(other.x).mod(P);
            BigInteger yy = y.multiply(other.y).mod(P);
            BigInteger xy = x.multiply(other.y).add(y.multiply(other.x)).mod(P);
            BigInteger zzzz = zz.multiply(zz);
            BigInteger dxxyy = D.multiply(xx).mod(P).multiply(yy);
            BigInteger f = zzzz.subtract(dxxyy).mod(P);
            BigInteger g = zzzz.add(dxxyy).mod(P);
            return new Point(zz.multiply(f).mod(P).multiply(xy).mod(P),
                    zz.multiply(g).mod(P).multiply(yy.add(xx)).mod(P), f.multiply(g).mod(P));
        }

        Point affine() {
            BigInteger inverse = z.modInverse(P);
            return of(x.multiply(inverse).mod(P), y.multiply(inverse).mod(P));
        }

        Point times(BigInteger scalar) {
            return sum(scalar, this, BigInteger.ZERO, NEUTRAL);
        }

        byte[] encode() {
            byte[] bigEndian = BigNumbers.fixed(x.testBit(0) ? y.setBit(255) : y, EdwardsPoint.BYTES);
            byte[] bytes = new byte[EdwardsPoint.BYTES];
            for (int i = 0; i < bytes.length; i++) {
                bytes[i] = bigEndian[bytes.length - 1 - i];
            }
            return bytes;
        }
    }

    private static Point sum(BigInteger a, Point ofA, BigInteger b, Point ofB) {
        Point both = ofA.plus(ofB);
        Point sum = NEUTRAL;
        for (int i = Math.max(a.bitLength(), b.bitLength()) - 1; i >= 0; i--) {
            sum = sum.plus(sum);
            if (a.testBit(i) || b.testBit(i)) {
                sum = sum.plus(!b.testBit(i) ? ofA : a.testBit(i) ? both : ofB);
            }
        }
        return sum.affine();
    }

    /** The point whose x a signature is about, affine. */
    static Point sum(Sha256 hash, BigInteger r, BigInteger s, Point q) {
        BigInteger z = new BigInteger(1, hash.bytes()).shiftRight(3);
        BigInteger w = s.modInverse(ORDER);
        return sum(z.multiply(w).mod(ORDER), BASE, r.multiply(w).mod(ORDER), q);
    }

    static boolean isScalar(BigInteger number) {
        return number.signum() > 0 && number.compareTo(ORDER) < 0;
    }
}
