// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.stream.KillSwitches;
import org.apache.pekko.stream.UniqueKillSwitch;
import org.apache.pekko.stream.javadsl.Keep;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.util.ByteString;
import org.guixp2p.node.rate.RateLimits;
import org.guixp2p.node.testing.Eventually;
import org.guixp2p.node.testing.TestMirrors;
import org.guixp2p.node.testing.TestNars;
import org.guixp2p.node.testing.TestServer;
import org.guixp2p.node.testing.TestSettings;
import org.guixp2p.persistence.mirrors.Fault;
import org.guixp2p.persistence.mirrors.Mirrors;
import org.guixp2p.persistence.mirrors.Standing;
import org.guixp2p.persistence.narinfo.ServerUrl;
import org.guixp2p.protocol.compress.Compression;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.narinfo.FileSize;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What servers that do not behave cost, in connections: real ones, each asked in the order that its past gives it. */
class MirroredNarsTest {
    /** Longer than a test waits for anything. */
    private static final Duration LONG = Duration.ofSeconds(60);
    /** Long enough for whoever answers at all. */
    private static final Duration SHORT = Duration.ofSeconds(1);
    private static final NarSize SIZE = TestNars.HELLO.size();
    private static final byte[] FILE = TestNars.compressed(TestNars.HELLO, Compression.ZSTD);

    private volatile Instant now = Instant.parse("2026-11-28T00:00:00Z");
    private final Mirrors mirrors = TestMirrors.unknown(() -> now);
    private final ActorTestKit kit = ActorTestKit.create();

    private final HttpNarSource source = new HttpNarSource(kit.system(), TestSettings.of(LONG, LONG, 1, 1, 8),
            RateLimits.none().download(), 64 << 20, mirrors);
    private final AtomicInteger joined = new AtomicInteger();

    @AfterEach
    void close() {
        source.close();
        kit.shutdownTestKit();
    }

    private static NarOffer offer(URI server) {
        return new NarOffer(new ServerUrl(server), server.resolve("/nar"), Compression.ZSTD,
                Optional.of(new FileSize(FILE.length)));
    }

    private List<NarOffer> ranked(URI... servers) {
        return NarRanking.rank(Stream.of(servers).map(MirroredNarsTest::offer).toList(), SIZE, mirrors);
    }

    /** Fetches the NAR from the first that gives it, and says which that was. */
    private URI fetch(URI... servers) {
        return fetch(source, servers);
    }

    private URI fetch(HttpNarSource source, URI... servers) {
        now = now.plusMillis(100);
        NarAnswer.Opened opened = assertInstanceOf(NarAnswer.Opened.class,
                Eventually.get(source.open(ranked(servers), SIZE)));
        read(opened);
        return opened.offer().server().uri();
    }

    private void read(NarAnswer.Opened opened) {
        ByteString nar = Eventually
                .get(opened.nar().runFold(ByteString.emptyByteString(), ByteString::concat, kit.system()));
        assertEquals(SIZE.bytes(), nar.size());
    }

    private Standing standing(URI server) {
        return mirrors.table().stream().filter(each -> each.server().equals(new ServerUrl(server))).findFirst()
                .orElseThrow();
    }

    private static TestServer good() throws IOException {
        return TestServer.pages((path, connection) -> connection.answer(200, FILE));
    }

    @Test
    void onePortThatRefusesCostsOneConnectionAndIsFirstAgainAfterItsPause() throws IOException {
        URI dead = URI.create("http://127.0.0.1:" + TestServer.deadPort());
        try (TestServer other = good()) {
            for (int i = 0; i < 5; i++) {
                assertEquals(other.uri(), fetch(dead, other.uri()));
            }
            assertEquals(1, standing(dead).failures());
            assertEquals(Fault.CONNECT, standing(dead).fault());
            now = now.plus(Duration.ofMinutes(1));
            assertEquals(dead, ranked(dead, other.uri()).getFirst().server().uri());
            assertEquals(other.uri(), fetch(dead, other.uri()));
            assertEquals(2, standing(dead).failures());
        }
    }

