// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.gateway;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import org.guixp2p.node.config.AutoSeed;
import org.guixp2p.node.testing.Eventually;
import org.guixp2p.node.testing.TestNars;
import org.guixp2p.protocol.compress.Compression;
import org.guixp2p.protocol.narinfo.Narinfo;
import org.guixp2p.protocol.narinfo.NarinfoVerifier;
import org.guixp2p.protocol.narinfo.Verdict;
import org.guixp2p.protocol.pki.Acl;
import org.guixp2p.protocol.testing.FixtureItems;
import org.guixp2p.protocol.testing.Fixtures;
import org.guixp2p.protocol.testing.TestMemory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a stock Guix sees of a gateway, against what a real {@code guix publish} said of the same items. */
@Timeout(120)
class GatewayTest {
    private static final FixtureItems.Item HELLO = TestNars.HELLO;
    private static final String NARINFO = "/" + HELLO.path().hashPart() + ".narinfo";
    private static final String NAR = "/nar/" + HELLO.path().baseName();

    @TempDir
    private Path directory;

    /** Guix: {@code %nix-cache-info} and {@code render-nix-cache-info}. */
    @Test
    void saysWhatGuixPublishSaysOfItself() throws Exception {
        try (GatewaySite site = new GatewaySite(directory)) {
            RawClient.Answer answer = RawClient.get(site.address(), "/nix-cache-info");
            assertEquals(200, answer.status());
            assertEquals("StoreDir: /gnu/store\nWantMassQuery: 0\nPriority: 100\n", answer.text());
            assertTrue(answer.header("content-type").startsWith("text/plain"));
        }
    }

    /** Guix: {@code render-narinfo}, {@code narinfo-string}. */
    @Test
    void narinfosKeepEachByteThatWasSignedAndSayWhereTheNarIsHere() throws Exception {
        Acl acl = Acl.parse(Fixtures.bytes("keys/acl"));
        try (GatewaySite site = new GatewaySite(directory)) {
            for (FixtureItems.Item item : FixtureItems.all()) {
                RawClient.Answer answer = RawClient.get(site.address(), "/" + item.path().hashPart() + ".narinfo");
                assertEquals(200, answer.status());
                assertEquals("application/x-nix-narinfo", answer.header("content-type"));
                assertEquals("max-age=3600", answer.header("cache-control"));
                assertEquals(answer.body().length, Integer.parseInt(answer.header("content-length")));
                byte[] recorded = Fixtures.bytes("narinfo/" + item.path().hashPart() + ".narinfo");
                String text = new String(recorded, StandardCharsets.UTF_8);
                int signed = text.indexOf("URL:");
                assertEquals(text.substring(0, signed), answer.text().substring(0, signed));
                Narinfo narinfo = Narinfo.parse(answer.body());
                assertInstanceOf(Verdict.Valid.class, NarinfoVerifier.verify(narinfo, acl, item.path()));
                assertEquals(List.of("none", "zstd"),
                        narinfo.sources().stream().map(source -> source.compression()).toList());
                // As Guix resolves them: below the server's URL.
                assertEquals(List.of("nar/" + item.path().baseName(), "nar/zstd/" + item.path().baseName()),
                        narinfo.sources().stream().map(source -> source.url().text()).toList());
            }
        }
    }

    private static byte[] decompressed(byte[] body, Compression compression) throws IOException {
        try (InputStream in = compression.decompress(new ByteArrayInputStream(body), HELLO.size(),
                TestMemory.forDecoders())) {
            return in.readAllBytes();
        }
    }

