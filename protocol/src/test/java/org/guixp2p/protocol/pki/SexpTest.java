// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.pki;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.testing.Fixtures;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SexpTest {
    private static Sexp.Atom parsedAtom(String text) throws FormatException {
        return (Sexp.Atom) Sexp.parse(text);
    }

    private static void refuses(String text, String reason) {
        FormatException refused = assertThrows(FormatException.class, () -> Sexp.parse(text));
        assertTrue(String.valueOf(refused.getMessage()).contains(reason), refused.getMessage());
    }

    @Nested
    class Correct {
        @ParameterizedTest
        @ValueSource(strings = {"3:abc", "abc", "\"abc\"", "3\"abc\"", "#616263#", "# 61 6\n2 63 #", "3#616263#",
            "|YWJj|",
            "| YW\nJj |", "3|YWJj|", "\"\\x61\\142c\"", "\"a\\\nbc\"", "\"a\\\r\nbc\"", "\"a\\\n\rbc\"", "  abc\n",
            "\tabc\f"})
        void oneAtomHasManySpellings(String text) throws FormatException {
            assertEquals(Sexp.atom("abc"), Sexp.parse(text));
        }

        @Test
        void escapesAreThoseOfC() throws FormatException {
            assertArrayEquals(new byte[]{8, 9, 11, 10, 12, 13, '"', '\'', '\\', -1, (byte) 0200},
                    parsedAtom("\"\\b\\t\\v\\n\\f\\r\\\"\\'\\\\\\xfF\\200\"").bytes());
        }

        @ParameterizedTest
        @ValueSource(strings = {"0:", "\"\"", "##", "||", "0##"})
        void atomsMayBeEmpty(String text) throws FormatException {
            assertEquals(0, parsedAtom(text).length());
        }

        @Test
        void verbatimAtomsHoldAnyByte() throws FormatException {
            byte[] all = new byte[256];
            for (int i = 0; i < 256; i++) {
                all[i] = (byte) i;
            }
            assertArrayEquals(all, parsedAtom("256:" + new String(all, ISO_8859_1)).bytes());
        }

        @Test
        void listsNestWithOrWithoutBlanks() throws FormatException {
            Sexp expected = Sexp.list(Sexp.atom("a"), Sexp.list(Sexp.atom("b"), Sexp.list()), Sexp.atom("c"));
            assertEquals(expected, Sexp.parse("(a(b())c)"));
            assertEquals(expected, Sexp.parse(" ( a\n ( b ( ) ) c ) \n"));
            assertEquals(expected, Sexp.parse("(1:a(1:b())1:c)"));
        }

        @Test
        void tokensHoldTheirPunctuation() throws FormatException {
            assertEquals("a0-./_:*+=Z", parsedAtom("a0-./_:*+=Z").text());
        }

        @ParameterizedTest
        @ValueSource(strings = {"keys/acl", "keys/publisher.pub", "keys/publisher.sec", "keys/rsa.pub", "keys/rsa.sec",
            "official-keys/berlin.guix.gnu.org.pub"})
        void libgcryptsOwnTextComesOutAsItWentIn(String fixture) throws FormatException {
            byte[] text = Fixtures.bytes(fixture);
            assertEquals(new String(text, ISO_8859_1), new String(Sexp.parse(text).advanced(), ISO_8859_1));
        }

        @ParameterizedTest
        @CsvSource(delimiter = '|', textBlock = """
                abc|abc
                1abc|"1abc"
                a b|"a b"
                it's|"it\\'s"
                a\\b|"a\\\\b"
                *+=|*+=
                """)
        void printedAtomsAreTokensOrQuoted(String atom, String printed) {
            assertEquals(printed + "\n", new String(Sexp.atom(atom).advanced(), ISO_8859_1));
        }

        @Test
        void printedAtomsAreHexadecimalWhenTheyLookLikeNumbers() {
            assertEquals("#00#\n", new String(Sexp.atom(new byte[]{0}).advanced(), ISO_8859_1));
            assertEquals("#E461#\n", new String(Sexp.atom("\u00e4a").advanced(), ISO_8859_1));
            assertEquals("#617F#\n", new String(Sexp.atom("a\u007f").advanced(), ISO_8859_1));
            assertEquals("\"a\u00e4\"\n", new String(Sexp.atom("a\u00e4").advanced(), ISO_8859_1));
            assertEquals("\"\"\n", new String(Sexp.atom("").advanced(), ISO_8859_1));
            assertEquals("\"a\\b\\t\\v\\n\\f\\r\"\n",
                    new String(Sexp.atom("a\b\t\u000b\n\f\r").advanced(), ISO_8859_1));
            assertEquals("#6100#\n", new String(Sexp.atom("a\0").advanced(), ISO_8859_1));
        }
    }

    @Nested
    class Insufficient {
        @ParameterizedTest
        @ValueSource(strings = {"", " ", "(", "(a", "(a (b)", "3:ab", "3:", "12", "\"ab", "\"ab\\", "\"\\x4", "#61",
            "|YWJj"})
        void whatIsCutShortIsRefused(String text) {
            assertThrows(FormatException.class, () -> Sexp.parse(text));
        }

        @Test
        void everyPrefixOfAKeyIsRefused() {
            String key = Fixtures.text("keys/publisher.pub").strip();
            for (int end = 0; end < key.length(); end++) {
                String prefix = key.substring(0, end);
                assertThrows(FormatException.class, () -> Sexp.parse(prefix), prefix);
            }
        }
    }

    @Nested
    class Invalid {
        @ParameterizedTest
        @ValueSource(strings = {")", "(a))", "a b", "(a) (b)", "[text]a", "{YWJj}", "%s", "&a", "a\0", "\u00e4",
            "(a,b)",
            "\"\\q\"", "\"\\x4g\"", "\"\\400\"", "\"\\08\"", "#6g#", "#616#", "|Y*Jj|", "|YWJ|x", "-1:a ,"})
        void whatHasNoMeaningIsRefused(String text) {
            assertThrows(FormatException.class, () -> Sexp.parse(text));
        }

        @Test
        void messagesSayWhereAndNothingElse() {
            refuses("(abc #6g#)", "not a hexadecimal digit, at byte 7");
            refuses("(a", "a list is not closed, at byte 2");
            refuses("a b", "something follows the expression, at byte 2");
        }

        @Test
        void twoItemsOfOneNameAreRefused() throws FormatException {
            Sexp.SexpList list = (Sexp.SexpList) Sexp.parse("(x (a 1:1) (a 1:2) (b) (c d e) (f (g)))");
            assertThrows(FormatException.class, () -> list.find("a"));
            assertThrows(FormatException.class, () -> list.required("b"));
            assertThrows(FormatException.class, () -> list.required("c"));
            assertThrows(FormatException.class, () -> list.required("f"));
            assertTrue(list.find("z").isEmpty());
        }
    }

    @Nested
    class InvalidLength {
        @ParameterizedTest
        @ValueSource(strings = {"2147483648:a", "99999999999999999999:a", "1000000:a", "01:a", "00:", "2#61#", "0#61#",
            "2\"a\"", "4|YWJj|"})
        void lengthsThatDoNotHoldAreRefused(String text) {
            assertThrows(FormatException.class, () -> Sexp.parse(text));
        }

        @Test
        void nestingEndsSomewhere() throws FormatException {
            int deepest = Sexp.MAX_DEPTH;
            Sexp.parse("(".repeat(deepest) + ")".repeat(deepest));
            refuses("(".repeat(deepest + 1) + ")".repeat(deepest + 1), "nested deeper");
            refuses("(".repeat(Sexp.MAX_BYTES), "nested deeper");
        }

        @Test
        void textEndsSomewhere() throws FormatException {
            Sexp.parse("a".repeat(Sexp.MAX_BYTES));
            refuses("a".repeat(Sexp.MAX_BYTES + 1), "longer than");
        }
    }

    @Property(tries = 300)
    void bothPrintedFormsReadBackAsThemselves(@ForAll("sexps") Sexp sexp) throws FormatException {
        assertEquals(sexp, Sexp.parse(sexp.canonical()));
        assertEquals(sexp, Sexp.parse(sexp.advanced()));
        assertEquals(sexp.hashCode(), Sexp.parse(sexp.advanced()).hashCode());
    }

    @Provide
    Arbitrary<Sexp> sexps() {
        return any();
    }

    static Arbitrary<Sexp> any() {
        Arbitrary<Sexp> bytes = Arbitraries.bytes().array(byte[].class).ofMaxSize(12).map(Sexp::atom);
        Arbitrary<Sexp> words = Arbitraries.strings().withCharRange(' ', '~').ofMaxLength(8).map(Sexp::atom);
        Arbitrary<Sexp> atoms = Arbitraries.oneOf(bytes, words);
        return Arbitraries.recursive(() -> atoms, items -> Arbitraries.oneOf(items, atoms).list().ofMaxSize(4)
                .map((List<Sexp> list) -> (Sexp) new Sexp.SexpList(list)), 0, 4);
    }
}