    /** The pauses are one minute, four, and sixteen at most. */
    @Test
    void oneThatNeverAnswersCostsATimeoutAnHour() throws IOException {
        try (TestServer silent = TestServer.start(TestServer.Connection::awaitEnd);
                TestServer other = good();
                HttpNarSource hasty = new HttpNarSource(kit.system(), TestSettings.of(SHORT, LONG, 1, 1, 8),
                        RateLimits.none().download(), 64 << 20, mirrors)) {
            for (int i = 0; i < 20; i++) {
                fetch(hasty, silent.uri(), other.uri());
            }
            assertEquals(1, silent.connected());
            assertEquals(Fault.TIMEOUT, standing(silent.uri()).fault());
            for (int minute = 0; minute < 30; minute++) {
                now = now.plus(Duration.ofMinutes(1));
                fetch(hasty, silent.uri(), other.uri());
            }
            assertEquals(4, silent.connected());
            now = now.plus(Duration.ofHours(1));
            for (int minute = 0; minute < 47; minute++) {
                now = now.plus(Duration.ofMinutes(1));
                fetch(hasty, silent.uri(), other.uri());
            }
            assertEquals(5, silent.connected());
        }
    }

    @Test
    void nobodyElseHasItThenItIsAskedAllTheSame() throws IOException {
        try (TestServer server = TestServer.start(connection -> {
            if (connection.number() == 0) {
                connection.reset();
            } else {
                TestServer.answering((path, answered) -> answered.answer(200, FILE)).serve(connection);
            }
        })) {
            assertInstanceOf(NarAnswer.Unavailable.class, Eventually.get(source.open(ranked(server.uri()), SIZE)));
            assertTrue(mirrors.isOut(new ServerUrl(server.uri()), Mirrors.Use.NARS));
            assertEquals(server.uri(), fetch(server.uri()));
            assertEquals("best", standing(server.uri()).why());
        }
    }

    /** What the user put first is slow to begin; the other one was found out when that one had nothing. */
    @Test
    void theQuickerOneIsFirstOnceBothAreMeasured() throws IOException {
        try (TestServer slow = good(); TestServer quick = good()) {
            ServerUrl tardy = new ServerUrl(slow.uri());
            mirrors.began(tardy, FILE.length, Duration.ofSeconds(30));
            mirrors.came(tardy, FILE.length, FILE.length, Duration.ofSeconds(30), true);
            assertEquals(slow.uri(), ranked(slow.uri(), quick.uri()).getFirst().server().uri());
            fetch(quick.uri());
            assertEquals(quick.uri(), ranked(slow.uri(), quick.uri()).getFirst().server().uri());
            assertEquals(quick.uri(), fetch(slow.uri(), quick.uri()));
            assertEquals(0, slow.connected());
        }
    }

    private Fault broken(TestServer server) {
        NarAnswer.Opened opened = assertInstanceOf(NarAnswer.Opened.class,
                Eventually.get(source.open(ranked(server.uri()), SIZE)));
        assertThrows(CompletionException.class, () -> read(opened));
        Eventually.holds(() -> standing(server.uri()).failures() > 0, () -> "to be held against the server");
        return standing(server.uri()).fault();
    }

    @Test
    void oneThatBreaksOffMidwayIsLast() throws IOException {
        try (TestServer server = TestServer.pages((path, connection) -> {
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: " + FILE.length + "\r\n\r\n");
            connection.write(Arrays.copyOf(FILE, FILE.length / 2));
            connection.close();
        }); TestServer other = good()) {
            assertEquals(Fault.BROKEN, broken(server));
            assertEquals(other.uri(), ranked(server.uri(), other.uri()).getFirst().server().uri());
        }
    }

    @Test
    void oneThatSendsNoFileOfThatKindIsLast() throws IOException {
        try (TestServer server = TestServer.pages((path, connection) -> connection.answer(200, new byte[100]))) {
            assertEquals(Fault.DAMAGED, broken(server));
        }
    }