    /** Guix: {@code render-nar}; twice, since the second time it lies here. */
    @ParameterizedTest
    @EnumSource(Compression.class)
    void narsComeInTheCompressionThatTheUrlNames(Compression compression) throws Exception {
        String word = compression == Compression.NONE ? "" : compression.text() + "/";
        try (GatewaySite site = new GatewaySite(directory)) {
            for (int round = 0; round < 2; round++) {
                RawClient.Answer answer = RawClient.get(site.address(), "/nar/" + word + HELLO.path().baseName());
                assertEquals(200, answer.status());
                assertTrue(answer.complete());
                assertEquals("application/x-nix-archive", answer.header("content-type"));
                assertEquals(compression == Compression.NONE, answer.headers().containsKey("content-length"));
                assertEquals(compression == Compression.NONE ? "" : "chunked", answer.header("transfer-encoding"));
                assertEquals(compression == Compression.NONE ? "bytes" : "none", answer.header("accept-ranges"));
                assertArrayEquals(TestNars.plain(HELLO), decompressed(answer.body(), compression));
                awaitKept(site);
            }
            assertEquals(1, site.asked("/nar/zstd/" + HELLO.path().baseName()), "what lies here is fetched again");
        }
    }

    private static void awaitKept(GatewaySite site) {
        Eventually.holds(() -> {
            try {
                return RawClient.get(site.api(), "/api/seeds", "Connection: close").text().contains("offered");
            } catch (IOException e) {
                return false;
            }
        }, () -> "a kept NAR");
    }

    /** A node that has found this gateway asks so: where two have found each other, neither asks others on the other's behalf. */
    @Test
    void whoeverWantsOnlyWhatIsHereHasNobodyAsked() throws Exception {
        String alone = "Cache-Control: max-age=0, Only-If-Cached";
        try (GatewaySite site = new GatewaySite(directory)) {
            // Remembered, and yet not here.
            assertEquals(200, RawClient.get(site.address(), NARINFO).status());
            for (String path : List.of(NARINFO, NAR, "/nar/zstd/" + HELLO.path().baseName())) {
                assertEquals(404, RawClient.get(site.address(), path, alone).status());
            }
            String unknown = "/" + "0".repeat(32) + ".narinfo";
            assertEquals(404, RawClient.get(site.address(), unknown, alone).status());
            // Of its references the node has asked by itself.
            assertEquals(1, site.asked(NARINFO));
            assertEquals(0, site.asked(unknown) + site.asked("/nar/zstd/" + HELLO.path().baseName()));
            assertEquals(200, RawClient.get(site.address(), NAR).status());
            awaitKept(site);
            Eventually.holds(() -> {
                try {
                    return RawClient.get(site.address(), NARINFO, alone).status() == 200;
                } catch (IOException e) {
                    return false;
                }
            }, () -> "a narinfo of what is here");
            assertArrayEquals(TestNars.plain(HELLO), RawClient.get(site.address(), NAR, alone).body());
        }
    }

    private record Part(String range, int from, int to) {}

    @Test
    void whatIsNotCompressedHasRangesBeforeItIsHereAndAfter() throws Exception {
        byte[] nar = TestNars.plain(HELLO);
        int size = nar.length;
        List<Part> parts = List.of(new Part("bytes=0-0", 0, 1), new Part("bytes=100-", 100, size),
                new Part("bytes=5-1004", 5, 1005), new Part("bytes=-7", size - 7, size),
                new Part("bytes=1-999999999999", 1, size));
        for (AutoSeed kept : List.of(AutoSeed.OFF, AutoSeed.ALL)) {
            try (GatewaySite site = new GatewaySite(Files.createDirectory(directory.resolve(kept.name())),
                    GatewaySettings.USUAL, kept)) {
                String tag = RawClient.get(site.address(), NAR).header("etag");
                assertEquals("\"" + HELLO.hash().base32() + "\"", tag);
                if (kept == AutoSeed.ALL) {
                    awaitKept(site);
                }
                for (Part part : parts) {
                    RawClient.Answer answer = RawClient.get(site.address(), NAR, "Range: " + part.range());
                    assertEquals(206, answer.status(), part::toString);
                    assertEquals("bytes " + part.from() + "-" + (part.to() - 1) + "/" + size,
                            answer.header("content-range"));
                    assertTrue(answer.complete());
                    assertArrayEquals(Arrays.copyOfRange(nar, part.from(), part.to()), answer.body(), part::toString);
                }
                assertEquals(416, RawClient.get(site.address(), NAR, "Range: bytes=" + size + "-").status());
                assertEquals(304, RawClient.get(site.address(), NAR, "If-None-Match: \"x\", " + tag).status());
                assertEquals(206, RawClient.get(site.address(), NAR, "Range: bytes=1-", "If-Range: " + tag).status());
                assertEquals(200, RawClient.get(site.address(), NAR, "Range: bytes=1-", "If-Range: \"x\"").status());
                assertEquals(200, RawClient.get(site.address(), NAR, "Range: bytes=0-1,3-4").status());
                assertEquals(200, RawClient.get(site.address(), "/nar/zstd/" + HELLO.path().baseName(),
                        "Range: bytes=1-").status());
            }
        }
    }

