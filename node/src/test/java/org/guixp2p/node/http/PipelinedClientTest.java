// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.guixp2p.node.testing.Eventually;
import org.guixp2p.node.testing.TestServer;
import org.guixp2p.node.testing.TestSettings;
import org.guixp2p.node.testing.TestTls;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Small answers over real sockets, from servers that behave and from servers that do not. */
class PipelinedClientTest {
    private static final long MOST_BYTES = 1000;
    private static final Duration LONG = Duration.ofSeconds(20);
    private static final Duration SHORT = Duration.ofMillis(300);

    private static ActorTestKit kit;

    @BeforeAll
    static void start() {
        kit = ActorTestKit.create();
    }

    @AfterAll
    static void stop() {
        kit.shutdownTestKit();
    }

    private static PipelinedClient client(Duration timeout, int connections, int pipelined) {
        return client(TestSettings.of(timeout, LONG, connections, pipelined, 1));
    }

    private static PipelinedClient client(HttpSettings settings, URI... own) {
        CompletableFuture<PipelinedClient> client = new CompletableFuture<>();
        kit.spawn(Behaviors.setup(context -> {
            client.complete(PipelinedClient.spawn(context, settings, MOST_BYTES, List.of(own)));
            return Behaviors.empty();
        }));
        return Eventually.get(client);
    }

    private static PipelinedClient client(Duration timeout) {
        return client(timeout, 4, 64);
    }

    private static CompletionStage<Reply> send(PipelinedClient client, URI uri, Urgency urgency) {
        return client.get(uri, urgency, reply -> reply, Runnable::run);
    }

    private static Reply get(PipelinedClient client, URI uri) {
        return Eventually.get(send(client, uri, Urgency.asked()));
    }

    private static List<CompletionStage<Reply>> getAll(PipelinedClient client, TestServer server, int count) {
        return IntStream.range(0, count).mapToObj(i -> send(client, server.uri("/" + i), Urgency.asked())).toList();
    }

    private static String body(Reply reply) {
        return assertInstanceOf(Reply.Answer.class, reply, reply::toString).body().utf8String();
    }

    private static HttpFault fault(Reply reply) {
        return assertInstanceOf(Reply.Failed.class, reply, reply::toString).fault();
    }

    private static void assertBodies(List<CompletionStage<Reply>> replies) {
        for (int i = 0; i < replies.size(); i++) {
            assertEquals("/" + i, body(Eventually.get(replies.get(i))));
        }
    }

    @Test
    void requestsGoBehindOneAnotherWithoutWaitingForAnswers() throws IOException {
        CountDownLatch go = new CountDownLatch(1);
        try (TestServer server = TestServer.pages((path, connection) -> {
            go.await();
            connection.answer(200, path);
        })) {
            List<CompletionStage<Reply>> replies = getAll(client(LONG, 2, 32), server, 60);
            server.awaitRequests(60);
            assertTrue(server.connected() <= 2, () -> "connections: " + server.connected());
            go.countDown();
            assertBodies(replies);
            assertEquals(60, server.requests().size());
        }
    }

    @Test
    void noMoreRequestsAreUnderWayThanAllowed() throws IOException {
        CountDownLatch go = new CountDownLatch(1);
        try (TestServer server = TestServer.pages((path, connection) -> {
            go.await();
            connection.answer(200, path);
        })) {
            List<CompletionStage<Reply>> replies = getAll(client(LONG, 3, 5), server, 100);
            server.awaitRequests(15);
            assertEquals(15, server.requests().size());
            go.countDown();
            assertBodies(replies);
            assertEquals(3, server.connected());
        }
    }

