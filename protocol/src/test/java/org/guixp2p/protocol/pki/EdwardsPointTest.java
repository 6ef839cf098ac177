// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.pki;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigInteger;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EdwardsPointTest {
    private static final BigInteger ORDER = Ecdsa25519.ORDER;

    private static byte[] bytes(String hex) {
        return HexFormat.of().parseHex(hex);
    }

    static EdwardsPoint opposite(EdwardsPoint point) {
        return new EdwardsPoint(point.x().negated(), point.y(), point.z(), point.t().negated());
    }

    /** Double and add, one bit at a time: too plain to be wrong in the same way. */
    static EdwardsPoint plainly(BigInteger factor, EdwardsPoint point) {
        EdwardsPoint sum = EdwardsPoint.NEUTRAL;
        for (int i = factor.bitLength() - 1; i >= 0; i--) {
            sum = sum.plus(sum);
            if (factor.testBit(i)) {
                sum = sum.plus(point);
            }
        }
        return sum;
    }

    @Test
    void theGeneratorIsThatOfTheStandard() {
        assertArrayEquals(bytes("5866666666666666666666666666666666666666666666666666666666666666"),
                EdwardsPoint.BASE.encode());
        assertArrayEquals(EdwardsPoint.NEUTRAL.encode(), Ecdsa25519.timesBase(ORDER).encode());
        assertFalse(EdwardsPoint.BASE.isOfSmallOrder());
    }

    /** Section 7.1, test 1 of RFC 8032; its secret scalar is made with SHA-512. */
    @Test
    void multiplesAreThoseOfTheStandard() throws NoSuchAlgorithmException {
        byte[] seed = bytes("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
        byte[] digest = MessageDigest.getInstance("SHA-512").digest(seed);
        BigInteger scalar = EdwardsPoint.littleEndian(Arrays.copyOf(digest, 32)).clearBit(0).clearBit(1).clearBit(2)
                .clearBit(255).setBit(254);
        assertArrayEquals(bytes("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"),
                Ecdsa25519.timesBase(scalar).encode());
    }

    @Property(tries = 60)
    void doublingIsAddingToItself(@ForAll("scalars") BigInteger factor) {
        EdwardsPoint point = plainly(factor, EdwardsPoint.BASE);
        assertArrayEquals(point.plus(point).encode(), point.doubled().encode());
        assertArrayEquals(plainly(BigInteger.valueOf(32), point).encode(), point.doubled(5).encode());
    }

    @Property(tries = 60)
    void addendsAreAddedAndSubtracted(@ForAll("scalars") BigInteger a, @ForAll("scalars") BigInteger b) {
        EdwardsPoint point = plainly(a, EdwardsPoint.BASE);
        for (EdwardsPoint other : List.of(plainly(b, EdwardsPoint.BASE), point, opposite(point))) {
            EdwardsPoint.Addend addend = other.addend(other.z().inverse());
            assertArrayEquals(point.plus(other).encode(), point.plus(addend).encode());
            assertArrayEquals(point.plus(opposite(other)).encode(), point.minus(addend).encode());
        }
    }

    @Property(tries = 60)
    void itsXIsKnown(@ForAll("scalars") BigInteger factor) {
        EdwardsPoint point = plainly(factor, EdwardsPoint.BASE);
        BigInteger x = point.affineX();
        assertTrue(point.hasX(x));
        assertFalse(point.hasX(x.add(BigInteger.ONE)));
        assertEquals(x.signum() == 0, point.hasX(x.negate()));
    }

    @Property(tries = 60)
    void pointsSurviveTheirBytes(@ForAll("scalars") BigInteger factor) {
        byte[] encoded = Ecdsa25519.timesBase(factor).encode();
        assertArrayEquals(encoded, EdwardsPoint.decode(encoded).orElseThrow().encode());
        EdwardsPoint opposite = opposite(EdwardsPoint.decode(encoded).orElseThrow());
        assertArrayEquals(EdwardsPoint.NEUTRAL.encode(), opposite.plus(Ecdsa25519.timesBase(factor)).encode());
    }

    @ParameterizedTest
    @ValueSource(strings = {
        // No x belongs to y = 2.
        "0200000000000000000000000000000000000000000000000000000000000000",
        // y = p and y = p + 1: the neutral point and another, spelled beyond the field.
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        // x = 0 said to be odd.
        "0100000000000000000000000000000000000000000000000000000000000080"})
    void whatIsNoPointIsNoPoint(String hex) {
        assertTrue(EdwardsPoint.decode(bytes(hex)).isEmpty());
    }

    @ParameterizedTest
    @ValueSource(strings = {"0100000000000000000000000000000000000000000000000000000000000000",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0000000000000000000000000000000000000000000000000000000000000080",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa"})
    void theEightPointsOfSmallOrderAreKnown(String hex) {
        EdwardsPoint point = EdwardsPoint.decode(bytes(hex)).orElseThrow();
        assertTrue(point.isOfSmallOrder());
        assertArrayEquals(bytes(hex), point.encode());
    }

    @Provide
    Arbitrary<BigInteger> scalars() {
        return Arbitraries.oneOf(Arbitraries.bigIntegers().between(BigInteger.ZERO, BigInteger.TWO.pow(255)),
                Arbitraries.of(BigInteger.ZERO, BigInteger.ONE, BigInteger.TWO, ORDER, ORDER.subtract(BigInteger.ONE)));
    }
}
