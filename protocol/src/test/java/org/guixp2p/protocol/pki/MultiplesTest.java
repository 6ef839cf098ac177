// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.pki;

import static org.guixp2p.protocol.pki.EdwardsPointTest.plainly;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Multiples and sums of them are those of doubling and adding. */
class MultiplesTest {
    private static final BigInteger ORDER = Ecdsa25519.ORDER;
    private static final Multiples OF_BASE = Multiples.of(EdwardsPoint.BASE);
    /** One of order 8. */
    private static final EdwardsPoint TORSION = EdwardsPoint.decode(HexFormat.of()
            .parseHex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05")).orElseThrow();

    private final Random random = new Random(16);

    /** Zeros, ones, digits on either side of where a digit becomes negative, and carries through all digits. */
    private static List<BigInteger> edges() {
        List<BigInteger> edges = new ArrayList<>();
        for (BigInteger near : List.of(BigInteger.valueOf(16), BigInteger.valueOf(32), BigInteger.TWO.pow(20), ORDER,
                ORDER.shiftLeft(3), BigInteger.TWO.pow(250), BigInteger.TWO.pow(252), BigInteger.TWO.pow(253),
                BigInteger.TWO.pow(255))) {
            edges.addAll(List.of(near.subtract(BigInteger.ONE), near, near.add(BigInteger.ONE)));
        }
        edges.addAll(List.of(BigInteger.ZERO, BigInteger.ONE, BigInteger.TWO.pow(256).subtract(BigInteger.ONE)));
        for (int digit : new int[]{15, 16, 17, 31}) {
            BigInteger repeated = BigInteger.ZERO;
            for (int i = 0; i < 51; i++) {
                repeated = repeated.shiftLeft(5).add(BigInteger.valueOf(digit));
            }
            edges.add(repeated);
            edges.add(repeated.setBit(255));
        }
        return edges;
    }

    private EdwardsPoint randomPoint() {
        return plainly(new BigInteger(253, random), EdwardsPoint.BASE);
    }

    @Test
    void multiplesAtTheEdgesAreExact() {
        for (EdwardsPoint point : List.of(EdwardsPoint.BASE, randomPoint(), randomPoint().plus(TORSION), TORSION,
                EdwardsPoint.NEUTRAL)) {
            Multiples multiples = Multiples.of(point);
            for (BigInteger scalar : edges()) {
                assertArrayEquals(plainly(scalar, point).encode(), multiples.times(scalar).encode(), scalar::toString);
            }
        }
    }

    @Test
    void everyDigitAtEveryPlaceIsRight() {
        for (int place = 0; place < 51; place++) {
            for (int digit = 1; digit < 32; digit++) {
                BigInteger scalar = BigInteger.valueOf(digit).shiftLeft(5 * place);
                assertArrayEquals(plainly(scalar, EdwardsPoint.BASE).encode(), OF_BASE.times(scalar).encode(),
                        scalar::toString);
            }
        }
    }

    @Test
    void sumsAreThoseOfTheirParts() {
        List<BigInteger> edges = edges();
        for (int i = 0; i < 20; i++) {
            EdwardsPoint point = i % 2 == 0 ? randomPoint() : randomPoint().plus(TORSION);
            Multiples multiples = Multiples.of(point);
            for (int j = 0; j < 20; j++) {
                BigInteger a = random.nextInt(4) == 0
                        ? edges.get(random.nextInt(edges.size()))
                        : new BigInteger(256, random);
                BigInteger b = random.nextInt(4) == 0
                        ? edges.get(random.nextInt(edges.size()))
                        : new BigInteger(253, random);
                assertArrayEquals(plainly(a, EdwardsPoint.BASE).plus(plainly(b, point)).encode(),
                        Multiples.sum(a, OF_BASE, b, multiples).encode(), () -> a + " and " + b);
            }
        }
    }

    @Test
    void otherScalarsAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> OF_BASE.times(BigInteger.TWO.pow(256)));
        assertThrows(IllegalArgumentException.class, () -> OF_BASE.times(BigInteger.ONE.negate()));
    }
}
