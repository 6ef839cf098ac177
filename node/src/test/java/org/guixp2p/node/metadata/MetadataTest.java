// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.metadata;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.guixp2p.node.http.HttpSettings;
import org.guixp2p.node.memory.MemoryShares;
import org.guixp2p.node.testing.Eventually;
import org.guixp2p.node.testing.TestNars;
import org.guixp2p.node.testing.TestServer;
import org.guixp2p.node.testing.TestSettings;
import org.guixp2p.persistence.ledger.Gate;
import org.guixp2p.persistence.mirrors.Mirrors;
import org.guixp2p.persistence.mirrors.Standing;
import org.guixp2p.persistence.narinfo.NarinfoCache;
import org.guixp2p.persistence.narinfo.ServerUrl;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.testing.FixtureItems;
import org.guixp2p.protocol.testing.Fixtures;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is believed, for how long it is remembered, and how often it is asked for. */
class MetadataTest {
    private static final Duration LONG = Duration.ofSeconds(20);
    private static final Duration SHORT = Duration.ofMillis(300);
    private static final HttpSettings SETTINGS = TestSettings.of(LONG, LONG, 4, 64, 1);
    private static final StorePath HELLO = TestNarinfos.HELLO;

    private static ActorTestKit kit;

    @TempDir
    private Path directory;

    private final List<MetadataSite> sites = new ArrayList<>();

    @BeforeAll
    static void start() {
        kit = ActorTestKit.create();
    }

    @AfterAll
    static void stop() {
        kit.shutdownTestKit();
    }

    @AfterEach
    void close() {
        sites.forEach(MetadataSite::close);
    }

    private MetadataSite site(HttpSettings settings) {
        MetadataSite site = new MetadataSite(kit, directory, settings, "publisher");
        sites.add(site);
        return site;
    }

    private MetadataSite site() {
        return site(SETTINGS);
    }

    private static TestServer serving(byte[] narinfo, String... headers) throws IOException {
        return TestServer.pages((path, connection) -> connection.answer(200, narinfo, headers));
    }

    /** A server of all fixtures. */
    private static TestServer publisher() throws IOException {
        return TestServer.pages((path, connection) -> {
            Optional<FixtureItems.Item> item = FixtureItems.all().stream()
                    .filter(known -> TestNarinfos.url(known.path()).equals(path)).findAny();
            if (item.isPresent()) {
                connection.answer(200, TestNarinfos.narinfo(item.get().path()));
            } else {
                connection.answer(404, "");
            }
        });
    }

    @Test
    void whatAnAuthorisedKeyHasSignedIsBelieved() throws IOException {
        try (TestServer server = publisher()) {
            for (FixtureItems.Item item : FixtureItems.all()) {
                TrustedNarinfo trusted = site().whole(item.path(), server).orElseThrow();
                assertEquals(item.path(), trusted.path());
                assertEquals(item.hash(), trusted.verified().narHash());
                assertEquals(Optional.of(item.size()), trusted.verified().signedNarSize());
                assertTrue(trusted.isPublic());
                assertEquals(new String(TestNarinfos.narinfo(item.path()), UTF_8),
                        new String(trusted.narinfo().raw(), UTF_8));
                assertTrue(trusted.offers().getFirst().uri().toString()
                        .startsWith(server.uri() + "/nar/"), () -> "offers: " + trusted.offers());
            }
        }
    }

    @Test
    void anRsaKeyIsAsGood() throws IOException {
        try (TestServer server = serving(TestNarinfos.BY_RSA)) {
            MetadataSite site = site();
            site.authorise("rsa");
            assertFalse(site.whole(HELLO, server).orElseThrow().isPublic());
        }
    }

