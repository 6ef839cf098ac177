// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.pki;

import java.math.BigInteger;

/**
 * A number modulo 2²⁵⁵ − 19, in nine signed limbs of 29 bits, so that a product's columns fit a {@code long}: many times
 * quicker than {@link BigInteger}, above all before the JIT compiler has warmed up. Products are written out without
 * loops and arrays, since the quick compiler (C1) makes good code of just that.
 *
 * <p>Sums and differences are not carried, which is what the <em>size</em> of a value is for: its limbs' magnitude is at
 * most size · (2²⁸ + 1). A product, a square and what {@link #of} gives have size 1, a sum or a difference has both sizes
 * together, up to 7, and two values may be multiplied when the product of their sizes is at most 14: a column has up to
 * nine products of limbs, and 9 · 14 · (2²⁸ + 1)² is below 2⁶³.
 *
 * <p>The time of a sum or product does not depend on the values, but nothing above this class keeps that up.
 */
final class Field25519 {
    static final BigInteger P = BigInteger.TWO.pow(255).subtract(BigInteger.valueOf(19));

    private static final int LIMBS = 9;
    private static final int WIDTH = 29;
    private static final int MASK = (1 << WIDTH) - 1;
    private static final int HALF = 1 << (WIDTH - 1);
    /** What 2²⁶¹, the place after the last limb, is here: 2⁶ times what 2²⁵⁵ is. */
    private static final long FOLD = 19L << (LIMBS * WIDTH - 255);

    static final Field25519 ONE = of(BigInteger.ONE);

    private final int limb0;
    private final int limb1;
    private final int limb2;
    private final int limb3;
    private final int limb4;
    private final int limb5;
    private final int limb6;
    private final int limb7;
    private final int limb8;

    private Field25519(int limb0, int limb1, int limb2, int limb3, int limb4, int limb5, int limb6, int limb7,
            int limb8) {
        this.limb0 = limb0;
        this.limb1 = limb1;
        this.limb2 = limb2;
        this.limb3 = limb3;
        this.limb4 = limb4;
        this.limb5 = limb5;
        this.limb6 = limb6;
        this.limb7 = limb7;
        this.limb8 = limb8;
    }

    static Field25519 of(BigInteger number) {
        BigInteger rest = number.mod(P);
        int[] limbs = new int[LIMBS];
        for (int i = 0; i < LIMBS; i++) {
            limbs[i] = kept(rest.intValue());
            rest = rest.subtract(BigInteger.valueOf(limbs[i])).shiftRight(WIDTH);
        }
        return ofLimbs(limbs);
    }

    /** The value with just these nine limbs. */
    static Field25519 ofLimbs(int... limbs) {
        return new Field25519(limbs[0], limbs[1], limbs[2], limbs[3], limbs[4], limbs[5], limbs[6], limbs[7], limbs[8]);
    }

    int[] limbs() {
        return new int[]{limb0, limb1, limb2, limb3, limb4, limb5, limb6, limb7, limb8};
    }

    /** The number between 0 and P − 1. */
    BigInteger number() {
        int[] limbs = limbs();
        BigInteger number = BigInteger.valueOf(limbs[LIMBS - 1]);
        for (int i = LIMBS - 3; i >= 0; i -= 2) {
            long two = ((long) limbs[i + 1] << WIDTH) + limbs[i];
            number = number.shiftLeft(2 * WIDTH).add(BigInteger.valueOf(two));
        }
        return number.mod(P);
    }

    /** Whether the number between 0 and P − 1 is odd. */
    boolean isOdd() {
        return number().testBit(0);
    }

    boolean isZero() {
        return number().signum() == 0;
    }

    Field25519 plus(Field25519 other) {
        return new Field25519(limb0 + other.limb0, limb1 + other.limb1, limb2 + other.limb2, limb3 + other.limb3,
                limb4 + other.limb4, limb5 + other.limb5, limb6 + other.limb6, limb7 + other.limb7,
                limb8 + other.limb8);
    }

