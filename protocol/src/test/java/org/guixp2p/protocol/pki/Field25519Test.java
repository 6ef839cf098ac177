// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.pki;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigInteger;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class Field25519Test {
    private static final BigInteger P = Field25519.P;
    /** The magnitude of a limb of a value of size 1. */
    private static final int LARGEST = (1 << 28) + 1;

    @Property
    void computesAsBigIntegersDo(@ForAll("numbers") BigInteger a, @ForAll("numbers") BigInteger b) {
        Field25519 x = Field25519.of(a);
        Field25519 y = Field25519.of(b);
        assertEquals(a.mod(P), x.number());
        assertEquals(a.add(b).mod(P), x.plus(y).number());
        assertEquals(a.subtract(b).mod(P), x.minus(y).number());
        assertEquals(a.negate().mod(P), x.negated().number());
        assertEquals(a.multiply(b).mod(P), x.times(y).number());
        assertEquals(a.multiply(a).mod(P), x.squared().number());
    }

    /** Long chains without a reduction in between are where limbs would overflow. */
    @Property(tries = 50)
    void chainsStayExact(@ForAll("numbers") BigInteger a, @ForAll("numbers") BigInteger b) {
        Field25519 x = Field25519.of(a);
        Field25519 y = Field25519.of(b);
        BigInteger expectedX = a;
        BigInteger expectedY = b;
        for (int i = 0; i < 300; i++) {
            x = x.plus(y).times(x.minus(y));
            expectedX = expectedX.add(expectedY).multiply(expectedX.subtract(expectedY)).mod(P);
            y = y.negated().minus(x).squared();
            expectedY = expectedY.negate().subtract(expectedX).pow(2).mod(P);
        }
        assertEquals(expectedX, x.number());
        assertEquals(expectedY, y.number());
    }

    @Property(tries = 50)
    void inversesAndPowersAreExact(@ForAll("numbers") BigInteger a, @ForAll("numbers") BigInteger b) {
        Field25519 sum = Field25519.of(a).plus(Field25519.of(b)).plus(Field25519.ONE);
        BigInteger expected = a.add(b).add(BigInteger.ONE).mod(P);
        assertEquals(expected.modPow(P.subtract(BigInteger.TWO), P), sum.inverse().number());
        for (int ones : new int[]{1, 2, 3, 250, 251}) {
            BigInteger exponent = BigInteger.TWO.pow(ones).subtract(BigInteger.ONE);
            assertEquals(expected.modPow(exponent, P), sum.toOnes(ones).number());
        }
    }

    @Property
    void zeroAndOddNumbersAreKnown(@ForAll("numbers") BigInteger a) {
        Field25519 x = Field25519.of(a);
        assertEquals(a.mod(P).signum() == 0, x.isZero());
        assertEquals(a.mod(P).testBit(0), x.isOdd());
        assertTrue(x.minus(Field25519.of(a.add(P))).isZero());
        assertFalse(x.plus(Field25519.ONE).minus(x).isZero());
    }

    /** Limbs as large as the documentation allows, of values of the sizes that it allows, in all combinations of signs. */
    @Test
    void valuesMayBeAsLargeAsIsDocumented() {
        Random random = new Random(25519);
        for (int i = 0; i < 20_000; i++) {
            int size = i < 4 ? 7 : 1 + random.nextInt(7);
            int otherSize = Math.min(7, 14 / size);
            Field25519 x = extreme(size, i, random);
            Field25519 y = extreme(otherSize, i / 2, random);
            carriedProduct(value(x).multiply(value(y)), x.times(y));
            Field25519 z = extreme(i < 4 ? 3 : 1 + random.nextInt(3), i, random);
            carriedProduct(value(z).pow(2), z.squared());
        }
    }

    private static void carriedProduct(BigInteger expected, Field25519 product) {
        assertEquals(expected.mod(P), product.number());
        for (int limb : product.limbs()) {
            assertTrue(Math.abs(limb) <= LARGEST, () -> "limb " + limb);
        }
    }

    /** The sum of {@code size} equal values: at first with all limbs largest and of one sign, then in all mixtures. */
    private static Field25519 extreme(int size, int round, Random random) {
        int[] limbs = new int[9];
        for (int i = 0; i < limbs.length; i++) {
            int any = random.nextInt(8) == 0 ? random.nextInt(LARGEST) : LARGEST;
            limbs[i] = round < 4 ? LARGEST : random.nextInt(16) < round % 16 ? any : -any;
            if (round % 2 == 1) {
                limbs[i] = -limbs[i];
            }
        }
        Field25519 one = Field25519.ofLimbs(limbs);
        Field25519 sum = one;
        for (int i = 1; i < size; i++) {
            sum = sum.plus(one);
        }
        return sum;
    }

    private static BigInteger value(Field25519 x) {
        BigInteger value = BigInteger.ZERO;
        for (int i = 8; i >= 0; i--) {
            value = value.shiftLeft(29).add(BigInteger.valueOf(x.limbs()[i]));
        }
        return value;
    }

    @Provide
    Arbitrary<BigInteger> numbers() {
        Arbitrary<BigInteger> any = Arbitraries.bigIntegers().between(BigInteger.ZERO, BigInteger.TWO.pow(256));
        // Limbs that are all ones, and the neighbours of the modulus and of limb borders.
        Arbitrary<BigInteger> edges = Arbitraries.of(P.subtract(BigInteger.ONE), P, P.add(BigInteger.ONE),
                BigInteger.ZERO, BigInteger.ONE, BigInteger.TWO.pow(255).subtract(BigInteger.ONE),
                BigInteger.TWO.pow(256).subtract(BigInteger.ONE), BigInteger.TWO.pow(28), BigInteger.TWO.pow(29),
                BigInteger.TWO.pow(58).subtract(BigInteger.ONE), P.shiftRight(1), BigInteger.valueOf(19),
                P.subtract(BigInteger.valueOf(19)), BigInteger.TWO.pow(255).subtract(BigInteger.valueOf(20)));
        return Arbitraries.oneOf(any, edges);
    }
}
