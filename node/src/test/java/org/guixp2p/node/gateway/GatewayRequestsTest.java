// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.gateway;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.apache.pekko.Done;
import org.guixp2p.node.testing.Eventually;
import org.guixp2p.node.testing.TestNars;
import org.guixp2p.protocol.compress.Compression;
import org.guixp2p.protocol.testing.FixtureItems;
import org.guixp2p.protocol.testing.TestMemory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests as they should not be, and as they are seldom (RFC 9112). */
@Timeout(120)
class GatewayRequestsTest {
    private static final FixtureItems.Item HELLO = TestNars.HELLO;
    private static final String NAR = "/nar/" + HELLO.path().baseName();
    private static final String NEXT = "GET /nix-cache-info HTTP/1.1\r\nHost: localhost\r\n\r\n";
    private static final String GET = "GET /x HTTP/1.1\r\nHost: localhost\r\n";
    private static final String POST = "POST /x HTTP/1.1\r\nHost: localhost\r\n";
    private static final GatewaySettings SETTINGS = new GatewaySettings(Duration.ofSeconds(60), Duration.ofSeconds(60),
            Duration.ofSeconds(1), Duration.ofSeconds(10), 100, 50, 50, 50, 10, 1);

    private ScriptedItems items;
    private RawClient client;

    @BeforeEach
    void begin() throws Exception {
        items = new ScriptedItems(SETTINGS, false, 1, "127.0.0.1");
        client = new RawClient(items.address());
    }

    @AfterEach
    void end() throws IOException {
        client.close();
        items.close();
    }

    private static Arguments wrong(int status, String request) {
        return Arguments.of(status, request);
    }

