// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.http;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import java.util.zip.GZIPOutputStream;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.stream.KillSwitches;
import org.apache.pekko.stream.javadsl.Keep;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.util.ByteString;
import org.guixp2p.node.config.ByteRate;
import org.guixp2p.node.config.Rates;
import org.guixp2p.node.rate.RateLimits;
import org.guixp2p.node.testing.Eventually;
import org.guixp2p.node.testing.TestMirrors;
import org.guixp2p.node.testing.TestNars;
import org.guixp2p.node.testing.TestServer;
import org.guixp2p.node.testing.TestSettings;
import org.guixp2p.persistence.narinfo.ServerUrl;
import org.guixp2p.protocol.compress.Compression;
import org.guixp2p.protocol.compress.Compressor;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.NarSize;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A real Guix's NARs over real sockets, from servers that behave and from servers that do not. */
class HttpNarSourceTest {
    private static final Duration LONG = Duration.ofSeconds(20);
    private static final Duration SHORT = Duration.ofMillis(300);
    private static final NarSize SIZE = TestNars.HELLO.size();

    private static ActorTestKit kit;

    private final List<HttpNarSource> sources = new ArrayList<>();

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
        sources.forEach(HttpNarSource::close);
    }

    private HttpNarSource source(HttpSettings settings) {
        return source(settings, new NarRoom(64 << 20));
    }

    private HttpNarSource source(HttpSettings settings, NarRoom room) {
        HttpNarSource source = new HttpNarSource(kit.system(), settings, RateLimits.none().download(), room,
                TestMirrors.unknown());
        sources.add(source);
        return source;
    }

    private HttpNarSource source() {
        return source(TestSettings.of(LONG, LONG, 1, 1, 8));
    }

    private static NarOffer offer(URI uri, Compression compression) {
        return new NarOffer(new ServerUrl(uri.resolve("/")), uri, compression, Optional.empty());
    }

    private static NarOffer offer(TestServer server, Compression compression) {
        return offer(server.uri("/nar/" + compression.text()), compression);
    }

    private static NarAnswer.Opened opened(CompletionStage<NarAnswer> answer) {
        NarAnswer got = Eventually.get(answer);
        return assertInstanceOf(NarAnswer.Opened.class, got, got::toString);
    }

    private static HttpFault refused(CompletionStage<NarAnswer> answer) {
        NarAnswer.Unavailable unavailable = assertInstanceOf(NarAnswer.Unavailable.class, Eventually.get(answer));
        assertEquals(1, unavailable.attempts().size());
        return unavailable.attempts().getFirst().fault();
    }

    private static ByteString read(NarAnswer.Opened opened) {
        return Eventually.get(opened.nar().runFold(ByteString.emptyByteString(), ByteString::concat, kit.system()));
    }

    private static HttpFault fault(NarAnswer.Opened opened) {
        return assertInstanceOf(HttpFaultException.class,
                assertThrows(CompletionException.class, () -> read(opened)).getCause()).fault();
    }

    private static void assertHello(NarAnswer.Opened opened) {
        ByteString nar = read(opened);
        assertEquals(TestNars.HELLO.hash(), new NarHash(Sha256.hash(nar.toArray())));
    }

    private static void untilClose(TestServer.Connection connection, byte[] body) throws IOException {
        connection.write("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
        connection.write(body);
        connection.close();
    }

    @ParameterizedTest
    @EnumSource(Compression.class)
    void everyCompressionComesOutTheSame(Compression compression) throws IOException {
        byte[] file = TestNars.compressed(TestNars.HELLO, compression);
        try (TestServer server = TestServer.pages((path, connection) -> {
            switch (path) {
                case "/length" -> connection.answer(200, file, "Content-Type: application/octet-stream");
                case "/chunks" -> connection.chunked(file, 1000);
                default -> untilClose(connection, file);
            }
        })) {
            HttpNarSource source = source();
            NarAnswer.Opened withLength = opened(source.open(offer(server.uri("/length"), compression), SIZE));
            assertEquals(OptionalLong.of(file.length), withLength.wireSize());
            assertHello(withLength);
            assertEquals(file.length, withLength.received());
            NarAnswer.Opened inChunks = opened(source.open(offer(server.uri("/chunks"), compression), SIZE));
            assertEquals(OptionalLong.empty(), inChunks.wireSize());
            assertHello(inChunks);
            assertEquals(file.length, inChunks.received());
            assertHello(opened(source.open(offer(server.uri("/close"), compression), SIZE)));
            assertEquals(1, server.connected());
        }
    }

    /** Text of which no part is like another one, so that lzip's dictionary is as large as it. */
    private static final byte[] LARGE = large();
    private static final NarSize LARGE_SIZE = new NarSize(LARGE.length);
    private static final byte[] LARGE_LZIP = Compressor.compress(Compression.LZIP, LARGE);
    /** Of these one has room for its dictionary at a time. */
    private static final long ROOM_FOR_ONE = 6 << 20;

    private static byte[] large() {
        byte[] bytes = new byte[3 << 20];
        new Random(1).nextBytes(bytes);
        return bytes;
    }

    /** Sends what is asked for by halves where the path says so, the second one when {@code gate} opens. */
    private static TestServer slowly(byte[] file, CountDownLatch gate) throws IOException {
        return TestServer.pages((path, connection) -> {
            if (path.equals("/slow")) {
                connection.write("HTTP/1.1 200 OK\r\nContent-Length: " + file.length + "\r\n\r\n");
                connection.write(Arrays.copyOf(file, file.length / 2));
                gate.await();
                connection.write(Arrays.copyOfRange(file, file.length / 2, file.length));
            } else {
                connection.answer(200, file);
            }
        });
    }

    private static CompletableFuture<NarAnswer> large(HttpNarSource source, URI uri) {
        return source.open(offer(uri, Compression.LZIP), LARGE_SIZE);
    }

    private static CompletionStage<ByteString> reading(CompletionStage<NarAnswer> answer) {
        return answer.thenCompose(got -> assertInstanceOf(NarAnswer.Opened.class, got).nar()
                .runFold(ByteString.emptyByteString(), ByteString::concat, kit.system()));
    }

    private static void assertNothingTaken(NarRoom room) {
        Eventually.holds(() -> room.taken() == 0 && room.waiting() == 0, () -> "memory to be given back");
    }

    /** The sixth one finds no memory while the first ones are read, and is not asked for before there is some. */
    @ParameterizedTest
    @EnumSource(value = Compression.class, names = {"LZIP"}, mode = EnumSource.Mode.EXCLUDE)
    void noMoreAreAskedForThanThereIsMemoryFor(Compression compression) throws IOException {
        byte[] file = TestNars.compressed(TestNars.HELLO, compression);
        NarRoom room = new NarRoom(NarRoom.KEPT + NarRoom.BUFFERS);
        CountDownLatch gate = new CountDownLatch(1);
        try (TestServer server = slowly(file, gate)) {
            HttpNarSource source = source(TestSettings.of(LONG, LONG, 1, 1, 8), room);
            List<CompletionStage<ByteString>> read = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                read.add(reading(source.open(offer(server.uri("/slow"), compression), SIZE)));
            }
            server.awaitRequests(5);
            read.add(reading(source.open(offer(server.uri("/sixth"), compression), SIZE)));
            assertEquals(1, room.waiting());
            gate.countDown();
            for (CompletionStage<ByteString> each : read) {
                assertEquals(TestNars.HELLO.hash(), new NarHash(Sha256.hash(Eventually.get(each).toArray())));
            }
            assertEquals("/sixth", server.requests().getLast());
            assertNothingTaken(room);
        }
    }

    @Test
    void narsThatFindNoRoomForTheirDictionariesComeOneAfterAnother() throws IOException {
        NarRoom room = new NarRoom(ROOM_FOR_ONE);
        CountDownLatch gate = new CountDownLatch(1);
        try (TestServer server = slowly(LARGE_LZIP, gate)) {
            HttpNarSource source = source(TestSettings.of(LONG, LONG, 1, 1, 8), room);
            List<CompletionStage<ByteString>> read = new ArrayList<>();
            read.add(reading(large(source, server.uri("/slow"))));
            server.awaitRequests(1);
            for (int i = 0; i < 9; i++) {
                read.add(reading(large(source, server.uri("/" + i))));
            }
            assertEquals(9, room.waiting());
            // Those who wait keep no connection from others, though the server gives only eight.
            byte[] small = TestNars.compressed(TestNars.HELLO, Compression.NONE);
            try (TestServer other = TestServer.pages((path, connection) -> connection.answer(200, small))) {
                assertHello(opened(source.open(offer(other, Compression.NONE), SIZE)));
            }
            assertEquals(List.of("/slow"), server.requests());
            gate.countDown();
            for (CompletionStage<ByteString> each : read) {
                assertArrayEquals(LARGE, Eventually.get(each).toArray());
            }
            assertNothingTaken(room);
        }
    }

    /** Whoever waits for others waits as long as they get on, though a server has to answer sooner. */
    @Test
    void aNarMayWaitForMemoryLongerThanForAnAnswer() throws IOException {
        NarRoom room = new NarRoom(ROOM_FOR_ONE);
        CountDownLatch gate = new CountDownLatch(1);
        try (TestServer server = slowly(LARGE_LZIP, gate);
                TestServer silent = TestServer.pages((path, connection) -> gate.await())) {
            HttpNarSource source = source(TestSettings.of(SHORT, LONG, 1, 1, 8), room);
            CompletionStage<ByteString> first = reading(large(source, server.uri("/slow")));
            CompletionStage<ByteString> second = reading(large(source, server.uri("/second")));
            assertEquals(new HttpFault.TimedOut(SHORT), refused(source.open(offer(silent, Compression.NONE), SIZE)));
            assertEquals(1, room.waiting());
            gate.countDown();
            assertArrayEquals(LARGE, Eventually.get(first).toArray());
            assertArrayEquals(LARGE, Eventually.get(second).toArray());
        }
    }

    /** Its server may send a byte now and then for as long as it likes; the same NAR may come from elsewhere at once. */
    @Test
    void aNarWaitsForMemoryNoLongerThanOneThatMakesNoHeadway() throws IOException {
        NarRoom room = new NarRoom(ROOM_FOR_ONE);
        CountDownLatch gate = new CountDownLatch(1);
        try (TestServer server = slowly(LARGE_LZIP, gate)) {
            HttpNarSource patient = source(TestSettings.of(LONG, LONG, 1, 1, 8), room);
            HttpNarSource other = source(TestSettings.of(LONG, SHORT, 1, 1, 8), room);
            CompletionStage<ByteString> first = reading(large(patient, server.uri("/slow")));
            assertInstanceOf(HttpFault.Overloaded.class,
                    refused(large(other, server.uri("/second"))));
            gate.countDown();
            assertArrayEquals(LARGE, Eventually.get(first).toArray());
            assertEquals(List.of("/slow"), server.requests());
            assertNothingTaken(room);
        }
    }

    /** The memory is for others while it is not known when the server has time. */
    @Test
    void whatIsNotWantedAnyMoreHasNoMemoryWhileItWaitsForAConnection() throws IOException {
        NarRoom room = new NarRoom(ROOM_FOR_ONE);
        CountDownLatch gate = new CountDownLatch(1);
        try (TestServer server = slowly(TestNars.compressed(TestNars.HELLO, Compression.NONE), gate);
                TestServer another = slowly(LARGE_LZIP, gate)) {
            HttpNarSource source = source(TestSettings.of(LONG, LONG, 1, 1, 1), room);
            CompletionStage<ByteString> first = reading(
                    source.open(offer(server.uri("/slow"), Compression.NONE), SIZE));
            server.awaitRequests(1);
            CompletableFuture<NarAnswer> left = large(source, server.uri("/left"));
            assertEquals(0, room.waiting());
            left.cancel(false);
            assertArrayEquals(LARGE, Eventually
                    .get(reading(large(source, another.uri("/wanted")))).toArray());
            gate.countDown();
            Eventually.get(first);
            assertNothingTaken(room);
            assertHello(opened(source.open(offer(server.uri("/next"), Compression.NONE), SIZE)));
            assertEquals(List.of("/slow", "/next"), server.requests());
        }
    }

    @Test
    void aNarThatWaitsForMemoryAndIsNotWantedLetsTheNextOneGo() throws IOException {
        NarRoom room = new NarRoom(ROOM_FOR_ONE);
        CountDownLatch gate = new CountDownLatch(1);
        try (TestServer server = slowly(LARGE_LZIP, gate)) {
            HttpNarSource source = source(TestSettings.of(LONG, LONG, 1, 1, 8), room);
            CompletionStage<ByteString> first = reading(large(source, server.uri("/slow")));
            CompletableFuture<NarAnswer> left = large(source, server.uri("/left"));
            CompletionStage<ByteString> last = reading(large(source, server.uri("/last")));
            left.cancel(false);
            assertEquals(1, room.waiting());
            gate.countDown();
            assertArrayEquals(LARGE, Eventually.get(first).toArray());
            assertArrayEquals(LARGE, Eventually.get(last).toArray());
            assertEquals(List.of("/slow", "/last"), server.requests());
            assertNothingTaken(room);
        }
    }

    /** Its place in the line, its memory and its connection are free again at once. */
    @Test
    void whatIsNotWantedAnyMoreWhenTheAnswerComesIsClosed() throws IOException {
        NarRoom room = new NarRoom(ROOM_FOR_ONE);
        CountDownLatch gate = new CountDownLatch(1);
        try (TestServer server = TestServer.pages((path, connection) -> {
            gate.await();
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
        })) {
            HttpNarSource source = source(TestSettings.of(LONG, LONG, 1, 1, 8), room);
            CompletableFuture<NarAnswer> left = source.open(offer(server, Compression.NONE), SIZE);
            server.awaitRequests(1);
            left.cancel(false);
            gate.countDown();
            server.awaitNoneOpen();
            assertNothingTaken(room);
        }
    }

    /** It is hung up on, so that what is asked for afterwards has the one connection that the server gives. */
    @Test
    void whatIsNotWantedAnyMoreIsNotAskedForWhereItHasMovedTo() throws IOException {
        byte[] file = TestNars.compressed(TestNars.HELLO, Compression.NONE);
        CountDownLatch gate = new CountDownLatch(1);
        try (TestServer elsewhere = TestServer.pages((path, connection) -> connection.answer(200, file));
                TestServer server = TestServer.pages((path, connection) -> {
                    if (path.equals("/left")) {
                        gate.await();
                        connection.answer(302, "see there", "Location: " + elsewhere.uri("/left"));
                    } else {
                        connection.answer(200, file);
                    }
                })) {
            HttpNarSource source = source(TestSettings.of(LONG, LONG, 1, 1, 1));
            CompletableFuture<NarAnswer> left = source.open(offer(server.uri("/left"), Compression.NONE), SIZE);
            server.awaitRequests(1);
            left.cancel(false);
            gate.countDown();
            assertHello(opened(source.open(offer(server.uri("/next"), Compression.NONE), SIZE)));
            assertEquals(2, server.connected());
            assertHello(opened(source.open(offer(elsewhere.uri("/next"), Compression.NONE), SIZE)));
            assertEquals(List.of("/next"), elsewhere.requests());
        }
    }

    /** However it ends: nothing comes, what comes is wrong, too much comes, or the reader goes. */
    @Test
    void memoryComesBackHoweverANarEnds() throws IOException {
        NarRoom room = new NarRoom(ROOM_FOR_ONE);
        CountDownLatch gate = new CountDownLatch(1);
        try (TestServer server = slowly(LARGE_LZIP, gate);
                TestServer missing = TestServer.pages((path, connection) -> connection.answer(404, new byte[0]))) {
            HttpNarSource source = source(TestSettings.of(LONG, LONG, 1, 1, 8), room);
            assertEquals(new HttpFault.Status(404), refused(large(source, missing.uri("/"))));
            assertNothingTaken(room);
            assertInstanceOf(HttpFault.Malformed.class,
                    fault(opened(source.open(offer(server, Compression.ZSTD), LARGE_SIZE))));
            assertNothingTaken(room);
            assertInstanceOf(HttpFault.TooLarge.class, fault(
                    opened(source.open(offer(server, Compression.LZIP), new NarSize(LARGE.length - 8)))));
            assertNothingTaken(room);
            opened(large(source, server.uri("/"))).discard();
            assertNothingTaken(room);
            var stop = opened(large(source, server.uri("/slow"))).nar()
                    .viaMat(KillSwitches.single(), Keep.right()).to(Sink.ignore()).run(kit.system());
            stop.shutdown();
            assertNothingTaken(room);
            gate.countDown();
        }
    }

    @ParameterizedTest
    @EnumSource(Compression.class)
    void whatIsCutShortIsNotTakenForTheWhole(Compression compression) throws IOException {
        byte[] file = TestNars.compressed(TestNars.HELLO, compression);
        byte[] half = Arrays.copyOf(file, file.length / 2);
        try (TestServer server = TestServer.pages((path, connection) -> {
            switch (path) {
                case "/length" -> {
                    connection.write("HTTP/1.1 200 OK\r\nContent-Length: " + file.length + "\r\n\r\n");
                    connection.write(half);
                    connection.close();
                }
                case "/chunks" -> {
                    connection.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                            + Integer.toHexString(half.length) + "\r\n");
                    connection.write(half);
                    connection.write("\r\n");
                    connection.close();
                }
                case "/whole" -> connection.answer(200, half);
                default -> untilClose(connection, half);
            }
        })) {
            HttpNarSource source = source();
            for (String path : List.of("/length", "/chunks", "/whole", "/close")) {
                assertInstanceOf(HttpFault.Truncated.class,
                        fault(opened(source.open(offer(server.uri(path), compression), SIZE))), path);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Compression.class)
    void moreThanTheNarIsAFault(Compression compression) throws IOException {
        byte[] file = TestNars.compressed(TestNars.HELLO, compression);
        try (TestServer server = TestServer.pages((path, connection) -> connection.answer(200, file))) {
            NarSize less = new NarSize(SIZE.bytes() - 8);
            assertEquals(new HttpFault.TooLarge(less.bytes()),
                    fault(opened(source().open(offer(server, compression), less))));
        }
    }

    @Test
    void aBombIsDefusedAfterNarSizeBytes() throws IOException {
        ByteArrayOutputStream bomb = new ByteArrayOutputStream();
        try (OutputStream out = new GZIPOutputStream(bomb)) {
            for (int i = 0; i < 256; i++) {
                out.write(new byte[1 << 18]);
            }
        }
        byte[] member = bomb.toByteArray();
        try (TestServer server = TestServer.pages((path, connection) -> {
            connection.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
            for (int i = 0; i < 10_000; i++) {
                connection.write(Integer.toHexString(member.length) + "\r\n");
                connection.write(member);
                connection.write("\r\n");
            }
        })) {
            NarAnswer.Opened opened = opened(source().open(offer(server, Compression.GZIP), new NarSize(100_000)));
            AtomicLong passed = new AtomicLong();
            CompletionException failure = assertThrows(CompletionException.class,
                    () -> Eventually.get(opened.nar()
                            .runWith(Sink.foreach(chunk -> passed.addAndGet(chunk.size())), kit.system())));
            assertEquals(new HttpFault.TooLarge(100_000),
                    assertInstanceOf(HttpFaultException.class, failure.getCause()).fault());
            assertTrue(passed.get() <= 100_000, () -> "passed on: " + passed);
            server.awaitNoneOpen();
        }
    }

    @ParameterizedTest
    @EnumSource(value = Compression.class, names = {"NONE"}, mode = EnumSource.Mode.EXCLUDE)
    void whatDoesNotDecompressIsAFault(Compression compression) throws IOException {
        byte[] file = TestNars.compressed(TestNars.HELLO, compression);
        Arrays.fill(file, file.length / 2, file.length / 2 + 64, (byte) 0x5a);
        byte[] noise = "<html>No NAR today</html>".repeat(100).getBytes(java.nio.charset.StandardCharsets.UTF_8);
        try (TestServer server = TestServer.pages((path, connection) -> connection.answer(200,
                path.equals("/noise") ? noise : file))) {
            HttpNarSource source = source();
            assertInstanceOf(HttpFault.Malformed.class,
                    fault(opened(source.open(offer(server.uri("/noise"), compression), SIZE))));
            assertInstanceOf(HttpFault.Malformed.class,
                    fault(opened(source.open(offer(server.uri("/damaged"), compression), SIZE))));
        }
    }

    @ParameterizedTest
    @EnumSource(Compression.class)
    void aServerThatStallsIsGivenUp(Compression compression) throws IOException {
        byte[] file = TestNars.compressed(TestNars.HELLO, compression);
        try (TestServer server = TestServer.pages((path, connection) -> {
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: " + file.length + "\r\n\r\n");
            connection.write(Arrays.copyOf(file, file.length / 2));
            connection.awaitEnd();
        })) {
            NarAnswer.Opened opened = opened(source(TestSettings.of(LONG, SHORT, 1, 1, 8))
                    .open(offer(server, compression), SIZE));
            assertEquals(new HttpFault.Stalled(SHORT), fault(opened));
            server.awaitNoneOpen();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"gzip", "br", "deflate"})
    void anEncodingThatWasNotAskedForIsRefused(String encoding) throws IOException {
        try (TestServer server = TestServer.pages((path, connection) -> connection.answer(200, "x",
                "Content-Encoding: " + encoding))) {
            assertInstanceOf(HttpFault.Malformed.class, refused(source().open(offer(server, Compression.NONE), SIZE)));
        }
    }

    @Test
    void identityIsNoEncoding() throws IOException {
        byte[] file = TestNars.compressed(TestNars.HELLO, Compression.NONE);
        try (TestServer server = TestServer.pages((path, connection) -> connection.answer(200, file,
                "Content-Encoding: identity"))) {
            assertHello(opened(source().open(offer(server, Compression.NONE), SIZE)));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {202, 403, 404, 410, 500, 503})
    void anotherStatusIsAFaultAndTheConnectionStays(int status) throws IOException {
        byte[] file = TestNars.compressed(TestNars.HELLO, Compression.ZSTD);
        try (TestServer server = TestServer.pages((path, connection) -> {
            if (path.equals("/none")) {
                connection.answer(status, "no such NAR");
            } else {
                connection.answer(200, file);
            }
        })) {
            HttpNarSource source = source(TestSettings.of(LONG, LONG, 1, 1, 1));
            assertEquals(new HttpFault.Status(status),
                    refused(source.open(offer(server.uri("/none"), Compression.ZSTD), SIZE)));
            assertHello(opened(source.open(offer(server, Compression.ZSTD), SIZE)));
            assertEquals(1, server.connected());
        }
    }

    @Test
    void aRefusalOfAnyLengthIsNotReadToItsEnd() throws IOException {
        try (TestServer server = TestServer.pages((path, connection) -> connection.answer(404, new byte[50_000_000]))) {
            assertEquals(new HttpFault.Status(404), refused(source().open(offer(server, Compression.ZSTD), SIZE)));
            server.awaitNoneOpen();
        }
    }

    @Test
    void redirectionsAreFollowed() throws IOException {
        byte[] file = TestNars.compressed(TestNars.HELLO, Compression.LZIP);
        try (TestServer elsewhere = TestServer.pages((path, connection) -> connection.answer(200, file));
                TestServer server = TestServer.pages((path, connection) -> connection.answer(302, "see there",
                        "Location: " + (path.equals("/a") ? "b" : elsewhere.uri("/c"))))) {
            NarAnswer.Opened opened = opened(source().open(offer(server.uri("/a"), Compression.LZIP), SIZE));
            assertEquals(elsewhere.uri("/c"), opened.uri());
            assertEquals(server.uri("/a"), opened.offer().uri());
            assertHello(opened);
            assertEquals(List.of("/a", "/b"), server.requests());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"Location: /a", "Location: ftp://127.0.0.1/a", "Location: file:///etc/passwd",
        "Location: gopher:x", "X: y", "Location: /endless"})
    void badRedirectionsAreRefused(String header) throws IOException {
        try (TestServer server = TestServer.pages((path, connection) -> connection.answer(301, "",
                path.startsWith("/endless") ? "Location: " + path + "+" : header))) {
            HttpNarSource source = source(TestSettings.of(LONG, LONG, 1, 1, 1));
            assertInstanceOf(HttpFault.BadRedirect.class,
                    refused(source.open(offer(server.uri("/a"), Compression.NONE), SIZE)));
            assertTrue(server.requests().size() <= 6, () -> "requests: " + server.requests());
        }
    }

    @Test
    void aConnectionServesOneNarAfterAnother() throws IOException {
        byte[] file = TestNars.compressed(TestNars.HELLO, Compression.ZSTD);
        try (TestServer server = TestServer.pages((path, connection) -> connection.chunked(file, 5000))) {
            HttpNarSource source = source();
            for (int i = 0; i < 5; i++) {
                assertHello(opened(source.open(offer(server, Compression.ZSTD), SIZE)));
            }
            assertEquals(1, server.connected());
        }
    }

    @Test
    void aKeptConnectionThatDiesIsReplaced() throws IOException {
        byte[] file = TestNars.compressed(TestNars.HELLO, Compression.ZSTD);
        try (TestServer server = TestServer.start(connection -> {
            if (connection.request().isPresent()) {
                connection.answer(200, file);
            }
            // The next request is read and not answered.
            connection.request();
        })) {
            HttpNarSource source = source(TestSettings.of(LONG, LONG, 1, 1, 1));
            for (int i = 0; i < 3; i++) {
                assertHello(opened(source.open(offer(server, Compression.ZSTD), SIZE)));
            }
            assertEquals(3, server.connected());
        }
    }

    @Test
    void aFreshConnectionThatDiesIsAFault() throws IOException {
        try (TestServer server = TestServer.start(TestServer.Connection::request)) {
            assertInstanceOf(HttpFault.Unreachable.class,
                    refused(source().open(offer(server, Compression.ZSTD), SIZE)));
            assertEquals(1, server.connected());
        }
    }

    @Test
    void aServerThatSaysNothingIsGivenUp() throws IOException {
        try (TestServer server = TestServer.start(TestServer.Connection::awaitEnd)) {
            HttpNarSource source = source(TestSettings.of(SHORT, LONG, 1, 1, 1));
            assertTrue(refused(source.open(offer(server, Compression.ZSTD), SIZE)).isOutage());
            assertTrue(refused(source.open(offer(server, Compression.ZSTD), SIZE)).isOutage());
            Eventually.holds(() -> server.connected() == 2, () -> "a connection for each");
            server.awaitNoneOpen();
        }
    }

    @Test
    void noMoreNarsComeFromAServerThanAllowed() throws IOException {
        byte[] file = TestNars.compressed(TestNars.HELLO, Compression.ZSTD);
        try (TestServer server = TestServer.pages((path, connection) -> connection.answer(200, file))) {
            HttpNarSource source = source(TestSettings.of(LONG, LONG, 1, 1, 2));
            List<CompletionStage<NarAnswer>> answers = IntStream.range(0, 6)
                    .<CompletionStage<NarAnswer>>mapToObj(
                            i -> source.open(offer(server.uri("/" + i), Compression.ZSTD), SIZE))
                    .toList();
            NarAnswer.Opened first = opened(answers.get(0));
            NarAnswer.Opened second = opened(answers.get(1));
            assertEquals(2, server.requests().size());
            assertHello(first);
            second.discard();
            for (CompletionStage<NarAnswer> answer : answers.subList(2, 6)) {
                assertHello(opened(answer));
            }
            assertEquals(6, server.requests().size());
            assertTrue(server.connected() <= 3, () -> "connections: " + server.connected());
        }
    }

    /** A server that has sent half of a NAR and waits for the client to go. */
    private static TestServer half() throws IOException {
        byte[] nar = TestNars.plain(TestNars.HELLO);
        return TestServer.pages((path, connection) -> {
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: " + nar.length + "\r\n\r\n");
            connection.write(Arrays.copyOf(nar, nar.length / 2));
            connection.awaitEnd();
        });
    }

    @Test
    void whoStopsReadingClosesTheConnection() throws IOException {
        try (TestServer server = half()) {
            NarAnswer.Opened opened = opened(source().open(offer(server, Compression.NONE), SIZE));
            Eventually.get(opened.nar().runWith(Sink.head(), kit.system()));
            server.awaitNoneOpen();
        }
    }

    @Test
    void whatIsDiscardedClosesTheConnection() throws IOException {
        try (TestServer server = half()) {
            NarAnswer.Opened opened = opened(source().open(offer(server, Compression.NONE), SIZE));
            opened.discard();
            server.awaitNoneOpen();
            assertInstanceOf(HttpFault.Unreachable.class, fault(opened));
        }
    }

    @Test
    void whatNobodyReadsClosesTheConnection() throws IOException {
        try (TestServer server = half()) {
            HttpSettings settings = TestSettings.of(LONG, LONG, 1, 1, 1).closingUnusedAfter(SHORT);
            opened(source(settings).open(offer(server, Compression.NONE), SIZE));
            server.awaitNoneOpen();
        }
    }

    @Test
    void aNarIsReadOnce() throws IOException {
        byte[] file = TestNars.compressed(TestNars.HELLO, Compression.ZSTD);
        try (TestServer server = TestServer.pages((path, connection) -> connection.answer(200, file))) {
            NarAnswer.Opened opened = opened(source().open(offer(server, Compression.ZSTD), SIZE));
            assertHello(opened);
            assertInstanceOf(HttpFault.Unreachable.class, fault(opened));
        }
    }

    @Test
    void oneServerAfterAnotherIsAskedButNotOneThatIsOut() throws IOException {
        byte[] file = TestNars.compressed(TestNars.HELLO, Compression.GZIP);
        URI dead = URI.create("http://127.0.0.1:" + TestServer.deadPort());
        try (TestServer without = TestServer.pages((path, connection) -> connection.answer(404, ""));
                TestServer with = TestServer.pages((path, connection) -> connection.answer(200, file))) {
            List<NarOffer> offers = List.of(offer(dead.resolve("/a"), Compression.GZIP),
                    offer(dead.resolve("/b"), Compression.GZIP), offer(without.uri("/a"), Compression.GZIP),
                    offer(without.uri("/b"), Compression.GZIP), offer(with.uri("/a"), Compression.GZIP));
            HttpNarSource source = source();
            NarAnswer.Opened opened = opened(source.open(offers, SIZE));
            assertEquals(with.uri("/a"), opened.uri());
            assertHello(opened);

            NarAnswer.Unavailable none = assertInstanceOf(NarAnswer.Unavailable.class,
                    Eventually.get(source.open(offers.subList(0, 4), SIZE)));
            assertEquals(List.of(dead.resolve("/a"), without.uri("/a"), without.uri("/b")),
                    none.attempts().stream().map(attempt -> attempt.offer().uri()).toList());
            assertTrue(none.reason().contains("404") && none.reason().contains("cannot be reached"), none::reason);
        }
    }

    @Test
    void nothingIsHadOfNobody() {
        NarAnswer.Unavailable none = assertInstanceOf(NarAnswer.Unavailable.class,
                Eventually.get(source().open(List.of(), SIZE)));
        assertEquals("no server offers it in a form that can be used", none.reason());
    }

    @Test
    void closingEndsWhatIsUnderWayAndWhatWaits() throws IOException {
        CountDownLatch asked = new CountDownLatch(1);
        try (TestServer server = half()) {
            HttpNarSource source = source(TestSettings.of(LONG, LONG, 1, 1, 1));
            NarAnswer.Opened opened = opened(source.open(offer(server, Compression.NONE), SIZE));
            CompletionStage<NarAnswer> waiting = source.open(offer(server, Compression.NONE), SIZE);
            CompletionStage<ByteString> reading = opened.nar().map(chunk -> {
                asked.countDown();
                return chunk;
            }).runFold(ByteString.emptyByteString(), ByteString::concat, kit.system());
            Eventually.holds(() -> asked.getCount() == 0, () -> "bytes");
            source.close();
            assertInstanceOf(HttpFaultException.class,
                    assertThrows(CompletionException.class, () -> Eventually.get(reading)).getCause());
            assertEquals(new HttpFault.Stopped(), refused(waiting));
            assertEquals(new HttpFault.Stopped(), refused(source.open(offer(server, Compression.NONE), SIZE)));
            server.awaitNoneOpen();
        }
    }

    /** What fails because of that is not asked once more, as when a server has closed what was kept. */
    @Test
    void closingEndsWhatWasAskedOnAKeptConnectionAndMakesNoOther() throws IOException {
        byte[] file = TestNars.compressed(TestNars.HELLO, Compression.NONE);
        try (TestServer server = TestServer.start(connection -> {
            connection.request();
            connection.answer(200, file);
            connection.awaitEnd();
        })) {
            HttpNarSource source = source(TestSettings.of(LONG, LONG, 1, 1, 1));
            assertHello(opened(source.open(offer(server, Compression.NONE), SIZE)));
            CompletionStage<NarAnswer> asked = source.open(offer(server, Compression.NONE), SIZE);
            server.awaitRequests(2);
            assertEquals(1, server.connected(), "the second is asked on a connection that was kept");
            source.close();
            assertEquals(new HttpFault.Stopped(), refused(asked));
            assertEquals(1, server.connected());
        }
    }

    /** Time stands still, so that nothing would ever come. */
    @Test
    void whatComesIsKeptToTheLimitOnDownloads() throws IOException {
        ByteRate none = ByteRate.UNLIMITED;
        RateLimits limits = new RateLimits(new Rates(none, new ByteRate(1), none, none), () -> 0);
        HttpNarSource source = new HttpNarSource(kit.system(), TestSettings.of(LONG, LONG, 1, 1, 8),
                limits.download(), 64 << 20, TestMirrors.unknown());
        sources.add(source);
        byte[] file = TestNars.compressed(TestNars.HELLO, Compression.NONE);
        try (TestServer server = TestServer.pages((path, connection) -> connection.answer(200, file))) {
            NarAnswer.Opened opened = opened(source.open(offer(server, Compression.NONE), SIZE));
            AtomicInteger passed = new AtomicInteger();
            var read = opened.nar().runForeach(bytes -> passed.addAndGet(bytes.size()), kit.system());
            Eventually.holds(() -> opened.received() > 0, () -> "bytes that have come");
            assertEquals(0, passed.get());
            limits.set(new Rates(none, none, none, new ByteRate(1)));
            Eventually.get(read);
            assertEquals(SIZE.bytes(), passed.get());
        }
    }
}
