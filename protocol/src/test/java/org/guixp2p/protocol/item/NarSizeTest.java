// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.item;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import org.guixp2p.protocol.FormatException;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NarSizeTest {
    @Nested
    class Correct {
        @Test
        void readsANumber() throws Exception {
            assertEquals(new NarSize(1_052_784), NarSize.parse("1052784"));
            assertEquals(new NarSize(0), NarSize.parse("0"));
            assertEquals(new NarSize(NarSize.MAX_BYTES), NarSize.parse("1099511627776"));
            assertTrue(new NarSize(9).compareTo(new NarSize(10)) < 0);
        }
    }

    @Property
    void comesBack(@ForAll @LongRange(min = 0, max = NarSize.MAX_BYTES) long bytes) throws FormatException {
        assertEquals(bytes, NarSize.parse(new NarSize(bytes).toString()).bytes());
    }

    @Nested
    class Insufficient {
        @Test
        void refusesNothing() {
            assertThrows(FormatException.class, () -> NarSize.parse(""));
        }
    }

    @Nested
    class Invalid {
        @ParameterizedTest
        @ValueSource(strings = {"-1", "+1", " 1", "1 ", "1.0", "0x10", "1e3", "１", "one", "1\n", "1_000"})
        void refusesWhatIsNoDecimalNumber(String text) {
            FormatException refused = assertThrows(FormatException.class, () -> NarSize.parse(text));
            assertTrue(String.valueOf(refused.getMessage()).startsWith("NAR size: "));
        }
    }

    @Nested
    class InvalidLength {
        @ParameterizedTest
        @ValueSource(strings = {"1099511627777", "9999999999999", "10000000000000", "18446744073709551616"})
        void refusesNumbersThatAreTooLarge(String text) {
            assertThrows(FormatException.class, () -> NarSize.parse(text));
        }

        @Test
        void refusesALongTextQuickly() {
            FormatException refused = assertThrows(FormatException.class, () -> NarSize.parse("9".repeat(1_000_000)));
            assertTrue(String.valueOf(refused.getMessage()).length() < 200);
        }

        @Test
        void cannotBeMadeInvalid() {
            assertThrows(IllegalArgumentException.class, () -> new NarSize(-1));
            assertThrows(IllegalArgumentException.class, () -> new NarSize(NarSize.MAX_BYTES + 1));
        }
    }
}