    static Stream<Arguments> unbelievable() {
        return Stream.of(
                Arguments.of("signed by a key that is not in the ACL", TestNarinfos.BY_SECOND),
                Arguments.of("the same, RSA", TestNarinfos.BY_RSA),
                Arguments.of("unsigned", TestNarinfos.edited("Signature: .*\n", "")),
                Arguments.of("its size changed", TestNarinfos.edited("NarSize: 127536", "NarSize: 127528")),
                Arguments.of("a reference dropped", TestNarinfos.edited("References: \\S+ ", "References: ")),
                Arguments.of("its signature damaged", TestNarinfos.edited("1;vm;KHNpZ25h", "1;vm;KHNpZ25i")),
                Arguments.of("its signature of another version", TestNarinfos.edited("1;vm;", "2;vm;")),
                Arguments.of("its path below the signature",
                        TestNarinfos.edited("(StorePath: .*\n)((?s:.*))$", "$2$1")),
                Arguments.of("of another item",
                        TestNarinfos.narinfo(FixtureItems.of("0d11kd1ihcqv35ajz4xx2cfwalqvfb5d-lib2-1.2").path())),
                Arguments.of("empty", new byte[0]),
                Arguments.of("a web page", "<html>\n<p>Log in to use this network: …</p>\n".getBytes(UTF_8)),
                Arguments.of("not UTF-8", new byte[]{'S', (byte) 0xff, '\n'}),
                Arguments.of("much below the signature",
                        TestNarinfos.edited("\n$", "\nX: " + "y".repeat(9000) + "\n")),
                Arguments.of("too long", (new String(TestNarinfos.BY_PUBLISHER, UTF_8) + "X: y\n".repeat(220_000))
                        .getBytes(UTF_8)));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("unbelievable")
    void whatNoAuthorisedKeyHasSignedIsNot(String what, byte[] narinfo) throws IOException {
        try (TestServer server = serving(narinfo)) {
            assertEquals(Optional.empty(), site().whole(HELLO, server), what);
            assertEquals(List.of(TestNarinfos.url(HELLO)), server.requests());
        }
    }

    static Stream<Arguments> others() {
        return Stream.of(
                Arguments.of("unsigned, the same", TestNarinfos.edited("Signature: .*\n", ""), true),
                Arguments.of("another key's, the same", TestNarinfos.BY_SECOND, true),
                Arguments.of("a signature that cannot be read",
                        TestNarinfos.edited("Signature: .*\n", "Signature: x\n"), true),
                Arguments.of("unsigned, another size",
                        TestNarinfos.edited("NarSize: 127536((?s:.*))Signature: .*\n", "NarSize: 127528$1"), false),
                Arguments.of("unsigned, no size",
                        TestNarinfos.edited("NarSize: 127536\n((?s:.*))Signature: .*\n", "$1"), false),
                Arguments.of("unsigned, fewer references",
                        TestNarinfos.edited("References: \\S+ ((?s:.*))Signature: .*\n", "References: $1"), false),
                Arguments.of("unsigned, another hash",
                        TestNarinfos.edited("NarHash: sha256:1ydf((?s:.*))Signature: .*\n", "NarHash: sha256:0ydf$1"),
                        false),
                Arguments.of("the authorised key's own, whose size is not signed and another",
                        TestNarinfos.withUnsignedSize("publisher", Optional.of(7L)), true),
                Arguments.of("an unauthorised key's, whose size is not signed and another",
                        TestNarinfos.withUnsignedSize("second", Optional.of(7L)), false));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("others")
    void aMirrorIsOfUseWhenItSaysTheSame(String what, byte[] narinfo, boolean use) throws IOException {
        try (TestServer mirror = serving(narinfo); TestServer server = serving(TestNarinfos.BY_PUBLISHER)) {
            TrustedNarinfo trusted = site().whole(HELLO, mirror, server).orElseThrow();
            assertEquals(Optional.of(new NarSize(127536)), trusted.verified().signedNarSize());
            assertEquals(use ? MetadataSite.urls(mirror, server) : MetadataSite.urls(server),
                    trusted.offers().stream().map(offer -> offer.server().uri()).distinct().toList(), what);
        }
    }

    @Test
    void aSizeThatIsSignedComesBeforeOneThatIsNot() throws IOException {
        CountDownLatch first = new CountDownLatch(1);
        try (TestServer unsigned = serving(TestNarinfos.withUnsignedSize("publisher", Optional.of(7L)));
                TestServer none = serving(TestNarinfos.withUnsignedSize("publisher", Optional.empty()));
                TestServer late = TestServer.pages((path, connection) -> {
                    first.await();
                    connection.answer(200, TestNarinfos.BY_PUBLISHER);
                })) {
            MetadataSite site = site();
            CompletionStage<Optional<TrustedNarinfo>> whole = site.metadata.lookupWhole(HELLO,
                    MetadataSite.asked(none, unsigned, late));
            TrustedNarinfo early = site.lookup(HELLO, none, unsigned, late).orElseThrow();
            assertEquals(Optional.empty(), early.verified().signedNarSize());
            first.countDown();
            assertEquals(Optional.of(new NarSize(127536)),
                    Eventually.get(whole).orElseThrow().verified().signedNarSize());
            assertEquals(Optional.of(new NarSize(7)),
                    site.whole(HELLO, none, unsigned).orElseThrow().narinfo().narSize());
        }
    }

    @ParameterizedTest
    @CsvSource({"200,,129600", "200,max-age=1000,1000", "200,max-age=10,10", "404,,120", "404,max-age=300,300",
        "404,max-age=7,7", "202,,120", "202,max-age=20,20", "500,,60", "500,max-age=1000,60", "403,max-age=1,60"})
    void anAnswerHoldsForAsLongAsTheServerSays(int status, String maxAge, int seconds) throws IOException {
        String[] headers = maxAge == null ? new String[0] : new String[]{"Cache-Control: " + maxAge};
        byte[] body = status == 200 ? TestNarinfos.signed(HELLO) : new byte[0];
        try (TestServer server = TestServer.pages((path, connection) -> connection.answer(status, body, headers))) {
            MetadataSite site = site();
            assertEquals(status == 200, site.whole(HELLO, server).isPresent());
            site.pass(Duration.ofSeconds(seconds - 6));
            assertEquals(status == 200, site.whole(HELLO, server).isPresent());
            assertEquals(1, server.requests().size());
            site.pass(Duration.ofSeconds(6));
            assertEquals(status == 200, site.whole(HELLO, server).isPresent());
            assertEquals(2, server.requests().size());
        }
    }

    @Test
    void anAnswerIsNotAskedForTwiceWithinSeconds() throws IOException {
        try (TestServer server = serving(TestNarinfos.signed(HELLO), "Cache-Control: max-age=0")) {
            MetadataSite site = site();
            assertTrue(site.whole(HELLO, server).isPresent());
            site.pass(Duration.ofSeconds(4));
            assertTrue(site.whole(HELLO, server).isPresent());
            assertEquals(1, server.requests().size());
            site.pass(Duration.ofSeconds(1));
            assertTrue(site.whole(HELLO, server).isPresent());
            assertEquals(2, server.requests().size());
        }
    }

    @Test
    void aWebPageIsNotKeptForAsLongAsANarinfo() throws IOException {
        AtomicBoolean portal = new AtomicBoolean(true);
        try (TestServer server = TestServer.pages((path, connection) -> connection.answer(200,
                portal.get() ? "<html>Log in</html>".getBytes(UTF_8) : TestNarinfos.signed(HELLO),
                "Cache-Control: max-age=100000"))) {
            MetadataSite site = site();
            assertEquals(Optional.empty(), site.whole(HELLO, server));
            portal.set(false);
            site.pass(Duration.ofSeconds(59));
            assertEquals(Optional.empty(), site.whole(HELLO, server));
            site.pass(Duration.ofSeconds(1));
            assertTrue(site.whole(HELLO, server).isPresent());
        }
    }

    @Test
    void aNodeThatStartsAgainKnowsWhatItKnew() throws IOException {
        try (TestServer server = publisher()) {
            List<StorePath> paths = FixtureItems.all().stream().map(FixtureItems.Item::path).toList();
            StorePath unknown = TestNarinfos.item("unknown");
            MetadataSite before = site();
            paths.forEach(path -> assertTrue(before.whole(path, server).isPresent()));
            assertEquals(Optional.empty(), before.whole(unknown, server));
            int asked = server.requests().size();
            MetadataSite after = site();
            assertEquals(paths, Eventually.get(after.lookupAll(paths, MetadataSite.asked(server))).stream()
                    .map(TrustedNarinfo::path).toList());
            assertEquals(Optional.empty(), after.whole(unknown, server));
            assertEquals(asked, server.requests().size());
        }
    }

    @Test
    void manyPathsTakeFewConnectionsAndOneRequestEach() throws IOException {
        List<StorePath> paths = IntStream.range(0, 300).mapToObj(i -> TestNarinfos.item("item-" + i)).toList();
        CountDownLatch go = new CountDownLatch(1);
        try (TestServer server = TestServer.pages((path, connection) -> {
            go.await();
            Optional<StorePath> item = paths.stream().filter(known -> TestNarinfos.url(known).equals(path)).findAny();
            if (item.isPresent() && paths.indexOf(item.get()) % 30 == 0) {
                connection.answer(200, TestNarinfos.signed(item.get()));
            } else {
                connection.answer(404, "");
            }
        })) {
            CompletionStage<List<TrustedNarinfo>> found = site().lookupAll(paths, MetadataSite.asked(server));
            server.awaitRequests(256);
            assertTrue(server.connected() <= 4, () -> "connections: " + server.connected());
            go.countDown();
            assertEquals(IntStream.range(0, 10).mapToObj(i -> paths.get(30 * i)).toList(),
                    Eventually.get(found).stream().map(TrustedNarinfo::path).toList());
            assertEquals(300, server.requests().size());
            assertEquals(300, server.requests().stream().distinct().count());
        }
    }

    @Test
    void oneQuestionIsAskedOnceHoweverManyAsk() throws IOException {
        CountDownLatch go = new CountDownLatch(1);
        try (TestServer server = TestServer.pages((path, connection) -> {
            go.await();
            connection.answer(200, TestNarinfos.signed(HELLO));
        })) {
            MetadataSite site = site();
            List<CompletionStage<Optional<TrustedNarinfo>>> all = IntStream.range(0, 50)
                    .mapToObj(i -> i % 2 == 0
                            ? site.metadata.lookup(HELLO, MetadataSite.asked(server))
                            : site.metadata.lookupWhole(HELLO, MetadataSite.asked(server)))
                    .toList();
            server.awaitRequests(1);
            go.countDown();
            all.forEach(one -> assertTrue(Eventually.get(one).isPresent()));
            assertTrue(site.whole(HELLO, server).isPresent());
            assertEquals(1, server.requests().size());
        }
    }

    @Test
    void aServerThatSaysNothingDoesNotCostATimeoutAnItem() throws IOException {
        List<StorePath> paths = IntStream.range(0, 20).mapToObj(i -> TestNarinfos.item("item-" + i)).toList();
        try (TestServer silent = TestServer.start(TestServer.Connection::awaitEnd)) {
            MetadataSite site = site(TestSettings.of(SHORT, LONG, 1, 8, 1));
            assertEquals(List.of(), Eventually.get(site.lookupAll(paths, MetadataSite.asked(silent))));
            StorePath other = TestNarinfos.item("other");
            for (StorePath path : Stream.concat(paths.stream(), Stream.of(other)).toList()) {
                assertEquals(Optional.empty(), site.whole(path, silent));
            }
            int asked = silent.requests().size();
            assertTrue(asked <= 8, () -> "requests: " + silent.requests());
            Eventually.holds(() -> {
                site.pass(Duration.ofSeconds(30));
                assertEquals(Optional.empty(), site.whole(other, silent));
                return silent.requests().size() > asked;
            }, () -> "to be asked again");
        }
    }

    /** The pauses are one minute, four, and sixteen at most. */
    @Test
    void aDeadServerCostsATimeoutAnHourWhereAnotherOneAnswers() throws IOException {
        List<StorePath> paths = IntStream.range(0, 20).mapToObj(i -> TestNarinfos.item("item-" + i)).toList();
        try (TestServer silent = TestServer.start(TestServer.Connection::awaitEnd);
                TestServer other = TestServer
                        .pages((path, connection) -> connection.answer(404, "", "Cache-Control: max-age=1"))) {
            MetadataSite site = site(TestSettings.of(Duration.ofSeconds(1), LONG, 1, 64, 1));
            assertEquals(List.of(), Eventually.get(site.lookupAll(paths, MetadataSite.asked(silent, other))));
            assertEquals(1, silent.connected());
            for (int minute = 0; minute < 30; minute++) {
                site.pass(Duration.ofMinutes(1));
                assertEquals(List.of(),
                        Eventually.get(site.lookupAll(paths, MetadataSite.asked(silent, other))));
            }
            assertEquals(4, silent.connected());
            for (int minute = 0; minute < 47; minute++) {
                site.pass(Duration.ofMinutes(1));
                assertEquals(Optional.empty(), site.whole(HELLO, silent, other));
            }
            assertEquals(4 + 1, silent.connected());
        }
    }

    /** Whether it is back is found out at the end of each pause, and who has another one to ask waits little for that. */
    @Test
    void whoeverHasAnotherOneToAskWaitsLittleForOneThatWasOutOfReach() throws IOException {
        AtomicBoolean silent = new AtomicBoolean();
        try (TestServer dead = TestServer.pages((path, connection) -> {
            if (silent.get()) {
                connection.awaitEnd();
            } else {
                connection.reset();
            }
        });
                TestServer other = TestServer
                        .pages((path, connection) -> connection.answer(404, "", "Cache-Control: max-age=1"))) {
            MetadataSite site = site(TestSettings.of(LONG, LONG, 1, 64, 1));
            assertEquals(Optional.empty(), site.whole(HELLO, dead, other));
            int asked = dead.requests().size();
            silent.set(true);
            site.pass(Duration.ofMinutes(1));
            var first = site.metadata.lookupWhole(HELLO, MetadataSite.asked(dead, other));
            var second = site.metadata.lookupWhole(TestNarinfos.item("other"), MetadataSite.asked(dead, other));
            Eventually.holds(() -> dead.requests().size() > asked && site.waiting() >= 2, () -> "both to wait");
            assertFalse(first.toCompletableFuture().isDone());
            site.pass(Probes.PATIENCE);
            assertEquals(Optional.empty(), Eventually.get(first));
            assertEquals(Optional.empty(), Eventually.get(second));
            assertEquals(asked + 1, dead.requests().size());
        }
    }

    @Test
    void aServerThatIsBackAnswersTheFirstQuestionAfterItsPause() throws IOException {
        AtomicBoolean out = new AtomicBoolean(true);
        try (TestServer back = TestServer.pages((path, connection) -> {
            if (out.get()) {
                connection.reset();
            } else {
                connection.answer(200, TestNarinfos.signed(HELLO));
            }
        });
                TestServer other = TestServer
                        .pages((path, connection) -> connection.answer(404, "", "Cache-Control: max-age=1"))) {
            MetadataSite site = site();
            assertEquals(Optional.empty(), site.whole(HELLO, back, other));
            out.set(false);
            site.pass(Duration.ofSeconds(30));
            assertEquals(Optional.empty(), site.whole(HELLO, back, other));
            site.pass(Duration.ofSeconds(30));
            assertTrue(site.whole(HELLO, back, other).isPresent());
        }
    }

    /** One question finds out that it is back; none that came meanwhile is told that it is not. */
    @Test
    void whatWaitsForAServerThatIsBackIsAnswered() throws IOException {
        AtomicBoolean out = new AtomicBoolean(true);
        CountDownLatch back = new CountDownLatch(1);
        List<StorePath> paths = IntStream.range(0, 20).mapToObj(i -> TestNarinfos.item("item-" + i)).toList();
        try (TestServer server = TestServer.pages((path, connection) -> {
            if (out.get()) {
                connection.reset();
            } else {
                back.await();
                connection.answer(200, TestNarinfos.signed(paths.stream()
                        .filter(item -> TestNarinfos.url(item).equals(path)).findFirst().orElseThrow()));
            }
        })) {
            MetadataSite site = site(TestSettings.of(LONG, LONG, 1, 64, 1));
            assertEquals(Optional.empty(), site.whole(HELLO, server));
            int asked = server.requests().size();
            out.set(false);
            site.pass(Duration.ofSeconds(30));
            var all = site.lookupAll(paths, MetadataSite.asked(server));
            server.awaitRequests(asked + 1);
            assertEquals(asked + 1, server.requests().size());
            back.countDown();
            assertEquals(20, Eventually.get(all).size());
        }
    }

    /** While a server is left alone, another one that fails too is no reason to say that there is none. */
    @Test
    void whereAllAreOutAllAreAskedAfterHalfAMinute() throws IOException {
        AtomicBoolean out = new AtomicBoolean(true);
        TestServer.Page page = (path, connection) -> {
            if (out.get()) {
                connection.reset();
            } else {
                connection.answer(200, TestNarinfos.signed(HELLO));
            }
        };
        try (TestServer first = TestServer.pages(page); TestServer second = TestServer.pages(page)) {
            MetadataSite site = site();
            for (int i = 0; i < 4; i++) {
                assertEquals(Optional.empty(), site.whole(HELLO, first, second));
                site.pass(Duration.ofSeconds(30));
            }
            out.set(false);
            assertTrue(site.whole(HELLO, first).isPresent());
            for (TestServer each : List.of(first, second)) {
                Instant until = site.mirrors.outUntil(new ServerUrl(each.uri()), Mirrors.Use.NARS);
                assertFalse(until.isAfter(site.mirrors.now().plusSeconds(60)),
                        () -> each.uri() + " is out until " + until);
            }
            site.pass(Duration.ofMinutes(1));
            for (TestServer each : List.of(first, second)) {
                int before = each.requests().size();
                Eventually.get(site.lookupAll(List.of(TestNarinfos.item("other")), MetadataSite.asked(each)));
                assertTrue(each.requests().size() > before);
                assertFalse(site.mirrors.isOut(new ServerUrl(each.uri()), Mirrors.Use.NARS));
            }
        }
    }

    /** It is there again, whatever it says: questions need not go one by one until it makes sense. */
    @Test
    void whatMakesNoSenseEndsAnOutage() throws IOException {
        AtomicBoolean out = new AtomicBoolean(true);
        try (TestServer server = TestServer.pages((path, connection) -> {
            if (out.get()) {
                connection.reset();
            } else {
                connection.answer(302, "", "Location: ftp://elsewhere/");
            }
        })) {
            MetadataSite site = site();
            ServerUrl url = new ServerUrl(server.uri());
            assertEquals(Optional.empty(), site.whole(HELLO, server));
            assertTrue(site.mirrors.lookupFailed(url).isPresent());
            out.set(false);
            site.pass(Duration.ofSeconds(60));
            assertEquals(Optional.empty(), site.whole(HELLO, server));
            assertEquals(Optional.empty(), site.mirrors.lookupFailed(url));
        }
    }

    /** A proxy before a server that is out is quick to say so; and it may be so for one item alone. */
    @ParameterizedTest
    @ValueSource(ints = {429, 503})
    void anErrorIsNoMeasureAndNoReasonNotToAskAboutOthers(int status) throws IOException {
        try (TestServer server = TestServer.pages((path, connection) -> connection.answer(status, new byte[0]))) {
            MetadataSite site = site();
            assertEquals(Optional.empty(), site.whole(HELLO, server));
            Standing standing = site.mirrors.table().getFirst();
            assertEquals(0, standing.narinfoMicros());
            assertEquals(0, standing.asked());
            assertFalse(site.mirrors.isOut(new ServerUrl(server.uri()), Mirrors.Use.LOOKUPS));
        }
    }

    @Test
    void whatWasKnownCountsWhileTheServerIsOut() throws IOException {
        AtomicBoolean out = new AtomicBoolean();
        try (TestServer server = TestServer.pages((path, connection) -> {
            if (out.get()) {
                connection.reset();
            } else {
                connection.answer(200, TestNarinfos.signed(HELLO), "Cache-Control: max-age=100");
            }
        })) {
            MetadataSite site = site();
            assertTrue(site.whole(HELLO, server).isPresent());
            out.set(true);
            site.pass(Duration.ofSeconds(200));
            int asked = server.requests().size();
            assertTrue(site.whole(HELLO, server).isPresent());
            assertTrue(server.requests().size() > asked);
            int again = server.requests().size();
            site.pass(Duration.ofSeconds(29));
            assertTrue(site.whole(HELLO, server).isPresent());
            assertEquals(again, server.requests().size());
            // It is out for half a minute, not for as long as the clock was set back.
            out.set(false);
            site.pass(Duration.ofHours(-3));
            assertTrue(site.whole(HELLO, server).isPresent());
            assertTrue(server.requests().size() > again);
        }
    }

    @Test
    void whatWasKnownCountsWhileTheServerIsIll() throws IOException {
        AtomicBoolean ill = new AtomicBoolean();
        try (TestServer server = TestServer.pages((path, connection) -> {
            if (ill.get()) {
                connection.answer(503, new byte[0]);
            } else {
                connection.answer(200, TestNarinfos.signed(HELLO), "Cache-Control: max-age=100");
            }
        })) {
            MetadataSite site = site();
            assertTrue(site.whole(HELLO, server).isPresent());
            ill.set(true);
            for (int i = 0; i < 2; i++) {
                int asked = server.requests().size();
                site.pass(Duration.ofHours(1));
                assertTrue(site.whole(HELLO, server).isPresent());
                assertTrue(server.requests().size() > asked);
            }
        }
    }

    /** A client may name servers of its own, which say what they like about hundreds of paths. */
    @Test
    void whatDoesNotVerifyIsNotHeldHoweverMuchItIs() throws IOException {
        String padding = "X: " + "y".repeat(NarinfoCache.MAX_NARINFO_BYTES - 2000) + "\n";
        List<StorePath> paths = IntStream.range(0, 200).mapToObj(i -> TestNarinfos.item("item-" + i)).toList();
        Map<String, byte[]> unsigned = new HashMap<>();
        for (StorePath path : paths) {
            String signed = new String(TestNarinfos.signed(path), UTF_8);
            unsigned.put(TestNarinfos.url(path),
                    (signed.replaceFirst("Signature: .*\n", "") + padding).getBytes(UTF_8));
        }
        AtomicLong most = new AtomicLong();
        try (TestServer server = TestServer
                .pages((path, connection) -> connection.answer(200, Objects.requireNonNull(unsigned.get(path))))) {
            MetadataSite site = site();
            CompletionStage<List<TrustedNarinfo>> found = site.lookupAll(paths, MetadataSite.asked(server));
            Eventually.holds(() -> {
                most.accumulateAndGet(site.metadata.rememberedBytes(), Math::max);
                return found.toCompletableFuture().isDone();
            }, () -> "an answer");
            assertEquals(List.of(), Eventually.get(found));
            assertEquals(200, server.requests().size());
            assertTrue(most.get() <= new Remembered(MetadataSite.MEMORY.of(MemoryShares.Holder.NARINFOS)).mostBytes(),
                    () -> "bytes: " + most);
            Eventually.holds(() -> site.metadata.rememberedBytes() == 0, () -> "nothing to be held");
        }
    }

    @Test
    void whatNeitherMemoryNorCacheHasAnyMoreIsAskedAnew() throws IOException {
        StorePath[] references = IntStream.range(0, 1000)
                .mapToObj(i -> TestNarinfos.item("long-".repeat(35) + i))
                .toArray(StorePath[]::new);
        Map<String, byte[]> narinfos = new HashMap<>(Map.of(TestNarinfos.url(HELLO), TestNarinfos.signed(HELLO)));
        List<StorePath> large = IntStream.range(0, 50).mapToObj(i -> TestNarinfos.item("item-" + i)).toList();
        large.forEach(path -> narinfos.put(TestNarinfos.url(path), TestNarinfos.signed(path, references)));
        try (TestServer server = TestServer.pages((path, connection) -> {
            Optional<byte[]> narinfo = Optional.ofNullable(narinfos.get(path));
            connection.answer(narinfo.isPresent() ? 200 : 404, narinfo.orElse(new byte[0]));
        })) {
            MetadataSite site = site();
            assertTrue(site.whole(HELLO, server).isPresent());
            assertEquals(large, Eventually.get(site.lookupAll(large, MetadataSite.asked(server))).stream()
                    .map(TrustedNarinfo::path).toList());
            assertTrue(site.whole(HELLO, server).isPresent());
            assertEquals(1, Collections.frequency(server.requests(), TestNarinfos.url(HELLO)));
            try (Stream<Path> files = Files.walk(directory.resolve("narinfo"))) {
                for (Path file : files.filter(Files::isRegularFile).toList()) {
                    Files.delete(file);
                }
            }
            assertTrue(site.whole(large.getFirst(), server).isPresent());
            assertEquals(large, Eventually.get(site.lookupAll(large, MetadataSite.asked(server))).stream()
                    .map(TrustedNarinfo::path).toList());
            assertTrue(server.requests().stream().filter(narinfos::containsKey).count() > 51, "some asked anew");
        }
    }

    @Test
    void noMoreServersAreAskedThanAnybodyConfigures() throws IOException {
        try (TestServer server = serving(TestNarinfos.signed(HELLO))) {
            AskedServers urls = AskedServers
                    .ofNamed(IntStream.range(0, 50).mapToObj(i -> server.uri("/" + i)).toList());
            assertEquals(16, Eventually.get(site().metadata.lookupWhole(HELLO, urls)).orElseThrow().offers().size());
            assertEquals(16, server.requests().size());
        }
    }

    @Test
    void theAclIsHeededAsItIs() throws IOException {
        try (TestServer server = serving(TestNarinfos.signed(HELLO))) {
            MetadataSite site = site();
            site.authorise("second", "rsa");
            assertEquals(Optional.empty(), site.lookup(HELLO, server));
            site.authorise("second", "publisher");
            assertTrue(site.lookup(HELLO, server).isPresent());
            Files.delete(site.acl);
            assertEquals(Optional.empty(), site.lookup(HELLO, server));
            site.authorise("publisher");
            assertTrue(site.lookup(HELLO, server).isPresent());
            site.write(new String(Fixtures.bytes("keys/acl"), UTF_8).replace("guix import", "guix export")
                    .getBytes(UTF_8));
            assertEquals(Optional.empty(), site.lookup(HELLO, server));
            site.write(new byte[2 << 20]);
            assertEquals(Optional.empty(), site.lookup(HELLO, server));
            site.write(Fixtures.bytes("keys/acl"));
            assertTrue(site.lookup(HELLO, server).isPresent());
            assertEquals(1, server.requests().size());
        }
    }

    @Test
    void onlyTheServersThatAreNamedAreAsked() throws IOException {
        try (TestServer one = serving(TestNarinfos.signed(HELLO));
                TestServer two = serving(TestNarinfos.signed(HELLO))) {
            MetadataSite site = site();
            assertEquals(MetadataSite.urls(one), site.whole(HELLO, one).orElseThrow().offers().stream()
                    .map(offer -> offer.server().uri()).toList());
            assertEquals(0, two.requests().size());
            assertEquals(MetadataSite.urls(two), site.whole(HELLO, two).orElseThrow().offers().stream()
                    .map(offer -> offer.server().uri()).toList());
            assertEquals(1, one.requests().size());
            assertEquals(Optional.empty(), site.whole(HELLO));
        }
    }

    @Test
    void aServerThatIsNoneIsPassedOverAndOneThatIsNamedTwiceAskedOnce() throws IOException {
        try (TestServer server = serving(TestNarinfos.signed(HELLO))) {
            AskedServers urls = AskedServers.ofNamed(List.of(URI.create("ftp://127.0.0.1/"), URI.create("nonsense"),
                    server.uri(), URI.create(server.uri() + "/"), URI.create("http://user@127.0.0.1/")));
            assertEquals(1, Eventually.get(site().metadata.lookupWhole(HELLO, urls)).orElseThrow().offers().size());
            assertEquals(1, server.requests().size());
        }
    }

    @Test
    void whatIsAskedOfANodeThatStopsComesToNothing() throws IOException {
        try (TestServer server = serving(TestNarinfos.signed(HELLO))) {
            MetadataSite site = site();
            site.close();
            assertEquals(Optional.empty(), site.lookup(HELLO, server));
            assertEquals(Optional.empty(), site.whole(TestNars.HELLO.path(), server));
        }
    }

    @Test
    void aBuildIsPublicWhenAnyServerHasItSignedByAPublicKeyWithItsHash() throws IOException {
        FixtureItems.Item hello = FixtureItems.all().stream().filter(item -> item.path().equals(HELLO)).findFirst()
                .orElseThrow();
        NarHash other = new NarHash(Sha256.hash(new byte[0]));
        StorePath unknown = TestNarinfos.item("unknown");
        try (TestServer publisher = publisher();
                TestServer nothing = TestServer.pages((path, connection) -> connection
                        .answer(404, ""));
                TestServer secret = serving(TestNarinfos.BY_SECOND);
                TestServer broken = TestServer.pages((path, connection) -> connection.answer(500, ""))) {
            MetadataSite site = site();
            assertEquals(Gate.PUBLIC, Eventually.get(
                    site.metadata.gate(HELLO, hello.hash(), MetadataSite.urls(nothing, publisher, broken))));
            assertEquals(Gate.OTHER, Eventually.get(
                    site.metadata.gate(HELLO, other, MetadataSite.urls(nothing, publisher))));
            assertEquals(Gate.ABSENT, Eventually.get(
                    site.metadata.gate(unknown, hello.hash(), MetadataSite.urls(nothing, publisher))));
            // The one that did not answer may be the one that has it.
            assertEquals(Gate.PARTLY, Eventually.get(
                    site.metadata.gate(HELLO, other, MetadataSite.urls(nothing, publisher, broken))));
            assertEquals(Gate.PARTLY, Eventually.get(
                    site.metadata.gate(unknown, hello.hash(), MetadataSite.urls(nothing, publisher, broken))));
            // Trusted by the ACL or not, who has not signed for the public makes nothing public.
            site.authorise("second");
            assertEquals(Gate.ABSENT,
                    Eventually.get(site.metadata.gate(HELLO, hello.hash(), MetadataSite.urls(secret, nothing))));
            assertEquals(Gate.UNKNOWN,
                    Eventually.get(site.metadata.gate(unknown, hello.hash(), MetadataSite.urls(broken))));
            assertEquals(Gate.UNKNOWN, Eventually.get(site.metadata.gate(unknown, hello.hash(), List.of())));
            assertEquals(0, cachedFiles(), "what was asked about a whole store would push out what is asked for");
        }
    }

    @Test
    void whatIsKnownAlreadyMakesABuildPublicWithoutAQuestion() throws IOException {
        FixtureItems.Item hello = FixtureItems.all().stream().filter(item -> item.path().equals(HELLO)).findFirst()
                .orElseThrow();
        try (TestServer publisher = publisher()) {
            MetadataSite site = site();
            site.whole(HELLO, publisher);
            List<String> before = publisher.requests();
            // A signature does not become wrong, though the answer would be asked for anew.
            site.pass(Duration.ofDays(10));
            assertEquals(Gate.PUBLIC,
                    Eventually.get(site.metadata.gate(HELLO, hello.hash(), MetadataSite.urls(publisher))));
            assertEquals(before.stream().filter(request -> request.contains(HELLO.hashPart())).toList(),
                    publisher.requests()
                            .stream().filter(request -> request.contains(HELLO.hashPart())).toList());
        }
    }

    private long cachedFiles() throws IOException {
        Path cache = directory.resolve("narinfo");
        if (!Files.exists(cache)) {
            return 0;
        }
        try (Stream<Path> files = Files.walk(cache)) {
            return files.filter(Files::isRegularFile).count();
        }
    }
}
