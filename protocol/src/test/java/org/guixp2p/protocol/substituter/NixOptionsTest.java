// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.substituter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URI;
import java.util.List;
import java.util.Optional;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.guixp2p.protocol.testing.Fixtures;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NixOptionsTest {
    private static final List<URI> SERVERS = List.of(URI.create("http://a"), URI.create("https://b.example:8080/x=y"));

    @Nested
    class Correct {
        @Test
        void theDaemonsOwnAreRead() {
            NixOptions plain = NixOptions.parse(Fixtures.text("transcripts/substitute-closure.nix-options"));
            assertEquals(Optional.of(List.of(URI.create("http://127.0.0.1:8181"))), plain.substituteUrls());
            assertEquals(79, plain.terminalColumns());
            assertEquals(Optional.of("C.UTF-8"), plain.locale());
            assertEquals(Optional.of("root"), plain.value("user-name"));
            assertTrue(plain.deduplicate());
            assertFalse(plain.extendedTrace());
            assertFalse(plain.discover());
            NixOptions traced = NixOptions.parse(Fixtures.text("transcripts/query-extended-trace.nix-options"));
            assertTrue(traced.extendedTrace());
            assertFalse(traced.deduplicate());
        }

        @Test
        void valuesMayHoldEqualsSigns() {
            assertEquals(Optional.of("b=c=d"), NixOptions.parse("a=b=c=d\n").value("a"));
            assertEquals(Optional.of(""), NixOptions.parse("a=").value("a"));
        }

        @Test
        void theClientsWordComesBeforeTheDaemons() {
            NixOptions options = NixOptions.parse("""
                    substitute-urls=http://x
                    locale=C
                    terminal-columns=100
                    print-extended-build-trace=0
                    untrusted-substitute-urls=http://a https://b.example:8080/x=y
                    untrusted-locale=de_DE.utf8
                    untrusted-terminal-columns=60
                    untrusted-print-extended-build-trace=1
                    """);
            assertEquals(Optional.of(SERVERS), options.substituteUrls());
            assertEquals(Optional.of("de_DE.utf8"), options.locale());
            assertEquals(59, options.terminalColumns());
            assertTrue(options.extendedTrace());
        }

        @Test
        void someAreNotTheClientsToSay() {
            NixOptions options = NixOptions.parse("untrusted-discover=true\nuntrusted-deduplicate=yes\n");
            assertFalse(options.discover());
            assertFalse(options.deduplicate());
            assertTrue(NixOptions.parse("discover=true").discover());
        }

        @Test
        void theFirstOfTwoCounts() {
            assertEquals(Optional.of("1"), NixOptions.parse("a=1\na=2\n").value("a"));
        }

        @Test
        void noServersIsNotTheSameAsNotSaid() {
            assertEquals(Optional.of(List.of()), NixOptions.parse("substitute-urls=\n").substituteUrls());
            assertEquals(Optional.empty(), NixOptions.parse("substitute=x\n").substituteUrls());
            assertEquals(Optional.of(List.of()),
                    NixOptions.parse("substitute-urls=http://a\nuntrusted-substitute-urls=\n").substituteUrls());
        }
    }

    @Nested
    class Insufficient {
        @ParameterizedTest
        @ValueSource(strings = {"", "\n", "x\n", "=\n", "=x", "\n\n\n", "terminal-columns\n"})
        void nothingSaidIsTheUsual(String text) {
            NixOptions options = NixOptions.parse(text);
            assertEquals(Optional.empty(), options.substituteUrls());
            assertEquals(80, options.terminalColumns());
            assertEquals(Optional.empty(), options.locale());
            assertFalse(options.extendedTrace());
            assertFalse(options.discover());
            assertFalse(options.deduplicate());
        }
    }

    @Nested
    class Invalid {
        @ParameterizedTest
        @CsvSource({"80,79", "21,20", "20,20", "1,20", "0,20", "-5,80", "x,80", "'',80", "1001,1000", "999999999,1000",
            "9999999999,80", "8e1,80"})
        void columnsAreAtLeastTwentyAndNoScreenIsEndless(String columns, int expected) {
            assertEquals(expected, NixOptions.parse("untrusted-terminal-columns=" + columns).terminalColumns());
        }

        @Test
        void aSenselessWordOfTheClientIsNotReplacedByTheDaemons() {
            assertEquals(80, NixOptions.parse("terminal-columns=60\nuntrusted-terminal-columns=x\n").terminalColumns());
            assertFalse(NixOptions.parse("print-extended-build-trace=1\nuntrusted-print-extended-build-trace=yes\n")
                    .extendedTrace());
        }

        @ParameterizedTest
        @CsvSource({"1,true", "2,true", "0,false", "-1,false", "true,false", "'',false", "00001,true"})
        void tracesAreWantedByANumber(String value, boolean expected) {
            assertEquals(expected, NixOptions.parse("print-extended-build-trace=" + value).extendedTrace());
        }

        @ParameterizedTest
        @ValueSource(strings = {"ftp://a", "file:///etc", "a", "http:", "http:a", "http://", "http://a|b", "://a",
            "http:///x", "HTTP//a"})
        void whatIsNoServerIsNamedAndLeftOut(String url) {
            NixOptions options = NixOptions.parse("substitute-urls=http://a  " + url + "\thttps://b.example:8080/x=y ");
            assertEquals(Optional.of(SERVERS), options.substituteUrls());
            assertEquals(List.of(url), options.refusedUrls());
        }

        @ParameterizedTest
        @ValueSource(strings = {"", "a b", "de_DE;utf8", "../x", "\u00e4"})
        void localesAreNames(String locale) {
            assertEquals(Optional.empty(), NixOptions.parse("locale=" + locale).locale());
        }

        @ParameterizedTest
        @ValueSource(strings = {"no", "true", "YES", "", "1"})
        void deduplicationIsAskedForByYes(String value) {
            assertFalse(NixOptions.parse("deduplicate=" + value).deduplicate());
        }
    }

    @Nested
    class InvalidLength {
        @Test
        void serversEndSomewhere() {
            NixOptions options = NixOptions.parse("substitute-urls=" + "http://a ".repeat(10 * NixOptions.MAX_URLS));
            assertEquals(NixOptions.MAX_URLS, options.substituteUrls().orElseThrow().size());
            assertEquals(NixOptions.MAX_URLS, options.refusedUrls().size());
            assertEquals(Optional.of(List.of()),
                    NixOptions.parse("substitute-urls=http://" + "a".repeat(2048)).substituteUrls());
        }

        @Test
        void localesEndSomewhere() {
            assertTrue(NixOptions.parse("locale=" + "x".repeat(64)).locale().isPresent());
            assertEquals(Optional.empty(), NixOptions.parse("locale=" + "x".repeat(65)).locale());
        }
    }

    @Property
    void nothingMakesItFail(@ForAll String text) {
        NixOptions options = NixOptions.parse(text);
        assertTrue(options.terminalColumns() >= 20);
        assertEquals(options, NixOptions.parse(text));
    }
}
