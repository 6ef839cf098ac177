// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.pki;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigInteger;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;
import org.guixp2p.protocol.hash.Sha256;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Signatures are judged as the slow and plain {@link SlowEcdsa} does. */
class Ecdsa25519Test {
    private static final BigInteger P = SlowEcdsa.P;
    private static final BigInteger ORDER = SlowEcdsa.ORDER;

    private enum Change {
        NONE, HASH, R, S, KEY, NEXT_R, OPPOSITE_S, SWAPPED, RANDOM
    }

    private final Random random = new Random(186_5);

    private record Key(BigInteger d, SlowEcdsa.Point q, Multiples multiples) {}

    private Key key() {
        BigInteger d = new BigInteger(255, random);
        SlowEcdsa.Point q = SlowEcdsa.BASE.times(d);
        return new Key(d, q, Multiples.of(EdwardsPoint.decode(q.encode()).orElseThrow()));
    }

    private Sha256 hash() {
        byte[] bytes = new byte[Sha256.BYTES];
        random.nextBytes(bytes);
        return Sha256.of(bytes);
    }

    /** The last three bits do not change: nobody looks at them. */
    private Sha256 changed(Sha256 hash) {
        byte[] bytes = hash.bytes().clone();
        int bit = random.nextInt(253);
        bytes[bit / 8] ^= (byte) (0x80 >> (bit % 8));
        return Sha256.of(bytes);
    }

    private SignatureValue.Ecdsa changed(SignatureValue.Ecdsa value, Change change) {
        BigInteger r = value.r();
        BigInteger s = value.s();
        return switch (change) {
            case R -> new SignatureValue.Ecdsa(r.flipBit(random.nextInt(253)), s);
            case S -> new SignatureValue.Ecdsa(r, s.flipBit(random.nextInt(253)));
            case NEXT_R -> new SignatureValue.Ecdsa(r.add(ORDER), s);
            case OPPOSITE_S -> new SignatureValue.Ecdsa(r, ORDER.subtract(s));
            case SWAPPED -> new SignatureValue.Ecdsa(s, r);
            case RANDOM -> new SignatureValue.Ecdsa(new BigInteger(252, random), new BigInteger(252, random));
            case NONE, HASH, KEY -> value;
        };
    }

    @Test
    void itJudgesAsTheSlowOneDoes() {
        judgesAsTheSlowOneDoes(4);
    }

    @Test
    @Tag("slow")
    void itJudgesThousandsAsTheSlowOneDoes() {
        judgesAsTheSlowOneDoes(50);
    }

    /** A hundred signatures for each of so many keys; every second one is changed, or judged by another key. */
    private void judgesAsTheSlowOneDoes(int keys) {
        Set<Change> valid = EnumSet.noneOf(Change.class);
        Set<Integer> quotients = new HashSet<>();
        for (int i = 0; i < keys; i++) {
            Key key = key();
            Key other = key();
            for (int j = 0; j < 100; j++) {
                Change change = j % 2 == 0 ? Change.NONE : Change.values()[random.nextInt(Change.values().length)];
                Sha256 signed = hash();
                Sha256 hash = change == Change.HASH ? changed(signed) : signed;
                SignatureValue.Ecdsa value = changed(Ecdsa25519.sign(signed, key.d()), change);
                Key judge = change == Change.KEY ? other : key;
                boolean expected = false;
                if (SlowEcdsa.isScalar(value.r()) && SlowEcdsa.isScalar(value.s())) {
                    BigInteger[] x = SlowEcdsa.sum(hash, value.r(), value.s(), judge.q()).x().divideAndRemainder(ORDER);
                    expected = x[1].equals(value.r());
                    if (expected) {
                        valid.add(change);
                        quotients.add(x[0].intValueExact());
                    }
                }
                assertEquals(expected, Ecdsa25519.verify(hash, value.r(), value.s(), judge.multiples()),
                        () -> change + " of " + value);
            }
        }
        assertEquals(EnumSet.of(Change.NONE), valid);
        assertEquals(Set.of(0, 1, 2, 3, 4, 5, 6, 7), quotients, "how often the order goes into x");
    }

    /** A sum that has this x, if there is one: of the points of the curve, only those in the generator's group are sums. */
    private static Optional<SlowEcdsa.Point> sumWith(BigInteger x) {
        return SlowEcdsa.Point.ofX(x).filter(point -> point.times(ORDER).equals(SlowEcdsa.NEUTRAL));
    }

    private static List<SlowEcdsa.Point> sumsWith(Function<BigInteger, BigInteger> x) {
        return Stream.iterate(BigInteger.ONE, BigInteger.ONE::add).map(x).map(Ecdsa25519Test::sumWith)
                .flatMap(Optional::stream).limit(20).toList();
    }

    /** The key for which the sum is the point {@code sum}: (sum − u·B)/v. */
    private static EdwardsPoint keyFor(SlowEcdsa.Point sum, BigInteger u, BigInteger v) {
        SlowEcdsa.Point rest = sum.plus(SlowEcdsa.BASE.times(ORDER.subtract(u))).affine();
        return EdwardsPoint.decode(rest.times(v.modInverse(ORDER)).encode()).orElseThrow();
    }

    private boolean verifies(SlowEcdsa.Point sum, BigInteger r) {
        BigInteger v = new BigInteger(252, random).setBit(0);
        BigInteger s = r.multiply(v.modInverse(ORDER)).mod(ORDER);
        BigInteger z = new BigInteger(252, random);
        BigInteger u = z.multiply(s.modInverse(ORDER)).mod(ORDER);
        Multiples ofQ = Multiples.of(keyFor(sum, u, v));
        return Ecdsa25519.verify(Sha256.of(BigNumbers.fixed(z.shiftLeft(3), Sha256.BYTES)), r, s, ofQ);
    }

    /**
     * P is less than 8 · ORDER by some 2¹²⁸. So for an x below that number there is an r with r + 7 · ORDER = x + P, which is
     * x in the field but leaves r and not x: only made on purpose, and to be refused.
     */
    @Test
    void anXIsNotMistakenForItsSumWithTheFieldsSize() {
        for (SlowEcdsa.Point sum : sumsWith(Function.identity())) {
            BigInteger r = sum.x().add(P).subtract(ORDER.multiply(BigInteger.valueOf(7)));
            assertTrue(r.compareTo(ORDER) < 0);
            assertTrue(verifies(sum, sum.x()));
            assertFalse(verifies(sum, r));
        }
    }

    /** The largest x that there are, of which the order is taken seven times. */
    @Test
    void theLargestXIsFound() {
        for (SlowEcdsa.Point sum : sumsWith(P::subtract)) {
            BigInteger r = sum.x().subtract(ORDER.multiply(BigInteger.valueOf(7)));
            assertTrue(verifies(sum, r));
            assertFalse(verifies(sum, r.subtract(BigInteger.ONE)));
        }
    }
}