    /** It came to its end; that was none of a NAR. */
    @Test
    void noFileOfThatKindEndsNoTrouble() throws IOException {
        try (TestServer server = TestServer.pages((path, connection) -> connection.answer(200, new byte[100]))) {
            ServerUrl url = new ServerUrl(server.uri());
            mirrors.failed(url, Mirrors.Use.NARS, Fault.STATUS, now);
            now = mirrors.outUntil(url, Mirrors.Use.NARS);
            mirrors.failed(url, Mirrors.Use.NARS, Fault.STATUS, now);
            broken(server);
            Eventually.holds(() -> standing(server.uri()).fault() == Fault.DAMAGED, () -> "to be held against it");
            assertEquals(2, standing(server.uri()).failures());
        }
    }

    /** Whatever a narinfo tells. */
    @Test
    void aFileIsMeasuredBySoMuchAsCame() throws IOException {
        try (TestServer server = good()) {
            NarOffer large = new NarOffer(new ServerUrl(server.uri()), server.uri("/nar"), Compression.ZSTD,
                    Optional.of(new FileSize(1L << 30)));
            read(assertInstanceOf(NarAnswer.Opened.class, Eventually.get(source.open(large, SIZE))));
            assertTrue(firstByte(server) > 0);
            assertEquals(0, standing(server.uri()).files().getLast().firstByteMicros());
        }
    }

    /** It has a narinfo, and no NAR any more: that says nothing of others. */
    @Test
    void oneThatLacksAFileIsNotLast() throws IOException {
        try (TestServer server = TestServer.pages((path, connection) -> connection.answer(404, "no"));
                TestServer other = good()) {
            assertEquals(other.uri(), fetch(server.uri(), other.uri()));
            assertEquals(server.uri(), ranked(server.uri(), other.uri()).getFirst().server().uri());
        }
    }

    @Test
    void oneThatAnswersWithErrorsIsLast() throws IOException {
        try (TestServer server = TestServer.pages((path, connection) -> connection.answer(500, "no"));
                TestServer other = good()) {
            assertEquals(other.uri(), fetch(server.uri(), other.uri()));
            assertEquals(Fault.STATUS, standing(server.uri()).fault());
            assertEquals(other.uri(), ranked(server.uri(), other.uri()).getFirst().server().uri());
        }
    }

    // A late first byte.

    private CompletableFuture<NarAnswer> hedged(TestServer first, TestServer spare) {
        return source.open(offer(first.uri()), offer(spare.uri()), SIZE, GoingOn.NOWHERE, joined::incrementAndGet);
    }

    /** So quick that it is late soon. */
    private void wasQuick(TestServer server) {
        mirrors.began(new ServerUrl(server.uri()), FILE.length, Duration.ofMillis(1));
        mirrors.came(new ServerUrl(server.uri()), FILE.length, FILE.length, Duration.ofMillis(1), true);
    }

    @Test
    void whoeverBeginsLateIsNotWaitedForAndIsHungUpOn() throws IOException {
        try (TestServer silent = TestServer.start(TestServer.Connection::awaitEnd); TestServer other = good()) {
            wasQuick(silent);
            NarAnswer.Opened opened = assertInstanceOf(NarAnswer.Opened.class, Eventually.get(hedged(silent, other)));
            assertEquals(new ServerUrl(other.uri()), opened.offer().server());
            read(opened);
            silent.awaitNoneOpen();
            assertEquals(List.of(1, 1, 1), List.of(joined.get(), silent.connected(), other.connected()));
            // It took longer than it should, and has not failed.
            assertEquals(0, standing(silent.uri()).failures());
            Eventually.holds(
                    () -> mirrors.firstByteMicros(new ServerUrl(silent.uri()), FILE.length).orElseThrow() > 10_000,
                    () -> "what it took to be known");
            assertEquals(other.uri(), ranked(silent.uri(), other.uri()).getFirst().server().uri());
        }
    }

