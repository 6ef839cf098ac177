// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.control;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.guixp2p.node.config.ByteRate;
import org.guixp2p.node.config.Rates;
import org.guixp2p.node.rate.RateLimits;
import org.guixp2p.node.testing.Eventually;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Limits changed over the socket. */
@Timeout(60)
class ControlTest {
    private static final LimitsRequest NOTHING = new LimitsRequest(Optional.empty(), Optional.empty(),
            Optional.empty(), Optional.empty());
    private static final Answering SILENT = (question, line) -> CompletableFuture.completedFuture(null);
    private static final String TURNED_AWAY = "too many ask at a time; try again";

    @TempDir
    private Path directory;

    private final RateLimits limits = RateLimits.none();

    private Path path() {
        return ControlServer.beside(directory.resolve("run/socket"));
    }

    private ControlServer server() throws IOException {
        return ControlServer.start(path(), limits, SILENT);
    }

    private SocketChannel connect() throws IOException {
        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        channel.connect(UnixDomainSocketAddress.of(path()));
        return channel;
    }

    private Rates change(LimitsRequest request) throws IOException {
        return ControlClient.change(path(), request, ControlClient.PATIENCE);
    }

    private boolean answers() {
        try {
            return change(NOTHING).equals(Rates.UNLIMITED);
        } catch (IOException e) {
            return false;
        }
    }

    private String notAnswered() {
        return String.valueOf(assertThrows(IOException.class,
                () -> ControlClient.change(path(), NOTHING, Duration.ofSeconds(1))).getMessage());
    }

    private String say(String line) throws IOException {
        try (SocketChannel channel = connect()) {
            ControlLine.write(channel, line);
            return ControlLine.read(channel);
        }
    }

    @Test
    void whatIsNamedChangesAndTheRestStays() throws IOException {
        try (ControlServer _ = server()) {
            assertEquals(Rates.UNLIMITED, change(NOTHING));
            change(new LimitsRequest(Optional.of(new ByteRate(5)), Optional.empty(),
                    Optional.empty(), Optional.of(new ByteRate(1L << 50))));
            Rates changed = change(new LimitsRequest(Optional.empty(),
                    Optional.of(new ByteRate(7)), Optional.of(new ByteRate(8)), Optional.empty()));
            assertEquals(new Rates(new ByteRate(5), new ByteRate(7), new ByteRate(8), new ByteRate(1L << 50)), changed);
            assertEquals(changed, limits.rates());
            assertEquals("{\"download\":7,\"download_per_peer\":1125899906842624,\"upload\":0,\"upload_per_peer\":8}",
                    say("{\"upload\": 0}"));
            assertTrue(limits.rates().upload().isUnlimited());
            assertEquals(PosixFilePermissions.fromString("rw-------"), Files.getPosixFilePermissions(path()));
        }
        assertFalse(Files.exists(path()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "x", "[1]", "{\"upload\": -1}", "{\"upload\": \"fast\"}", "{\"upload\": \"5\"}",
        "{\"upload\": 0.5}", "{\"upload\": 1e30}", "{\"upload\": true}", "{\"upload\": {}}", "{\"speed\": 5}", "{",
        "{\"upload\": 5, \"speed\": 5}"})
    void whatIsNoRequestChangesNothing(String line) throws IOException {
        try (ControlServer _ = server()) {
            String answer = say(line);
            assertTrue(answer.startsWith("{\"error\":\""), answer);
            assertEquals(Rates.UNLIMITED, limits.rates());
            assertEquals(Rates.UNLIMITED, change(NOTHING));
        }
    }

    @Test
    void aLineWithoutEndIsRefused() throws IOException {
        try (ControlServer _ = server(); SocketChannel channel = connect()) {
            channel.write(ByteBuffer.allocate(ControlLine.MOST_BYTES));
            assertEquals("{\"error\":\"a line of more than 4096 bytes\"}", ControlLine.read(channel));
        }
    }

    @Test
    void whoHangsUpOrSaysNothingKeepsNobodyOut() throws IOException {
        try (ControlServer _ = ControlServer.start(path(), limits, SILENT, Duration.ofMillis(50))) {
            for (int i = 0; i < 40; i++) {
                try (SocketChannel silent = connect()) {
                    assertEquals(-1, silent.read(ByteBuffer.allocate(1)));
                }
            }
            connect().close();
            assertEquals(Rates.UNLIMITED, change(NOTHING));
        }
    }

    @Test
    void whereNoNodeRunsThatIsSaid() throws IOException {
        IOException nobody = assertThrows(IOException.class, () -> change(NOTHING));
        assertTrue(String.valueOf(nobody.getMessage()).startsWith("no node answers at " + path()), nobody::getMessage);
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"error\":\"no\"}", "{}", "hello", "{\"upload\":1}"})
    void answersThatAreNoneAreRefused(String answer) throws Exception {
        Files.createDirectories(path().getParent());
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(UnixDomainSocketAddress.of(path()));
            Thread answering = Thread.ofVirtual().start(() -> {
                try (SocketChannel channel = server.accept()) {
                    ControlLine.read(channel);
                    ControlLine.write(channel, answer);
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            });
            IOException refused = assertThrows(IOException.class, () -> change(NOTHING));
            assertTrue(String.valueOf(refused.getMessage()).startsWith("the node says: "), refused::getMessage);
            answering.join();
        }
    }

