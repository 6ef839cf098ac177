// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.http.javadsl.Http;
import org.apache.pekko.http.javadsl.ServerBinding;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who may change something, and in what words: real requests over a socket. */
@Timeout(60)
class ApiWritesTest {
    private static final String TOKEN = "a-token-of-a-test";
    private static final String BEARER = "Authorization: Bearer " + TOKEN + "\r\n";
    private static final String JSON = "Content-Type: application/json\r\n";
    private static final AtomicLong NANOS = new AtomicLong();

    private static ActorTestKit kit;
    private static ServerBinding binding;
    private static WriteAccess access;
    private static final List<String> DONE = new CopyOnWriteArrayList<>();
    private static volatile Optional<Outcome.Reason> refusing = Optional.empty();
    private static volatile boolean failing;

    /** Notes what reaches the node. */
    private static final class NotingControls implements NodeControls {
        private static <T> CompletionStage<Outcome<T>> did(String what, Outcome<T> outcome) {
            DONE.add(what);
            return failing
                    ? CompletableFuture.failedFuture(new IOException("down"))
                    : CompletableFuture.completedFuture(
                            refusing.<Outcome<T>>map(reason -> Outcome.refused(reason, "because")).orElse(outcome));
        }

        @Override
        public CompletionStage<Outcome<SeedAddition>> addSeed(String storePath) {
            return did("add " + storePath, new Outcome.Done<>(new SeedAddition(storePath, true), true));
        }

        @Override
        public CompletionStage<Outcome<SeedRemoval>> removeSeed(String key) {
            return did("remove " + key, Outcome.done(new SeedRemoval(
                    List.of(new SeedRemoval.Removed("/gnu/store/0c-z", null, "manual", false)))));
        }

        @Override
        public CompletionStage<Outcome<LimitsStatus>> changeLimits(LimitsChange change) {
            return did(change.toString(), Outcome.done(new LimitsStatus(1, 2, 3, 4)));
        }

        @Override
        public CompletionStage<Outcome<PolicyStatus>> changePolicy(String policy) {
            return did("policy " + policy, Outcome.done(new PolicyStatus(policy)));
        }

        @Override
        public CompletionStage<Outcome<PeerStatus>> connect(String address) {
            return did("connect " + address,
                    new Outcome.Done<>(new PeerStatus("p", "127.0.0.1:1", "agent", false, 0.5, 0, 0, null), true));
        }

        @Override
        public CompletionStage<Outcome<TransferStatus>> cancel(long id) {
            return did("cancel " + id, Outcome.done(new TransferStatus(id, "/gnu/store/0c-z", "sha256:x", 10,
                    "failed", 0, 0.5, 1, List.of(), BlockMap.NONE, 0, 0, 0, 0, "cancelled")));
        }
    }

    @BeforeAll
    static void serve() throws Exception {
        kit = ActorTestKit.create();
        access = new WriteAccess(TOKEN, NANOS::get, new SecureRandom());
        binding = Http.get(kit.system()).newServerAt("127.0.0.1", 0)
                .bind(new ApiRoutes(new ApiRoutesTest.FixedNode(), new ApiRoutesTest.FixedInsight(),
                        new NotingControls(), access).route())
                .toCompletableFuture()
                .get();
    }

    @AfterAll
    static void stop() {
        kit.shutdownTestKit();
    }

    @BeforeEach
    void nothingIsDone() {
        DONE.clear();
        refusing = Optional.empty();
        failing = false;
        // Guesses of other tests are forgiven, and their codes are void.
        NANOS.addAndGet(Duration.ofHours(1).toNanos());
    }

    private static String send(String method, String path, String headers, String body) throws IOException {
        return sendTo("localhost", method, path, headers,
                "Content-Length: " + body.getBytes(StandardCharsets.UTF_8).length + "\r\n", body);
    }

