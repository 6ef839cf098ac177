// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.pki;

import java.math.BigInteger;

/**
 * A number modulo 2²⁵⁵ − 19, in ten signed limbs of 26 and 25 bits in turn, so that a product's columns fit a
 * {@code long}: several times quicker than {@link BigInteger}, above all before the JIT compiler has warmed up.
 *
 * <p>Every result is carried, so each limb stays within 1.01 times its width and any two values may be multiplied. The
 * time of an operation does not depend on the values, but nothing above this class keeps that up.
 */
final class Field25519 {
    static final BigInteger P = BigInteger.TWO.pow(255).subtract(BigInteger.valueOf(19));
    static final Field25519 ZERO = of(BigInteger.ZERO);
    static final Field25519 ONE = of(BigInteger.ONE);

    private static final int LIMBS = 10;

    private final long[] limbs;

    private Field25519(long[] limbs) {
        this.limbs = limbs;
    }

    static Field25519 of(BigInteger number) {
        BigInteger rest = number.mod(P);
        long[] limbs = new long[LIMBS];
        for (int i = 0; i < LIMBS; i++) {
            limbs[i] = rest.longValue() & ((1L << width(i)) - 1);
            rest = rest.shiftRight(width(i));
        }
        return carried(limbs);
    }

    /** The number between 0 and P − 1. */
    BigInteger number() {
        BigInteger number = BigInteger.ZERO;
        for (int i = LIMBS - 1; i >= 0; i--) {
            number = number.shiftLeft(width(i)).add(BigInteger.valueOf(limbs[i]));
        }
        return number.mod(P);
    }

    Field25519 plus(Field25519 other) {
        long[] sum = new long[LIMBS];
        for (int i = 0; i < LIMBS; i++) {
            sum[i] = limbs[i] + other.limbs[i];
        }
        return carried(sum);
    }

    Field25519 minus(Field25519 other) {
        long[] difference = new long[LIMBS];
        for (int i = 0; i < LIMBS; i++) {
            difference[i] = limbs[i] - other.limbs[i];
        }
        return carried(difference);
    }

    Field25519 negated() {
        return ZERO.minus(this);
    }

    /**
     * The product. Column k takes the products of limbs i and j with i + j = k or, since 2²⁵⁵ is 19 here, 19 times those
     * with i + j = k + 10. Where i and j are both odd, their 25-bit limbs stand half a bit lower than the column: twice
     * the product makes up for it.
     */
    Field25519 times(Field25519 other) {
        long[] byEven = new long[2 * LIMBS];
        long[] byOdd = new long[2 * LIMBS];
        for (int j = 0; j < LIMBS; j++) {
            long limb = other.limbs[j];
            long doubled = limb << (j & 1);
            byEven[LIMBS + j] = limb;
            byEven[j] = 19 * limb;
            byOdd[LIMBS + j] = doubled;
            byOdd[j] = 19 * doubled;
        }
        long[] product = new long[LIMBS];
        for (int i = 0; i < LIMBS; i++) {
            long limb = limbs[i];
            long[] by = (i & 1) == 0 ? byEven : byOdd;
            for (int k = 0; k < LIMBS; k++) {
                product[k] += limb * by[LIMBS + k - i];
            }
        }
        return carried(product);
    }

    Field25519 squared() {
        return times(this);
    }

    private static int width(int limb) {
        return 26 - (limb & 1);
    }

    /** Takes over {@code limbs} and brings each within its width, rounding to nearest so that signs cancel. */
    private static Field25519 carried(long[] limbs) {
        for (int i = 0; i < LIMBS - 1; i++) {
            long carry = carry(limbs, i);
            limbs[i + 1] += carry;
        }
        limbs[0] += 19 * carry(limbs, LIMBS - 1);
        limbs[1] += carry(limbs, 0);
        return new Field25519(limbs);
    }

    private static long carry(long[] limbs, int i) {
        int width = width(i);
        long carry = (limbs[i] + (1L << (width - 1))) >> width;
        limbs[i] -= carry << width;
        return carry;
    }
}