    /** Whether the question comes before or after the answer that is given to everybody then. */
    @Test
    void whoeverIsTurnedAwayIsToldSoInTheProtocolsOwnForm() throws Exception {
        try (ControlServer _ = server()) {
            List<SocketChannel> silent = new ArrayList<>();
            for (int i = 0; i < ControlServer.MOST_CONNECTIONS; i++) {
                silent.add(connect());
            }
            try (SocketChannel late = connect()) {
                assertEquals("{\"error\":\"" + TURNED_AWAY + "\"}", ControlLine.read(late));
                assertEquals(-1, late.read(ByteBuffer.allocate(1)));
                assertThrows(IOException.class, () -> ControlLine.write(late, NOTHING.toJson()));
            }
            for (int i = 0; i < 20; i++) {
                IOException refused = assertThrows(IOException.class, () -> change(NOTHING));
                assertEquals("the node says: " + TURNED_AWAY, refused.getMessage());
            }
            for (SocketChannel channel : silent) {
                channel.close();
            }
            Eventually.holds(this::answers, () -> "an answer, now that there is room");
        }
    }

    /** A node in a process that can be stopped. */
    static final class Stoppable {
        private Stoppable() {}

        public static void main(String[] args) throws IOException {
            try (ControlServer _ = ControlServer.start(Path.of(args[0]), RateLimits.none(), SILENT)) {
                System.out.println("up");
                var _ = System.in.read();
            }
        }
    }

    private static void signal(String signal, Process process) throws Exception {
        assertEquals(0, new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid())).start().waitFor());
    }

    /** Each of its threads stops for itself (proc_pid_stat(5)). */
    private static boolean isStopped(Process process) {
        try (Stream<Path> threads = Files.list(Path.of("/proc/" + process.pid() + "/task"))) {
            for (Path thread : threads.toList()) {
                if (!Files.readString(thread.resolve("stat")).contains(") T ")) {
                    return false;
                }
            }
            return true;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void aNodeThatIsStoppedIsNotWaitedForForEver() throws Exception {
        Process process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin/java").toString(), "-Xmx64m",
                "-XX:TieredStopAtLevel=1", "-cp", System.getProperty("java.class.path"), Stoppable.class.getName(),
                path().toString()).redirectError(ProcessBuilder.Redirect.DISCARD).start();
        try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
            assertTrue(lines.lines().anyMatch("up"::equals));
            assertEquals(Rates.UNLIMITED, change(NOTHING));
            signal("STOP", process);
            Eventually.holds(() -> isStopped(process), () -> "a process that is stopped");
            assertEquals("the node at " + path() + " does not answer within 1 s", notAnswered());
            signal("CONT", process);
            assertEquals(Rates.UNLIMITED, change(NOTHING));
        } finally {
            process.destroyForcibly();
        }
    }

    /** One that was stopped long ago has a full queue: connecting waits too. */
    @Test
    void aNodeThatTakesNoConnectionIsNotWaitedForForEver() throws Exception {
        Files.createDirectories(path().getParent());
        List<SocketChannel> waiting = new ArrayList<>();
        try (ServerSocketChannel hangs = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            hangs.bind(UnixDomainSocketAddress.of(path()), 1);
            assertThrows(IOException.class, () -> {
                while (true) {
                    SocketChannel waits = SocketChannel.open(StandardProtocolFamily.UNIX);
                    waiting.add(waits);
                    waits.configureBlocking(false);
                    waits.connect(UnixDomainSocketAddress.of(path()));
                }
            }, "the queue is full");
            assertEquals("the node at " + path() + " does not answer within 1 s", notAnswered());
        } finally {
            for (SocketChannel channel : waiting) {
                channel.close();
            }
        }
    }
}
