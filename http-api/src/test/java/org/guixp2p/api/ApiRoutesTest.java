// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.http.javadsl.Http;
import org.apache.pekko.http.javadsl.ServerBinding;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Real requests over a socket, written by hand so that the Host header is ours. */
class ApiRoutesTest {
    private static ActorTestKit kit;
    private static ServerBinding binding;
    private static boolean failing;

    private static final class FixedNode implements NodeView {
        @Override
        public CompletionStage<NodeStatus> status() {
            return failing
                    ? CompletableFuture.failedFuture(new IOException("down"))
                    : CompletableFuture.completedFuture(
                            new NodeStatus("id", "1", 5, "p2p-first", "lan", List.of("127.0.0.1:1"), 2, 3, 1,
                                    new ConnectivityStatus("reachable", "unknown"), 40,
                                    3));
        }

        @Override
        public CompletionStage<List<PeerStatus>> peers() {
            return CompletableFuture.completedFuture(List.of(new PeerStatus("p", "127.0.0.1:2", "agent", true)));
        }

        @Override
        public CompletionStage<List<TransferStatus>> transfers() {
            return CompletableFuture.completedFuture(List.of(new TransferStatus("/gnu/store/x", "sha256:x", 10, "done",
                    10, 0.5, 1, List.of(new TransferStatus.Source("p", 10)), 0, 0, 0, 0, null)));
        }

        @Override
        public CompletionStage<List<SeedStatus>> seeds() {
            return CompletableFuture.completedFuture(List.of());
        }

        @Override
        public CompletionStage<LimitsStatus> limits() {
            return CompletableFuture.completedFuture(new LimitsStatus(1 << 20, 1L << 40, 0, 2));
        }

        @Override
        public CompletionStage<List<MirrorStatus>> mirrors() {
            return CompletableFuture.completedFuture(List.of(new MirrorStatus("https://a.example", "best", 12.5,
                    List.of(new MirrorStatus.Files("small", 3.5, 1000)), 0, null, null, "2026-11-28T00:00:00Z", 10,
                    9)));
        }
    }

    @BeforeAll
    static void serve() throws Exception {
        kit = ActorTestKit.create();
        binding = Http.get(kit.system()).newServerAt("127.0.0.1", 0).bind(new ApiRoutes(new FixedNode()).route())
                .toCompletableFuture().get();
    }

    @AfterAll
    static void stop() {
        kit.shutdownTestKit();
    }

    private static String exchange(String method, String path, String host) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), binding.localAddress().getPort());
                OutputStream out = socket.getOutputStream();
                InputStream in = socket.getInputStream()) {
            out.write((method + " " + path + " HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n")
                    .getBytes(StandardCharsets.US_ASCII));
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static JsonNode body(String answer) throws IOException {
        return JsonMapper.builder().build().readTree(answer.substring(answer.indexOf("\r\n\r\n") + 4));
    }

    @Test
    void readsAreAnsweredAsJson() throws IOException {
        assertEquals("id", body(exchange("GET", "/api/status", "localhost")).get("peerId").asText());
        assertEquals("agent", body(exchange("GET", "/api/peers", "127.0.0.1:80")).get(0).get("agent").asText());
        JsonNode transfer = body(exchange("GET", "/api/transfers", "localhost")).get(0);
        assertEquals(10, transfer.get("sources").get(0).get("bytes").asLong());
        assertTrue(transfer.get("failure").isNull());
        assertEquals(0, body(exchange("GET", "/api/seeds", "[::1]:80")).size());
        assertEquals("{\"upload\":1048576,\"download\":1099511627776,\"uploadPerPeer\":0,\"downloadPerPeer\":2}",
                body(exchange("GET", "/api/limits", "localhost")).toString());
        assertEquals(
                "[{\"server\":\"https://a.example\",\"why\":\"best\",\"narinfoMillis\":12.5,\"files\":[{\"size\":\"small\","
                        + "\"firstByteMillis\":3.5,\"bytesPerSecond\":1000}],\"failures\":0,\"fault\":null,\"waitsUntil\":null,"
                        + "\"heard\":\"2026-11-28T00:00:00Z\",\"narinfosAsked\":10,\"narinfosHad\":9}]",
                body(exchange("GET", "/api/mirrors", "localhost")).toString());
    }

    @Test
    void theProcessSaysThatItLives() throws IOException {
        assertTrue(exchange("GET", "/livez", "localhost").startsWith("HTTP/1.1 200"));
    }

    @Test
    void anotherHostNameIsRefused() throws IOException {
        String answer = exchange("GET", "/api/status", "attacker.example");
        assertTrue(answer.startsWith("HTTP/1.1 421"), answer);
        assertTrue(!answer.contains("peerId"), answer);
    }

    @Test
    void errorsAreProblemDetails() throws IOException {
        String missing = exchange("GET", "/api/nothing", "localhost");
        assertTrue(missing.startsWith("HTTP/1.1 404") && missing.contains("application/problem+json"), missing);
        assertEquals(404, body(missing).get("status").asInt());
        assertTrue(exchange("POST", "/api/status", "localhost").startsWith("HTTP/1.1 405"));
        assertTrue(exchange("PUT", "/api/limits", "localhost").startsWith("HTTP/1.1 405"));
        failing = true;
        try {
            assertTrue(exchange("GET", "/api/status", "localhost").startsWith("HTTP/1.1 503"));
        } finally {
            failing = false;
        }
    }
}
