// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.narinfo;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URI;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.testing.Fixtures;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class NarinfoTest {
    private static final String HELLO = "narinfo/y0h4g6321gwygvwv47kr4bc8y0lf49fs.narinfo";
    private static final String OFFICIAL = "narinfo/official-bordeaux-hello-2.12.2.narinfo";
    private static final String PATH = "/gnu/store/ak2kyp54m8559430clzlqz9b21rpcc91-plain-file";
    private static final String HASH = "sha256:1ydf2qjhyw4zg2w70nxl35j5r7v7w5qhrfhf4mwq8fr648fvfgr9";
    private static final String MINIMAL = "StorePath: " + PATH + "\nNarHash: " + HASH + "\nReferences: \n";

    static Narinfo parse(String text) throws FormatException {
        return Narinfo.parse(text.getBytes(UTF_8));
    }

    private static Narinfo fixture(String name) throws FormatException {
        return Narinfo.parse(Fixtures.bytes(name));
    }

    private static void refuses(String text, String reason) {
        FormatException refused = assertThrows(FormatException.class, () -> parse(text));
        assertTrue(String.valueOf(refused.getMessage()).contains(reason), refused.getMessage());
    }

    static List<String> narinfos() {
        return Fixtures.list("narinfo");
    }

    @Nested
    class Correct {
        @ParameterizedTest
        @MethodSource("org.guixp2p.protocol.narinfo.NarinfoTest#narinfos")
        void realOnesAreReadAndKept(String name) throws FormatException {
            Narinfo narinfo = fixture(name);
            assertArrayEquals(Fixtures.bytes(name), narinfo.raw());
            assertTrue(narinfo.isSigned());
            assertTrue(narinfo.isNarSizeSigned());
            String text = Fixtures.text(name);
            assertEquals(text.substring(0, text.indexOf("Signature: ")), new String(narinfo.signedPart(), UTF_8));
        }

        @Test
        void everyFieldHasItsType() throws FormatException {
            Narinfo narinfo = fixture(OFFICIAL);
            assertEquals("cs56i9digj9qg1bd383cmxc6xrfpdn9n-hello-2.12.2", narinfo.path().baseName());
            assertEquals(NarHash.parse("sha256:0qhasy0w9w9mfv0vacgzymxl4nww8cslyza5x2ci42v7i2b13lyl"),
                    narinfo.narHash());
            assertEquals(Optional.of(new NarSize(282_616)), narinfo.narSize());
            assertEquals(List.of("hello-2.12.2", "gcc-14.3.0-lib", "glibc-2.41"),
                    narinfo.references().stream().map(StorePath::name).toList());
            assertEquals("hello-2.12.2.drv", narinfo.deriver().orElseThrow().name());
            assertEquals(Optional.of("x86_64-linux"), narinfo.system());
            NarUrl lzip = NarUrl.parse("nar/lzip/cs56i9digj9qg1bd383cmxc6xrfpdn9n-hello-2.12.2");
            NarUrl zstd = NarUrl.parse("nar/zstd/cs56i9digj9qg1bd383cmxc6xrfpdn9n-hello-2.12.2");
            assertEquals(List.of(new NarSource(lzip, "lzip", Optional.of(new FileSize(68_076))),
                    new NarSource(zstd, "zstd", Optional.of(new FileSize(73_413)))), narinfo.sources());
        }

        @Test
        void onlyPathHashAndReferencesAreNeeded() throws FormatException {
            Narinfo narinfo = parse(MINIMAL);
            assertEquals(PATH, narinfo.path().path());
            assertEquals(List.of(), narinfo.references());
            assertEquals(Optional.empty(), narinfo.narSize());
            assertEquals(Optional.empty(), narinfo.deriver());
            assertEquals(List.of(), narinfo.sources());
            assertFalse(narinfo.isSigned());
        }

        @Test
        void theFirstOfTwoCounts() throws FormatException {
            Narinfo narinfo = parse("NarSize: 1\n" + MINIMAL + "NarSize: 2\nReferences: " + PATH.substring(11)
                    + "\nStorePath: x\nNarHash: y\nDeriver:\nDeriver: x\n");
            assertEquals(Optional.of(new NarSize(1)), narinfo.narSize());
            assertEquals(List.of(), narinfo.references());
            assertEquals(Optional.empty(), narinfo.deriver());
        }

        @Test
        void aBlankLineEndsTheRecord() throws FormatException {
            Narinfo narinfo = parse("\n\n" + MINIMAL + "\nNarSize: 2\nSignature: 1;a;b\n");
            assertEquals(Optional.empty(), narinfo.narSize());
            assertEquals(Optional.empty(), narinfo.signature());
            assertFalse(narinfo.isSigned());
        }

        @Test
        void commentsAndContinuationsAreRecutils() throws FormatException {
            Narinfo narinfo = parse("# hello\nX: a\n+ b\n+c\n+\n" + MINIMAL + "%Y: z\n");
            assertEquals(PATH, narinfo.path().path());
            assertEquals(List.of(new RecordFields.Field("X", "a\nb\nc\n")),
                    RecordFields.parse("X: a\n+ b\n+c\n+\n").fields());
        }

        @Test
        void blanksBeforeValuesAndBetweenReferencesDoNotMatter() throws FormatException {
            String base = PATH.substring(11);
            Narinfo narinfo = parse("StorePath:" + PATH + "\nNarHash:  \t" + HASH + "\nReferences:  " + base + "   "
                    + base + " ");
            assertEquals(List.of(narinfo.path(), narinfo.path()), narinfo.references());
        }

        @Test
        void theShortestListBoundsTheSources() throws FormatException {
            String three = "URL: a\nCompression: zstd\nURL: b\nCompression: gzip\nURL: c\nCompression: none\n";
            assertEquals(3, parse(MINIMAL + three).sources().size());
            List<NarSource> sources = parse(MINIMAL + three + "FileSize: 5\nFileSize: 6\n").sources();
            assertEquals(List.of(Optional.of(new FileSize(5)), Optional.of(new FileSize(6))),
                    sources.stream().map(NarSource::fileSize).toList());
            assertEquals(1, parse(MINIMAL + "Compression: zstd\nURL: a\nURL: b\n").sources().size());
            assertEquals(0, parse(MINIMAL + "URL: a\n").sources().size());
        }

        @Test
        void urlsMayBeRelative() throws FormatException {
            NarUrl url = NarUrl.parse("nar/zstd/x");
            assertEquals(URI.create("http://h:1/nar/zstd/x"), url.resolve(URI.create("http://h:1")));
            assertEquals(URI.create("http://h:1/p/nar/zstd/x"), url.resolve(URI.create("http://h:1/p/")));
            assertEquals(URI.create("https://o/x"), NarUrl.parse("https://o/x").resolve(URI.create("http://h:1/p/")));
        }

        @Test
        void sourcesAreSortedAsTheReaderLikes() throws FormatException {
            List<NarSource> told = fixture(OFFICIAL).sources();
            assertEquals("zstd", told.stream().min(NarSource.FASTEST_FIRST).orElseThrow().compression());
            assertEquals("lzip", told.stream().min(NarSource.SMALLEST_FIRST).orElseThrow().compression());
            List<NarSource> untold = fixture(HELLO).sources();
            assertEquals(List.of("zstd", "gzip", "lzip"),
                    untold.stream().sorted(NarSource.FASTEST_FIRST).map(NarSource::compression).toList());
            assertEquals(List.of("lzip", "zstd", "gzip"),
                    untold.stream().sorted(NarSource.SMALLEST_FIRST).map(NarSource::compression).toList());
        }
    }

    @Nested
    class Insufficient {
        @ParameterizedTest
        @ValueSource(strings = {"StorePath", "NarHash", "References"})
        void neededFieldsMustStandThere(String field) {
            refuses(MINIMAL.replaceFirst(field + ":[^\n]*\n", ""), "no " + field);
        }

        @Test
        void nothingIsNoNarinfo() {
            refuses("", "no StorePath");
            refuses("\n\n", "no StorePath");
            refuses("\n" + MINIMAL.replaceFirst("\n", "\n\n"), "no NarHash");
        }

        @Test
        void everyPrefixIsReadOrRefusedButNeverSignedBeforeItsEnd() throws FormatException {
            byte[] whole = Fixtures.bytes(HELLO);
            int signatureEnd = new String(whole, ISO_8859_1).indexOf("\nURL:");
            int read = 0;
            for (int length = 0; length < signatureEnd; length++) {
                try {
                    Narinfo narinfo = Narinfo.parse(Arrays.copyOf(whole, length));
                    assertNotEquals(fixture(HELLO).signature(), narinfo.signature());
                    read++;
                } catch (FormatException e) {
                    assertFalse(String.valueOf(e.getMessage()).isEmpty());
                }
            }
            assertTrue(read > 0);
        }
    }

    @Nested
    class Invalid {
        @ParameterizedTest
        @ValueSource(strings = {"NarSize: -1", "NarSize: x", "NarSize:", "NarSize: 1099511627777", "NarSize: 1 ",
            "Deriver: x", "Deriver: /gnu/store/ak2kyp54m8559430clzlqz9b21rpcc91-x.drv", "System: x y", "System: \u00e4",
            "no colon", " X: y", "1: y", ": y", "é: y", "X: Signature: 1"})
        void malformedLinesAreRefused(String lines) {
            assertThrows(FormatException.class, () -> parse(MINIMAL + lines + "\n"));
        }

        private static List<Optional<Sha256>> hashes(String text) throws FormatException {
            return parse(MINIMAL + text).sources().stream().map(NarSource::fileHash).toList();
        }

        @Test
        void hashesOfFilesAreThoseOfTheirUrls() throws FormatException {
            Sha256 one = Sha256.hash(new byte[1]);
            Sha256 two = Sha256.hash(new byte[2]);
            String files = "URL: a\nCompression: zstd\nURL: b\nCompression: lzip\n";
            assertEquals(List.of(Optional.of(one), Optional.of(two)),
                    hashes(files + "FileHash: sha256:" + one + "\nFileHash: sha256:" + two + "\n"));
            assertEquals(List.of(Optional.empty(), Optional.of(two)),
                    hashes(files + "FileHash: md5:x\nFileHash: sha256:" + two + "\n"));
            assertEquals(List.of(Optional.empty(), Optional.of(two)),
                    hashes(files + "FileHash: sha256:x\nFileHash: sha256:" + two + "\n"));
            assertEquals(List.of(Optional.empty(), Optional.empty()), hashes(files + "FileHash: sha256:" + one + "\n"));
        }

        @ParameterizedTest
        @CsvSource({"'',zstd,2", "b c,zstd,2", "\u00e4,zstd,2", "%zz,zstd,2", "http://a|b,zstd,2", "b,ZSTD,2", "b,'',2",
            "b,z std,2", "b,zstd,x", "b,zstd,-1", "b,zstd,''"})
        void sourcesThatMakeNoSenseAreLeftOut(String url, String compression, String size) throws FormatException {
            String text = "URL: a\nCompression: zstd\nFileSize: 1\nURL: " + url + "\nCompression: " + compression
                    + "\nFileSize: " + size + "\nURL: c\nCompression: gzip\nFileSize: 3\n";
            assertEquals(List.of(new NarSource(new NarUrl("a"), "zstd", Optional.of(new FileSize(1))),
                    new NarSource(new NarUrl("c"), "gzip", Optional.of(new FileSize(3)))),
                    parse(MINIMAL + text).sources());
        }

        @ParameterizedTest
        @ValueSource(strings = {"/gnu/store/../etc/passwd", "/gnu/store/x",
            "/nix/store/ak2kyp54m8559430clzlqz9b21rpcc91-x",
            "ak2kyp54m8559430clzlqz9b21rpcc91-x", "/gnu/store/ak2kyp54m8559430clzlqz9b21rpcc91-a/b", "",
            "/gnu/store/ak2kyp54m8559430clzlqz9b21rpcc91-x "})
        void pathsLieInTheStore(String path) {
            assertThrows(FormatException.class, () -> parse(MINIMAL.replace(PATH, path)));
        }

        @ParameterizedTest
        @ValueSource(strings = {"md5:abc", "sha256:", "sha256:1ydf2qjhyw4zg2w70nxl35j5r7v7w5qhrfhf4mwq8fr648fvfgr",
            "SHA256:1ydf2qjhyw4zg2w70nxl35j5r7v7w5qhrfhf4mwq8fr648fvfgr9", ""})
        void hashesAreSha256(String hash) {
            assertThrows(FormatException.class, () -> parse(MINIMAL.replace(HASH, hash)));
        }

        @Test
        void referencesAreBaseNames() {
            refuses(MINIMAL.replace("References: ", "References: " + PATH), "store item");
            refuses(MINIMAL.replace("References: ", "References: a"), "store item");
        }

        @Test
        void textIsUtf8() {
            byte[] bytes = (MINIMAL + "X: \u00e4\n").getBytes(ISO_8859_1);
            FormatException refused = assertThrows(FormatException.class, () -> Narinfo.parse(bytes));
            assertEquals("narinfo: not UTF-8", refused.getMessage());
        }

        @Test
        void windowsLineEndsAreRefused() {
            assertThrows(FormatException.class, () -> parse(MINIMAL.replace("\n", "\r\n")));
        }

        @Test
        void theWordSignatureStandsAtTheStartOfALine() {
            refuses("# Signature: 1\n" + MINIMAL, "inside a line");
        }
    }

    @Nested
    class InvalidLength {
        @Test
        void textEndsSomewhere() throws FormatException {
            String comment = "#".repeat(Narinfo.MAX_BYTES - MINIMAL.length() - 1) + "\n";
            assertEquals(PATH, parse(comment + MINIMAL).path().path());
            refuses(comment + MINIMAL + "\n", "longer than");
        }

        @Test
        void referencesEndSomewhere() throws FormatException {
            String all = (PATH.substring(11) + " ").repeat(Narinfo.MAX_REFERENCES);
            assertEquals(Narinfo.MAX_REFERENCES,
                    parse(MINIMAL.replace("References: ", "References: " + all)).references()
                            .size());
            refuses(MINIMAL.replace("References: ", "References: " + all + PATH.substring(11)), "references");
        }

        @Test
        void fieldsEndSomewhere() throws FormatException {
            String most = "X: y\n".repeat(RecordFields.MAX_LINES - 3);
            assertEquals(PATH, parse(most + MINIMAL).path().path());
            refuses(most + MINIMAL + "X: y\n", "lines");
        }

        /** Each made a copy of all before it, so a narinfo of 1 MiB took a minute. */
        @Test
        void continuationsEndSomewhere() throws FormatException {
            String most = MINIMAL + "X: y\n" + "+\n".repeat(RecordFields.MAX_LINES - 4);
            assertEquals(PATH, parse(most).path().path());
            refuses(most + "+\n", "more than 256 lines");
            refuses(MINIMAL + "X: y\n" + "+\n".repeat((Narinfo.MAX_BYTES - 500) / 2), "more than 256 lines");
            String longLine = "+ " + "x".repeat(4000) + "\n";
            assertEquals(PATH, parse(MINIMAL + "X: y\n" + longLine.repeat(RecordFields.MAX_LINES - 4)).path().path());
        }

        /** A mirror's files go below another's signature, so they must leave room. */
        @Test
        void sourcesEndSomewhere() throws FormatException {
            Narinfo mirror = parse(MINIMAL + "URL: nar/x\nCompression: none\nFileSize: 1\n".repeat(84));
            assertEquals(Narinfo.MAX_SOURCES, mirror.sources().size());
            Narinfo signed = parse(MINIMAL + "X: y\n".repeat(100) + "Signature: x\n");
            assertEquals(mirror.sources(), signed.withSources(mirror.sources()).sources());
        }

        @Test
        void aSignatureThatGoesOnIsKept() throws FormatException {
            Narinfo narinfo = parse(MINIMAL + "Signature: a\n+ b\n+c\n+\n+  d\nURL: nar/x\n");
            assertEquals("a\nb\nc\n\n d", narinfo.signature().orElseThrow());
            assertEquals(narinfo.signature(), narinfo.signedOnly().signature());
            assertArrayEquals(narinfo.signedPart(), narinfo.signedOnly().signedPart());
        }

        @Test
        void commentsCountNot() throws FormatException {
            assertEquals(PATH, parse("# no field\n".repeat(50_000) + MINIMAL).path().path());
        }

        @Test
        void valuesEndSomewhere() throws FormatException {
            refuses(MINIMAL + "System: " + "x".repeat(65), "system");
            String longest = "x".repeat(NarUrl.MAX_LENGTH);
            assertEquals(1, parse(MINIMAL + "URL: " + longest + "\nCompression: zstd\n").sources().size());
            assertEquals(0, parse(MINIMAL + "URL: " + longest + "x\nCompression: zstd\n").sources().size());
            assertEquals(0, parse(MINIMAL + "URL: x\nCompression: " + "x".repeat(17)).sources().size());
            refuses(MINIMAL + "NarSize: 1" + "0".repeat(100), "NAR size");
        }
    }

    @Test
    void equivalentOnesSayTheSameOfTheSame() throws FormatException {
        Narinfo narinfo = parse(MINIMAL + "NarSize: 5\n");
        assertTrue(narinfo.isEquivalentTo(parse("NarSize: 5\n" + MINIMAL + "Signature: x\nURL: a\n")));
        assertFalse(narinfo.isEquivalentTo(parse(MINIMAL + "NarSize: 6\n")));
        assertFalse(narinfo.isEquivalentTo(parse(MINIMAL)));
        assertFalse(parse(MINIMAL).isEquivalentTo(parse(MINIMAL)));
        assertFalse(narinfo.isEquivalentTo(parse(MINIMAL.replace("1ydf", "0ydf") + "NarSize: 5\n")));
        assertFalse(narinfo.isEquivalentTo(parse(MINIMAL.replace("plain", "plane") + "NarSize: 5\n")));
        assertFalse(narinfo.isEquivalentTo(
                parse(MINIMAL.replace("References: ", "References: " + PATH.substring(11)) + "NarSize: 5\n")));
    }

    @Test
    void signedOnlyKeepsTheSignatureAndDropsTheRest() throws FormatException {
        Narinfo whole = fixture(OFFICIAL);
        Narinfo kept = whole.signedOnly();
        String text = Fixtures.text(OFFICIAL);
        assertEquals(text.substring(0, text.indexOf("URL: ")), new String(kept.raw(), UTF_8));
        assertEquals(List.of(), kept.sources());
        assertEquals(whole.signature(), kept.signature());
        assertArrayEquals(whole.signedPart(), kept.signedPart());
        assertEquals(kept, kept.signedOnly());
    }

    @Test
    void signedOnlyDropsASizeAndADeriverThatAreNotSigned() throws FormatException {
        Narinfo whole = parse(
                MINIMAL + "Signature: 1;a;b\nNarSize: 5\nDeriver: ak2kyp54m8559430clzlqz9b21rpcc91-x.drv");
        assertEquals(Optional.of(new NarSize(5)), whole.narSize());
        assertFalse(whole.isNarSizeSigned());
        Narinfo kept = whole.signedOnly();
        assertEquals(Optional.empty(), kept.narSize());
        assertEquals(Optional.empty(), kept.deriver());
        assertThrows(IllegalStateException.class, () -> parse(MINIMAL).signedOnly());
    }

    @Test
    void sourcesCanBeReplacedBelowTheSignature() throws FormatException {
        Narinfo whole = fixture(OFFICIAL);
        List<NarSource> other = List.of(new NarSource(new NarUrl("x"), "none", Optional.empty()));
        assertEquals(other, whole.withSources(other).sources());
        assertEquals(whole, whole.withSources(whole.sources()));
    }

    @Test
    void whatIsSignedMustStandAboveTheSignature() throws FormatException {
        for (String field : List.of("StorePath", "NarHash", "References")) {
            String line = MINIMAL.replaceFirst("(?s).*(" + field + ":[^\n]*\n).*", "$1");
            assertTrue(parse(MINIMAL + "Signature: x\n").isSigned());
            assertFalse(parse(MINIMAL.replace(line, "") + "Signature: x\n" + line).isSigned(), field);
        }
    }
}