    /** It was never measured: nothing but that it was late tells of it. */
    @Test
    void oneThatSwallowsQuestionsCostsOneLateFirstByteAndIsLast() throws IOException {
        try (TestServer silent = TestServer.start(TestServer.Connection::awaitEnd); TestServer other = good()) {
            read(assertInstanceOf(NarAnswer.Opened.class, Eventually.get(hedged(silent, other))));
            Eventually.holds(() -> standing(silent.uri()).fault() == Fault.TIMEOUT, () -> "to be held against it");
            assertEquals(Instant.EPOCH, standing(silent.uri()).heard());
            assertEquals(other.uri(), ranked(silent.uri(), other.uri()).getFirst().server().uri());
        }
    }

    /** Whoever has no room for connections does not refuse them: it says nothing. */
    @Test
    void oneThatWasQuickAndSwallowsConnectionsIsLastAtOnce() throws IOException {
        try (ServerSocket full = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                Socket first = new Socket(full.getInetAddress(), full.getLocalPort());
                Socket second = new Socket(full.getInetAddress(), full.getLocalPort());
                TestServer other = good()) {
            assertTrue(first.isConnected() && second.isConnected());
            URI dead = URI.create("http://127.0.0.1:" + full.getLocalPort());
            mirrors.began(new ServerUrl(dead), FILE.length, Duration.ofMillis(1));
            mirrors.came(new ServerUrl(dead), FILE.length, FILE.length, Duration.ofMillis(1), true);
            read(assertInstanceOf(NarAnswer.Opened.class, Eventually.get(source.open(offer(dead), offer(other.uri()),
                    SIZE, GoingOn.NOWHERE, joined::incrementAndGet))));
            Eventually.holds(() -> standing(dead).fault() == Fault.TIMEOUT, () -> "to be held against it");
            assertEquals(other.uri(), ranked(dead, other.uri()).getFirst().server().uri());
        }
    }

    /** Its connections are all taken by our own NARs. */
    @Test
    void whoeverHasNoTurnForUsIsNotWaitedForAndIsNotLate() throws IOException {
        try (TestServer busy = good();
                TestServer other = good();
                HttpNarSource single = new HttpNarSource(kit.system(), TestSettings.of(LONG, LONG, 1, 1, 1),
                        RateLimits.none().download(), 64 << 20, mirrors)) {
            NarAnswer.Opened holds = assertInstanceOf(NarAnswer.Opened.class,
                    Eventually.get(single.open(offer(busy.uri()), SIZE)));
            long firstByte = firstByte(busy);
            NarAnswer.Opened opened = assertInstanceOf(NarAnswer.Opened.class, Eventually.get(single.open(
                    offer(busy.uri()), offer(other.uri()), SIZE, GoingOn.NOWHERE, joined::incrementAndGet)));
            assertEquals(new ServerUrl(other.uri()), opened.offer().server());
            read(opened);
            read(holds);
            assertEquals(1, joined.get());
            assertEquals(firstByte, firstByte(busy));
            assertEquals(0, standing(busy.uri()).failures());
        }
    }

    private long firstByte(TestServer server) {
        return standing(server.uri()).files().getFirst().firstByteMicros();
    }

    @Test
    void whoeverBeginsInTimeIsAskedAlone() throws IOException {
        try (TestServer first = good(); TestServer other = good()) {
            read(assertInstanceOf(NarAnswer.Opened.class, Eventually.get(hedged(first, other))));
            assertEquals(List.of(0, 1, 0), List.of(joined.get(), first.connected(), other.connected()));
        }
    }

    @Test
    void whoeverFailsAtOnceIsNotLate() throws IOException {
        try (TestServer first = TestServer.pages((path, connection) -> connection.answer(404, "no"));
                TestServer other = good()) {
            assertInstanceOf(NarAnswer.Unavailable.class, Eventually.get(hedged(first, other)));
            assertEquals(0, other.connected());
        }
    }

