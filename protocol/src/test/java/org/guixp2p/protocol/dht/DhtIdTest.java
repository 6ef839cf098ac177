// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.dht;

import static org.guixp2p.protocol.testing.Suites.refusal;
import static org.guixp2p.protocol.testing.Suites.refusesControlsIn;
import static org.guixp2p.protocol.testing.Suites.refusesPrefixes;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigInteger;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.guixp2p.protocol.FormatException;
import org.junit.jupiter.api.Test;

/** The key space, against arithmetic with big numbers. */
class DhtIdTest {
    private static BigInteger number(DhtId id) {
        return new BigInteger(1, id.bytes());
    }

    @Property(tries = 200)
    void anIdIsItsBytes(@ForAll @Size(20) byte[] bytes) throws FormatException {
        DhtId id = DhtId.of(bytes);
        assertArrayEquals(bytes, id.bytes());
        assertEquals(id, DhtId.parse(id.toString()));
        assertEquals(id.hashCode(), DhtId.of(bytes).hashCode());
    }

    @Property(tries = 500)
    void distancesAndOrderAreThoseOfNumbers(@ForAll @Size(20) byte[] a, @ForAll @Size(20) byte[] b,
            @ForAll @Size(20) byte[] c) {
        DhtId x = DhtId.of(a);
        DhtId y = DhtId.of(b);
        DhtId z = DhtId.of(c);
        assertEquals(number(x).xor(number(y)), number(x.distance(y)));
        assertEquals(Integer.signum(number(x).compareTo(number(y))), Integer.signum(x.compareTo(y)));
        assertEquals(Integer.signum(number(z).xor(number(x)).compareTo(number(z).xor(number(y)))),
                Integer.signum(z.compareDistances(x, y)));
        assertEquals(DhtId.BITS - number(x).xor(number(y)).bitLength(), x.commonPrefix(y));
    }

    @Property(tries = 300)
    void aFlippedBitEndsTheCommonPrefix(@ForAll @Size(20) byte[] bytes, @ForAll @IntRange(max = 159) int bit) {
        byte[] flipped = bytes.clone();
        flipped[bit / 8] ^= (byte) (0x80 >>> bit % 8);
        assertEquals(bit, DhtId.of(bytes).commonPrefix(DhtId.of(flipped)));
        assertEquals(DhtId.BITS, DhtId.of(bytes).commonPrefix(DhtId.of(bytes)));
    }

    @Property(tries = 300)
    void idsOfAPrefixShareIt(@ForAll @Size(20) byte[] bytes, @ForAll @IntRange(max = 160) int length,
            @ForAll long seed) {
        DhtId id = DhtId.of(bytes);
        assertTrue(id.commonPrefix(id.randomWithPrefix(length, new Random(seed))) >= length);
    }

    @Test
    void whatFollowsThePrefixIsLeftToChance() {
        Random random = new Random(1);
        DhtId id = DhtId.random(random);
        for (int length = 0; length < DhtId.BITS; length++) {
            Set<Integer> found = new HashSet<>();
            for (int i = 0; i < 50; i++) {
                found.add(Math.min(id.commonPrefix(id.randomWithPrefix(length, random)), length + 1));
            }
            assertEquals(Set.of(length, length + 1), found);
        }
    }

    @Test
    void textThatIsNoIdIsRefused() {
        String text = "0123456789abcdefABCDEF0123456789abcdef01";
        refusesPrefixes(DhtId::parse, text, text.length());
        refusesControlsIn(DhtId::parse, text);
        refusal(DhtId::parse, text + "0");
        refusal(DhtId::parse, "g" + text.substring(1));
        refusal(DhtId::parse, "0".repeat(1 << 20));
    }

    @Test
    void bytesOfAnotherLengthAreNoId() {
        assertThrows(IllegalArgumentException.class, () -> DhtId.of(new byte[19]));
        assertThrows(IllegalArgumentException.class, () -> DhtId.of(new byte[21]));
    }
}
