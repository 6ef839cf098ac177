// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.pki;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.math.BigInteger;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class Field25519Test {
    private static final BigInteger P = Field25519.P;

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

    @Provide
    Arbitrary<BigInteger> numbers() {
        Arbitrary<BigInteger> any = Arbitraries.bigIntegers().between(BigInteger.ZERO, BigInteger.TWO.pow(256));
        // Limbs that are all ones, and the neighbours of the modulus and of limb borders.
        Arbitrary<BigInteger> edges = Arbitraries.of(P.subtract(BigInteger.ONE), P, P.add(BigInteger.ONE),
                BigInteger.ZERO, BigInteger.ONE, BigInteger.TWO.pow(255).subtract(BigInteger.ONE),
                BigInteger.TWO.pow(256).subtract(BigInteger.ONE), BigInteger.TWO.pow(26), BigInteger.TWO.pow(51),
                BigInteger.TWO.pow(25).subtract(BigInteger.ONE), P.shiftRight(1), BigInteger.valueOf(19));
        return Arbitraries.oneOf(any, edges);
    }
}
