// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.bridge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Set;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.pekko.NotUsed;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.stream.javadsl.Source;
import org.guixp2p.node.bridge.BridgeSite.Client;
import org.guixp2p.node.download.NarEvent;
import org.guixp2p.protocol.bridge.FromNode;
import org.guixp2p.protocol.bridge.FromRestorer;
import org.guixp2p.protocol.bridge.FromRestorer.Mode;
import org.guixp2p.protocol.item.StorePath;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What restorers get that behave, over a real socket. */
@Timeout(60)
class BridgeTest {
    private static final StorePath HELLO = new StorePath("y0h4g6321gwygvwv47kr4bc8y0lf49fs-hello-2.12.1");
    private static final ByteBuffer NARINFO = ByteBuffer.wrap("StorePath: x\n".getBytes(StandardCharsets.UTF_8));
    private static final String URL = "https://example.org/nar/y0h4g6321gwygvwv47kr4bc8y0lf49fs-hello-2.12.1";
    private static final int PIECE = 65_536;

    @TempDir
    private Path directory;

    private BridgeSite site;

    @BeforeEach
    void start() throws IOException {
        site = new BridgeSite(directory);
    }

    @AfterEach
    void stop() throws IOException {
        site.close();
    }

    private static StorePath path(int number) {
        return new StorePath("%032d-item".formatted(number).replace('e', 'f'));
    }

    private static String line(String verb, int paths) {
        return IntStream.range(0, paths).mapToObj(n -> path(n) + " ").collect(Collectors.joining("", verb + " ", ""));
    }

    private static NarEvent piece() {
        return new NarEvent.Bytes(new byte[PIECE], URL);
    }

    private static Optional<Substitutes.Opened> nar(Source<NarEvent, NotUsed> events) {
        return Optional.of(BridgeSite.opened(BridgeSite.available(HELLO, NARINFO), 1L << 40, events));
    }

    private Client substituting(Source<NarEvent, NotUsed> events) throws IOException, InterruptedException {
        Client client = site.restorer(Mode.SUBSTITUTE, "print-extended-build-trace=1\n");
        client.command("substitute " + HELLO + " " + HELLO);
        BridgeSite.next(site.openings).answer().complete(nar(events));
        assertInstanceOf(FromNode.Narinfo.class, client.read());
        return client;
    }

    @Test
    void queriesAreAnsweredOneAfterAnother() throws Exception {
        try (Client client = site.restorer(Mode.QUERY, "substitute-urls=http://example.org\n")) {
            client.command("have " + HELLO + " " + path(1) + " ");
            BridgeSite.Lookup lookup = BridgeSite.next(site.lookups);
            assertEquals(List.of(HELLO, path(1)), lookup.paths());
            assertEquals("example.org", lookup.options().substituteUrls().orElseThrow().getFirst().getHost());
            lookup.answer().complete(List.of(BridgeSite.available(HELLO, NARINFO)));
            assertEquals(new FromNode.Paths(List.of(HELLO)), client.read());
            assertEquals(new FromNode.End(), client.read());

            client.command("info " + HELLO + " ");
            BridgeSite.next(site.lookups).answer().complete(List.of(BridgeSite.available(HELLO, NARINFO)));
            assertEquals(new FromNode.Narinfo(NARINFO), client.read());
            assertEquals(new FromNode.End(), client.read());

            client.command("have " + path(1) + " ");
            BridgeSite.next(site.lookups).answer().complete(List.of());
            assertEquals(new FromNode.Paths(List.of()), client.read());
            assertEquals(new FromNode.End(), client.read());
            assertEquals(3, site.asked.get());
        }
    }

    @Test
    void whoOnlySaysHelloHasAskedNothing() throws Exception {
        try (Client _ = site.restorer(Mode.QUERY, "")) {
            assertEquals(0, site.asked.get());
        }
    }

