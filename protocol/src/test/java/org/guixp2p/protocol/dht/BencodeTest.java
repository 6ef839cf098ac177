// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.dht;

import static org.guixp2p.protocol.testing.Suites.refusal;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.guixp2p.protocol.FormatException;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Bencode by itself; what is made of it is with the messages. */
class BencodeTest {
    private static final String ALL = "d1:di-7e1:ld3:keyli1e2:abee1:sl3:one0:e1:t4:spame";

    static byte[] latin1(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private static BencodeDict read(String text) throws FormatException {
        return BencodeDict.read("test", latin1(text), 100);
    }

    @Nested
    class Correct {
        @Test
        void valuesAreReadByTheirKind() throws FormatException {
            BencodeDict dict = read(ALL);
            assertEquals(-7, dict.number("d", -7, -7));
            assertEquals(Octets.ascii("spam"), dict.string("t", 4, 4));
            assertEquals(List.of(Octets.ascii("one"), Octets.EMPTY), dict.strings("s", 5));
            assertEquals(List.of(Octets.ascii("one")), dict.strings("s", 1));
            assertEquals(Octets.ascii("d3:keyli1e2:abee"), dict.verbatim("l"));
            assertEquals(Octets.ascii("li1e2:abe"), dict.dictionary("l").verbatim("key"));
            assertEquals(Octets.EMPTY, dict.optionalString("absent", 1, 2));
            assertEquals(List.of(), dict.strings("absent", 1));
        }

        /** However far apart, and where none are in order. */
        @Test
        void aKeyThatComesTwiceIsRefused() {
            StringBuilder keys = new StringBuilder("1:m0:");
            for (char key = 'z'; key >= 'a'; key--) {
                keys.append("1:").append(key).append("0:");
            }
            FormatException refused = assertThrows(FormatException.class,
                    () -> BencodeDict.read("datagram", ("d" + keys + "e").getBytes(StandardCharsets.US_ASCII), 2048));
            assertEquals("datagram: 'm' twice", refused.getMessage());
        }

        @Test
        void keysMayComeInAnyOrder() throws FormatException {
            BencodeDict dict = read("d1:bi2e1:ai1e1:cd1:zi1e1:yi2eee");
            assertEquals(1, dict.number("a", 0, 9));
            assertEquals(2, dict.dictionary("c").number("y", 0, 9));
        }

        @Test
        void everyNumberOf64BitsIsRead() throws FormatException {
            assertEquals(Long.MAX_VALUE, number("9223372036854775807"));
            assertEquals(Long.MIN_VALUE, number("-9223372036854775808"));
            assertEquals(0, number("0"));
        }

        private long number(String digits) throws FormatException {
            return read("d1:ni" + digits + "ee").number("n", Long.MIN_VALUE, Long.MAX_VALUE);
        }

        @Test
        void aHintOfAnotherFormIsNone() throws FormatException {
            BencodeDict dict = read("d1:ai1e1:b3:two1:cle1:ri7ee");
            assertEquals(Optional.empty(), dict.hint("a", 0, 9));
            assertEquals(Optional.empty(), dict.hint("b", 0, 2));
            assertEquals(Optional.empty(), dict.hint("c", 0, 9));
            assertEquals(Optional.empty(), dict.hint("d", 0, 9));
            assertEquals(Optional.of(Octets.ascii("two")), dict.hint("b", 0, 3));
            assertTrue(dict.flag("r"));
            assertFalse(dict.flag("b"));
            assertFalse(dict.flag("d"));
        }
    }

    @Nested
    class Insufficient {
        @Test
        void everyPrefixIsRefused() {
            for (int length = 0; length < ALL.length(); length++) {
                refusal(BencodeTest::read, ALL.substring(0, length));
            }
        }

        @Test
        void aValueThatIsNotThereIsMissed() throws FormatException {
            BencodeDict dict = read("de");
            assertThrows(FormatException.class, () -> dict.string("a", 0, 9));
            assertThrows(FormatException.class, () -> dict.number("a", 0, 9));
            assertThrows(FormatException.class, () -> dict.dictionary("a"));
            assertThrows(FormatException.class, () -> dict.verbatim("a"));
            assertThrows(FormatException.class, () -> dict.list("a"));
        }
    }

    @Nested
    class Invalid {
        @ParameterizedTest
        @ValueSource(strings = {"i1e", "le", "1:a", "e", "x", "dee", "dede", "d1:ae", "di1ei1ee", "dle1:ae", "d1:axe",
            "d1:aie", "d1:ai-ee", "d1:ai-0ee", "d1:ai01ee", "d1:ai-01ee", "d1:ai1.5ee", "d1:ai+1ee", "d1:ai1xee",
            "d1:ai9223372036854775808ee", "d1:ai-9223372036854775809ee", "d1:ai99999999999999999999ee", "d01:ai1ee",
            "d1:a01:be", "d1:a00:e", "d1:a:e", "d1:a-1:e", "d1:a1;be", "d1:ali1ee", "d1:aldee", "d1:ai1e1:ai2ee",
            "d1:a1:b1:ce", " de", "de ", "d1:b1:\u001be\n"})
        void whatIsNotBencodeIsRefused(String text) {
            refusal(BencodeTest::read, text);
        }

        @Test
        void aValueOfAnotherKindIsRefused() throws FormatException {
            BencodeDict dict = read("d1:di1e1:ld1:ai1ee1:sli1ee1:t1:xe");
            assertThrows(FormatException.class, () -> dict.string("d", 0, 9));
            assertThrows(FormatException.class, () -> dict.number("t", 0, 9));
            assertThrows(FormatException.class, () -> dict.dictionary("s"));
            assertThrows(FormatException.class, () -> dict.list("l"));
            assertThrows(FormatException.class, () -> dict.strings("s", 1));
        }

        @Test
        void keysOfASignedValueMustBeInOrder() throws FormatException {
            BencodeDict dict = read("d1:ad1:bi1e1:ai1ee1:bld1:bi1e1:bi1eee1:cd1:ai1e2:aai1e1:bi1eee");
            assertThrows(FormatException.class, () -> dict.verbatim("a"));
            assertThrows(FormatException.class, () -> dict.verbatim("b"));
            assertEquals(Octets.ascii("d1:ai1e2:aai1e1:bi1ee"), dict.verbatim("c"));
        }

        @Test
        void aKeyOfHighBytesIsNotAboveOneOfLowBytes() {
            byte[] wrong = latin1("d1:vd1:\u00ff0:1:a0:ee");
            BencodeDict dict = assertReads(wrong);
            assertThrows(FormatException.class, () -> dict.verbatim("v"));
        }

        private BencodeDict assertReads(byte[] bytes) {
            try {
                return BencodeDict.read("test", bytes, bytes.length);
            } catch (FormatException e) {
                throw new AssertionError(e);
            }
        }
    }

    @Nested
    class InvalidLength {
        @Test
        void aLengthBeyondTheEndAllocatesNothing() {
            for (String length : List.of("5", "99", "999999999", "2147483647", "4294967296",
                    "9999999999999999999999")) {
                refusal(BencodeTest::read, "d1:a" + length + ":xe");
            }
        }

        @Test
        void longDatagramsAreRefused() throws FormatException {
            String longest = "d1:a93:" + "x".repeat(92) + "xe";
            assertEquals(101, longest.length());
            refusal(BencodeTest::read, longest);
            assertEquals(92, read("d1:a92:" + "x".repeat(92) + "e").string("a", 0, 92).length());
        }

        @Test
        void nestingHasABound() throws FormatException {
            int most = BencodeScanner.MAX_DEPTH;
            assertTrue(read("d1:a" + "l".repeat(most) + "e".repeat(most) + "e").has("a"));
            refusal(BencodeTest::read, "d1:a" + "l".repeat(most + 1) + "e".repeat(most + 1) + "e");
            byte[] deep = latin1("d1:a" + "d1:a".repeat(300_000));
            assertThrows(FormatException.class, () -> BencodeDict.read("test", deep, deep.length));
        }

        @Test
        void stringsAndNumbersKeepToTheirBounds() throws FormatException {
            BencodeDict dict = read("d1:a3:two1:bi3ee");
            assertThrows(FormatException.class, () -> dict.string("a", 4, 9));
            assertThrows(FormatException.class, () -> dict.string("a", 0, 2));
            assertThrows(FormatException.class, () -> dict.number("b", 4, 9));
            assertThrows(FormatException.class, () -> dict.number("b", 0, 2));
        }
    }

    @Property(tries = 300)
    void whatIsWrittenIsRead(@ForAll @Size(max = 50) byte[] string, @ForAll long number,
            @ForAll @Size(max = 5) List<byte[]> strings) throws FormatException {
        BencodeWriter inner = new BencodeWriter().number("n", number).strings("l", strings);
        byte[] bytes = new BencodeWriter().string("s", string).dictionary("d", inner)
                .verbatim("v", Octets.of(BencodeWriter.encode(number))).encoded();
        BencodeDict dict = BencodeDict.read("test", bytes, bytes.length);
        assertEquals(Octets.of(string), dict.string("s", 0, 50));
        assertEquals(number, dict.dictionary("d").number("n", Long.MIN_VALUE, Long.MAX_VALUE));
        assertEquals(strings.stream().map(Octets::of).toList(), dict.dictionary("d").strings("l", 5));
        assertEquals(number, dict.number("v", Long.MIN_VALUE, Long.MAX_VALUE));
        // In order, as a value to be signed must be.
        BencodeScanner scanner = new BencodeScanner(bytes, 0, bytes.length, true);
        scanner.skip();
        assertTrue(scanner.atEnd());
    }

    @Test
    void aKeyIsWrittenOnce() {
        BencodeWriter writer = new BencodeWriter().number("a", 1);
        assertThrows(IllegalStateException.class, () -> writer.number("a", 2));
    }
}
