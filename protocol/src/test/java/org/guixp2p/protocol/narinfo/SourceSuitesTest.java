// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.narinfo;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.guixp2p.protocol.testing.Suites.refusal;
import static org.guixp2p.protocol.testing.Suites.refusesControlsIn;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.net.URI;
import java.util.Base64;
import java.util.Optional;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.testing.Fixtures;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** URLs of NARs, the files that they name, and signature fields. */
class SourceSuitesTest {
    private static final String SIGNATURE = signature("publisher");

    private static String signature(String host) {
        try {
            Narinfo narinfo = Narinfo.parse(Fixtures.bytes("narinfo/y0h4g6321gwygvwv47kr4bc8y0lf49fs.narinfo"));
            String value = narinfo.signature().orElseThrow();
            return "1;" + host + value.substring(value.lastIndexOf(';'));
        } catch (FormatException e) {
            throw new AssertionError(e);
        }
    }

    @Nested
    class Correct {
        @ParameterizedTest
        @CsvSource({"nar/zstd/x,http://h/nar/zstd/x", "http://other/x,http://other/x", "/nar/x,http://h//nar/x",
            "nar/x?y=z,http://h/nar/x?y=z"})
        void urlsAreAbsoluteOrBelowTheServer(String text, String whole) throws FormatException {
            assertEquals(URI.create(whole), NarUrl.parse(text).resolve(URI.create("http://h")));
            assertEquals(text, NarUrl.parse(text).toString());
        }

        @Test
        void aSourceIsWrittenAsItWasRead() {
            NarSource source = NarSource.read("nar/x", "zstd", Optional.of("5"), Optional.empty()).orElseThrow();
            assertEquals("URL: nar/x\nCompression: zstd\nFileSize: 5\n", source.lines());
            assertEquals("URL: nar/x\nCompression: none\n",
                    NarSource.read("nar/x", "none", Optional.empty(), Optional.empty()).orElseThrow().lines());
        }

        @Test
        void aSignatureNamesItsHost() throws FormatException {
            NarinfoSignature signature = NarinfoSignature.parse(SIGNATURE);
            assertEquals("publisher", signature.host());
            assertEquals(signature, NarinfoSignature.parse(signature.value()));
            assertEquals("", NarinfoSignature.parse(signature("")).host());
        }
    }

    @Nested
    class Insufficient {
        @Test
        void nothingIsNoUrl() {
            refusal(NarUrl::parse, "");
            assertEquals(Optional.empty(), NarSource.read("", "zstd", Optional.empty(), Optional.empty()));
            assertEquals(Optional.empty(), NarSource.read("nar/x", "", Optional.empty(), Optional.empty()));
            assertEquals(Optional.empty(), NarSource.read("nar/x", "zstd", Optional.of(""), Optional.empty()));
        }

        @Test
        void noPrefixOfASignatureIsTheSame() throws FormatException {
            NarinfoSignature whole = NarinfoSignature.parse(SIGNATURE);
            for (int length = 0; length < SIGNATURE.length() - 8; length += 7) {
                String cut = SIGNATURE.substring(0, length);
                refusal(NarinfoSignature::parse, cut);
            }
            assertEquals(whole, NarinfoSignature.parse(SIGNATURE));
        }
    }

    @Nested
    class Invalid {
        @Test
        void controlCharactersAreNoPartOfThem() {
            refusesControlsIn(NarUrl::parse, "nar/zstd/x");
            refusesControlsIn(NarUrl::parse, "http://h/x");
            refusesControlsIn(NarinfoSignature::parse, "1;vm;" + Base64.getEncoder().encodeToString("(a)"
                    .getBytes(ISO_8859_1)));
        }

        @ParameterizedTest
        @ValueSource(strings = {"a b", "http://h/|", "%", "http://[", "http:", "\\", "<x>", "ü", ":", "1:x"})
        void whatIsNoUriIsRefused(String text) {
            refusal(NarUrl::parse, text);
            assertThrows(IllegalArgumentException.class, () -> new NarUrl(text));
        }

        @ParameterizedTest
        @ValueSource(strings = {"ZSTD", "zstd ", "x_y", "é", "a\nb"})
        void otherNamesAreNoCompression(String name) {
            assertEquals(Optional.empty(), NarSource.read("nar/x", name, Optional.empty(), Optional.empty()));
            assertThrows(IllegalArgumentException.class,
                    () -> new NarSource(new NarUrl("nar/x"), name, Optional.empty()));
        }

        @ParameterizedTest
        @ValueSource(strings = {"2", "1;a", "1;a;b;c", "1;a b;KGEp", "1;a;KGE", "1;a;K", "1;a;(a)", "1;a;KGEp;",
            ";a;KGEp", "1 ;a;KGEp", "1;a; KGEp"})
        void signaturesOfAnotherFormAreRefused(String value) {
            refusal(NarinfoSignature::parse, value);
        }
    }

    @Nested
    class InvalidLength {
        @Test
        void theyEndSomewhere() throws FormatException {
            NarUrl.parse("x".repeat(NarUrl.MAX_LENGTH));
            refusal(NarUrl::parse, "x".repeat(NarUrl.MAX_LENGTH + 1));
            assertEquals(Optional.empty(), NarSource.read("nar/x", "a".repeat(17), Optional.empty(), Optional.empty()));
            assertEquals(Optional.empty(),
                    NarSource.read("nar/x", "zstd", Optional.of("1099511627777"), Optional.empty()));
            assertEquals(Optional.empty(),
                    NarSource.read("nar/x", "zstd", Optional.of("9".repeat(1000)), Optional.empty()));
            NarinfoSignature.parse(signature("h".repeat(255)));
            refusal(NarinfoSignature::parse, signature("h".repeat(256)));
            refusal(NarinfoSignature::parse, "1;vm;" + "A".repeat(NarinfoSignature.MAX_LENGTH));
        }
    }
}
