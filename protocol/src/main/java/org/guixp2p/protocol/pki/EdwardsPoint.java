// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.pki;

import java.math.BigInteger;
import java.util.Optional;

/**
 * A point of the twisted Edwards curve −x² + y² = 1 + d·x²·y² over the field of 2²⁵⁵ − 19 (RFC 8032, section 5.1), in
 * extended coordinates: x = X/Z, y = Y/Z, T = X·Y/Z, all of size 1. The addition formula holds for any two points, equal,
 * opposite or neutral.
 */
record EdwardsPoint(Field25519 x, Field25519 y, Field25519 z, Field25519 t) {
    /** Bytes of a point in the compressed form. */
    static final int BYTES = 32;

    private static final Field25519 D = Field25519.of(BigInteger.valueOf(-121665))
            .times(Field25519.of(BigInteger.valueOf(121666)).inverse());
    private static final Field25519 TWICE_D = D.plus(D);
    private static final Field25519 ROOT_OF_MINUS_ONE = Field25519.of(
            new BigInteger("2b8324804fc1df0b2b4d00993dfbd7a72f431806ad2fe478c4ee1b274a0ea0b0", 16));

    static final EdwardsPoint NEUTRAL = affine(BigInteger.ZERO, BigInteger.ONE);
    /** The generator B: y = 4/5, x even. */
    static final EdwardsPoint BASE = affine(
            new BigInteger("216936d3cd6e53fec0a4e231fdd6dc5c692cc7609525a7b2c9562d608f25d51a", 16),
            new BigInteger("6666666666666666666666666666666666666666666666666666666666666658", 16));

    /**
     * What is added to a point: another one in the form that makes this cheapest.
     *
     * @param sum y + x
     * @param difference y − x
     * @param product 2·d·x·y
     */
    record Addend(Field25519 sum, Field25519 difference, Field25519 product) {}

    private static EdwardsPoint affine(BigInteger x, BigInteger y) {
        return affine(Field25519.of(x), Field25519.of(y));
    }

    private static EdwardsPoint affine(Field25519 x, Field25519 y) {
        return new EdwardsPoint(x, y, Field25519.ONE, x.times(y));
    }

    /**
     * Reads the compressed form: y in little-endian order, the parity of x in the highest bit.
     *
     * @param bytes 32 bytes
     * @return nothing when y is not below the field's size or no point of the curve has it
     */
    static Optional<EdwardsPoint> decode(byte[] bytes) {
        boolean odd = bytes[BYTES - 1] < 0;
        BigInteger number = littleEndian(bytes).clearBit(255);
        if (number.compareTo(Field25519.P) >= 0) {
            return Optional.empty();
        }
        Field25519 y = Field25519.of(number);
        Field25519 ySquared = y.squared();
        Field25519 divisor = D.times(ySquared).plus(Field25519.ONE);
        Field25519 xSquared = ySquared.minus(Field25519.ONE).times(divisor.inverse());
        // A square root where P leaves 5 modulo 8: the power of (P + 3)/8 = 2 · (2²⁵¹ − 1) is one of x², or of −x² times
        // the root of −1.
        Field25519 x = xSquared.toOnes(251).squared();
        if (!x.squared().minus(xSquared).isZero()) {
            x = x.times(ROOT_OF_MINUS_ONE);
            if (!x.squared().minus(xSquared).isZero()) {
                return Optional.empty();
            }
        }
        if (x.isZero() && odd) {
            return Optional.empty();
        }
        return Optional.of(affine(x.isOdd() == odd ? x : x.negated(), y));
    }

    /** The compressed form, 32 bytes. */
    byte[] encode() {
        Field25519 inverse = z.inverse();
        BigInteger affineY = y.times(inverse).number();
        BigInteger number = x.times(inverse).isOdd() ? affineY.setBit(255) : affineY;
        byte[] bytes = new byte[BYTES];
        for (int i = 0; i < BYTES; i++) {
            bytes[i] = number.shiftRight(8 * i).byteValue();
        }
        return bytes;
    }

    /** x as a number between 0 and P − 1. */
    BigInteger affineX() {
        return x.times(z.inverse()).number();
    }

    /** Whether {@link #affineX} is {@code number}; much quicker, as it does not divide. */
    boolean hasX(BigInteger number) {
        return Field25519.of(number).times(z).minus(x).isZero();
    }

    /** The form for {@link #plus(Addend)}, given 1/Z. */
    Addend addend(Field25519 inverseOfZ) {
        Field25519 affineX = x.times(inverseOfZ);
        Field25519 affineY = y.times(inverseOfZ);
        return new Addend(affineY.plus(affineX), affineY.minus(affineX), affineX.times(affineY).times(TWICE_D));
    }

    EdwardsPoint plus(Addend other) {
        Field25519 a = y.minus(x).times(other.difference);
        Field25519 b = y.plus(x).times(other.sum);
        Field25519 c = t.times(other.product);
        Field25519 d = z.plus(z);
        return completed(b.minus(a), d.minus(c), d.plus(c), b.plus(a));
    }

    /** Adds the opposite point: with −x for x, sum and difference change places, and the product its sign. */
    EdwardsPoint minus(Addend other) {
        Field25519 a = y.minus(x).times(other.sum);
        Field25519 b = y.plus(x).times(other.difference);
        Field25519 c = t.times(other.product);
        Field25519 d = z.plus(z);
        return completed(b.minus(a), d.plus(c), d.minus(c), b.plus(a));
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

    /** The point times 2ⁿ, n being {@code times}. */
    EdwardsPoint doubled(int times) {
        EdwardsPoint multiple = this;
        for (int i = 0; i < times; i++) {
            multiple = multiple.doubled();
        }
        return multiple;
    }

    /** The end of all three formulas. The product of two factors' sizes is 12 at most: e · f when doubling, 3 · 4. */
    private static EdwardsPoint completed(Field25519 e, Field25519 f, Field25519 g, Field25519 h) {
        return new EdwardsPoint(e.times(f), g.times(h), f.times(g), e.times(h));
    }

    /** Whether a multiple by 8 is neutral: such a point carries no secret, and anybody signs for it. */
    boolean isOfSmallOrder() {
        return doubled(3).x.isZero();
    }

    static BigInteger littleEndian(byte[] bytes) {
        byte[] reversed = new byte[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            reversed[i] = bytes[bytes.length - 1 - i];
        }
        return new BigInteger(1, reversed);
    }
}
