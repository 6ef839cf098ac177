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
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.http.javadsl.Http;
import org.apache.pekko.http.javadsl.ServerBinding;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Real requests over a socket, written by hand so that the Host header is ours. */
class ApiRoutesTest {
    private static ActorTestKit kit;
    private static ServerBinding binding;
    private static boolean failing;
    private static volatile List<String> unread = List.of();

    static final class FixedNode implements NodeView {
        @Override
        public CompletionStage<NodeStatus> status() {
            return failing
                    ? CompletableFuture.failedFuture(new IOException("down"))
                    : CompletableFuture.completedFuture(
                            new NodeStatus("id", "1", 5, "p2p-first", "lan", List.of("127.0.0.1:1"), 2, 6, 3, 1, 21, 7,
                                    new ConnectivityStatus("reachable", "unknown"), 40,
                                    3, 1000, 2000));
        }

        @Override
        public CompletionStage<List<PeerStatus>> peers() {
            return CompletableFuture.completedFuture(Stream.of("r", "p", "q/ü")
                    .map(id -> new PeerStatus(id, "127.0.0.1:2", "agent", true, 0.5, 10, 20, null)).toList());
        }

        @Override
        public CompletionStage<List<TransferStatus>> transfers() {
            return CompletableFuture.completedFuture(List.of(new TransferStatus(1, "/gnu/store/x", "sha256:x", 10,
                    "done", 10, 0.5, 1, List.of(new TransferStatus.Source("p", 10)),
                    new BlockMap(1, 1, List.of(0, 1)), 0, 0, 0, 0, null)));
        }

        @Override
        public CompletionStage<Page<SeedStatus>> seeds(Page.Wanted wanted) {
            return CompletableFuture.completedFuture(new Page<>(List.of(), Optional.empty()));
        }

        @Override
        public CompletionStage<LimitsStatus> limits() {
            return CompletableFuture.completedFuture(new LimitsStatus(1 << 20, 1L << 40, 0, 2));
        }

        @Override
        public CompletionStage<List<MirrorStatus>> mirrors() {
            return CompletableFuture.completedFuture(List.of(new MirrorStatus("https://a.example", false, "best", 12.5,
                    List.of(new MirrorStatus.Files("small", 3.5, 1000)), 0, null, null, "2026-11-28T00:00:00Z", 10,
                    9)));
        }

        @Override
        public CompletionStage<List<BuildStatus>> builds() {
            return CompletableFuture.completedFuture(
                    BuildStatus.latestFirst(Stream.of(build(2, "/gnu/store/0a-x+y", "sha256:1b", "done"),
                            build(4, "/gnu/store/0b-n", "", "not-claimed"),
                            build(3, "/gnu/store/0c-z", "sha256:1d", "done"),
                            build(1, "/gnu/store/0c-z", "sha256:1d", "failed"))));
        }

        @Override
        public CompletionStage<ShareInfo> shareInfo() {
            return CompletableFuture.completedFuture(new ShareInfo("id", "lan", List.of("guixp2p://id@h:1"), 0));
        }

        @Override
        public Map<String, @Nullable Object> config() {
            Map<String, @Nullable Object> settings = new HashMap<>();
            settings.put("api_bind", null);
            return settings;
        }

        @Override
        public EventSource events() {
            return new FixedEvents();
        }
    }

    static final class FixedInsight implements NodeInsight {
        @Override
        public CompletionStage<List<String>> notReady() {
            return CompletableFuture.supplyAsync(() -> failing ? List.of("no socket", "no store") : List.of());
        }

        @Override
        public CompletionStage<String> metrics() {
            return CompletableFuture.completedFuture("# TYPE a_total counter\na_total{b=\"ü\"} 1.0\n");
        }

        @Override
        public CompletionStage<PackagePage> packages(List<String> words, Page.Wanted wanted) {
            return CompletableFuture.completedFuture(new PackagePage(Page.of(
                    Stream.of("a", "b", "c").map(name -> new PackageStatus(name, String.join("+", words), "out",
                            "/gnu/store/x-" + name, "system", "seeded")).toList(),
                    PackageStatus::name, String::compareTo, wanted), unread));
        }

        @Override
        public CompletionStage<Page<CatalogItem>> catalog(Page.Wanted wanted) {
            return CompletableFuture.completedFuture(Page.of(
                    List.of(new CatalogItem("/gnu/store/0a-x", "sha256:1b", -1, 3, true),
                            new CatalogItem("/gnu/store/0c-z", "sha256:1d", 10, 1, false)),
                    CatalogItem::storePath, String::compareTo, wanted));
        }