    /** Both restorers of one client are told apart from those of another by the daemon process that has started them. */
    @Test
    void whatADaemonAsksIsHeardByItsNameAndNumber() throws Exception {
        FromRestorer.Daemon daemon = new FromRestorer.Daemon(4711, 99);
        try (Client query = site.restorer(Mode.QUERY, daemon); Client other = site.restorer(Mode.SUBSTITUTE, daemon)) {
            query.command("have " + HELLO + " ");
            BridgeSite.next(site.lookups).answer().complete(List.of(BridgeSite.available(HELLO, NARINFO)));
            assertEquals(new FromNode.Paths(List.of(HELLO)), query.read());
            assertEquals(new FromNode.End(), query.read());
            query.command("info " + HELLO + " ");
            BridgeSite.next(site.lookups).answer().complete(List.of(BridgeSite.available(HELLO, NARINFO)));
            assertEquals(new FromNode.Narinfo(NARINFO), query.read());
            assertEquals(new FromNode.End(), query.read());
            query.command("info " + HELLO + " " + path(1) + " ");
            BridgeSite.next(site.lookups).answer().complete(List.of(BridgeSite.available(HELLO, NARINFO)));
            assertEquals(new FromNode.Narinfo(NARINFO), query.read());
            assertEquals(new FromNode.End(), query.read());
            other.command("substitute " + HELLO + " " + HELLO + ".tmp");
            BridgeSite.next(site.openings).answer().complete(Optional.empty());
            assertInstanceOf(FromNode.NotFound.class, other.read());
        }
        List<String> heard = new ArrayList<>();
        while (heard.size() < 8) {
            heard.add(BridgeSite.next(site.heard));
        }
        assertEquals(List.of("came 4711:99", "came 4711:99", "told 4711:99[" + HELLO + "] alone",
                "told 4711:99[" + HELLO + "]", "wants 4711:99 " + HELLO, "taken " + HELLO, "went 4711:99",
                "went 4711:99"), heard);
    }

    /** An earlier restorer, or one without {@code /proc}. */
    @Test
    void whoDoesNotSayWhoseHeIsIsServedAllTheSame() throws Exception {
        try (Client client = substituting(Source.single(new NarEvent.Done()))) {
            FromNode frame = client.read();
            while (!(frame instanceof FromNode.NarEnd)) {
                frame = client.read();
            }
        }
        assertEquals("taken " + HELLO, BridgeSite.next(site.heard));
        assertEquals(List.of(), List.copyOf(site.heard));
    }

    /** A restorer sends its next command as soon as it has the last frame, whether the node has taken note or not. */
    @Test
    void theNextCommandNeverComesTooSoon() throws Exception {
        try (Client client = site.restorer(Mode.SUBSTITUTE, "")) {
            for (int i = 0; i < 300; i++) {
                client.command("substitute " + HELLO + " " + HELLO);
                BridgeSite.next(site.openings).answer().complete(i % 2 == 0
                        ? Optional.empty()
                        : nar(Source.single(new NarEvent.Failed("gone"))));
                FromNode answer = client.read();
                if (answer instanceof FromNode.Narinfo) {
                    answer = client.read();
                }
                assertEquals(new FromNode.NotFound(i % 2 == 0 ? "no trusted narinfo names " + HELLO : "gone"), answer);
            }
        }
    }

    @Test
    void aNarComesWithItsRestartAndItsEndAndAResultGoesBack() throws Exception {
        try (Client client = substituting(Source.from(List.of(piece(), new NarEvent.Restart(), piece(),
                new NarEvent.Done())))) {
            List<String> kinds = new ArrayList<>();
            FromNode frame = client.read();
            while (!(frame instanceof FromNode.NarEnd)) {
                kinds.add(frame.type().toString());
                frame = client.read();
            }
            kinds.removeIf("trace"::equals);
            assertEquals(List.of("nar", "restart", "nar"), kinds);
            client.send(new FromRestorer.Result(true, ""));
            client.command("substitute " + HELLO + " " + HELLO + ".tmp");
            assertEquals(HELLO, BridgeSite.next(site.openings).path());
        }
    }

    @Test
    void whatBreaksOffIsSaidAndEndsTheConnection() throws Exception {
        try (Client client = substituting(Source.failed(new IOException("the disk is gone")))) {
            assertEquals("the node could not go on: the disk is gone", client.refusal());
        }
        try (Client client = site.restorer(Mode.QUERY, "")) {
            client.command("have " + HELLO + " ");
            BridgeSite.next(site.lookups).answer().completeExceptionally(new IOException("no"));
            assertEquals("the node could not go on: no", client.refusal());
        }
    }