    @Test
    void headersComeWithoutTheBodyWhenAskedFor() throws Exception {
        try (GatewaySite site = new GatewaySite(directory); RawClient client = new RawClient(site.address())) {
            for (String path : List.of(NARINFO, NAR, "/nix-cache-info")) {
                client.ask("HEAD", path);
                RawClient.Answer answer = client.answer(true);
                assertEquals(200, answer.status());
                assertTrue(Integer.parseInt(answer.header("content-length")) > 0);
            }
            client.ask("GET", "/nix-cache-info");
            assertEquals(200, client.answer(false).status(),
                    "no body was sent, so that the next answer is in its place");
            assertEquals(0, site.asked("/nar/zstd/" + HELLO.path().baseName()), "a HEAD fetches nothing");
        }
    }

    /** Guix: {@code not-found}; no name of a file is ever made of what was asked for. */
    @Test
    void whatIsNotThereIsSaidSoWithHowLongThatHolds() throws Exception {
        String unknown = "0".repeat(32);
        List<String> paths = List.of("/" + unknown + ".narinfo", "/nar/" + unknown + "-x",
                "/nar/zstd/" + unknown + "-x",
                "/", "/index.html", "/nar", "/nar/", "/nar/zstd", "/nar/zstd/", "/nar/xz/" + HELLO.path().baseName(),
                "/nar/" + HELLO.path().hashPart(), "/nar/" + HELLO.path().hashPart() + "-other",
                "/" + HELLO.path().hashPart(), "/x/../" + unknown,
                "/../../etc/passwd", "/nar/../../../etc/passwd", "/nar/%2e%2e%2f%2e%2e%2fetc%2fpasswd",
                "/nar/..%2f" + unknown,
                "/" + "e".repeat(32) + ".narinfo", "/" + "0".repeat(31) + ".narinfo", "/%00.narinfo",
                "/file/x/sha256/" + unknown, "/log/x", "/signing-key.pub");
        try (GatewaySite site = new GatewaySite(directory)) {
            for (String path : paths) {
                RawClient.Answer answer = RawClient.get(site.address(), path);
                assertEquals(404, answer.status(), path);
                assertEquals("max-age=120", answer.header("cache-control"), path);
                assertTrue(answer.text().startsWith("Resource not found"), path);
            }
            for (String method : List.of("POST", "PUT", "DELETE", "OPTIONS")) {
                try (RawClient client = new RawClient(site.address())) {
                    client.ask(method, NARINFO, "Content-Length: 0");
                    assertEquals(404, client.answer(false).status());
                }
            }
            for (String line : List.of("GET /\u0001 HTTP/1.1", "GET /%zz HTTP/1.1")) {
                try (RawClient client = new RawClient(site.address())) {
                    client.send(line + "\r\nHost: here\r\n\r\n");
                    assertEquals(400, client.answer(false).status(), line);
                }
            }
        }
    }

    /** Guix asks for up to a thousand narinfos without waiting for the first. */
    @Test
    void questionsBehindOneAnotherAreAnsweredInTheirOrder() throws Exception {
        try (GatewaySite site = new GatewaySite(directory); RawClient client = new RawClient(site.address())) {
            List<FixtureItems.Item> asked = new ArrayList<>();
            for (int round = 0; round < 30; round++) {
                for (FixtureItems.Item item : FixtureItems.all()) {
                    client.ask("GET", "/" + item.path().hashPart() + ".narinfo");
                    asked.add(item);
                }
            }
            client.ask("GET", NAR);
            client.ask("GET", NAR);
            for (FixtureItems.Item item : asked) {
                assertTrue(client.answer(false).text().startsWith("StorePath: " + item.path().path() + "\n"));
            }
            assertArrayEquals(TestNars.plain(HELLO), client.answer(false).body());
            assertArrayEquals(TestNars.plain(HELLO), client.answer(false).body());
            assertEquals(1, site.asked(NARINFO));
        }
    }