        @Override
        public CompletionStage<List<DiagnosticStatus>> diagnostics() {
            return CompletableFuture.completedFuture(
                    List.of(new DiagnosticStatus("disk", "warning", "little is free", "make room")));
        }
    }

    private static BuildStatus build(long id, String path, String hash, String outcome) {
        return new BuildStatus(id, path, hash, 10, outcome, "2026-01-01T00:00:00Z", 1.5, "servers", "no-provider",
                "It came from a server.", List.of(new BuildStatus.Phase("servers", 1.5)),
                List.of(new TransferStatus.Source("http://s", 10)),
                List.of(new BuildStatus.Turn("peers", "no connected peer has it")),
                List.of(new BuildStatus.Trouble("p", "it lied")), 0, 0, 0, null);
    }

    /** Two events, of which an earlier one is forgotten. */
    private static final class FixedEvents implements EventSource {
        private static final List<EventRecord> ALL = List.of(
                new EventRecord(7, Instant.EPOCH, new NodeEvent.PeerDialled(null, "127.0.0.1:1")),
                new EventRecord(8, Instant.EPOCH, new NodeEvent.SeedRemoved("sha256:x")));

        @Override
        public Some after(long number, Predicate<NodeEvent> wanted, int most) {
            return new Some(ALL.stream().filter(each -> each.number() > number && wanted.test(each.event()))
                    .limit(most).toList(), number == 1, 8);
        }

        @Override
        public Subscription subscribe(long number, Predicate<NodeEvent> wanted, Listener listener) {
            return new Subscription(after(number, wanted, 10), () -> {});
        }
    }

    @BeforeAll
    static void serve() throws Exception {
        kit = ActorTestKit.create();
        binding = Http.get(kit.system()).newServerAt("127.0.0.1", 0)
                .bind(new ApiRoutes(new FixedNode(), new FixedInsight(), Dashboard.ofNode()).route())
                .toCompletableFuture().get();
    }

    @AfterAll
    static void stop() {
        kit.shutdownTestKit();
    }

    private static String exchange(String method, String path, String host) throws IOException {
        return exchange(method, path, host, "");
    }