    @Test
    void aConnectionIsKeptForTheNextRequest() throws IOException {
        try (TestServer server = TestServer.pages((path, connection) -> connection.answer(200, path))) {
            PipelinedClient client = client(LONG);
            for (int i = 0; i < 20; i++) {
                assertEquals("/" + i, body(get(client, server.uri("/" + i))));
            }
            assertEquals(1, server.connected());
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void whatAServerLeavesUnansweredIsAskedAgain(boolean reset) throws IOException {
        try (TestServer server = TestServer.start(connection -> {
            for (int i = 0; i < 7; i++) {
                Optional<String> path = connection.request();
                if (path.isEmpty()) {
                    return;
                }
                connection.answer(200, path.get());
            }
            if (reset) {
                connection.reset();
            }
        })) {
            assertBodies(getAll(client(LONG), server, 50));
            assertTrue(server.connected() >= 50 / 7, () -> "connections: " + server.connected());
        }
    }

    @Test
    void anAnswerThatIsCutShortIsAskedForAgain() throws IOException {
        try (TestServer server = TestServer.start(connection -> {
            for (Optional<String> path = connection.request(); path.isPresent(); path = connection.request()) {
                if (connection.number() == 0 && path.get().equals("/2")) {
                    connection.write("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n/2, but not al");
                    return;
                }
                connection.answer(200, path.get());
            }
        })) {
            assertBodies(getAll(client(LONG, 1, 64), server, 10));
            assertEquals(2, server.connected());
        }
    }

    @Test
    void anAnswerThatIsAlwaysCutShortIsGivenUp() throws IOException {
        try (TestServer server = TestServer.start(connection -> {
            for (Optional<String> path = connection.request(); path.isPresent(); path = connection.request()) {
                if (path.get().equals("/1")) {
                    connection.write("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nnot all");
                    return;
                }
                connection.answer(200, path.get());
            }
        })) {
            List<CompletionStage<Reply>> replies = getAll(client(LONG, 1, 64), server, 3);
            assertEquals("/0", body(Eventually.get(replies.get(0))));
            assertEquals("/2", body(Eventually.get(replies.get(2))));
            assertInstanceOf(HttpFault.Truncated.class, fault(Eventually.get(replies.get(1))));
        }
    }

    @Test
    void aServerThatClosesAfterEveryAnswerIsHeardOut() throws IOException {
        try (TestServer server = TestServer.start(connection -> {
            Optional<String> path = connection.request();
            if (path.isPresent()) {
                connection.write("HTTP/1.0 200 OK\r\n\r\n" + path.get());
            }
        })) {
            assertBodies(getAll(client(LONG), server, 12));
        }
    }

    @Test
    void aServerThatSaysNothingFailsAllAtOnce() throws IOException {
        try (TestServer server = TestServer.start(TestServer.Connection::awaitEnd)) {
            List<CompletionStage<Reply>> replies = getAll(client(SHORT, 2, 4), server, 100);
            for (CompletionStage<Reply> reply : replies) {
                assertTrue(fault(Eventually.get(reply)).isOutage());
            }
            assertTrue(server.requests().size() <= 8, () -> "requests: " + server.requests());
            server.awaitNoneOpen();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"SSH-2.0-OpenSSH_9.9\r\n\r\n", "HTTP/1.1 two hundred\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n"})
    void garbageIsAFault(String garbage) throws IOException {
        try (TestServer server = TestServer.pages((path, connection) -> connection.write(garbage))) {
            assertInstanceOf(HttpFault.Malformed.class, fault(get(client(LONG), server.uri("/x"))));
            server.awaitNoneOpen();
        }
    }

    @Test
    void endlessHeadersAreAFault() throws IOException {
        try (TestServer server = TestServer.pages((path, connection) -> {
            connection.write("HTTP/1.1 200 OK\r\n");
            for (int i = 0; i < 100_000; i++) {
                connection.write("X-" + i + ": " + "y".repeat(100) + "\r\n");
            }
        })) {
            assertInstanceOf(HttpFault.Malformed.class, fault(get(client(LONG), server.uri("/x"))));
            server.awaitNoneOpen();
        }
    }

    /** The answer's length is told by its chunk's head: nothing has to come, or be held, to see that it is too long. */
    @Test
    void aChunkIsNoLongerThanAnAnswerMayBe() throws IOException {
        try (TestServer server = TestServer.pages((path, connection) -> connection
                .write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                        + Long.toHexString(MOST_BYTES + 1) + "\r\n"))) {
            assertInstanceOf(HttpFault.Malformed.class, fault(get(client(LONG), server.uri("/x"))));
            server.awaitNoneOpen();
        }
    }

    @Test
    void whatNobodyHasUsedYetIsNotFollowedByMore() throws IOException {
        byte[] longest = new byte[(int) MOST_BYTES];
        AtomicInteger written = new AtomicInteger();
        try (TestServer server = TestServer.pages((path, connection) -> {
            connection.answer(200, longest);
            written.incrementAndGet();
        })) {
            BlockingQueue<Runnable> unused = new LinkedBlockingQueue<>();
            PipelinedClient client = client(LONG, 1, 64);
            List<CompletionStage<Integer>> sizes = IntStream.range(0, 50).mapToObj(i -> client.get(server.uri("/" + i),
                    Urgency.asked(), reply -> ((Reply.Answer) reply).body().size(), unused::add)).toList();
            Eventually.holds(() -> written.get() == 50, () -> "all answers to be written");
            for (CompletionStage<Integer> size : sizes) {
                Eventually.holds(() -> !unused.isEmpty(), () -> "the next answer");
                assertEquals(1, unused.size());
                unused.remove().run();
                assertEquals((int) MOST_BYTES, Eventually.get(size));
            }
        }
    }

    @Test
    void anAnswerWhoseUseFailsHoldsUpNothing() throws IOException {
        byte[] longest = new byte[(int) MOST_BYTES];
        try (TestServer server = TestServer.pages((path, connection) -> connection.answer(200, longest))) {
            PipelinedClient client = client(LONG, 1, 64);
            for (int i = 0; i < 5; i++) {
                CompletionStage<Reply> failing = client.get(server.uri("/" + i), Urgency.asked(), reply -> {
                    throw new IllegalStateException("of no use");
                }, Runnable::run);
                Throwable thrown = assertThrows(CompletionException.class, () -> Eventually.get(failing));
                assertTrue(thrown.toString().contains("of no use"), thrown::toString);
                CompletionStage<Reply> refused = client.get(server.uri("/" + i), Urgency.asked(), reply -> reply,
                        task -> {
                            throw new RejectedExecutionException("stopping");
                        });
                assertThrows(CompletionException.class, () -> Eventually.get(refused));
            }
            assertEquals(MOST_BYTES, body(get(client, server.uri("/x"))).length());
            assertEquals(1, server.connected());
        }
    }

    @ParameterizedTest
    @CsvSource({"200,", "200,'Cache-Control: max-age=17'", "404,", "404,'Cache-Control: public, max-age=300'", "202,",
        "202,'Cache-Control: max-age=5'", "500,", "500,'cache-control: MAX-AGE=60'"})
    void statusAndMaxAgeAreHandedOn(int status, String header) throws IOException {
        try (TestServer server = TestServer.pages((path, connection) -> connection.answer(status, "said",
                header == null ? new String[0] : new String[]{header}))) {
            Reply.Answer answer = assertInstanceOf(Reply.Answer.class, get(client(LONG), server.uri("/x")));
            assertEquals(status, answer.status());
            assertEquals("said", answer.body().utf8String());
            OptionalLong expected = header == null
                    ? OptionalLong.empty()
                    : OptionalLong.of(Long.parseLong(header.replaceAll(".*=", "")));
            assertEquals(expected, answer.maxAge());
        }
    }

    @Test
    void chunksAreJoined() throws IOException {
        byte[] text = "abcdefghijklmnopqrstuvwxyz".getBytes(java.nio.charset.StandardCharsets.UTF_8);
        try (TestServer server = TestServer.pages((path, connection) -> connection.chunked(text, 3))) {
            PipelinedClient client = client(LONG);
            assertEquals("abcdefghijklmnopqrstuvwxyz", body(get(client, server.uri("/x"))));
            assertEquals("abcdefghijklmnopqrstuvwxyz", body(get(client, server.uri("/y"))));
            assertEquals(1, server.connected());
        }
    }

    @Test
    void whatIsAnnouncedTooLongIsNotWaitedFor() throws IOException {
        try (TestServer server = TestServer.pages((path, connection) -> {
            if (path.equals("/1")) {
                connection.write("HTTP/1.1 200 OK\r\nContent-Length: 9000000000000\r\n\r\n");
            } else {
                connection.answer(200, path);
            }
        })) {
            List<CompletionStage<Reply>> replies = getAll(client(LONG, 1, 64), server, 3);
            assertEquals(new HttpFault.TooLarge(MOST_BYTES), fault(Eventually.get(replies.get(1))));
            assertEquals("/0", body(Eventually.get(replies.get(0))));
            assertEquals("/2", body(Eventually.get(replies.get(2))));
        }
    }

    @Test
    void whatTurnsOutTooLongIsNotReadToItsEnd() throws IOException {
        try (TestServer server = TestServer.pages((path, connection) -> {
            connection.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
            for (int i = 0; i < 1_000_000; i++) {
                connection.write("64\r\n" + "x".repeat(100) + "\r\n");
            }
        })) {
            assertEquals(new HttpFault.TooLarge(MOST_BYTES), fault(get(client(LONG), server.uri("/x"))));
            server.awaitNoneOpen();
        }
    }

    @Test
    void nobodyThereIsAnOutageAtOnce() throws IOException {
        URI uri = URI.create("http://127.0.0.1:" + TestServer.deadPort() + "/x");
        PipelinedClient client = client(LONG);
        List<CompletionStage<Reply>> replies = IntStream.range(0, 50)
                .mapToObj(i -> send(client, uri, Urgency.asked())).toList();
        for (CompletionStage<Reply> reply : replies) {
            assertInstanceOf(HttpFault.Unreachable.class, fault(Eventually.get(reply)));
        }
    }

    @Test
    void aServerThatComesBackIsUsedAgain() throws IOException {
        CountDownLatch back = new CountDownLatch(1);
        try (TestServer server = TestServer.pages((path, connection) -> {
            if (back.getCount() > 0) {
                connection.reset();
            } else {
                connection.answer(200, path);
            }
        })) {
            PipelinedClient client = client(LONG);
            assertInstanceOf(HttpFault.Unreachable.class, fault(get(client, server.uri("/x"))));
            back.countDown();
            assertEquals("/x", body(get(client, server.uri("/x"))));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"ftp://127.0.0.1/x", "file:///etc/passwd", "http:relative", "http://user@127.0.0.1/x",
        "http://127.0.0.1:0/x"})
    void whatIsNoWebAddressIsAFault(String uri) {
        assertInstanceOf(HttpFault.Unreachable.class, fault(get(client(LONG), URI.create(uri))));
    }

    @Test
    void redirectionsAreFollowedHereAndElsewhere() throws IOException {
        try (TestServer elsewhere = TestServer.pages((path, connection) -> connection.answer(200, "there" + path));
                TestServer server = TestServer.pages((path, connection) -> {
                    switch (path) {
                        case "/a/b" -> connection.answer(302, "", "Location: ../c?q=1");
                        case "/c?q=1" -> connection.answer(307, "", "Location: " + elsewhere.uri("/d"));
                        default -> connection.answer(404, path);
                    }
                })) {
            assertEquals("there/d", body(get(client(LONG), server.uri("/a/b"))));
            assertEquals(List.of("/a/b", "/c?q=1"), server.requests());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"Location: /x", "Location: ftp://127.0.0.1/x", "Location: file:///etc/passwd",
        "Location: http://[", "X: y", "Location: /endless"})
    void badRedirectionsAreRefused(String header) throws IOException {
        try (TestServer server = TestServer.pages((path, connection) -> connection.answer(301, "",
                path.startsWith("/endless") ? "Location: " + path + "+" : header))) {
            assertInstanceOf(HttpFault.BadRedirect.class, fault(get(client(LONG), server.uri("/x"))));
            assertTrue(server.requests().size() <= 6, () -> "requests: " + server.requests());
        }
    }

    @Test
    void whatSomebodyWaitsForGoesFirst() throws IOException {
        CountDownLatch go = new CountDownLatch(1);
        try (TestServer server = TestServer.pages((path, connection) -> {
            go.await();
            connection.answer(200, path);
        })) {
            PipelinedClient client = client(LONG, 1, 2);
            List<CompletionStage<Reply>> ahead = IntStream.range(0, 10)
                    .mapToObj(i -> send(client, server.uri("/" + i), Urgency.ahead())).toList();
            server.awaitRequests(1);
            CompletionStage<Reply> asked = send(client, server.uri("/asked"), Urgency.asked());
            server.awaitRequests(2);
            go.countDown();
            assertEquals("/asked", body(Eventually.get(asked)));
            assertBodies(ahead);
            assertEquals(List.of("/0", "/asked"), server.requests().subList(0, 2));
        }
    }

    @Test
    void whatSomebodyComesToWaitForOvertakesAndIsSentOnce() throws IOException {
        CountDownLatch go = new CountDownLatch(1);
        try (TestServer server = TestServer.pages((path, connection) -> {
            go.await();
            connection.answer(200, path);
        })) {
            PipelinedClient client = client(LONG, 1, 2);
            List<Urgency> urgencies = IntStream.range(0, 10).mapToObj(i -> Urgency.ahead()).toList();
            List<CompletionStage<Reply>> replies = IntStream.range(0, 10)
                    .mapToObj(i -> send(client, server.uri("/" + i), urgencies.get(i))).toList();
            server.awaitRequests(1);
            urgencies.get(7).raise();
            server.awaitRequests(2);
            urgencies.get(8).raise();
            urgencies.get(0).raise();
            go.countDown();
            assertBodies(replies);
            assertEquals(List.of("/0", "/7", "/8"), server.requests().subList(0, 3));
            assertEquals(10, server.requests().size());
            assertEquals(10, new HashSet<>(server.requests()).size());
        }
    }

    @Test
    void aServerWhoseCertificateIsTrustedIsSpokenToOverTls() throws IOException {
        TestTls tls = new TestTls("127.0.0.1");
        try (TestServer server = TestServer.start(tls.server().getServerSocketFactory(), "https",
                TestServer.answering((path, connection) -> connection.answer(200, path)))) {
            PipelinedClient client = client(TestSettings.of(LONG, LONG, 1, 64, 1).trusting(tls.client()));
            assertBodies(getAll(client, server, 10));
            assertEquals(1, server.connected());
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aServerThatIsNotWhomItShouldBeIsAskedNothing(boolean otherName) throws IOException {
        TestTls tls = new TestTls(otherName ? "127.0.0.2" : "127.0.0.1");
        TestTls trusted = otherName ? tls : new TestTls("127.0.0.1");
        try (TestServer server = TestServer.start(tls.server().getServerSocketFactory(), "https",
                TestServer.answering((path, connection) -> connection.answer(200, path)))) {
            PipelinedClient client = client(TestSettings.of(LONG, LONG, 1, 64, 1).trusting(trusted.client()));
            assertInstanceOf(HttpFault.Unreachable.class, fault(get(client, server.uri("/x"))));
            assertEquals(List.of(), server.requests());
            server.awaitNoneOpen();
        }
    }

    @Test
    void ownServersAreAskedHoweverManyOthersAre() throws IOException {
        List<ServerSocket> silent = new ArrayList<>();
        try (TestServer own = TestServer.pages((path, connection) -> connection.answer(200, path))) {
            PipelinedClient client = client(TestSettings.of(LONG, LONG, 1, 8, 1), own.uri("/"),
                    URI.create("file:///x"));
            CompletionStage<Reply> last = CompletableFuture.completedFuture(new Reply.Failed(new HttpFault.Stopped()));
            for (int i = 0; i < 17; i++) {
                ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                silent.add(server);
                last = send(client, URI.create("http://127.0.0.1:" + server.getLocalPort() + "/"), Urgency.asked());
            }
            assertInstanceOf(HttpFault.Overloaded.class, fault(Eventually.get(last)));
            assertEquals("/x", body(get(client, own.uri("/x"))));
        } finally {
            for (ServerSocket server : silent) {
                server.close();
            }
        }
    }

    @Test
    void whatIsUnderWayFailsWhenTheNodeStops() throws IOException {
        try (TestServer server = TestServer.start(TestServer.Connection::awaitEnd)) {
            PipelinedClient.Outstanding outstanding = new PipelinedClient.Outstanding();
            ActorRef<PipelinedClient.Get> actor = kit.spawn(PipelinedClient.behavior(
                    TestSettings.of(LONG, LONG, 1, 8, 1), MOST_BYTES, List.of(), outstanding));
            PipelinedClient client = new PipelinedClient(actor, outstanding, Strangers.NONE);
            List<CompletionStage<Reply>> replies = getAll(client, server, 20);
            server.awaitRequests(1);
            kit.stop(actor);
            for (CompletionStage<Reply> reply : replies) {
                assertEquals(new HttpFault.Stopped(), fault(Eventually.get(reply)));
            }
            assertEquals(new HttpFault.Stopped(), fault(get(client, server.uri("/late"))));
            server.awaitNoneOpen();
        }
    }
}