    Field25519 minus(Field25519 other) {
        return new Field25519(limb0 - other.limb0, limb1 - other.limb1, limb2 - other.limb2, limb3 - other.limb3,
                limb4 - other.limb4, limb5 - other.limb5, limb6 - other.limb6, limb7 - other.limb7,
                limb8 - other.limb8);
    }

    Field25519 negated() {
        return new Field25519(-limb0, -limb1, -limb2, -limb3, -limb4, -limb5, -limb6, -limb7, -limb8);
    }

    /** The product: column k, which stands for 2²⁹ᵏ, takes the products of limbs i and j with i + j = k. */
    Field25519 times(Field25519 other) {
        long a0 = limb0;
        long a1 = limb1;
        long a2 = limb2;
        long a3 = limb3;
        long a4 = limb4;
        long a5 = limb5;
        long a6 = limb6;
        long a7 = limb7;
        long a8 = limb8;
        long b0 = other.limb0;
        long b1 = other.limb1;
        long b2 = other.limb2;
        long b3 = other.limb3;
        long b4 = other.limb4;
        long b5 = other.limb5;
        long b6 = other.limb6;
        long b7 = other.limb7;
        long b8 = other.limb8;
        long c0 = a0 * b0;
        long c1 = a0 * b1 + a1 * b0;
        long c2 = a0 * b2 + a1 * b1 + a2 * b0;
        long c3 = a0 * b3 + a1 * b2 + a2 * b1 + a3 * b0;
        long c4 = a0 * b4 + a1 * b3 + a2 * b2 + a3 * b1 + a4 * b0;
        long c5 = a0 * b5 + a1 * b4 + a2 * b3 + a3 * b2 + a4 * b1 + a5 * b0;
        long c6 = a0 * b6 + a1 * b5 + a2 * b4 + a3 * b3 + a4 * b2 + a5 * b1 + a6 * b0;
        long c7 = a0 * b7 + a1 * b6 + a2 * b5 + a3 * b4 + a4 * b3 + a5 * b2 + a6 * b1 + a7 * b0;
        long c8 = a0 * b8 + a1 * b7 + a2 * b6 + a3 * b5 + a4 * b4 + a5 * b3 + a6 * b2 + a7 * b1 + a8 * b0;
        long c9 = a1 * b8 + a2 * b7 + a3 * b6 + a4 * b5 + a5 * b4 + a6 * b3 + a7 * b2 + a8 * b1;
        long c10 = a2 * b8 + a3 * b7 + a4 * b6 + a5 * b5 + a6 * b4 + a7 * b3 + a8 * b2;
        long c11 = a3 * b8 + a4 * b7 + a5 * b6 + a6 * b5 + a7 * b4 + a8 * b3;
        long c12 = a4 * b8 + a5 * b7 + a6 * b6 + a7 * b5 + a8 * b4;
        long c13 = a5 * b8 + a6 * b7 + a7 * b6 + a8 * b5;
        long c14 = a6 * b8 + a7 * b7 + a8 * b6;
        long c15 = a7 * b8 + a8 * b7;
        long c16 = a8 * b8;
        return reduced(c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, c12, c13, c14, c15, c16);
    }

    /** The product of the value, of a size up to 3, with itself: each pair of different limbs is multiplied once. */
    Field25519 squared() {
        long a0 = limb0;
        long a1 = limb1;
        long a2 = limb2;
        long a3 = limb3;
        long a4 = limb4;
        long a5 = limb5;
        long a6 = limb6;
        long a7 = limb7;
        long a8 = limb8;
        long d0 = 2 * a0;
        long d1 = 2 * a1;
        long d2 = 2 * a2;
        long d3 = 2 * a3;
        long d4 = 2 * a4;
        long d5 = 2 * a5;
        long d6 = 2 * a6;
        long d7 = 2 * a7;
        long c0 = a0 * a0;
        long c1 = d0 * a1;
        long c2 = d0 * a2 + a1 * a1;
        long c3 = d0 * a3 + d1 * a2;
        long c4 = d0 * a4 + d1 * a3 + a2 * a2;
        long c5 = d0 * a5 + d1 * a4 + d2 * a3;
        long c6 = d0 * a6 + d1 * a5 + d2 * a4 + a3 * a3;
        long c7 = d0 * a7 + d1 * a6 + d2 * a5 + d3 * a4;
        long c8 = d0 * a8 + d1 * a7 + d2 * a6 + d3 * a5 + a4 * a4;
        long c9 = d1 * a8 + d2 * a7 + d3 * a6 + d4 * a5;
        long c10 = d2 * a8 + d3 * a7 + d4 * a6 + a5 * a5;
        long c11 = d3 * a8 + d4 * a7 + d5 * a6;
        long c12 = d4 * a8 + d5 * a7 + a6 * a6;
        long c13 = d5 * a8 + d6 * a7;
        long c14 = d6 * a8 + a7 * a7;
        long c15 = d7 * a8;
        long c16 = a8 * a8;
        return reduced(c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, c12, c13, c14, c15, c16);
    }

