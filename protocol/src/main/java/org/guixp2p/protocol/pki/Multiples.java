// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.pki;

import java.math.BigInteger;

/**
 * Multiples of one point, from which any multiple of it takes 52 additions and 15 doublings.
 *
 * <p>A scalar is written in 52 digits of radix 32, between −15 and 16. Those of every fourth place are a row, whose places
 * stand for the powers of 32⁴ = 2²⁰. For each of the 13 places, the point times that power times 1 to 16 is here: 208
 * points, 36 kB. All four rows are added from them, the highest first, with five doublings from a row to the next.
 *
 * <p>They take about as long to make as five verifications, 0.6 ms in code of C1.
 */
final class Multiples {
    private static final int SCALAR_BYTES = 32;
    /** Of a digit. */
    private static final int BITS = 5;
    private static final int ROWS = 4;
    private static final int PLACES = 13;
    private static final int LARGEST = 1 << (BITS - 1);

    /** By place in a row, then by factor. */
    private final EdwardsPoint.Addend[] addends;

    private Multiples(EdwardsPoint.Addend[] addends) {
        this.addends = addends;
    }

    static Multiples of(EdwardsPoint point) {
        EdwardsPoint[] multiples = new EdwardsPoint[PLACES * LARGEST];
        EdwardsPoint unit = point;
        for (int place = 0; place < PLACES; place++) {
            int first = place * LARGEST;
            multiples[first] = unit;
            for (int i = first + 1; i < first + LARGEST; i++) {
                multiples[i] = multiples[i - 1].plus(unit);
            }
            // From 16 times this unit to the next.
            unit = multiples[first + LARGEST - 1].doubled(BITS * ROWS - (BITS - 1));
        }
        return new Multiples(addends(multiples));
    }

    /** Divides all points by their z with one inversion: that of the product of all z. */
    private static EdwardsPoint.Addend[] addends(EdwardsPoint[] points) {
        Field25519[] productBefore = new Field25519[points.length];
        Field25519 product = Field25519.ONE;
        for (int i = 0; i < points.length; i++) {
            productBefore[i] = product;
            product = product.times(points[i].z());
        }
        EdwardsPoint.Addend[] addends = new EdwardsPoint.Addend[points.length];
        Field25519 inverse = product.inverse();
        for (int i = points.length - 1; i >= 0; i--) {
            addends[i] = points[i].addend(inverse.times(productBefore[i]));
            inverse = inverse.times(points[i].z());
        }
        return addends;
    }

    /**
     * a·A + b·B, by one chain of doublings for both.
     *
     * @param a from 0 to 2²⁵⁶ − 1
     * @param b from 0 to 2²⁵⁶ − 1
     */
    static EdwardsPoint sum(BigInteger a, Multiples ofA, BigInteger b, Multiples ofB) {
        byte[] digitsOfA = digits(a);
        byte[] digitsOfB = digits(b);
        EdwardsPoint sum = EdwardsPoint.NEUTRAL;
        for (int row = ROWS - 1; row >= 0; row--) {
            sum = ofA.addRow(row, digitsOfA, sum);
            sum = ofB.addRow(row, digitsOfB, sum);
            if (row > 0) {
                sum = sum.doubled(BITS);
            }
        }
        return sum;
    }

    /** The point times {@code scalar}, which is from 0 to 2²⁵⁶ − 1. */
    EdwardsPoint times(BigInteger scalar) {
        return sum(scalar, this, BigInteger.ZERO, this);
    }

    private EdwardsPoint addRow(int row, byte[] digits, EdwardsPoint to) {
        EdwardsPoint sum = to;
        for (int place = 0; place < PLACES; place++) {
            int digit = digits[place * ROWS + row];
            if (digit > 0) {
                sum = sum.plus(addends[place * LARGEST + digit - 1]);
            } else if (digit < 0) {
                sum = sum.minus(addends[place * LARGEST - digit - 1]);
            }
        }
        return sum;
    }

    /** The lowest first. The highest has one bit of the scalar, so that no carry is left over. */
    private static byte[] digits(BigInteger scalar) {
        byte[] bytes = BigNumbers.fixed(scalar, SCALAR_BYTES);
        byte[] digits = new byte[PLACES * ROWS];
        int carry = 0;
        for (int i = 0; i < digits.length; i++) {
            int bit = i * BITS;
            int octets = (octet(bytes, bit / 8 + 1) << 8) | octet(bytes, bit / 8);
            int digit = ((octets >> (bit % 8)) & (2 * LARGEST - 1)) + carry;
            carry = digit > LARGEST ? 1 : 0;
            digits[i] = (byte) (digit - (carry << BITS));
        }
        return digits;
    }

    /** Counted from the lowest; there are zeros above the highest. */
    private static int octet(byte[] bigEndian, int i) {
        return i < bigEndian.length ? Byte.toUnsignedInt(bigEndian[bigEndian.length - 1 - i]) : 0;
    }
}
