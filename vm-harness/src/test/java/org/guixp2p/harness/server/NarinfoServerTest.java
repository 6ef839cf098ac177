// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.server;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.narinfo.Narinfo;
import org.guixp2p.protocol.narinfo.NarinfoDraft;
import org.guixp2p.protocol.narinfo.NarinfoSigner;
import org.guixp2p.protocol.pki.SigningKey;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class NarinfoServerTest {
    private static final StorePath ITEM = new StorePath("1".repeat(32) + "-item");

    @TempDir
    Path directory;

    private final List<String> log = new CopyOnWriteArrayList<>();
    private final HttpClient http = HttpClient.newHttpClient();
    private final Narinfo narinfo = new NarinfoSigner(SigningKey.generate(new SecureRandom()), "test").sign(
            new NarinfoDraft(ITEM, new NarHash(Sha256.hash(new byte[0])), new NarSize(0), List.of(), Optional.empty()),
            List.of());
    private @Nullable NarinfoServer server;

    @BeforeEach
    void start() throws IOException {
        Files.write(directory.resolve("any-name.narinfo"), narinfo.raw());
        Files.writeString(directory.resolve("other-file"), "not to be served");
        server = NarinfoServer.start(directory, InetAddress.getLoopbackAddress(), log::add);
    }

    @AfterEach
    void stop() {
        server().close();
        http.close();
    }

    private NarinfoServer server() {
        return Objects.requireNonNull(server);
    }

    private HttpResponse<byte[]> request(String method, String path) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://" + server().address() + path))
                .method(method, HttpRequest.BodyPublishers.noBody()).build();
        return http.send(request, HttpResponse.BodyHandlers.ofByteArray());
    }

    @Test
    void aNarinfoIsServedAsItIs() throws Exception {
        HttpResponse<byte[]> answer = request("GET", "/" + ITEM.hashPart() + ".narinfo");
        assertEquals(200, answer.statusCode());
        assertArrayEquals(narinfo.raw(), answer.body());
        assertEquals("application/x-nix-narinfo", answer.headers().firstValue("Content-Type").orElse(""));
        assertEquals("max-age=3600", answer.headers().firstValue("Cache-Control").orElse(""));
        assertEquals(List.of("GET /" + ITEM.hashPart() + ".narinfo 200"), log);
    }

    @Test
    void theStoreDirectoryIsTold() throws Exception {
        assertTrue(new String(request("GET", "/nix-cache-info").body(), US_ASCII)
                .startsWith("StoreDir: /gnu/store\n"));
    }

    @Test
    void nothingElseIsThere() throws Exception {
        for (String path : List.of("/", "/other-file", "/any-name.narinfo", "/../other-file", "/%2e%2e/other-file",
                "/nar/none/item", "/" + "2".repeat(32) + ".narinfo")) {
            assertEquals(404, request("GET", path).statusCode(), path);
        }
        assertTrue(log.contains("GET /nar/none/item 404"), log::toString);
    }

    @Test
    void narsAreServedAsTheyAre() throws Exception {
        server().close();
        Path nars = Files.createDirectory(directory.resolve("nars"));
        byte[] nar = new byte[100_000];
        Files.write(nars.resolve(ITEM.baseName()), nar);
        server = NarinfoServer.start(directory, Optional.of(nars), InetAddress.getLoopbackAddress(), log::add);
        HttpResponse<byte[]> answer = request("GET", "/nar/none/" + ITEM.baseName());
        assertEquals(200, answer.statusCode());
        assertArrayEquals(nar, answer.body());
        assertEquals("100000", answer.headers().firstValue("Content-Length").orElse(""));
        assertEquals(List.of("GET /nar/none/" + ITEM.baseName() + " 200"), log);
        for (String path : List.of("/nar/none/", "/nar/none/item", "/nar/none/../../other-file", "/nar/none/..")) {
            assertEquals(404, request("GET", path).statusCode(), path);
        }
        assertEquals(405, request("HEAD", "/nar/none/" + ITEM.baseName()).statusCode());
    }

    @Test
    void onlyGetIsAnswered() throws Exception {
        for (String method : List.of("HEAD", "POST", "DELETE")) {
            assertEquals(405, request(method, "/nix-cache-info").statusCode(), method);
        }
    }

    @Test
    void aFileThatIsNoNarinfoIsAnError() throws Exception {
        Files.writeString(directory.resolve("bad.narinfo"), "StorePath: nonsense\n");
        assertThrows(FormatException.class,
                () -> NarinfoServer.start(directory, InetAddress.getLoopbackAddress(), log::add));
    }
}
