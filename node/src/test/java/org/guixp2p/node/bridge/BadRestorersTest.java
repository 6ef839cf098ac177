// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.bridge;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.pekko.stream.javadsl.Source;
import org.guixp2p.node.bridge.BridgeSite.Client;
import org.guixp2p.node.download.NarEvent;
import org.guixp2p.protocol.bridge.FrameEncoder;
import org.guixp2p.protocol.bridge.FromNode;
import org.guixp2p.protocol.bridge.FromRestorer;
import org.guixp2p.protocol.bridge.FromRestorer.Mode;
import org.guixp2p.protocol.item.StorePath;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What becomes of whoever does not keep to the bridge protocol: an error, an end, and no harm to others. */
@Timeout(60)
class BadRestorersTest {
    private static final StorePath HELLO = new StorePath("y0h4g6321gwygvwv47kr4bc8y0lf49fs-hello-2.12.1");

    @TempDir
    private Path directory;

    private BridgeSite site;

    @BeforeEach
    void start() throws IOException {
        site = new BridgeSite(directory);
    }

    @AfterEach
    void others() throws Exception {
        try (Client client = site.restorer(Mode.QUERY, "")) {
            client.command("have " + HELLO + " ");
            BridgeSite.next(site.lookups).answer().complete(List.of());
            assertInstanceOf(FromNode.Paths.class, client.read());
        } finally {
            site.close();
        }
    }

    private static byte[] frame(int length, int type, byte[] body) {
        return ByteBuffer.allocate(5 + body.length).putInt(length).put((byte) type).put(body).array();
    }

