// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.pki;

import java.math.BigInteger;
import java.util.Optional;

/**
 * A point of the twisted Edwards curve −x² + y² = 1 + d·x²·y² over the field of 2²⁵⁵ − 19 (RFC 8032, section 5.1), in
 * extended coordinates: x = X/Z, y = Y/Z, T = X·Y/Z. The addition formula holds for any two points, equal, opposite or
 * neutral.
 */
record EdwardsPoint(Field25519 x, Field25519 y, Field25519 z, Field25519 t) {
    /** Bytes of a point in the compressed form. */
    static final int BYTES = 32;

    private static final BigInteger P = Field25519.P;
    private static final BigInteger D = BigInteger.valueOf(-121665).multiply(BigInteger.valueOf(121666).modInverse(P))
            .mod(P);
    private static final Field25519 TWICE_D = Field25519.of(D.shiftLeft(1));
    private static final BigInteger ROOT_OF_MINUS_ONE = BigInteger.TWO.modPow(P.shiftRight(2), P);

    static final EdwardsPoint NEUTRAL = affine(BigInteger.ZERO, BigInteger.ONE);
    /** The generator B: y = 4/5, x even. */
    static final EdwardsPoint BASE = affine(
            new BigInteger("216936d3cd6e53fec0a4e231fdd6dc5c692cc7609525a7b2c9562d608f25d51a", 16),
            new BigInteger("6666666666666666666666666666666666666666666666666666666666666658", 16));

    private static EdwardsPoint affine(BigInteger x, BigInteger y) {
        return new EdwardsPoint(Field25519.of(x), Field25519.of(y), Field25519.ONE, Field25519.of(x.multiply(y)));
    }

    /**
     * Reads the compressed form: y in little-endian order, the parity of x in the highest bit.
     *
     * @param bytes 32 bytes
     * @return nothing when y is not below the field's size or no point of the curve has it
     */
    static Optional<EdwardsPoint> decode(byte[] bytes) {
        boolean odd = bytes[BYTES - 1] < 0;
        BigInteger y = littleEndian(bytes).clearBit(255);
        if (y.compareTo(P) >= 0) {
            return Optional.empty();
        }
        BigInteger ySquared = y.multiply(y).mod(P);
        BigInteger xSquared = ySquared.subtract(BigInteger.ONE)
                .multiply(D.multiply(ySquared).add(BigInteger.ONE).modInverse(P)).mod(P);
        // A square root where P leaves 5 modulo 8: the power is one of x², or of −x² times the root of −1.
        BigInteger x = xSquared.modPow(P.add(BigInteger.valueOf(3)).shiftRight(3), P);
        if (!x.multiply(x).mod(P).equals(xSquared)) {
            x = x.multiply(ROOT_OF_MINUS_ONE).mod(P);
            if (!x.multiply(x).mod(P).equals(xSquared)) {
                return Optional.empty();
            }
        }
        if (x.signum() == 0 && odd) {
            return Optional.empty();
        }
        return Optional.of(affine(x.testBit(0) == odd ? x : P.subtract(x), y));
    }

    /** The compressed form, 32 bytes. */
    byte[] encode() {
        BigInteger inverse = z.number().modInverse(P);
        BigInteger affineY = y.number().multiply(inverse).mod(P);
        BigInteger affineX = x.number().multiply(inverse).mod(P);
        BigInteger number = affineX.testBit(0) ? affineY.setBit(255) : affineY;
        byte[] bytes = new byte[BYTES];
        for (int i = 0; i < BYTES; i++) {
            bytes[i] = number.shiftRight(8 * i).byteValue();
        }
        return bytes;
    }

    /** x as a number between 0 and P − 1. */
    BigInteger affineX() {
        return x.number().multiply(z.number().modInverse(P)).mod(P);
    }

    EdwardsPoint plus(EdwardsPoint other) {
        Field25519 a = y.minus(x).times(other.y.minus(other.x));
        Field25519 b = y.plus(x).times(other.y.plus(other.x));
        Field25519 c = t.times(TWICE_D).times(other.t);
        Field25519 zz = z.times(other.z);
        Field25519 d = zz.plus(zz);
        return completed(b.minus(a), d.minus(c), d.plus(c), b.plus(a));
    }

    EdwardsPoint doubled() {
        Field25519 a = x.squared();
        Field25519 b = y.squared();
        Field25519 zz = z.squared();
        Field25519 sum = a.plus(b);
        Field25519 g = b.minus(a);
        return completed(x.plus(y).squared().minus(sum), g.minus(zz.plus(zz)), g, sum.negated());
    }

    private static EdwardsPoint completed(Field25519 e, Field25519 f, Field25519 g, Field25519 h) {
        return new EdwardsPoint(e.times(f), g.times(h), f.times(g), e.times(h));
    }

    EdwardsPoint negated() {
        return new EdwardsPoint(x.negated(), y, z, t.negated());
    }

    /** Whether a multiple by 8 is neutral: such a point carries no secret, and anybody signs for it. */
    boolean isOfSmallOrder() {
        return doubled().doubled().doubled().x().number().signum() == 0;
    }

    /** The point, 3, 5 … times the point: what {@link #sum} wants of its factors. */
    EdwardsPoint[] oddMultiples(int count) {
        EdwardsPoint twice = doubled();
        EdwardsPoint[] multiples = new EdwardsPoint[count];
        multiples[0] = this;
        for (int i = 1; i < count; i++) {
            multiples[i] = multiples[i - 1].plus(twice);
        }
        return multiples;
    }

    /**
     * a·A + b·B by one chain of doublings for both (Shamir's trick), with sparse signed digits.
     *
     * @param a from 0 on
     * @param ofA odd multiples of A, a power of two of them
     * @param b from 0 on
     * @param ofB odd multiples of B, a power of two of them
     */
    static EdwardsPoint sum(BigInteger a, EdwardsPoint[] ofA, BigInteger b, EdwardsPoint[] ofB) {
        int length = Math.max(a.bitLength(), b.bitLength()) + 1;
        int[] digitsOfA = signedDigits(a, ofA.length, length);
        int[] digitsOfB = signedDigits(b, ofB.length, length);
        EdwardsPoint sum = NEUTRAL;
        for (int i = length - 1; i >= 0; i--) {
            sum = sum.doubled().plus(digitsOfA[i], ofA).plus(digitsOfB[i], ofB);
        }
        return sum;
    }

    private EdwardsPoint plus(int digit, EdwardsPoint[] multiples) {
        if (digit == 0) {
            return this;
        }
        return plus(digit > 0 ? multiples[digit >> 1] : multiples[-digit >> 1].negated());
    }

    /** The non-adjacent form: digits that are 0 or odd, of magnitude below twice {@code multiples}. */
    private static int[] signedDigits(BigInteger number, int multiples, int length) {
        int window = 4 * multiples;
        int[] digits = new int[length];
        BigInteger rest = number;
        for (int i = 0; rest.signum() != 0; i++) {
            if (rest.testBit(0)) {
                int digit = rest.intValue() & (window - 1);
                if (digit >= window / 2) {
                    digit -= window;
                }
                digits[i] = digit;
                rest = rest.subtract(BigInteger.valueOf(digit));
            }
            rest = rest.shiftRight(1);
        }
        return digits;
    }

    static BigInteger littleEndian(byte[] bytes) {
        byte[] reversed = new byte[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            reversed[i] = bytes[bytes.length - 1 - i];
        }
        return new BigInteger(1, reversed);
    }
}