    @Test
    void fiftyWhoWantTheSameNarHaveItFetchedOnce() throws Exception {
        int clients = 50;
        try (GatewaySite site = new GatewaySite(directory, GatewaySettings.USUAL, AutoSeed.OFF);
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            GatewaySite.Made made = site.item("wanted-by-many", 3_000_000);
            CountDownLatch go = new CountDownLatch(1);
            site.page("/nar/wanted-by-many", (path, connection) -> {
                connection.write("HTTP/1.1 200 OK\r\nContent-Length: " + made.nar().length + "\r\n\r\n");
                connection.write(Arrays.copyOf(made.nar(), 2_000_000));
                go.await();
                connection.write(Arrays.copyOfRange(made.nar(), 2_000_000, made.nar().length));
            });
            List<RawClient> all = new ArrayList<>();
            for (int i = 0; i < clients; i++) {
                RawClient client = new RawClient(site.address());
                all.add(client);
                client.ask("GET", made.url());
            }
            List<Future<byte[]>> bodies = new ArrayList<>();
            for (RawClient client : all) {
                RawClient.Head head = client.head();
                assertEquals(200, head.status());
                Callable<byte[]> rest = () -> client.body(Long.parseLong(head.headers().get("content-length")));
                bodies.add(threads.submit(rest));
            }
            go.countDown();
            for (Future<byte[]> body : bodies) {
                assertArrayEquals(made.nar(), body.get());
            }
            assertEquals(1, site.asked("/nar/wanted-by-many"));
            assertEquals(1, site.asked(made.narinfo()));
            for (RawClient client : all) {
                client.close();
            }
        }
    }

    @Test
    void whatNoPublicKeyHasSignedIsNotGiven() throws Exception {
        try (GatewaySite site = new GatewaySite(directory)) {
            GatewaySite.Made secret = site.item("secret-of-somebody", 1000, "second");
            assertEquals(404, RawClient.get(site.address(), secret.narinfo()).status());
            assertEquals(404, RawClient.get(site.address(), secret.url()).status());
            assertTrue(site.asked(secret.narinfo()) > 0);
            assertEquals(0, site.asked("/nar/secret-of-somebody"));
        }
    }

    /** As after the server has another build than when the client was told of it. */
    @Test
    void noOtherBuildOfTheSameSizeIsGivenInItsPlace() throws Exception {
        AtomicReference<Duration> passed = new AtomicReference<>(Duration.ZERO);
        try (GatewaySite site = new GatewaySite(directory, GatewaySettings.USUAL, AutoSeed.OFF,
                () -> Instant.now().plus(passed.get()))) {
            GatewaySite.Made open = site.item("built-twice", 3000, "publisher", 1);
            assertEquals(200, RawClient.get(site.address(), open.narinfo()).status());
            GatewaySite.Made secret = site.item("built-twice", 3000, "second", 2);
            assertEquals(open.nar().length, secret.nar().length);
            // What was looked up counts no more; what the client was told still does.
            passed.set(Duration.ofDays(400));
            assertEquals(404, RawClient.get(site.address(), open.url()).status());
            assertEquals(2, site.asked(open.narinfo()));
        }
    }

    /** Nobody but its signer can say otherwise. */
    @Test
    void whereTheSignatureCoversTheUrlItIsServedHereAsItStands() throws Exception {
        try (GatewaySite site = new GatewaySite(directory)) {
            byte[] text = SignedUrls.sign(HELLO, "nar/lzip/" + HELLO.path().baseName(), "lzip");
            site.page(NARINFO, (path, connection) -> connection.answer(200, text));
            site.page("/nar/lzip/" + HELLO.path().baseName(), (path, connection) -> connection.answer(200,
                    TestNars.compressed(HELLO, Compression.LZIP)));
            assertArrayEquals(text, RawClient.get(site.address(), NARINFO).body());
            RawClient.Answer nar = RawClient.get(site.address(), "/nar/lzip/" + HELLO.path().baseName());
            assertTrue(nar.complete());
            assertFalse(nar.headers().containsKey("content-length"));
            assertArrayEquals(TestNars.plain(HELLO), decompressed(nar.body(), Compression.LZIP));
        }
    }