    private static byte[] bytes(FromRestorer message) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        FrameEncoder.write(message, bytes);
        return bytes.toByteArray();
    }

    private static String refusal(Client client, byte[] bytes) throws IOException {
        try (client) {
            client.raw(bytes);
            return client.refusal();
        }
    }

    @Test
    void aHelloThatDoesNotCome() throws Exception {
        try (Client silent = site.connect(); Client late = site.connect()) {
            site.await("both sessions", () -> sessions() == 2);
            site.pass(Duration.ofSeconds(9));
            late.send(new FromRestorer.Hello(1, Mode.QUERY, null, ""));
            assertInstanceOf(FromNode.Welcome.class, late.read());
            site.pass(Duration.ofSeconds(2));
            assertEquals("no hello came", silent.refusal());
            late.command("have " + HELLO + " ");
            BridgeSite.next(site.lookups).answer().complete(List.of());
            assertInstanceOf(FromNode.Paths.class, late.read());
        }
    }

    /** Sessions that were begun, which set their timers in that. */
    private int sessions() {
        return site.kit.system().printTree().split("session-", -1).length - 1;
    }

    @Test
    void aSecondHello() throws Exception {
        FromRestorer.Hello hello = new FromRestorer.Hello(1, Mode.QUERY, null, "");
        assertEquals("a second hello", refusal(site.restorer(Mode.QUERY, ""), bytes(hello)));
    }

    @Test
    void anotherVersion() throws Exception {
        assertEquals("bridge protocol 2 is not spoken here, only 1",
                refusal(site.connect(), bytes(new FromRestorer.Hello(2, Mode.QUERY, null, ""))));
    }

    @Test
    void aCommandBeforeTheHello() throws Exception {
        assertEquals("a command before the hello", refusal(site.connect(), bytes(new FromRestorer.Command("have x"))));
    }

    @Test
    void aCommandWhileAnotherIsUnderWay() throws Exception {
        Client client = site.restorer(Mode.QUERY, "");
        client.command("have " + HELLO + " ");
        BridgeSite.next(site.lookups);
        assertEquals("a command while another is under way",
                refusal(client, bytes(new FromRestorer.Command("have " + HELLO + " "))));
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';', value = {
        "QUERY;substitute /gnu/store/y0h4g6321gwygvwv47kr4bc8y0lf49fs-hello-2.12.1 /x;query: 'have PATH…' or",
        "QUERY;'have ';query: no path after 'have", "QUERY;frobnicate;query: 'have PATH…' or",
        "QUERY;info /etc/passwd;store", "QUERY;have /gnu/store/../x;store",
        "SUBSTITUTE;have /gnu/store/y0h4g6321gwygvwv47kr4bc8y0lf49fs-hello-2.12.1;substitute: 'substitute PATH",
        "SUBSTITUTE;substitute /gnu/store/y0h4g6321gwygvwv47kr4bc8y0lf49fs-hello-2.12.1;substitute: 'substitute PATH",
        "SUBSTITUTE;substitute x /gnu/store/y0h4g6321gwygvwv47kr4bc8y0lf49fs-hello-2.12.1;store"})
    void malformedCommands(Mode mode, String line, String reason) throws Exception {
        String refusal = refusal(site.restorer(mode, ""), bytes(new FromRestorer.Command(line)));
        assertTrue(refusal.contains(reason), refusal);
        assertEquals(1, refusal.lines().count());
    }

    @ParameterizedTest
    @CsvSource({"65537, 1, a 'hello' frame of 65537 bytes", "16777217, 2, a 'command' frame of 16777217 bytes",
        "-1, 2, a 'command' frame of 4294967295 bytes", "65537, 3, a 'result' frame of 65537 bytes",
        "3, 0, unknown frame type 0", "3, 99, unknown frame type 99", "1, 21, nar", "0, 26, alive"})
    void framesThatMayNotBe(int length, int type, String reason) throws Exception {
        for (boolean greeted : new boolean[]{false, true}) {
            Client client = greeted ? site.restorer(Mode.QUERY, "") : site.connect();
            String refusal = refusal(client, frame(length, type, new byte[0]));
            assertTrue(refusal.contains(reason), refusal);
        }
    }

    @Test
    void garbage() throws Exception {
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        for (int i = 0; i < 50; i++) {
            byte[] garbage = new byte[5 + random.nextInt(100_000)];
            random.nextBytes(garbage);
            garbage[4] |= 0x40; // no type that there is
            String refusal = refusal(random.nextBoolean() ? site.connect() : site.restorer(Mode.QUERY, ""), garbage);
            assertTrue(refusal.startsWith("bridge: "), refusal);
        }
    }

    @Test
    void aFrameThatDoesNotEnd() throws Exception {
        Client client = site.restorer(Mode.QUERY, "");
        client.raw(frame(100, 2, "have ".getBytes(UTF_8)));
        // Until the node has read it, time that goes by is not held against it.
        client.channel.configureBlocking(false);
        ByteBuffer refusal = ByteBuffer.allocate(1000);
        site.await("the refusal", () -> {
            site.pass(Duration.ofSeconds(11));
            try {
                return client.channel.read(refusal) > 0;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        assertEquals("a frame that does not end", new String(refusal.array(), 5, refusal.position() - 5, UTF_8));
        client.close();
    }

    @Test
    void aResultOfNothing() throws Exception {
        byte[] result = bytes(new FromRestorer.Result(true, ""));
        assertEquals("a result of nothing", refusal(site.restorer(Mode.SUBSTITUTE, ""), result));
        Client client = site.restorer(Mode.SUBSTITUTE, "");
        client.command("substitute " + HELLO + " " + HELLO);
        BridgeSite.next(site.openings).answer().complete(Optional.of(BridgeSite.opened(
                BridgeSite.available(HELLO, ByteBuffer.allocate(1)), 5, Source.single(new NarEvent.Done()))));
        assertInstanceOf(FromNode.Narinfo.class, client.read());
        assertInstanceOf(FromNode.NarEnd.class, client.read());
        client.send(new FromRestorer.Result(true, ""));
        assertEquals("a result of nothing", refusal(client, result));
    }

    /** They send without end and never read: each gets its share of memory and no more, and is hung up on all the same. */
    @Test
    void floods() throws Exception {
        ByteArrayOutputStream flood = new ByteArrayOutputStream();
        byte[] command = bytes(new FromRestorer.Command("have " + HELLO + " "));
        while (flood.size() < 4 << 20) {
            flood.write(command);
        }
        List<Client> deaf = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            Client client = site.restorer(Mode.QUERY, "");
            deaf.add(client);
            // Returns when the node has hung up: until then the socket's buffer is full.
            client.raw(flood.toByteArray());
            BridgeSite.next(site.lookups);
        }
        site.await("the end of every session", () -> sessions() == 0);
        for (Client client : deaf) {
            client.close();
        }
    }

    /** Two of them would keep all others from asking for much. */
    @Test
    void whoHasATurnAndDoesNotReadLosesIt() throws Exception {
        Client client = site.restorer(Mode.QUERY, "");
        client.command("info " + (HELLO + " ").repeat(100));
        ByteBuffer narinfo = ByteBuffer.allocate(500_000);
        BridgeSite.next(site.lookups).answer()
                .complete(Collections.nCopies(100, BridgeSite.available(HELLO, narinfo)));
        assertEquals(1, site.turns.availablePermits(), "a query for a hundred paths is large");
        site.await("the end of its turn", () -> {
            site.pass(Duration.ofSeconds(10));
            return site.turns.availablePermits() == 2;
        });
        client.close();
    }

    @Test
    void aFaultOfOurOwnEndsTheReadingAndIsTold() throws Exception {
        UnixDomainSocketAddress address = UnixDomainSocketAddress.of(directory.resolve("pair"));
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(address);
            try (SocketChannel restorer = SocketChannel.open(address); SocketChannel node = server.accept()) {
                CompletableFuture<Optional<String>> end = new CompletableFuture<>();
                BridgeReader reader = new BridgeReader(node, new Turns(), System::nanoTime);
                reader.start(new BridgeReader.Listener() {
                    @Override
                    public void received(FromRestorer message, boolean large) {
                        throw new IllegalStateException("a test's fault");
                    }

                    @Override
                    public void ended(Optional<String> fault) {
                        end.complete(fault);
                    }
                });
                FrameEncoder.write(new FromRestorer.Command("have x"), restorer);
                assertEquals(Optional.of("reading failed: java.lang.IllegalStateException: a test's fault"),
                        end.get(BridgeSite.DEADLINE_SECONDS, TimeUnit.SECONDS));
            }
        }
    }

    /** It takes none of a long answer, so it will not take the last word either. */
    @Test
    void whoDoesNotReadIsHungUpOnAllTheSame() throws Exception {
        AtomicInteger made = new AtomicInteger();
        Client client = site.restorer(Mode.SUBSTITUTE, "");
        client.command("substitute " + HELLO + " " + HELLO);
        BridgeSite.next(site.openings).answer().complete(Optional.of(BridgeSite.opened(
                BridgeSite.available(HELLO, ByteBuffer.allocate(1)), 1L << 40,
                Source.repeat(0).map(zero -> {
                    made.incrementAndGet();
                    return (NarEvent) new NarEvent.Bytes(new byte[65_536], "https://example.org/x");
                }))));
        assertInstanceOf(FromNode.Narinfo.class, client.read());
        site.await("more than the socket's buffer holds", () -> made.get() >= 4);
        client.raw(frame(0, 99, new byte[0]));
        // Its writing end goes down only with the socket.
        byte[] more = new byte[65_536];
        site.await("the end of the connection", () -> {
            try {
                client.channel.write(ByteBuffer.wrap(more));
                return false;
            } catch (IOException hungUp) {
                return true;
            }
        });
        client.close();
    }
}