    private Field25519 squared(int times) {
        Field25519 power = this;
        for (int i = 0; i < times; i++) {
            power = power.squared();
        }
        return power;
    }

    /** The value, of a size up to 3, to the power of 2ⁿ − 1, n being {@code ones}: an exponent of just so many ones. */
    Field25519 toOnes(int ones) {
        if (ones == 1) {
            return this;
        }
        Field25519 half = toOnes(ones / 2);
        Field25519 whole = half.squared(ones / 2).times(half);
        return (ones & 1) == 0 ? whole : whole.squared().times(this);
    }

    /** The inverse of a value of a size up to 3; 0 for 0. It is the power of P − 2 = 2⁵ · (2²⁵⁰ − 1) + 11. */
    Field25519 inverse() {
        Field25519 toEleven = squared(3).times(squared()).times(this);
        return toOnes(250).squared(5).times(toEleven);
    }

    /**
     * The value of a product's columns. Those from 9 on are carried first, or FOLD times one of them would not fit. Limb 8
     * has less than 2⁴² then, so that what it passes on comes to less than 2²⁴ in limb 0, which passes at most 1 on to
     * limb 1.
     */
    private static Field25519 reduced(long c0, long c1, long c2, long c3, long c4, long c5, long c6, long c7, long c8,
            long c9, long c10, long c11, long c12, long c13, long c14, long c15, long c16) {
        long h9 = c9 + (c8 >> WIDTH);
        long h10 = c10 + (h9 >> WIDTH);
        long h11 = c11 + (h10 >> WIDTH);
        long h12 = c12 + (h11 >> WIDTH);
        long h13 = c13 + (h12 >> WIDTH);
        long h14 = c14 + (h13 >> WIDTH);
        long h15 = c15 + (h14 >> WIDTH);
        long h16 = c16 + (h15 >> WIDTH);
        long l0 = c0 + FOLD * (h9 & MASK);
        long l1 = c1 + FOLD * (h10 & MASK) + carry(l0);
        long l2 = c2 + FOLD * (h11 & MASK) + carry(l1);
        long l3 = c3 + FOLD * (h12 & MASK) + carry(l2);
        long l4 = c4 + FOLD * (h13 & MASK) + carry(l3);
        long l5 = c5 + FOLD * (h14 & MASK) + carry(l4);
        long l6 = c6 + FOLD * (h15 & MASK) + carry(l5);
        long l7 = c7 + FOLD * (h16 & MASK) + carry(l6);
        long l8 = (c8 & MASK) + FOLD * (h16 >> WIDTH) + carry(l7);
        long last = kept(l0) + FOLD * carry(l8);
        return new Field25519(kept(last), kept(l1) + (int) carry(last), kept(l2), kept(l3), kept(l4), kept(l5),
                kept(l6), kept(l7), kept(l8));
    }

    /** A limb of what is in a column, at most HALF in magnitude; {@link #carry} is the rest. */
    private static int kept(long column) {
        return (int) ((column + HALF) & MASK) - HALF;
    }

    private static long carry(long column) {
        return (column + HALF) >> WIDTH;
    }
}