    @Test
    void whereBothFailBothAreNamed() throws IOException {
        CountDownLatch asked = new CountDownLatch(1);
        try (TestServer first = TestServer.pages((path, connection) -> {
            asked.await();
            connection.answer(404, "no");
        }); TestServer other = TestServer.pages((path, connection) -> {
            connection.answer(500, "no");
            asked.countDown();
        })) {
            wasQuick(first);
            NarAnswer.Unavailable none = assertInstanceOf(NarAnswer.Unavailable.class,
                    Eventually.get(hedged(first, other)));
            assertEquals(Set.of(new HttpFault.Status(500), new HttpFault.Status(404)),
                    none.attempts().stream().map(NarAnswer.Attempt::fault).collect(Collectors.toSet()));
        }
    }

    /** The first one fails just when the other one is about to be asked. */
    @Test
    void whoeverIsAboutToBeAskedIsWaitedFor() throws IOException {
        CountDownLatch joining = new CountDownLatch(1);
        try (TestServer first = TestServer.pages((path, connection) -> {
            joining.await();
            connection.answer(500, "no");
        }); TestServer other = good()) {
            wasQuick(first);
            NarAnswer answer = Eventually
                    .get(source.open(offer(first.uri()), offer(other.uri()), SIZE, GoingOn.NOWHERE, () -> {
                        joining.countDown();
                        Eventually.holds(() -> standing(first.uri()).fault() == Fault.STATUS, () -> "to fail");
                    }));
            read(assertInstanceOf(NarAnswer.Opened.class, answer));
        }
    }

    @Test
    void whoeverWantsNeitherHangsUpOnBoth() throws IOException {
        try (TestServer first = TestServer.start(TestServer.Connection::awaitEnd);
                TestServer other = TestServer.start(TestServer.Connection::awaitEnd)) {
            wasQuick(first);
            CompletableFuture<NarAnswer> answer = hedged(first, other);
            first.awaitRequests(1);
            other.awaitRequests(1);
            answer.cancel(false);
            first.awaitNoneOpen();
            other.awaitNoneOpen();
            assertEquals(List.of(0, 0), List.of(standing(first.uri()).failures(),
                    mirrors.isOut(new ServerUrl(other.uri()), Mirrors.Use.NARS) ? 1 : 0));
        }
    }

    // A connection that breaks midway.

    private static final int HALF = FILE.length / 2;

    /** Sends half of the file, ends the connection, and has {@code then} answer whoever comes after that. */
    private static TestServer breaking(TestServer.Page then) throws IOException {
        AtomicInteger asked = new AtomicInteger();
        return TestServer.pages((path, connection) -> {
            if (asked.getAndIncrement() > 0) {
                then.answer(path, connection);
                return;
            }
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: " + FILE.length + "\r\n\r\n");
            connection.write(Arrays.copyOf(FILE, HALF));
            connection.close();
        });
    }

    private static void rest(TestServer.Connection connection, String range) throws IOException {
        connection.answer(206, Arrays.copyOfRange(FILE, HALF, FILE.length), "Content-Range: bytes " + range);
    }

    private static String rest() {
        return HALF + "-" + (FILE.length - 1) + "/" + FILE.length;
    }

    private static NarOffer offer(TestServer server, String hashed) {
        NarOffer plain = offer(server.uri());
        return new NarOffer(plain.server(), plain.uri(), plain.compression(), plain.fileSize(),
                Optional.of(Sha256.hash(hashed.getBytes(StandardCharsets.UTF_8))));
    }

    private final List<String> told = new CopyOnWriteArrayList<>();

    private NarAnswer.Opened opened(NarOffer offer, NarOffer... elsewhere) {
        GoingOn goingOn = new GoingOn(true, List.of(elsewhere), other -> told.add(other.uri().toString()));
        return assertInstanceOf(NarAnswer.Opened.class, Eventually.get(source.open(offer, SIZE, goingOn)));
    }