    private static String exchange(String method, String path, String host, String headers) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), binding.localAddress().getPort());
                OutputStream out = socket.getOutputStream();
                InputStream in = socket.getInputStream()) {
            out.write((method + " " + path + " HTTP/1.1\r\nHost: " + host + "\r\n" + headers
                    + "Connection: close\r\n\r\n")
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
                "[{\"server\":\"https://a.example\",\"discovered\":false,\"why\":\"best\",\"narinfoMillis\":12.5,\"files\":[{\"size\":\"small\","
                        + "\"firstByteMillis\":3.5,\"bytesPerSecond\":1000}],\"failures\":0,\"fault\":null,\"waitsUntil\":null,"
                        + "\"heard\":\"2026-11-28T00:00:00Z\",\"narinfosAsked\":10,\"narinfosHad\":9}]",
                body(exchange("GET", "/api/mirrors", "localhost")).toString());
    }

    @Test
    void theProcessSaysThatItLives() throws IOException {
        assertTrue(exchange("GET", "/livez", "localhost").startsWith("HTTP/1.1 200"));
    }

    @Test
    void aNodeThatCannotServeSaysWhatIsMissing() throws IOException {
        assertTrue(exchange("GET", "/readyz", "localhost").startsWith("HTTP/1.1 200"));
        failing = true;
        try {
            String answer = exchange("GET", "/readyz", "localhost");
            assertTrue(answer.startsWith("HTTP/1.1 503") && answer.contains("application/problem+json"), answer);
            assertEquals("no socket; no store", body(answer).get("detail").asText());
        } finally {
            failing = false;
        }
    }

    @Test
    void metricsAreTextAsPrometheusReadsIt() throws IOException {
        String answer = exchange("GET", "/metrics", "localhost");
        assertEquals("text/plain; version=0.0.4; charset=utf-8",
                header(answer, "Content-Type").toLowerCase(Locale.ROOT));
        assertTrue(answer.endsWith("\r\n\r\n# TYPE a_total counter\na_total{b=\"ü\"} 1.0\n"), answer);
        assertTrue(exchange("GET", "/metrics", "attacker.example").startsWith("HTTP/1.1 421"));
    }

    @Test
    void anotherHostNameIsRefused() throws IOException {
        for (String name : List.of("attacker.example", "attacker.example:8090", "127.0.0.1.attacker.example",
                "localhost.", "")) {
            String answer = exchange("GET", "/api/status", name);
            assertTrue(answer.startsWith("HTTP/1.1 4"), answer);
            assertTrue(!answer.contains("peerId"), answer);
        }
        // These reach a listener on loopback by some systems, and browsers say of no page that it is another's that asks there.
        for (String name : List.of("attacker.example", "0.0.0.0:8090", "0.0.0.0", "[::]:8090",
                "[::ffff:0.0.0.0]:8090")) {
            assertTrue(exchange("GET", "/api/status", name).startsWith("HTTP/1.1 421"), name);
        }
    }

    /** Where the node was told to listen elsewhere, it is asked there by its address. */
    @Test
    void anAddressIsAnswered() throws IOException {
        for (String name : List.of("localhost:8090", "LocalHost", "127.0.0.2:8090", "[::1]:8090", "192.0.2.1",
                "[2001:db8::1]:8090")) {
            String answer = exchange("GET", "/api/status", name);
            assertTrue(answer.startsWith("HTTP/1.1 200"), () -> name + ": " + answer);
        }
    }

    @Test
    void errorsAreProblemDetails() throws IOException {
        String missing = exchange("GET", "/api/nothing", "localhost");
        assertTrue(missing.startsWith("HTTP/1.1 404") && missing.contains("application/problem+json"), missing);
        assertEquals(404, body(missing).get("status").asInt());
        assertTrue(exchange("POST", "/api/status", "localhost").startsWith("HTTP/1.1 405"));
        String refused = exchange("PUT", "/api/limits", "localhost");
        assertTrue(refused.startsWith("HTTP/1.1 405"), refused);
        assertEquals("GET, HEAD", header(refused, "Allow"));
        failing = true;
        try {
            assertTrue(exchange("GET", "/api/status", "localhost").startsWith("HTTP/1.1 503"));
        } finally {
            failing = false;
        }
    }

    private static String header(String answer, String name) {
        return answer.lines().takeWhile(line -> !line.isEmpty())
                .filter(line -> line.toLowerCase(Locale.ROOT).startsWith(name.toLowerCase(Locale.ROOT) + ": "))
                .map(line -> line.substring(name.length() + 2)).findFirst().orElse("");
    }

    /** By the links alone, as a reader would go. */
    @Test
    void aListIsReadPageByPageInAStableOrder() throws IOException {
        List<String> seen = new ArrayList<>();
        String next = "/api/peers?limit=1";
        for (int pages = 0; !next.isEmpty() && pages < 5; pages++) {
            String answer = exchange("GET", next, "localhost");
            body(answer).forEach(peer -> seen.add(peer.get("peerId").asText()));
            String link = header(answer, "Link");
            assertTrue(link.isEmpty() || link.endsWith("; rel=\"next\""), link);
            next = link.isEmpty() ? "" : link.substring(1, link.indexOf('>'));
        }
        assertEquals(List.of("p", "q/ü", "r"), seen);
        // What was there before has gone: nothing else moves.
        assertEquals("r", body(exchange("GET", "/api/peers?after=qz", "localhost")).get(0).get("peerId").asText());
        assertEquals(1,
                body(exchange("GET", "/api/builds?after=1767225601500-2", "localhost")).get(0).get("id").asInt());
    }

    /** The next page is of the same search. */
    @Test
    void packagesAreLookedForByWords() throws IOException {
        String answer = exchange("GET", "/api/packages?limit=2&q=%20Emacs%20%26++%C3%9C", "localhost");
        assertEquals("emacs+&+ü", body(answer).get(0).get("version").asText());
        assertEquals("</api/packages?limit=2&after=b&q=+Emacs+%26++%C3%9C>; rel=\"next\"", header(answer, "Link"));
        String next = exchange("GET", "/api/packages?limit=2&after=b&q=+Emacs+%26++%C3%9C", "localhost");
        assertEquals(List.of("c", "emacs+&+ü", ""),
                List.of(body(next).get(0).get("name").asText(), body(next).get(0).get("version").asText(),
                        header(next, "Link")));
        assertEquals("", body(exchange("GET", "/api/packages", "localhost")).get(0).get("version").asText());
    }

    /** Also to whoever knows the packages already. */
    @Test
    void profilesThatCannotBeReadAreNamed() throws IOException {
        String known = header(exchange("GET", "/api/packages", "localhost"), "ETag");
        assertEquals("", header(exchange("GET", "/api/packages", "localhost"), "Unread-Profiles"));
        unread = List.of("home:alice", "user:bob");
        try {
            String answer = exchange("GET", "/api/packages", "localhost", "If-None-Match: " + known + "\r\n");
            assertTrue(answer.startsWith("HTTP/1.1 200"), answer);
            assertEquals("home:alice, user:bob", header(answer, "Unread-Profiles"));
            unread = IntStream.range(0, 500).mapToObj(i -> "user:" + i).toList();
            assertEquals("user:0, user:1, user:2, user:3, user:4, user:5, user:6, user:7, and 492 more",
                    header(exchange("GET", "/api/packages", "localhost"), "Unread-Profiles"));
        } finally {
            unread = List.of();
        }
    }

    @Test
    void whatCannotBeAskedIsSaid() throws IOException {
        for (String query : List.of("limit=0", "limit=501", "limit=x", "limit=1=2", "other=1",
                "after=" + "x".repeat(401))) {
            String answer = exchange("GET", "/api/peers?" + query, "localhost");
            assertTrue(answer.startsWith("HTTP/1.1 400"), answer);
            assertEquals(400, body(answer).get("status").asInt());
        }
        assertTrue(exchange("GET", "/ws", "localhost").contains("application/problem+json"));
        for (String path : List.of("/api/builds?after=x", "/api/events?since=-1", "/api/events?filter=peers,nothing",
                "/api/events/stream?filter=", "/ws?since=x")) {
            String answer = exchange("GET", path, "localhost");
            assertTrue(answer.startsWith("HTTP/1.1 400"), path + answer);
        }
    }

    @Test
    void whatIsKnownAlreadyIsNotSentAgain() throws IOException {
        String answer = exchange("GET", "/api/peers", "localhost");
        String tag = header(answer, "ETag");
        assertTrue(tag.matches("\"[0-9a-f]{32}\""), tag);
        String same = exchange("GET", "/api/peers", "localhost", "If-None-Match: \"other\", W/" + tag + "\r\n");
        assertTrue(same.startsWith("HTTP/1.1 304"), same);
        assertEquals(tag, header(same, "ETag"));
        assertTrue(exchange("GET", "/api/peers?limit=1", "localhost", "If-None-Match: " + tag + "\r\n")
                .startsWith("HTTP/1.1 200"));
    }

    @Test
    void aBuildIsFoundByWhateverNamesIt() throws IOException {
        for (String key : List.of("0c-z", "0c", "sha256:1d", "1d", "%2Fgnu%2Fstore%2F0c-z")) {
            JsonNode builds = body(exchange("GET", "/api/builds/" + key, "localhost"));
            assertEquals(List.of(3, 1), List.of(builds.get(0).get("id").asInt(), builds.get(1).get("id").asInt()));
        }
        assertEquals(2, body(exchange("GET", "/api/builds/0a-x+y", "localhost")).get(0).get("id").asInt());
        // A page of those of one item leads to the next.
        String link = header(exchange("GET", "/api/builds/%2Fgnu%2Fstore%2F0c-z?limit=1", "localhost"), "Link");
        assertEquals("</api/builds/%2Fgnu%2Fstore%2F0c-z?limit=1&after=1767225601500-3>; rel=\"next\"", link);
        assertTrue(exchange("GET", "/api/builds/0e", "localhost").startsWith("HTTP/1.1 404"));
    }

    /** A page of some leads to the next of the same. */
    @Test
    void whatIsOverIsAskedForByHowItWent() throws IOException {
        String answer = exchange("GET", "/api/builds?outcome=done,failed&limit=1", "localhost");
        assertEquals(3, body(answer).get(0).get("id").asInt());
        assertEquals("</api/builds?limit=1&after=1767225601500-3&outcome=done%2Cfailed>; rel=\"next\"",
                header(answer, "Link"));
        assertEquals(1, body(exchange("GET", "/api/builds?outcome=failed", "localhost")).size());
        assertEquals(List.of(4, "not-claimed"), List.of(
                body(exchange("GET", "/api/builds", "localhost")).get(0).get("id").asInt(),
                body(exchange("GET", "/api/builds?outcome=not-claimed", "localhost")).get(0).get("outcome").asText()));
        for (String next : List.of("after=1767225601500-4", "outcome=done,done", "outcome=failed,done,failed")) {
            String some = exchange("GET", "/api/builds?" + next, "localhost");
            assertEquals(3, body(some).get(0).get("id").asInt(), some);
        }
        String wrong = exchange("GET", "/api/builds?outcome=done,lost", "localhost");
        assertTrue(wrong.startsWith("HTTP/1.1 400") && wrong.contains("not-claimed"), wrong);
        for (String after : List.of("4", "x", "-1-4", "1767225601500-")) {
            wrong = exchange("GET", "/api/builds?after=" + after, "localhost");
            assertTrue(wrong.startsWith("HTTP/1.1 400"), wrong);
        }
    }

    @Test
    void pagesFromElsewhereAreNotAnswered() throws IOException {
        for (String origin : List.of("http://attacker.example", "null", "http://localhost:81",
                "https://localhost:80")) {
            String answer = exchange("GET", "/api/status", "localhost:80", "Origin: " + origin + "\r\n");
            assertTrue(answer.startsWith("HTTP/1.1 403") && !answer.contains("peerId"), answer);
        }
        for (String site : List.of("cross-site", "same-site", "")) {
            String answer = exchange("GET", "/api/status", "localhost:80", "Sec-Fetch-Site: " + site + "\r\n");
            assertTrue(answer.startsWith("HTTP/1.1 403") && !answer.contains("peerId"), site + answer);
        }
        for (String site : List.of("same-origin", "none")) {
            assertTrue(exchange("GET", "/api/status", "localhost:80", "Sec-Fetch-Site: " + site + "\r\n")
                    .startsWith("HTTP/1.1 200"), site);
        }
        // A link to it may be anywhere, but no frame around it, and nothing is sent to it from there.
        String link = "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: ";
        assertTrue(exchange("GET", "/api/status", "localhost", link + "document\r\n").startsWith("HTTP/1.1 200"));
        assertTrue(exchange("GET", "/api/status", "localhost", link + "iframe\r\n").startsWith("HTTP/1.1 403"));
        assertTrue(exchange("POST", "/api/status", "localhost", link + "document\r\n").startsWith("HTTP/1.1 403"));
        assertTrue(exchange("GET", "/api/status", "localhost", link.replace("navigate", "no-cors") + "document\r\n")
                .startsWith("HTTP/1.1 403"));
        assertTrue(exchange("GET", "/api/status", "localhost:8090", "Origin: http://localhost:8090\r\n")
                .startsWith("HTTP/1.1 200"));
    }

    /** Whatever is in them: no browser takes an answer for a script. */
    @Test
    void noAnswerIsTakenForSomethingElse() throws IOException {
        for (String path : List.of("/api/status", "/api/nothing", "/livez")) {
            assertEquals("nosniff", header(exchange("GET", path, "localhost"), "X-Content-Type-Options"), path);
        }
    }

    @Test
    void aHeadIsAnsweredLikeAGetWithoutTheBody() throws IOException {
        for (String path : List.of("/api/status", "/livez", "/api/events/stream")) {
            String answer = exchange("HEAD", path, "localhost");
            assertTrue(answer.startsWith("HTTP/1.1 200") && answer.endsWith("\r\n\r\n"), answer);
        }
        assertEquals(header(exchange("GET", "/api/status", "localhost"), "ETag"),
                header(exchange("HEAD", "/api/status", "localhost"), "ETag"));
    }

    /** Servers and peers may be called whatever they like. */
    @Test
    void noTextFromElsewhereIsLong() {
        String text = "x".repeat(10_000);
        for (NodeEvent event : List.of(new NodeEvent.MetadataTrusted("p", "h", text),
                new NodeEvent.MetadataRefused("p", text, text), new NodeEvent.BlocksReceived(1, "p", text, 1, 1),
                new NodeEvent.PeerConnected("p", "a", text, true, true), new NodeEvent.PeerLost("p", "a", text))) {
            assertTrue(event.toString().length() < 2 * NodeEvent.MOST_TEXT + 200, event::toString);
        }
    }

    @Test
    void eventsAreAskedForFromANumberOn() throws IOException {
        JsonNode all = body(exchange("GET", "/api/events", "localhost"));
        assertEquals("{\"number\":7,\"at\":\"1970-01-01T00:00:00Z\",\"topic\":\"peers\",\"type\":\"peer-dialled\","
                + "\"peerId\":null,\"address\":\"127.0.0.1:1\"}", all.get("events").get(0).toString());
        assertEquals(List.of(2, 8, false),
                List.of(all.get("events").size(), all.get("last").asInt(), all.get("gap").asBoolean()));
        assertTrue(body(exchange("GET", "/api/events?since=1", "localhost")).get("gap").asBoolean());
        assertEquals(8, body(exchange("GET", "/api/events?filter=seed-removed", "localhost")).get("events").get(0)
                .get("number").asInt());
        assertEquals(0, body(exchange("GET", "/api/events?since=7&filter=peers,builds", "localhost")).get("events")
                .size());
    }

    // The description.

    private static JsonNode resolved(JsonNode all, JsonNode schema) {
        String reference = schema.path("$ref").asText();
        return reference.isEmpty() ? schema : all.at(reference.substring(1));
    }

    private static JsonNode ofType(String type, JsonNode branches) {
        return branches.valueStream().filter(branch -> ("/" + type.replace("-", ""))
                .equalsIgnoreCase(branch.get("$ref").asText().replaceAll(".*/", "/"))).findFirst().orElseThrow();
    }

    /** Whether a value has all members that the description says, and no other, however deep. */
    private static void matches(JsonNode all, JsonNode described, JsonNode value, String where) {
        JsonNode schema = resolved(all, described);
        if (schema.has("properties")) {
            Map<String, JsonNode> members = new TreeMap<>();
            schema.get("properties").properties().forEach(one -> members.put(one.getKey(), one.getValue()));
            if (schema.has("anyOf")) {
                // An event has what all have, and what its type has.
                resolved(all, ofType(value.get("type").asText(), schema.get("anyOf"))).get("properties").properties()
                        .forEach(one -> members.put(one.getKey(), one.getValue()));
            }
            assertEquals(members.keySet(),
                    new TreeSet<>(value.properties().stream().map(Map.Entry::getKey).toList()), where);
            members.forEach((name, member) -> matches(all, member, value.get(name), where + "." + name));
        } else if (schema.has("items")) {
            assertTrue(value.isArray(), where);
            value.forEach(item -> matches(all, schema.get("items"), item, where + "[]"));
        } else {
            String is = value.isIntegralNumber() ? "integer" : value.getNodeType().name().toLowerCase(Locale.ROOT);
            String types = schema.get("type").toString();
            assertTrue(types.contains('"' + is + '"') || (types.contains("number") && value.isNumber()),
                    where + ": " + types + " expected, not " + value);
        }
    }

    /** What is described is answered as it is described, and nothing else is answered. */
    @Test
    void theDescriptionIsThatOfTheRoutes() throws IOException {
        JsonNode all = body(exchange("GET", "/api/openapi.json", "localhost"));
        assertEquals("3.1.0", all.get("openapi").asText());
        List<String> paths = all.get("paths").properties().stream().map(Map.Entry::getKey).toList();
        assertTrue(paths.containsAll(List.of("/api/status", "/api/peers", "/api/builds", "/api/builds/{key}",
                "/api/transfers", "/api/events", "/api/events/stream", "/ws", "/api/seeds", "/api/config",
                "/api/share-info")), paths::toString);
        for (String path : paths.stream().filter(one -> all.get("paths").get(one).has("get")).toList()) {
            JsonNode get = all.get("paths").get(path).get("get");
            String query = get.get("parameters").valueStream().filter(one -> one.get("in").asText().equals("query"))
                    .map(one -> one.get("name").asText() + "="
                            + switch (one.get("name").asText()) {
                                case "filter" -> "seeds";
                                case "outcome" -> "failed";
                                case "after" -> path.startsWith("/api/builds") ? "1800000000000-1" : "1";
                                default -> "1";
                            })
                    .collect(Collectors.joining("&"));
            String target = path.replace("{key}", "0c") + "?" + query;
            JsonNode content = get.get("responses").path("200").path("content");
            if (content.has("application/json")) {
                String answer = exchange("GET", target, "localhost");
                assertTrue(answer.startsWith("HTTP/1.1 200"), path + answer);
                assertTrue(header(answer, "Content-Type").startsWith("application/json"), answer);
                matches(all, content.get("application/json").get("schema"), body(answer), path);
            } else {
                // A stream has no end, and a socket needs more than a GET; that they are there is enough here.
                String answer = exchange("POST", target, "localhost");
                assertTrue(answer.startsWith("HTTP/1.1 405"), path + answer);
            }
        }
        assertTrue(exchange("GET", "/api/", "localhost").startsWith("HTTP/1.1 404"));
    }
}