    static Stream<Arguments> whatIsMalformedIsRefusedAndEndsTheConnection() {
        return Stream.of(
                // Where the next one begins, two readers may disagree.
                wrong(400, POST + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
                wrong(400, POST + "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n"),
                wrong(400, POST + "Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcd"),
                wrong(400, POST + "Content-Length: 4, 5\r\n\r\nabcd"),
                wrong(400, POST + "Content-Length: -1\r\n\r\n"),
                wrong(400, POST + "Content-Length: +1\r\n\r\na"),
                wrong(400, POST + "Content-Length: 0x1\r\n\r\na"),
                wrong(400, POST + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
                wrong(400, POST + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
                wrong(400, POST + "Transfer-Encoding: identity\r\n\r\n"),
                wrong(400, POST + "Transfer-Encoding: chunked\r\n\r\nz\r\n\r\n"),
                wrong(400, POST + "Transfer-Encoding: chunked\r\n\r\n\r\n"),
                wrong(400, POST + "Transfer-Encoding: chunked\r\n\r\n1\r\nab0\r\n\r\n"),
                wrong(400, POST + "Transfer-Encoding: chunked\r\n\r\nfffffffff\r\n"),
                wrong(400, "POST /x HTTP/1.0\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
                wrong(400, GET + "Content-Length : 4\r\n\r\nabcd"),
                wrong(400, GET + " folded: first\r\n\r\n"),
                wrong(400, GET + "no colon\r\n\r\n"),
                wrong(400, GET + "a\u0000b: c\r\n\r\n"),
                // Lines end as the others read them.
                wrong(400, "GET /x HTTP/1.1\nHost: localhost\n\n"),
                // Whose it is, and what it wants.
                wrong(400, "GET /x HTTP/1.1\r\n\r\n"),
                wrong(400, "GET /x HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n"),
                wrong(400, "GET /x HTTP/1.1\r\nHost: local host\r\n\r\n"),
                wrong(400, "GET /x HTTP/1.1\r\nHost: a@localhost\r\n\r\n"),
                wrong(400, "GET http://elsewhere/x HTTP/1.1\r\nHost: localhost\r\n\r\n"),
                wrong(400, "GET ftp://localhost/x HTTP/1.1\r\nHost: localhost\r\n\r\n"),
                wrong(400, "CONNECT localhost:80 HTTP/1.1\r\nHost: localhost:80\r\n\r\n"),
                wrong(400, "GET x HTTP/1.1\r\nHost: localhost\r\n\r\n"),
                wrong(400, "GET /a\u0000b HTTP/1.1\r\nHost: localhost\r\n\r\n"),
                wrong(400, "GET /\u00ff HTTP/1.1\r\nHost: localhost\r\n\r\n"),
                wrong(400, "GET /a#b HTTP/1.1\r\nHost: localhost\r\n\r\n"),
                wrong(400, "GET /a\\b HTTP/1.1\r\nHost: localhost\r\n\r\n"),
                wrong(400, "GET /% HTTP/1.1\r\nHost: localhost\r\n\r\n"),
                wrong(400, "GET /%4 HTTP/1.1\r\nHost: localhost\r\n\r\n"),
                wrong(400, "GET /x?%g0 HTTP/1.1\r\nHost: localhost\r\n\r\n"),
                wrong(400, "GET /x\r\n\r\n"),
                wrong(505, "GET /x HTTP/2.0\r\nHost: localhost\r\n\r\n"),
                // More than is read.
                wrong(414, "GET /" + "x".repeat(2048) + " HTTP/1.1\r\nHost: localhost\r\n\r\n"),
                wrong(414, "GET /" + "x".repeat(20_000)),
                wrong(431, GET + "X: " + "x".repeat(8192)),
                wrong(431, GET + "X: y\r\n".repeat(64) + "\r\n"),
                wrong(431, GET + "X:\r\n".repeat(64)),
                wrong(400, GET + "Sec-WebSocket-Key1: 1\r\nSec-WebSocket-Key2: 2\r\n\r\n12345678"),
                wrong(413, POST + "Content-Length: 65537\r\n\r\n"),
                wrong(413, POST + "Transfer-Encoding: chunked\r\n\r\n"
                        + ("1000\r\n" + "x".repeat(0x1000) + "\r\n").repeat(17)));
    }

    /** What comes behind it is no question, whatever it looks like. */
    @ParameterizedTest
    @MethodSource
    void whatIsMalformedIsRefusedAndEndsTheConnection(int status, String request) throws Exception {
        client.send(NEXT + request + NEXT);
        assertEquals(200, client.answer(false).status());
        RawClient.Answer answer = client.answer(false);
        assertEquals(status, answer.status());
        assertEquals("close", answer.header("connection"));
        assertTrue(client.isHungUpOn());
    }

    @ParameterizedTest
    @ValueSource(strings = {"Content-Length: 65536\r\n\r\n", "Content-Length: 0\r\n\r\n", "\r\n"})
    void bodiesWithinTheBoundMeanNothing(String rest) throws Exception {
        client.send(POST + rest + (rest.contains("65536") ? NEXT + "x".repeat(65_536 - NEXT.length()) : "") + NEXT);
        assertEquals(404, client.answer(false).status());
        assertEquals(200, client.answer(false).status());
    }

    @Test
    void soDoChunks() throws Exception {
        String body = ("1000;x=y\r\n" + "x".repeat(0x1000) + "\r\n").repeat(16) + "0\r\nTrailer: x\r\n\r\n";
        client.send(POST + "Transfer-Encoding: chunked\r\n\r\n" + body + NEXT);
        assertEquals(404, client.answer(false).status());
        assertEquals(200, client.answer(false).status());
    }

    /** What it would send is not wanted. */
    @Test
    void whoeverAsksBeforeSendingIsAnsweredAtOnce() throws Exception {
        client.send(POST + "Expect: 100-continue\r\nContent-Length: 5\r\n\r\n");
        RawClient.Answer answer = client.answer(false);
        assertEquals(404, answer.status());
        assertEquals("close", answer.header("connection"));
        assertTrue(client.isHungUpOn());
    }

    @Test
    void whoeverAsksThoughThereIsNothingToSendIsAnsweredLikeOthers() throws Exception {
        client.send(GET + "Expect: 100-continue\r\n\r\n" + NEXT);
        assertEquals(404, client.answer(false).status());
        assertEquals(200, client.answer(false).status());
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://localhost", "HTTP://LOCALHOST"})
    void theServerMayStandBeforeThePath(String server) throws Exception {
        client.send("GET " + server + "/nix-cache-info HTTP/1.1\r\nHost: localhost\r\n\r\nGET " + server
                + "?x HTTP/1.1\r\nHost: localhost\r\n\r\nOPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n");
        assertEquals(200, client.answer(false).status());
        assertEquals(404, client.answer(false).status());
        assertEquals(404, client.answer(false).status());
    }

    @Test
    void theOldVersionEndsTheConnectionUnlessItSaysSo() throws Exception {
        client.send("GET /nix-cache-info HTTP/1.0\r\nHost: localhost\r\nConnection: keep-alive\r\n\r\n");
        RawClient.Answer kept = client.answer(false);
        assertEquals(200, kept.status());
        assertEquals("keep-alive", kept.header("connection"));
        client.send("GET /nix-cache-info HTTP/1.0\r\nHost: localhost\r\n\r\n" + NEXT);
        RawClient.Answer last = client.answer(false);
        assertEquals("close", last.header("connection"));
        assertTrue(client.isHungUpOn());
    }

    /** It knows no chunks. */
    @Test
    void theOldVersionSeesTheEndOfWhatIsCompressedByThatOfTheConnection() throws Exception {
        items.giveAll(HELLO);
        client.send("GET /nar/gzip/" + HELLO.path().baseName()
                + " HTTP/1.0\r\nHost: localhost\r\nConnection: keep-alive\r\n\r\n");
        RawClient.Head head = client.head();
        assertEquals(200, head.status());
        assertEquals("close", head.headers().get("connection"));
        assertTrue(!head.headers().containsKey("transfer-encoding") && !head.headers().containsKey("content-length"));
        byte[] body = client.body(Integer.MAX_VALUE);
        try (InputStream in = Compression.GZIP.decompress(new ByteArrayInputStream(body), HELLO.size(),
                TestMemory.forDecoders())) {
            assertArrayEquals(TestNars.plain(HELLO), in.readAllBytes());
        }
    }

    /** What nobody can tell from one who has hung up has its small answers; that it waits for a NAR costs too much to believe. */
    @Test
    void whoeverSaysThatNothingMoreComesHasItsAnswersAndThenTheEnd() throws Exception {
        CompletableFuture<Done> looked = new CompletableFuture<>();
        items.lookUntil(looked);
        client.ask("GET", "/" + HELLO.path().hashPart() + ".narinfo");
        client.send(NEXT.repeat(100));
        client.endQuestions();
        // By then that is seen.
        for (int i = 0; i < 50; i++) {
            assertEquals(200, RawClient.get(items.address(), "/nix-cache-info").status());
        }
        looked.complete(Done.getInstance());
        for (int i = 0; i <= 100; i++) {
            assertEquals(200, client.answer(false).status());
        }
        assertTrue(client.isHungUpOn());
    }

    @Test
    void whoeverHangsUpWhileMuchElseIsAskedLeavesNoDownload() throws Exception {
        items.beginNone();
        client.ask("GET", NAR);
        client.send(NEXT.repeat(70));
        Eventually.holds(() -> items.wanted() == 1, () -> "a question");
        client.close();
        Eventually.holds(() -> items.wanted() == 0, () -> "nobody who wants it");
    }

    @Test
    void twentyThousandAtOnceAreAnsweredInTheirOrder() throws Exception {
        int count = 20_000;
        StringBuilder all = new StringBuilder();
        for (int i = 0; i < count; i++) {
            all.append("GET /").append(i).append(" HTTP/1.1\r\nHost:localhost\r\n\r\n");
        }
        Thread asking = Thread.ofVirtual().start(() -> {
            try {
                client.send(all.toString());
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });
        for (int i = 0; i < count; i++) {
            assertEquals("Resource not found: /" + i, client.answer(false).text());
        }
        asking.join();
    }

    @Test
    void answersSayWhenButNotByWhom() throws Exception {
        client.ask("GET", "/nix-cache-info");
        RawClient.Answer answer = client.answer(false);
        assertTrue(answer.header("date").matches("[A-Z][a-z]{2}, \\d\\d [A-Z][a-z]{2} \\d{4} \\d\\d:\\d\\d:\\d\\d GMT"),
                answer.header("date"));
        assertEquals(List.of("date", "content-type", "content-length"), List.copyOf(answer.headers().keySet()));
    }
}