    private ByteString bytes(NarAnswer.Opened opened) {
        return Eventually.get(opened.nar().runFold(ByteString.emptyByteString(), ByteString::concat, kit.system()));
    }

    private void assertHello(NarAnswer.Opened opened) {
        assertEquals(TestNars.HELLO.hash(), new NarHash(Sha256.hash(bytes(opened).toArray())));
    }

    private HttpFault fault(NarAnswer.Opened opened) {
        return assertInstanceOf(HttpFaultException.class,
                assertThrows(CompletionException.class, () -> bytes(opened)).getCause()).fault();
    }

    @Test
    void theRestComesFromWhereItBrokeOff() throws IOException {
        try (TestServer server = breaking((path, connection) -> rest(connection, rest()))) {
            NarAnswer.Opened opened = opened(offer(server.uri()));
            assertHello(opened);
            assertEquals(List.of("bytes=" + HALF + "-"), server.ranges());
            assertEquals(FILE.length, opened.received());
            assertEquals(0, standing(server.uri()).failures(), "it gave all of it in the end");
        }
    }

    @Test
    void theRestComesFromAnotherServerThatHasTheSameFile() throws IOException {
        try (TestServer server = breaking((path, connection) -> connection.answer(500, "no"));
                TestServer other = TestServer.pages((path, connection) -> rest(connection, rest()))) {
            assertHello(opened(offer(server, "a"), offer(server, "a"), offer(other, "a")));
            assertEquals(List.of("bytes=" + HALF + "-"), other.ranges());
            assertEquals(List.of(other.uri("/nar").toString()), told);
            assertEquals(List.of(1, 1), List.of(server.requests().size(), other.requests().size()));
            assertEquals(Fault.BROKEN, standing(server.uri()).fault());
        }
    }

    /** It would be other bytes. */
    @Test
    void noOtherFileIsPutBehindIt() throws IOException {
        try (TestServer hashed = breaking((path, connection) -> rest(connection, rest()));
                TestServer plain = breaking((path, connection) -> rest(connection, rest()));
                TestServer other = good()) {
            assertHello(opened(offer(hashed, "a"), offer(other, "b")));
            assertHello(opened(offer(plain.uri()), offer(other.uri())));
            assertEquals(0, other.connected());
            assertEquals(List.of(), told);
        }
    }

    @Test
    void ofWhatIsNotCompressedTheRestComesFromAnybody() throws IOException {
        byte[] nar = TestNars.compressed(TestNars.HELLO, Compression.NONE);
        try (TestServer server = TestServer.pages((path, connection) -> {
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: " + nar.length + "\r\n\r\n");
            connection.write(Arrays.copyOf(nar, 1000));
            connection.close();
        });
                TestServer other = TestServer.pages((path, connection) -> connection.answer(206,
                        Arrays.copyOfRange(nar, 1000, nar.length),
                        "Content-Range: bytes 1000-" + (nar.length - 1) + "/" + nar.length))) {
            assertHello(opened(
                    new NarOffer(new ServerUrl(server.uri()), server.uri("/nar"), Compression.NONE, Optional.empty()),
                    new NarOffer(new ServerUrl(other.uri()), other.uri("/nar"), Compression.NONE, Optional.empty())));
            assertEquals(List.of("bytes=1000-"), other.ranges());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"200", "404", "other part", "other length", "no range", "too short"})
    void whereTheRestIsNotToBeHadItIsAsIfNobodyHadAsked(String answer) throws IOException {
        try (TestServer server = breaking((path, connection) -> {
            switch (answer) {
                case "200" -> connection.answer(200, FILE);
                case "404" -> connection.answer(404, "no");
                case "other part" -> rest(connection, rest().replaceFirst("[0-9]+", "" + (HALF - 1)));
                case "other length" -> rest(connection, rest().replaceFirst("/[0-9]+", "/" + (FILE.length + 1)));
                case "no range" -> connection.answer(206, Arrays.copyOfRange(FILE, HALF, FILE.length));
                default -> connection.answer(206, new byte[1], "Content-Range: bytes " + rest());
            }
        })) {
            assertInstanceOf(HttpFault.Truncated.class, fault(opened(offer(server.uri()))));
            assertEquals(2, server.requests().size());
            Eventually.holds(() -> standing(server.uri()).fault() == Fault.BROKEN,
                    () -> "to be held against the server");
        }
    }

