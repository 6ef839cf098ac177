// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.hash;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Locale;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.guixp2p.protocol.FormatException;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class Sha256Test {
    /** FIPS 180-4's example. */
    private static final String ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    private static Sha256 abc() {
        return Sha256.hash("abc".getBytes(StandardCharsets.US_ASCII));
    }

    @Nested
    class Correct {
        @Test
        void hashes() throws Exception {
            assertEquals(ABC, abc().hex());
            assertEquals(abc(), Sha256.hash("xabcx".getBytes(StandardCharsets.US_ASCII), 1, 3));
            MessageDigest digest = Sha256.digest();
            digest.update("abc".getBytes(StandardCharsets.US_ASCII));
            assertEquals(abc(), Sha256.finish(digest));
        }

        @Test
        void readsBothNotations() throws Exception {
            assertEquals(abc(), Sha256.parse(ABC));
            assertEquals(abc(), Sha256.parse(ABC.toUpperCase(Locale.ROOT)));
            assertEquals(abc(), Sha256.parse(abc().base32()));
            assertEquals(52, abc().toString().length());
        }

        @Test
        void isAValue() {
            byte[] bytes = abc().bytes();
            Sha256 digest = Sha256.of(bytes);
            bytes[0]++;
            digest.bytes()[1]++;
            assertEquals(abc(), digest);
            assertEquals(abc().hashCode(), digest.hashCode());
            assertNotEquals(abc(), Sha256.of(bytes));
            assertFalse(abc().equals(new Object()));
        }

        @Test
        void copiesAndComparesInPlace() {
            byte[] target = new byte[40];
            abc().copyTo(target, 5);
            assertTrue(abc().matches(target, 5));
            assertFalse(abc().matches(target, 4));
            assertEquals(abc(), Sha256.at(target, 5));
        }

        @Test
        void ordersByUnsignedBytes() {
            byte[] low = new byte[32];
            byte[] high = new byte[32];
            low[0] = 1;
            high[0] = (byte) 0x80;
            assertTrue(Sha256.of(low).compareTo(Sha256.of(high)) < 0);
            assertEquals(0, abc().compareTo(abc()));
        }
    }

    @Property
    void bothNotationsComeBack(@ForAll @Size(32) byte[] bytes) throws FormatException {
        Sha256 digest = Sha256.of(bytes);
        assertEquals(digest, Sha256.parse(digest.hex()));
        assertEquals(digest, Sha256.parse(digest.base32()));
        assertArrayEquals(bytes, digest.bytes());
    }

    @Nested
    class Insufficient {
        @Test
        void refusesEveryShorterText() {
            for (int length = 0; length < ABC.length(); length++) {
                String cut = ABC.substring(0, length);
                assertThrows(FormatException.class, () -> Sha256.parse(cut));
            }
        }
    }

    @Nested
    class Invalid {
        @Test
        void refusesOtherCharacters() {
            for (char other : new char[]{'g', ' ', '-', '\0', '\uFF10', 'x'}) {
                String text = ABC.substring(0, 63) + other;
                FormatException refused = assertThrows(FormatException.class, () -> Sha256.parse(text));
                assertTrue(String.valueOf(refused.getMessage()).startsWith("SHA-256: not hexadecimal"));
            }
            assertThrows(FormatException.class, () -> Sha256.parse("e".repeat(52)));
        }
    }

    @Nested
    class InvalidLength {
        @ParameterizedTest
        @ValueSource(ints = {53, 63, 65, 128, 1_000_000})
        void refusesOtherLengths(int length) {
            assertThrows(FormatException.class, () -> Sha256.parse("0".repeat(length)));
        }

        @ParameterizedTest
        @ValueSource(ints = {0, 31, 33})
        void refusesOtherNumbersOfBytes(int length) {
            assertThrows(IllegalArgumentException.class, () -> Sha256.of(Arrays.copyOf(new byte[0], length)));
        }
    }
}
