// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.profile;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.testing.Suites;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ProfileManifestTest {
    private static final String A = "/gnu/store/00000000000000000000000000000000-a-1";
    private static final String B = "/gnu/store/11111111111111111111111111111111-b-2";
    private static final String C = "/gnu/store/22222222222222222222222222222222-c-3-lib";
    /** As "guix package" writes it today, with all that may stand in it. */
    private static final String LATEST = """
            ;; This file was automatically generated and is for internal use only.
            ;; It cannot be passed to the '--manifest' option. (
            (manifest
              (version 4)
              (packages
                (("a" "1" "out" "%A"
                  (propagated-inputs
                    (("c" "3" "lib" "%C"
                      (search-paths (("PATH" ("bin" "sbin") ":" directory #f))))))
                  (search-paths
                    (("GUIX_X" ("share/\\"x\\"" "\\x07(\\u00e9") ":" directory #f) ("Y" ("y") #f regular "^.*\\\\.c$")))
                  (properties
                    ((provenance (repository (version 0) (url "https://x/y.git") (name . guix) #:kw #\\( #(1 2.5 -3) 'q |a b| #{c (d}#))
                     (transformations (with-input . "x=y")))))
                 ("b" "2~3" "out" "%B/lib/b.so")
                 (repeated "c" "3" "%C"))))
            """.replace("%A", A).replace("%B", B).replace("%C", C);

    private static ProfileManifest parse(String text) throws FormatException {
        return ProfileManifest.parse(text.getBytes(UTF_8));
    }

    private static ProfileManifest.Entry entry(String name, String version, String output, String path)
            throws FormatException {
        return new ProfileManifest.Entry(name, version, output, StorePath.parse(path));
    }

    private static String manifest(int version, String entries) {
        return "(manifest (version " + version + ") (packages (" + entries + ")))";
    }

    // Correct.

    @Test
    void theLatestVersionIsRead() throws FormatException {
        assertEquals(new ProfileManifest(4, List.of(entry("a", "1", "out", A), entry("b", "2~3", "out", B),
                entry("c", "3", "lib", C))), parse(LATEST));
    }

    @Test
    void earlierVersionsAreRead() throws FormatException {
        String deps = "(propagated-inputs (\"" + C + "\")) (search-paths ())";
        List<ProfileManifest.Entry> both = List.of(entry("a", "1", "out", A), entry("b", "2", "doc", B));
        String first = "\"a\" \"1\" \"out\" \"" + A + '"';
        String second = "\"b\" \"2\" \"doc\" \"" + B + '"';
        assertEquals(new ProfileManifest(0, both), parse(manifest(0, "(" + first + ")(" + second + ")")));
        assertEquals(new ProfileManifest(1, both),
                parse(manifest(1, "(" + first + " ((\"gmp\" \"" + C + "\")))(" + second + " (\"" + C + "\"))")));
        assertEquals(new ProfileManifest(2, both),
                parse(manifest(2, "(" + first + deps + ")(" + second + deps + ")")));
        String nested = "(propagated-inputs ((" + second
                + "(propagated-inputs ()) (search-paths ())))) (search-paths ())";
        assertEquals(new ProfileManifest(3, both), parse(manifest(3, "(" + first + nested + "(properties))(" + second
                + "(propagated-inputs ()) (search-paths ()))")));
        assertEquals(new ProfileManifest(3, List.of()), parse("(manifest (version 3 1 (x)) (packages ()))\n"));
    }

    // Insufficient.

    @Test
    void whatIsNotWholeIsRefused() {
        Suites.refusesPrefixes(ProfileManifestTest::parse, LATEST, LATEST.stripTrailing().length());
    }

    // Invalid.

    @ParameterizedTest
    @ValueSource(strings = {"", "manifest", "()", "(profile (version 4) (packages ()))",
        "(manifest (version 5) (packages ()))", "(manifest (version 33) (packages ()))",
        "(manifest (version \"4\") (packages ()))", "(manifest (packages ()) (version 4))",
        "(manifest (version 4) (packages ())) x", "(manifest (version 4) (packages () ()))",
        "(manifest (version 4) (packages ()) ())", "(manifest (version 4) (packages (x)))",
        "(manifest (version 4) (packages x))", "(manifest (version 4) (packages ((\"a\" \"1\" \"out\"))))",
        "(manifest (version 4) (packages ((a \"1\" \"out\" \"" + A + "\"))))",
        "(manifest (version 4) (packages ((\"a\" \"1\" \"out\" \"/etc/passwd\"))))",
        "(manifest (version 4) (packages ((\"a\" \"1\" \"out\" \"/gnu/store/../../etc/passwd\"))))",
        "(manifest (version 4) (packages ((\"a\\n\" \"1\" \"out\" \"" + A + "\"))))",
        "(manifest (version 4) (packages ((\"a\\q\" \"1\" \"out\" \"" + A + "\"))))",
        "(manifest (version 4) (packages ((\"a\\xg0\" \"1\" \"out\" \"" + A + "\"))))",
        "(manifest (version 4) (packages ((\"a\\Uffffff\" \"1\" \"out\" \"" + A + "\"))))",
        "(manifest (version 4) (packages ((\"a\" \"1\" \"out\" \"" + A + "\" (propagated-inputs (x))))))",
        "(manifest (version 4) (packages ((repeated \"a\" \"1\" \"" + A + "\"))))",
        "(manifest (version 3) (packages ((repeated \"a\" \"1\" \"" + A + "\"))))"})
    void whatIsNoManifestIsRefused(String text) {
        Suites.refusal(ProfileManifestTest::parse, text);
    }

    /** What is refused may be somebody's secret, which was read by mistake. */
    @Test
    void aRefusalSaysNothingOfWhatWasRead() {
        for (String text : List.of("secret", "(secret)", "(manifest (version secret) (packages ()))",
                "(manifest (version 4) (packages ((\"a\" \"1\" \"out\" \"secret\"))))")) {
            String message = Suites.refusal(ProfileManifestTest::parse, text);
            assertTrue(!message.contains("secret"), message);
        }
    }

    @Test
    void whatIsNotUtf8IsRefused() {
        byte[] bytes = LATEST.getBytes(UTF_8);
        bytes[LATEST.indexOf("internal")] = (byte) 0xff;
        assertThrows(FormatException.class, () -> ProfileManifest.parse(bytes));
    }

    // Of invalid length.

    @Test
    void whatIsTooMuchIsRefused() throws FormatException {
        String deep = "(".repeat(252);
        assertEquals(1,
                parse(manifest(3, "(\"a\" \"1\" \"out\" \"" + A + "\" " + deep + ")".repeat(252) + ")")).entries()
                        .size());
        assertTrue(Suites.refusal(ProfileManifestTest::parse,
                manifest(3, "(\"a\" \"1\" \"out\" \"" + A + "\" (" + deep + ")".repeat(253) + ")")).contains("nested"));
        Suites.refusal(ProfileManifestTest::parse, "(".repeat(1_000_000));
        assertTrue(Suites.refusal(ProfileManifestTest::parse, "(manifest " + "x".repeat(70_000)).contains("65536"));
        assertTrue(Suites.refusal(ProfileManifestTest::parse, '"' + "x".repeat(70_000) + '"').contains("65536"));
        assertTrue(Suites.refusal(ProfileManifestTest::parse, " ".repeat((2 << 20) + 1)).contains("2097152"));
        Suites.refusal(ProfileManifestTest::parse,
                manifest(4, "(\"" + "a".repeat(212) + "\" \"1\" \"out\" \"" + A + "\")"));
        Suites.refusal(ProfileManifestTest::parse,
                manifest(4, "(\"a\" \"1\" \"" + "o".repeat(65) + "\" \"" + A + "\")"));
        String many = ("(\"a\" \"1\" \"out\" \"" + A + "\")").repeat(5_000);
        assertEquals(5_000, parse(manifest(4, many)).entries().size());
        assertTrue(Suites
                .refusal(ProfileManifestTest::parse, manifest(4, many + many.substring(0, many.length() / 5_000)))
                .contains("5000"));
    }

    @Test
    void whatIsPropagatedIsBoundedToo() {
        StringBuilder deps = new StringBuilder();
        IntStream.rangeClosed(0, 20_000)
                .forEach(i -> deps.append("(\"d").append(i).append("\" \"\" \"out\" \"").append(A)
                        .append("\")"));
        assertTrue(Suites.refusal(ProfileManifestTest::parse, manifest(4,
                "(\"a\" \"1\" \"out\" \"" + A + "\" (propagated-inputs (" + deps + ")))")).contains("20000"));
    }

    /** Whatever is a text to Guile is one here. */
    @Property(tries = 200)
    void textsComeAsTheyWereWritten(@ForAll List<Character> characters) throws FormatException {
        StringBuilder written = new StringBuilder();
        StringBuilder meant = new StringBuilder();
        for (char c : characters) {
            if (!Character.isSurrogate(c)) {
                meant.append(c);
                written.append(c == '"' || c == '\\' ? "\\" + c : c < ' ' ? String.format("\\x%02x", (int) c) : "" + c);
            }
        }
        SchemeTokens tokens = new SchemeTokens(("(\"" + written + "\")").getBytes(UTF_8));
        assertEquals(new SchemeToken.Open(), tokens.next());
        assertEquals(new SchemeToken.Text(meant.toString()), tokens.next());
        assertEquals(new SchemeToken.Close(), tokens.next());
        assertEquals(new SchemeToken.End(), tokens.next());
    }
}