    private static String sendTo(String host, String method, String path, String headers, String length, String body)
            throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), binding.localAddress().getPort());
                OutputStream out = socket.getOutputStream();
                InputStream in = socket.getInputStream()) {
            out.write((method + " " + path + " HTTP/1.1\r\nHost: " + host + "\r\n" + headers + length
                    + "Connection: close\r\n\r\n" + body).getBytes(StandardCharsets.UTF_8));
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static String post(String path, String body) throws IOException {
        return send("POST", path, BEARER + JSON, body);
    }

    private static JsonNode body(String answer) throws IOException {
        return JsonMapper.builder().build().readTree(answer.substring(answer.indexOf("\r\n\r\n") + 4));
    }

    private static void isProblem(int status, String answer) throws IOException {
        assertTrue(answer.startsWith("HTTP/1.1 " + status + " "), answer);
        assertTrue(answer.contains("application/problem+json"), answer);
        assertEquals(status, body(answer).get("status").asInt());
    }

    /** One of each that can be changed. */
    private static List<String[]> all() {
        return List.of(new String[]{"POST", "/api/seeds", "{\"store_path\":\"/gnu/store/x\"}"},
                new String[]{"DELETE", "/api/seeds/sha256:1d", ""},
                new String[]{"POST", "/api/limits", "{\"upload\":1}"},
                new String[]{"POST", "/api/policy", "{\"policy\":\"p2p-first\"}"},
                new String[]{"POST", "/api/peers", "{\"address\":\"guixp2p://x@h:1\"}"},
                new String[]{"POST", "/api/transfers/7/cancel", ""});
    }

    @Test
    void whatIsWishedReachesTheNode() throws IOException {
        for (String[] wish : all()) {
            String answer = send(wish[0], wish[1], BEARER + (wish[2].isEmpty() ? "" : JSON), wish[2]);
            assertTrue(answer.startsWith("HTTP/1.1 20"), wish[1] + answer);
            assertTrue(answer.contains("Cache-Control: no-store"), answer);
        }
        assertEquals(List.of("add /gnu/store/x", "remove sha256:1d",
                new LimitsChange(Optional.of(1L), Optional.empty(), Optional.empty(), Optional.empty()).toString(),
                "policy p2p-first", "connect guixp2p://x@h:1", "cancel 7"), DONE);
        assertTrue(post("/api/seeds", "{\"store_path\":\"x\"}").startsWith("HTTP/1.1 201 "));
        assertTrue(post("/api/limits", "{}").startsWith("HTTP/1.1 200 "));
        assertEquals(4, body(post("/api/limits", "{}")).get("downloadPerPeer").asInt());
        assertTrue(send("DELETE", "/api/seeds/%2Fgnu%2Fstore%2F0c-z", BEARER, "").startsWith("HTTP/1.1 200 "));
        assertEquals("remove /gnu/store/0c-z", DONE.getLast());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "Authorization: Bearer a-token-of-a-tess\r\n", "Authorization: Bearer \r\n",
        "Authorization: Basic YTph\r\n", "Authorization: a-token-of-a-test\r\n", "Cookie: token=a-token-of-a-test\r\n",
        "Authorization: Bearer a-token-of-a-test2\r\n", "Authorization: Bearer a-token-of-a-tes\r\n"})
    void withoutTheTokenNothingIsDone(String shown) throws IOException {
        for (String[] wish : all()) {
            String answer = send(wish[0], wish[1], shown + JSON, wish[2]);
            isProblem(401, answer);
            assertTrue(answer.contains("WWW-Authenticate: Bearer realm=\"guix-p2p\""), answer);
            assertEquals(shown.startsWith("Authorization"), answer.contains("error=\"invalid_token\""), answer);
            assertFalse(answer.contains(TOKEN), answer);
        }
        assertEquals(List.of(), DONE);
    }

    /** A token in the wrong place ends in logs and histories. */
    @Test
    void theTokenIsNoParameter() throws IOException {
        isProblem(401, send("POST", "/api/policy?access_token=" + TOKEN, JSON, "{\"policy\":\"p2p-first\"}"));
        isProblem(400, send("POST", "/api/policy?x=1", BEARER + JSON, "{\"policy\":\"p2p-first\"}"));
        assertEquals(List.of(), DONE);
    }

    /** Nor with it, when a page from elsewhere asks. */
    @Test
    void pagesFromElsewhereChangeNothing() throws IOException {
        for (String header : List.of("Origin: http://attacker.example\r\n", "Origin: null\r\n",
                "Sec-Fetch-Site: cross-site\r\n", "Sec-Fetch-Site: same-site\r\n")) {
            isProblem(403, send("POST", "/api/policy", BEARER + JSON + header, "{\"policy\":\"p2p-first\"}"));
            isProblem(403, send("POST", "/api/session", JSON + header, "{\"code\":\"" + access.newCode() + "\"}"));
        }
        isProblem(421, sendTo("attacker.example", "POST", "/api/policy", BEARER + JSON, "Content-Length: 2\r\n", "{}"));
        assertEquals(List.of(), DONE);
        assertTrue(send("POST", "/api/policy", BEARER + JSON + "Origin: http://localhost\r\n",
                "{\"policy\":\"p2p-first\"}").startsWith("HTTP/1.1 200"));
    }

    @Test
    void aBodyIsShort() throws IOException {
        String most = "{\"policy\":\"" + "x".repeat(WriteRoutes.MOST_BYTES - 13) + "\"}";
        assertEquals(WriteRoutes.MOST_BYTES, most.length());
        assertTrue(post("/api/policy", most).startsWith("HTTP/1.1 200"));
        isProblem(413, post("/api/policy", most + " "));
        // Nobody has said how long it will be.
        String chunk = most + " ";
        String chunked = Integer.toHexString(chunk.length()) + "\r\n" + chunk + "\r\n0\r\n\r\n";
        isProblem(413, sendTo("localhost", "POST", "/api/policy", BEARER + JSON, "Transfer-Encoding: chunked\r\n",
                chunked));
        isProblem(413, send("DELETE", "/api/seeds/1", BEARER, chunk));
        assertEquals(1, DONE.size());
    }

    /** Who sends what he said that he would send is answered, however much that is; he is not waited for if he does not. */
    @Test
    void aBodyThatDoesNotComeIsNotWaitedFor() throws IOException {
        isProblem(401, send("POST", "/api/policy", JSON, "x".repeat(100_000)));
        isProblem(413, send("POST", "/api/policy", BEARER + JSON, "x".repeat(100_000)));
        isProblem(408, sendTo("localhost", "POST", "/api/policy", BEARER + JSON, "Content-Length: 100\r\n", "{"));
        assertEquals(List.of(), DONE);
    }

    @Test
    void aBodyIsJson() throws IOException {
        String good = "{\"policy\":\"p2p-first\"}";
        for (String type : List.of("", "Content-Type: text/plain\r\n", "Content-Type: application/problem+json\r\n",
                "Content-Type: application/x-www-form-urlencoded\r\n", "Content-Type: multipart/form-data\r\n")) {
            isProblem(415, send("POST", "/api/policy", BEARER + type, good));
        }
        assertTrue(send("POST", "/api/policy", BEARER + "Content-Type: application/json; charset=utf-8\r\n", good)
                .startsWith("HTTP/1.1 200"));
        DONE.clear();
        for (String bad : List.of("", "{", "[]", "null", "\"p2p-first\"", good + good, good + "x",
                "{\"policy\":\"a\",\"policy\":\"b\"}", "{\"policy\":\"a\",\"other\":1}", "{}", "{\"policy\":null}",
                "{\"policy\":1}", "{\"policy\":[\"a\"]}", "{\"Policy\":\"a\"}", "[".repeat(4000))) {
            isProblem(400, post("/api/policy", bad));
        }
        for (String bad : List.of("{\"upload\":-1}", "{\"upload\":1.5}", "{\"upload\":\"1\"}", "{\"upload\":null}",
                "{\"upload\":9223372036854775808}", "{\"upload\":1,\"more\":2}", "{\"upload\":true}")) {
            isProblem(400, post("/api/limits", bad));
        }
        isProblem(400, send("DELETE", "/api/seeds/1", BEARER, "x"));
        isProblem(400, send("POST", "/api/transfers/x/cancel", BEARER, ""));
        assertEquals(List.of(), DONE);
    }

    /** Each reason has its status, so that a program need not read words. */
    @Test
    void whatTheNodeRefusesIsSaid() throws IOException {
        List<Integer> statuses = new ArrayList<>();
        for (Outcome.Reason reason : Outcome.Reason.values()) {
            refusing = Optional.of(reason);
            String answer = post("/api/policy", "{\"policy\":\"p2p-first\"}");
            statuses.add(body(answer).get("status").asInt());
            isProblem(statuses.getLast(), answer);
            assertEquals("because", body(answer).get("detail").asText());
        }
        assertEquals(List.of(400, 403, 404, 409, 429, 502, 504, 503), statuses);
        refusing = Optional.empty();
        failing = true;
        isProblem(503, post("/api/policy", "{\"policy\":\"p2p-first\"}"));
    }

    @Test
    void eachPathSaysWhatItAnswers() throws IOException {
        for (var path : List.of(new String[]{"/api/limits", "GET, HEAD, POST"},
                new String[]{"/api/policy", "POST"},
                new String[]{"/api/seeds", "GET, HEAD, POST"}, new String[]{"/api/peers", "GET, HEAD, POST"},
                new String[]{"/api/seeds/1", "DELETE"},
                new String[]{"/api/session", "POST"}, new String[]{"/api/status", "GET, HEAD"})) {
            String answer = send("PUT", path[0], BEARER + JSON, "{}");
            isProblem(405, answer);
            assertTrue(answer.contains("Allow: " + path[1] + "\r\n"), answer);
        }
        isProblem(404, post("/api/nothing", "{}"));
        isProblem(404, post("/api/transfers/1/other", "{}"));
    }

    /** What can be changed is described, with the members of its body, and done as it is described. */
    @Test
    void theDescriptionIsThatOfTheWrites() throws IOException {
        JsonNode paths = body(sendTo("localhost", "GET", "/api/openapi.json", "", "", "")).get("paths");
        List<String> described = new ArrayList<>();
        for (var path : paths.properties()) {
            for (var method : path.getValue().properties()) {
                if (!method.getKey().equals("get")) {
                    described.add(method.getKey() + " " + path.getKey());
                    isAsDescribed(method.getKey().toUpperCase(Locale.ROOT),
                            path.getKey().replaceAll("\\{.*}", "7"), method.getValue());
                }
            }
        }
        assertEquals(List.of("post /api/seeds", "post /api/limits", "post /api/peers", "post /api/session",
                "delete /api/seeds/{hash}", "post /api/policy", "post /api/transfers/{id}/cancel").stream().sorted()
                .toList(), described.stream().sorted().toList());
    }

    private static void isAsDescribed(String method, String path, JsonNode operation) throws IOException {
        boolean open = operation.get("security").isEmpty();
        JsonNode schema = operation.path("requestBody").path("content").path("application/json").path("schema");
        ObjectNode members = JsonMapper.builder().build().createObjectNode();
        schema.path("properties").properties().forEach(member -> {
            if (member.getValue().get("type").asText().equals("integer")) {
                members.put(member.getKey(), 1);
            } else {
                members.put(member.getKey(), open ? access.newCode() : "x");
            }
        });
        String body = schema.isMissingNode() ? "" : members.toString();
        String answer = send(method, path, (open ? "" : BEARER) + JSON, body);
        assertTrue(operation.get("responses").has(answer.substring(9, 12)), path + answer);
        assertTrue(answer.startsWith("HTTP/1.1 20"), path + answer);
        for (JsonNode required : schema.path("required")) {
            isProblem(400, send(method, path, (open ? "" : BEARER) + JSON,
                    members.deepCopy().without(required.asText()).toString()));
        }
        if (!open) {
            isProblem(401, send(method, path, JSON, body));
        }
    }

    // The link.

    private static String exchange(String code) throws IOException {
        return send("POST", "/api/session", JSON, "{\"code\":\"" + code + "\"}");
    }

    private static String session() throws IOException {
        return body(exchange(access.newCode())).get("token").asText();
    }

    private static boolean may(String token) throws IOException {
        String answer = send("POST", "/api/policy", "Authorization: Bearer " + token + "\r\n" + JSON,
                "{\"policy\":\"p2p-first\"}");
        assertTrue(answer.startsWith("HTTP/1.1 200 ") || answer.startsWith("HTTP/1.1 401 "), answer);
        return answer.startsWith("HTTP/1.1 200 ");
    }

    @Test
    void aCodeGivesATokenOnce() throws IOException {
        String code = access.newCode();
        String other = access.newCode();
        assertTrue(code.matches("[A-Za-z0-9_-]{32}"), code);
        String answer = exchange(code);
        assertTrue(answer.startsWith("HTTP/1.1 200 ") && answer.contains("no-store"), answer);
        String token = body(answer).get("token").asText();
        assertTrue(token.matches("[A-Za-z0-9_-]{43}"), token);
        assertNotEquals(TOKEN, token);
        isProblem(403, exchange(code));
        String another = body(exchange(other)).get("token").asText();
        assertNotEquals(token, another);
        assertTrue(may(token) && may(another) && may(TOKEN));
        assertFalse(may(token + "x") || may(token.substring(1)) || may(""));
    }

    @Test
    void aTokenHoldsAsLongAsItIsUsed() throws IOException {
        String used = session();
        String unused = session();
        for (int times = 0; times < 3; times++) {
            NANOS.addAndGet(SessionTokens.UNUSED.toNanos() - 1);
            assertTrue(may(used));
        }
        assertFalse(may(unused));
        NANOS.addAndGet(SessionTokens.UNUSED.toNanos());
        assertFalse(may(used));
        assertTrue(may(TOKEN));
    }

    @Test
    void theTokenThatWasUsedLongestAgoGoesForANewOne() throws IOException {
        String first = session();
        String second = session();
        List<String> more = new ArrayList<>();
        for (int others = 0; others < SessionTokens.MOST - 2; others++) {
            more.add(session());
        }
        assertTrue(may(first));
        String last = session();
        assertFalse(may(second));
        assertTrue(may(first) && may(last) && may(TOKEN));
        for (String one : more) {
            assertTrue(may(one));
        }
    }

    /** They are in no file: whoever starts the node again has others. */
    @Test
    void tokensEndWithTheNode() throws IOException {
        String token = session();
        WriteAccess next = new WriteAccess(TOKEN, NANOS::get, new SecureRandom());
        assertTrue(access.allows("Bearer " + token));
        assertFalse(next.allows("Bearer " + token));
        assertTrue(next.allows("bearer " + TOKEN));
    }

    @Test
    void aCodeDoesNotHoldForLong() throws IOException {
        String inTime = access.newCode();
        NANOS.addAndGet(WriteAccess.CODE_LASTS.toNanos() - 1);
        String late = access.newCode();
        assertTrue(exchange(inTime).startsWith("HTTP/1.1 200 "));
        NANOS.addAndGet(WriteAccess.CODE_LASTS.toNanos());
        isProblem(403, exchange(late));
    }

    @Test
    void anOldCodeGoesForANewOne() throws IOException {
        List<String> codes = Stream.generate(access::newCode).limit(OneTimeCodes.MOST + 1L).toList();
        isProblem(403, exchange(codes.getFirst()));
        assertTrue(exchange(codes.get(1)).startsWith("HTTP/1.1 200 "));
        assertTrue(exchange(codes.getLast()).startsWith("HTTP/1.1 200 "));
    }

    @Test
    void guessesAreFew() throws IOException {
        String right = access.newCode();
        for (int i = 0; i < WriteAccess.GUESSES; i++) {
            isProblem(403, exchange("wrong"));
        }
        String answer = exchange("wrong");
        isProblem(429, answer);
        assertTrue(answer.toLowerCase(Locale.ROOT).contains("retry-after: 6\r\n"), answer);
        NANOS.addAndGet(WriteAccess.GUESS_EVERY.toNanos());
        isProblem(403, exchange("wrong"));
        isProblem(429, exchange("wrong"));
        // Who is right has not guessed, and is not kept out by those who have.
        assertTrue(exchange(right).startsWith("HTTP/1.1 200 "));
        assertTrue(exchange(access.newCode()).startsWith("HTTP/1.1 200 "));
    }

    @Test
    void noTokenIsInWords() {
        assertFalse(new SessionToken(TOKEN).toString().contains(TOKEN));
    }
}