    /** Whatever it looks like, also where it means something else here; what nobody was told of is not there. */
    @ParameterizedTest
    @ValueSource(strings = {"/nar/gzip/hello", "nar/elsewhere/hello.nar.gz?part=1", "NAR%20IN%20HERE/%68ello",
        "nar/y0h4g6321gwygvwv47kr4bc8y0lf49fs-hello-2.12.1"})
    void aSignedUrlIsServedInEachForm(String url) throws Exception {
        try (GatewaySite site = new GatewaySite(directory)) {
            byte[] text = SignedUrls.sign(HELLO, url, "gzip");
            site.page(NARINFO, (path, connection) -> connection.answer(200, text));
            site.page("/" + url, (path, connection) -> connection.answer(200,
                    TestNars.compressed(HELLO, Compression.GZIP)));
            if (!url.startsWith("nar/y0h4g")) {
                assertEquals(404, RawClient.get(site.address(), "/" + url).status());
            }
            assertArrayEquals(text, RawClient.get(site.address(), NARINFO).body());
            RawClient.Answer nar = RawClient.get(site.address(), "/" + url);
            assertEquals(200, nar.status());
            assertTrue(nar.complete());
            assertArrayEquals(TestNars.plain(HELLO), decompressed(nar.body(), Compression.GZIP));
        }
    }

    private record Headers(int status, String length, String tag, String ranges, String cached) {
        static Headers of(RawClient.Answer answer) {
            return new Headers(answer.status(), answer.header("content-length"), answer.header("etag"),
                    answer.header("accept-ranges"), answer.header("cache-control"));
        }
    }

    /** As docs/gateway.md has it; RFC 9110, sections 8.8.3, 13.1.2 and 14. */
    @ParameterizedTest
    @EnumSource(Compression.class)
    void lengthsTagsAndRangesSayWhatHolds(Compression compression) throws Exception {
        boolean plain = compression == Compression.NONE;
        String hash = HELLO.hash().base32();
        String tag = plain ? "\"" + hash + "\"" : "W/\"" + hash + "-" + compression.text() + "\"";
        String size = String.valueOf(HELLO.size().bytes());
        String path = plain ? NAR : "/nar/" + compression.text() + "/" + HELLO.path().baseName();
        try (GatewaySite site = new GatewaySite(directory); RawClient client = new RawClient(site.address())) {
            Headers whole = new Headers(200, plain ? size : "", tag, plain ? "bytes" : "none", "max-age=3600");
            client.ask("HEAD", path);
            assertEquals(whole, Headers.of(client.answer(true)));
            assertEquals(whole, Headers.of(RawClient.get(site.address(), path)));
            for (String known : List.of(tag, "*", tag.replace("W/", ""), "\"x\", " + tag)) {
                assertEquals(new Headers(304, "", tag, "", ""),
                        Headers.of(RawClient.get(site.address(), path, "If-None-Match: " + known)), known);
            }
            assertEquals(200, RawClient.get(site.address(), path, "If-None-Match: \"" + hash + "x\"").status());
            RawClient.Answer part = RawClient.get(site.address(), path, "Range: bytes=10-29");
            assertEquals(plain ? new Headers(206, "20", tag, "bytes", "max-age=3600") : whole, Headers.of(part));
            assertEquals(plain ? "bytes 10-29/" + size : "", part.header("content-range"));
            RawClient.Answer outside = RawClient.get(site.address(), path, "Range: bytes=" + size + "-");
            assertEquals(plain ? 416 : 200, outside.status());
            assertEquals(plain ? "bytes */" + size : "", outside.header("content-range"));
        }
    }
}
