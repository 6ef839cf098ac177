// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.hash;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigInteger;
import java.util.HexFormat;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.guixp2p.protocol.FormatException;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NixBase32Test {
    /** Hashes that the fixtures' store database has in hexadecimal and their narinfos in nix-base32. */
    private static final String HEX = "a6c718e84fd143786ff14980068b2c0db1f276b3a9ec4f84543140610e564080";
    private static final String DIGITS = "1020aq762h1iaj24zv59ndvg5c8d5j5hd029y5pphhyi9zl1iix6";

    @Nested
    class Correct {
        @Test
        void agreesWithGuix() throws Exception {
            assertEquals(DIGITS, NixBase32.encode(HexFormat.of().parseHex(HEX)));
            assertArrayEquals(HexFormat.of().parseHex(HEX), NixBase32.decode(DIGITS, 32));
        }

        @ParameterizedTest
        @CsvSource({"'',''", "00,00", "01,01", "1f,0z", "20,10", "ff,7z", "0001,0080", "ffffffffff,zzzzzzzz"})
        void putsTheLeastSignificantDigitLast(String hex, String digits) throws Exception {
            byte[] bytes = HexFormat.of().parseHex(hex);
            assertEquals(digits, NixBase32.encode(bytes));
            assertArrayEquals(bytes, NixBase32.decode(digits, bytes.length));
        }

        @Test
        void knowsItsDigits() {
            for (char c = 0; c < 300; c++) {
                assertEquals("0123456789abcdfghijklmnpqrsvwxyz".indexOf(c) >= 0, NixBase32.isDigit(c));
            }
        }
    }

    @Property
    void comesBack(@ForAll @Size(max = 40) byte[] bytes) throws FormatException {
        String digits = NixBase32.encode(bytes);
        assertEquals(NixBase32.encodedLength(bytes.length), digits.length());
        assertArrayEquals(bytes, NixBase32.decode(digits, bytes.length));
    }

    /** The definition: the bytes as a little-endian number, in base 32. */
    @Property
    void isTheNumberInBase32(@ForAll @Size(min = 1, max = 40) byte[] bytes) {
        byte[] reversed = new byte[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            reversed[i] = bytes[bytes.length - 1 - i];
        }
        BigInteger number = new BigInteger(1, reversed);
        StringBuilder digits = new StringBuilder();
        for (int i = 0; i < NixBase32.encodedLength(bytes.length); i++) {
            digits.append("0123456789abcdfghijklmnpqrsvwxyz".charAt(number.intValue() & 31));
            number = number.shiftRight(5);
        }
        assertEquals(digits.reverse().toString(), NixBase32.encode(bytes));
    }

    @Nested
    class Insufficient {
        @Test
        void refusesEveryShorterText() {
            for (int length = 0; length < DIGITS.length(); length++) {
                String cut = DIGITS.substring(0, length);
                assertThrows(FormatException.class, () -> NixBase32.decode(cut, 32));
            }
        }
    }

    @Nested
    class Invalid {
        @ParameterizedTest
        @ValueSource(chars = {'e', 'o', 't', 'u', 'A', 'Z', ' ', '-', '\0', '\u007f', 'é', '\uFF10'})
        void refusesOtherCharacters(char other) {
            for (int i = 0; i < DIGITS.length(); i++) {
                String text = DIGITS.substring(0, i) + other + DIGITS.substring(i + 1);
                FormatException refused = assertThrows(FormatException.class, () -> NixBase32.decode(text, 32));
                assertTrue(String.valueOf(refused.getMessage()).startsWith("nix-base32: not a digit"));
            }
            assertFalse(NixBase32.isDigit(other));
        }

        @Test
        void refusesBitsBeyondTheLastByte() throws Exception {
            // 52 digits have 260 bits, four more than 32 bytes.
            assertEquals(32, NixBase32.decode("1" + "0".repeat(51), 32).length);
            for (String first : new String[]{"2", "4", "8", "g", "z"}) {
                assertThrows(FormatException.class, () -> NixBase32.decode(first + "0".repeat(51), 32));
            }
        }
    }

    @Nested
    class InvalidLength {
        @Test
        void refusesALongerText() {
            assertThrows(FormatException.class, () -> NixBase32.decode("0" + DIGITS, 32));
            assertThrows(FormatException.class, () -> NixBase32.decode("0".repeat(1_000_000), 32));
            assertThrows(FormatException.class, () -> NixBase32.decode("0", 0));
        }
    }
}
