// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.persistence.narinfo;

import static org.guixp2p.protocol.testing.Suites.refusal;
import static org.guixp2p.protocol.testing.Suites.refusesControlsIn;
import static org.guixp2p.protocol.testing.Suites.refusesPrefixes;
import static org.junit.jupiter.api.Assertions.assertEquals;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.guixp2p.protocol.FormatException;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ServerUrlSuitesTest {
    @Nested
    class Correct {
        @ParameterizedTest
        @ValueSource(strings = {"https://ci.guix.gnu.org", "http://10.0.0.1:8080/x/y", "http://[2001:db8::1]:81/%20"})
        void aServerIsWrittenAsItWasRead(String url) throws FormatException {
            assertEquals(url, ServerUrl.parse(url).toString());
        }
    }

    @Nested
    class Insufficient {
        @Test
        void withoutAHostThereIsNoServer() {
            refusesPrefixes(ServerUrl::parse, "https://h", "https://h".length());
            refusal(ServerUrl::parse, "https://:80");
            refusal(ServerUrl::parse, "//h");
        }
    }

    @Nested
    class Invalid {
        @Test
        void controlCharactersAreRefusedAnywhere() {
            refusesControlsIn(ServerUrl::parse, "https://ci.guix.gnu.org/x");
        }

        @ParameterizedTest
        @ValueSource(strings = {"http://h:x", "http://h:-1", "http://[::1", "http://[g::]/", "http://h/%zz",
            "http://@h",
            "http://u@h", "http://h/?", "http://h/#", "http://a b", "http://h\\x", "javascript:x", "http://h/|"})
        void whatIsNoServerIsRefused(String url) {
            refusal(ServerUrl::parse, url);
        }
    }

    @Nested
    class InvalidLength {
        @Test
        void urlsAndPortsEndSomewhere() throws FormatException {
            ServerUrl.parse("http://h/" + "a".repeat(2048 - "http://h/".length()));
            refusal(ServerUrl::parse, "http://h/" + "a".repeat(2049 - "http://h/".length()));
            refusal(ServerUrl::parse, "http://" + "h".repeat(1 << 20));
            refusal(ServerUrl::parse, "http://h:65536");
            refusal(ServerUrl::parse, "http://h:99999999999");
        }
    }

    @Provide
    Arbitrary<String> urls() {
        Arbitrary<String> scheme = Arbitraries.of("http", "https", "HTTP", "hTtPs");
        Arbitrary<String> host = Arbitraries.of("h", "A.example", "10.0.0.1", "[::1]", "x-y.example.");
        Arbitrary<String> port = Arbitraries.of("", ":", ":80", ":443", ":1", ":65535");
        Arbitrary<String> path = Arbitraries.of("", "/", "//", "/a", "/a/", "/A//b///", "/%41");
        return Combinators.combine(scheme, host, port, path).as((s, h, p, rest) -> s + "://" + h + p + rest);
    }

    /** However it was written, what it is written as means the same, and is written so again. */
    @Property(tries = 200)
    void oneSpellingIsEnough(@ForAll("urls") String url) throws FormatException {
        ServerUrl server = ServerUrl.parse(url);
        assertEquals(server, ServerUrl.parse(server.toString()));
        assertEquals(server.toString(), ServerUrl.parse(server + "/").toString());
    }
}
