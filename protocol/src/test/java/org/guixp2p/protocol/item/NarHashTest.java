// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.item;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.hash.Sha256;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NarHashTest {
    private static final String HEX = "a6c718e84fd143786ff14980068b2c0db1f276b3a9ec4f84543140610e564080";
    private static final String DIGITS = "1020aq762h1iaj24zv59ndvg5c8d5j5hd029y5pphhyi9zl1iix6";

    @Nested
    class Correct {
        @Test
        void readsWhatNarinfosAndTheDatabaseWrite() throws Exception {
            NarHash hash = NarHash.parse("sha256:" + DIGITS);
            assertEquals(hash, NarHash.parse("sha256:" + HEX));
            assertEquals(HEX, hash.digest().hex());
            assertEquals(DIGITS, hash.base32());
            assertEquals("sha256:" + DIGITS, hash.toString());
            assertEquals(0, hash.compareTo(NarHash.parse("sha256:" + HEX)));
        }
    }

    @Property
    void comesBack(@ForAll @Size(32) byte[] bytes) throws FormatException {
        NarHash hash = new NarHash(Sha256.of(bytes));
        assertEquals(hash, NarHash.parse(hash.toString()));
    }

    @Nested
    class Insufficient {
        @Test
        void refusesEveryShorterText() {
            String text = "sha256:" + DIGITS;
            for (int length = 0; length < text.length(); length++) {
                String cut = text.substring(0, length);
                assertThrows(FormatException.class, () -> NarHash.parse(cut), cut);
            }
        }
    }

    @Nested
    class Invalid {
        @ParameterizedTest
        @ValueSource(strings = {"sha512:" + DIGITS, "SHA256:" + DIGITS, DIGITS, "sha256-" + DIGITS, " sha256:" + DIGITS,
            "sha256: " + DIGITS, "md5:" + HEX})
        void refusesOtherAlgorithmsAndNotations(String text) {
            FormatException refused = assertThrows(FormatException.class, () -> NarHash.parse(text));
            assertTrue(String.valueOf(refused.getMessage()).matches("(?s)(NarHash|SHA-256): .*"));
        }
    }

    @Nested
    class InvalidLength {
        @ParameterizedTest
        @ValueSource(ints = {51, 53, 63, 65, 100_000})
        void refusesOtherLengths(int length) {
            assertThrows(FormatException.class, () -> NarHash.parse("sha256:" + "0".repeat(length)));
        }
    }
}