    @Test
    void whoeverIsOutOfReachForTheRestFailsAndIsPassedOver() throws IOException {
        URI dead = URI.create("http://127.0.0.1:" + TestServer.deadPort());
        try (TestServer server = breaking((path, connection) -> rest(connection, rest()))) {
            NarOffer lacking = new NarOffer(new ServerUrl(dead), dead.resolve("/nar"), Compression.ZSTD,
                    Optional.empty(), offer(server, "a").fileHash());
            assertHello(opened(offer(server, "a"), lacking));
            assertEquals(Fault.CONNECT, standing(dead).fault());
            assertEquals(List.of(), told);
        }
    }

    @Test
    void whoeverStalledIsNotAskedForTheRest() throws IOException {
        try (TestServer server = TestServer.pages((path, connection) -> {
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: " + FILE.length + "\r\n\r\n");
            connection.write(Arrays.copyOf(FILE, HALF));
            connection.awaitEnd();
        });
                HttpNarSource hasty = new HttpNarSource(kit.system(), TestSettings.of(LONG, SHORT, 1, 1, 8),
                        RateLimits.none().download(), 64 << 20, mirrors)) {
            NarAnswer.Opened opened = assertInstanceOf(NarAnswer.Opened.class,
                    Eventually.get(hasty.open(offer(server.uri()), SIZE, GoingOn.HERE)));
            assertInstanceOf(HttpFault.Stalled.class, fault(opened));
            assertEquals(1, server.requests().size());
        }
    }

    /** Whoever reads waits in the middle of a file. */
    @Test
    void aTurnForTheRestIsNotWaitedForForEver() throws IOException {
        try (TestServer server = breaking((path, connection) -> rest(connection, rest()));
                TestServer busy = good();
                HttpNarSource single = new HttpNarSource(kit.system(), TestSettings.of(SHORT, LONG, 1, 1, 1),
                        RateLimits.none().download(), 64 << 20, mirrors)) {
            NarAnswer.Opened holds = assertInstanceOf(NarAnswer.Opened.class,
                    Eventually.get(single.open(offer(busy.uri()), SIZE)));
            assertHello(assertInstanceOf(NarAnswer.Opened.class, Eventually.get(single.open(offer(server, "a"), SIZE,
                    new GoingOn(true, List.of(offer(busy, "a")), other -> told.add(other.uri().toString()))))));
            assertEquals(List.of(), told);
            assertEquals(0, standing(busy.uri()).failures(), "it was not asked");
            holds.discard();
        }
    }

    @Test
    void whoeverWantsItNoMoreWhileTheRestIsAskedForHangsUp() throws IOException {
        try (TestServer server = breaking((path, connection) -> {
            connection.awaitEnd();
        })) {
            UniqueKillSwitch stop = opened(offer(server.uri())).nar().viaMat(KillSwitches.single(), Keep.right())
                    .to(Sink.ignore()).run(kit.system());
            server.awaitRequests(2);
            stop.shutdown();
            server.awaitNoneOpen();
        }
    }

    /** The one who was chosen when the first byte was late can go on like any other. */
    @Test
    void whoeverWonTheRaceGoesOnToo() throws IOException {
        try (TestServer silent = TestServer.start(TestServer.Connection::awaitEnd);
                TestServer other = breaking((path, connection) -> rest(connection, rest()))) {
            wasQuick(silent);
            assertHello(assertInstanceOf(NarAnswer.Opened.class, Eventually.get(source.open(offer(silent.uri()),
                    offer(other.uri()), SIZE, GoingOn.HERE, joined::incrementAndGet))));
            assertEquals(1, joined.get());
        }
    }
}
