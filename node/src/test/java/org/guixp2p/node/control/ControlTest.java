// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.control;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Optional;
import org.guixp2p.node.config.ByteRate;
import org.guixp2p.node.config.Rates;
import org.guixp2p.node.rate.RateLimits;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Limits changed over the socket. */
class ControlTest {
    private static final LimitsRequest NOTHING = new LimitsRequest(Optional.empty(), Optional.empty(),
            Optional.empty(), Optional.empty());

    @TempDir
    private Path directory;

    private final RateLimits limits = RateLimits.none();

    private Path path() {
        return ControlServer.beside(directory.resolve("run/socket"));
    }

    private ControlServer server() throws IOException {
        return ControlServer.start(path(), limits);
    }

    private SocketChannel connect() throws IOException {
        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        channel.connect(UnixDomainSocketAddress.of(path()));
        return channel;
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
            assertEquals(Rates.UNLIMITED, ControlClient.change(path(), NOTHING));
            ControlClient.change(path(), new LimitsRequest(Optional.of(new ByteRate(5)), Optional.empty(),
                    Optional.empty(), Optional.of(new ByteRate(1L << 50))));
            Rates changed = ControlClient.change(path(), new LimitsRequest(Optional.empty(),
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
            assertEquals(Rates.UNLIMITED, ControlClient.change(path(), NOTHING));
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
        try (ControlServer _ = ControlServer.start(path(), limits, Duration.ofMillis(50))) {
            for (int i = 0; i < 40; i++) {
                try (SocketChannel silent = connect()) {
                    assertEquals(-1, silent.read(ByteBuffer.allocate(1)));
                }
            }
            connect().close();
            assertEquals(Rates.UNLIMITED, ControlClient.change(path(), NOTHING));
        }
    }

    @Test
    void whereNoNodeRunsThatIsSaid() throws IOException {
        IOException nobody = assertThrows(IOException.class, () -> ControlClient.change(path(), NOTHING));
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
            IOException refused = assertThrows(IOException.class, () -> ControlClient.change(path(), NOTHING));
            assertTrue(String.valueOf(refused.getMessage()).startsWith("the node says: "), refused::getMessage);
            answering.join();
        }
    }
}