    @Test
    void aNodeThatTakesLongSaysThatItIsAlive() throws Exception {
        try (Client client = site.restorer(Mode.QUERY, "")) {
            site.pass(Duration.ofMinutes(5));
            client.command("have " + HELLO + " ");
            BridgeSite.Lookup lookup = BridgeSite.next(site.lookups);
            site.pass(Duration.ofSeconds(6));
            assertEquals(new FromNode.Alive(), client.read());
            // Twice: we may have read the frame before the node noted when it was written.
            site.pass(Duration.ofSeconds(6));
            site.pass(Duration.ofSeconds(6));
            assertEquals(new FromNode.Alive(), client.read());
            lookup.answer().complete(List.of());
            FromNode answer = client.read();
            while (answer instanceof FromNode.Alive) {
                answer = client.read();
            }
            assertInstanceOf(FromNode.Paths.class, answer);
            assertInstanceOf(FromNode.End.class, client.read());
        }
    }

    @Test
    void aSlowReaderHoldsUpItsSourceAndNothingElse() throws Exception {
        AtomicInteger made = new AtomicInteger();
        try (Client slow = substituting(Source.repeat(0).map(zero -> {
            made.incrementAndGet();
            return piece();
        }))) {
            int most = 0;
            for (int received = 0; received < 100;) {
                if (slow.read() instanceof FromNode.Nar) {
                    received++;
                    most = Math.max(most, made.get() - received);
                    // Time goes by while it does not read: nothing is added to what waits for it.
                    if (received % 10 == 0) {
                        site.pass(Duration.ofSeconds(10));
                    }
                }
            }
            // What fits into the socket's buffers and the decoder's, and a piece or two on their way.
            assertTrue(most <= 20, most + " pieces ahead of the reader");
            try (Client other = site.restorer(Mode.QUERY, "")) {
                other.command("have " + HELLO + " ");
                BridgeSite.next(site.lookups).answer().complete(List.of());
                assertInstanceOf(FromNode.Paths.class, other.read());
            }
        }
    }

    @Test
    void whoGoesAwayCancelsTheTransfer() throws Exception {
        CompletableFuture<Object> ended = new CompletableFuture<>();
        Client client = substituting(Source.repeat(0).map(zero -> piece()).watchTermination((_, done) -> {
            done.whenComplete((ok, failure) -> ended.complete("ended"));
            return NotUsed.getInstance();
        }));
        client.read();
        client.close();
        ended.get(BridgeSite.DEADLINE_SECONDS, TimeUnit.SECONDS);
    }

    /** Its NAR is opened only when it has left already: nobody else would tell the download that nobody reads it. */
    @Test
    void whoGoesAwayEarlyCancelsWhatHasNotBegun() throws Exception {
        Client client = site.restorer(Mode.SUBSTITUTE, "");
        client.command("substitute " + HELLO + " " + HELLO);
        BridgeSite.Opening opening = BridgeSite.next(site.openings);
        client.close();
        TestProbe<Object> stopped = site.kit.createTestProbe();
        site.bridge.tell(new Bridge.Drain(Duration.ofHours(1)));
        stopped.expectTerminated(site.bridge, Duration.ofSeconds(BridgeSite.DEADLINE_SECONDS));
        CompletableFuture<Object> ended = new CompletableFuture<>();
        opening.answer().complete(Optional.of(BridgeSite.opened(BridgeSite.available(HELLO, NARINFO), 1L << 40,
                Source.empty(), () -> ended.complete("let go of"))));
        ended.get(BridgeSite.DEADLINE_SECONDS, TimeUnit.SECONDS);
    }

    private List<BridgeSite.Lookup> lookups(int count) throws InterruptedException {
        List<BridgeSite.Lookup> lookups = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            lookups.add(BridgeSite.next(site.lookups));
        }
        return lookups;
    }

    @Test
    void aQueryForVeryManyPathsIsAnsweredInPartsAndASlowOneHoldsUpNoOther() throws Exception {
        try (Client client = site.restorer(Mode.QUERY, "")) {
            client.command(line("info", 10 * BridgeSession.PART));
            Deque<BridgeSite.Lookup> open = new ArrayDeque<>(lookups(BridgeSession.MOST_PARTS));
            BridgeSite.Lookup slow = open.removeFirst();
            List<StorePath> asked = new ArrayList<>(slow.paths());
            for (int part = 1; part < 10; part++) {
                assertTrue(site.lookups.isEmpty(), "no more at a time");
                BridgeSite.Lookup lookup = open.removeFirst();
                assertEquals(BridgeSession.PART, lookup.paths().size());
                asked.addAll(lookup.paths());
                lookup.answer().complete(List.of(BridgeSite.available(lookup.paths().getFirst(), NARINFO)));
                assertEquals(new FromNode.Narinfo(NARINFO), client.read());
                if (part <= 10 - BridgeSession.MOST_PARTS) {
                    open.addLast(BridgeSite.next(site.lookups));
                }
            }
            slow.answer().complete(List.of(BridgeSite.available(slow.paths().getFirst(), NARINFO)));
            assertEquals(new FromNode.Narinfo(NARINFO), client.read());
            assertEquals(new FromNode.End(), client.read());
            assertEquals(IntStream.range(0, 10 * BridgeSession.PART).mapToObj(BridgeTest::path).toList(), asked);
            client.command(line("have", BridgeSession.PART + 1));
            List<BridgeSite.Lookup> two = lookups(2);
            two.getLast().answer().complete(List.of(BridgeSite.available(path(BridgeSession.PART), NARINFO)));
            two.getFirst().answer().complete(List.of(BridgeSite.available(path(3), NARINFO)));
            assertEquals(Set.of(path(3), path(BridgeSession.PART)),
                    Set.copyOf(assertInstanceOf(FromNode.Paths.class, client.read()).paths()));
        }
    }

    /** Each takes many times its size in memory; small ones go past those that wait. */
    @Test
    void largeQueriesWaitForTheirTurn() throws Exception {
        List<Client> large = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            Client client = site.restorer(Mode.QUERY, "");
            large.add(client);
            Thread.ofVirtual().start(() -> {
                try {
                    client.command(line("have", 400));
                } catch (IOException closed) {
                    assertTrue(closed.getMessage() != null);
                }
            });
        }
        // Of 400 paths eight parts, half of them at a time.
        List<BridgeSite.Lookup> ofTwo = lookups(8);
        try (Client small = site.restorer(Mode.QUERY, "")) {
            small.command("have " + HELLO + " ");
            BridgeSite.Lookup lookup = BridgeSite.next(site.lookups);
            assertEquals(List.of(HELLO), lookup.paths(), "the third large one waits");
            lookup.answer().complete(List.of());
            assertInstanceOf(FromNode.Paths.class, small.read());
        }
        ofTwo.forEach(lookup -> lookup.answer().complete(List.of()));
        lookups(8).forEach(lookup -> lookup.answer().complete(List.of()));
        assertEquals(BridgeSession.PART, BridgeSite.next(site.lookups).paths().size(), "its turn has come");
        for (Client client : large) {
            client.close();
        }
    }

    /** Answers to some dozens of paths are as much as everybody may be given at once. */
    @Test
    void aQueryForAHundredPathsIsLarge() throws Exception {
        List<Client> clients = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            clients.add(site.restorer(Mode.QUERY, ""));
            clients.getLast().command(line("have", 100));
        }
        List<BridgeSite.Lookup> ofTwo = lookups(4);
        site.await("the third to wait", site.turns::hasQueuedThreads);
        assertTrue(site.lookups.isEmpty());
        ofTwo.forEach(lookup -> lookup.answer().complete(List.of()));
        assertEquals(BridgeSession.PART, BridgeSite.next(site.lookups).paths().size(), "its turn has come");
        for (Client client : clients) {
            client.close();
        }
        site.await("all turns to come back", () -> site.turns.availablePermits() == 2);
    }

    @Test
    void whoWaitsForItsTurnHearsThatTheNodeIsAlive() throws Exception {
        site.turns.acquire(2);
        try (Client client = site.restorer(Mode.QUERY, "")) {
            client.command(line("have", 100));
            site.await("the command to wait", site.turns::hasQueuedThreads);
            site.pass(Duration.ofSeconds(6));
            assertEquals(new FromNode.Alive(), client.read());
            site.turns.release(2);
            lookups(2).forEach(lookup -> lookup.answer().complete(List.of()));
            assertInstanceOf(FromNode.Paths.class, client.read());
        }
    }

    /** A large command may be on its way while a small one is answered: its turn is its own. */
    @Test
    void theEndOfASmallRequestDoesNotEndTheTurnOfALargeOne() throws Exception {
        try (Client client = site.restorer(Mode.QUERY, "")) {
            client.command("have " + HELLO + " ");
            BridgeSite.Lookup small = BridgeSite.next(site.lookups);
            byte[] large = line("have", 100).getBytes(StandardCharsets.UTF_8);
            client.raw(ByteBuffer.allocate(1005).putInt(large.length).put((byte) 2).put(large, 0, 1000).array());
            site.await("the large one to have its turn", () -> site.turns.availablePermits() == 1);
            small.answer().complete(List.of());
            assertInstanceOf(FromNode.Paths.class, client.read());
            assertInstanceOf(FromNode.End.class, client.read());
            client.raw(Arrays.copyOfRange(large, 1000, large.length));
            List<BridgeSite.Lookup> all = lookups(2);
            assertEquals(1, site.turns.availablePermits());
            all.forEach(lookup -> lookup.answer().complete(List.of()));
            site.await("the turn to end", () -> site.turns.availablePermits() == 2);
        }
    }

    @Test
    void aLargeHelloAndALargeSubstituteKeepNoTurn() throws Exception {
        try (Client client = site.restorer(Mode.SUBSTITUTE, "x=" + "y".repeat(40_000) + "\n")) {
            site.await("the turn of the hello to end", () -> site.turns.availablePermits() == 2);
            client.command("substitute " + HELLO + " /" + "z".repeat(4090));
            BridgeSite.next(site.openings);
            assertEquals(2, site.turns.availablePermits());
        }
    }

    @Test
    void aNodeThatStopsFinishesWhatIsUnderWay() throws Exception {
        Client idle = site.restorer(Mode.QUERY, "");
        Client asking = site.restorer(Mode.QUERY, "");
        asking.command("have " + HELLO + " ");
        CompletableFuture<NarEvent> last = new CompletableFuture<>();
        Client fetching = substituting(Source.single(piece()).concat(Source.completionStage(last)));
        Client endless = substituting(Source.<NarEvent>maybe().mapMaterializedValue(_ -> NotUsed.getInstance()));

        site.bridge.tell(new Bridge.Drain(Duration.ofSeconds(3)));
        idle.assertHungUp();
        BridgeSite.next(site.lookups).answer().complete(List.of());
        assertInstanceOf(FromNode.Paths.class, asking.read());
        assertInstanceOf(FromNode.End.class, asking.read());
        asking.assertHungUp();
        last.complete(new NarEvent.Done());
        FromNode frame = fetching.read();
        while (!(frame instanceof FromNode.NarEnd)) {
            frame = fetching.read();
        }
        fetching.send(new FromRestorer.Result(true, ""));
        fetching.assertHungUp();

        site.pass(Duration.ofSeconds(3));
        assertEquals("the node is stopping", endless.refusal());
        site.kit.createTestProbe().expectTerminated(site.bridge, Duration.ofSeconds(BridgeSite.DEADLINE_SECONDS));
    }

    @Test
    void aNodeThatStopsTakesNoNewCommand() throws Exception {
        Client client = substituting(Source.single(new NarEvent.Done()));
        assertInstanceOf(FromNode.NarEnd.class, client.read());
        site.bridge.tell(new Bridge.Drain(Duration.ofSeconds(3)));
        Client late = site.connect();
        late.assertHungUp();
        client.command("substitute " + HELLO + " " + HELLO);
        assertEquals("the node is stopping", client.refusal());
    }
}
