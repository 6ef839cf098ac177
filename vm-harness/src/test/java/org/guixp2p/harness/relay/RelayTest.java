// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.relay;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.guixp2p.protocol.swarm.HostAndPort;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(60)
class RelayTest {
    private static final Duration LONG = Duration.ofSeconds(30);
    private static final long SEED = 7;

    private final ServerSocket server;

    RelayTest() throws IOException {
        server = new ServerSocket(0, 5, InetAddress.ofLiteral("127.0.0.1"));
    }

    @AfterEach
    void end() throws IOException {
        server.close();
    }

    private Relay relay(Link link) throws IOException {
        return Relay.start(new HostAndPort("127.0.0.1", server.getLocalPort()), link);
    }

    private static Socket dial(Relay relay) throws IOException {
        return new Socket(InetAddress.ofLiteral("127.0.0.1"), relay.address().port());
    }

    private static byte[] random(int length) {
        byte[] bytes = new byte[length];
        new Random(SEED).nextBytes(bytes);
        return bytes;
    }

    private static FutureTask<byte[]> inBackground(Callable<byte[]> task) {
        FutureTask<byte[]> future = new FutureTask<>(task);
        Thread.ofVirtual().start(future);
        return future;
    }

    private static byte[] send(Socket socket, byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
        socket.shutdownOutput();
        return bytes;
    }

    private static void awaitThreads(Relay relay, int count) throws InterruptedException {
        long deadline = System.nanoTime() + LONG.toNanos();
        while (relay.threads() != count) {
            assertTrue(System.nanoTime() - deadline < 0, () -> relay.threads() + " threads, not " + count);
            Thread.onSpinWait();
        }
    }

    @ParameterizedTest
    @CsvSource({"0, 0", "0, 3", "50000000, 0", "50000000, 3"})
    void bothWaysArriveAsTheyWereSentAndEachEndsByItself(long rate, int delayMillis) throws Exception {
        byte[] down = random(1_500_001);
        byte[] up = random(70_003);
        try (Relay relay = relay(new Link(rate, Duration.ofMillis(delayMillis)));
                Socket client = dial(relay);
                Socket upstream = server.accept()) {
            FutureTask<byte[]> sentDown = inBackground(() -> send(upstream, down));
            FutureTask<byte[]> sentUp = inBackground(() -> send(client, up));
            FutureTask<byte[]> gotUp = inBackground(() -> upstream.getInputStream().readAllBytes());
            assertArrayEquals(down, client.getInputStream().readAllBytes());
            assertArrayEquals(up, gotUp.get());
            assertEquals(down.length + up.length, sentDown.get().length + sentUp.get().length);
            awaitThreads(relay, 1);
            assertEquals(down.length + up.length, relay.carried());
        }
    }

    @Test
    void theRateBoundsAllConnectionsTogether() throws Exception {
        long rate = 2_000_000;
        byte[] each = random(200_000);
        try (Relay relay = relay(new Link(rate, Duration.ZERO))) {
            long began = System.nanoTime();
            try (Socket one = dial(relay);
                    Socket upstreamOne = server.accept();
                    Socket two = dial(relay);
                    Socket upstreamTwo = server.accept()) {
                FutureTask<byte[]> sentOne = inBackground(() -> send(upstreamOne, each));
                FutureTask<byte[]> sentTwo = inBackground(() -> send(upstreamTwo, each));
                FutureTask<byte[]> first = inBackground(() -> one.getInputStream().readAllBytes());
                assertArrayEquals(each, two.getInputStream().readAllBytes());
                assertArrayEquals(each, first.get());
                assertEquals(2 * each.length, sentOne.get().length + sentTwo.get().length);
            }
            long least = (2L * each.length - Link.BURST) * 1_000_000_000L / rate;
            assertTrue(System.nanoTime() - began >= least, "faster than the link");
        }
    }

    @ParameterizedTest
    @CsvSource({"20,20", "0,20", "5,50"})
    void aByteIsDelayedEachWay(int first, int then) throws Exception {
        Duration delay = Duration.ofMillis(then);
        try (Relay relay = relay(new Link(0, Duration.ofMillis(first)))) {
            relay.delay(delay);
            delayed(relay, delay);
        }
    }

    private void delayed(Relay relay, Duration delay) throws IOException {
        try (Socket client = dial(relay); Socket upstream = server.accept()) {
            long began = System.nanoTime();
            client.getOutputStream().write(1);
            upstream.getOutputStream().write(upstream.getInputStream().read());
            assertEquals(1, client.getInputStream().read());
            assertTrue(System.nanoTime() - began >= 2 * delay.toNanos());
        }
    }

    @ParameterizedTest
    @CsvSource({"0", "5"})
    void whoLosesTheServerIsTold(int delayMillis) throws Exception {
        try (Relay relay = relay(new Link(0, Duration.ofMillis(delayMillis)));
                Socket client = dial(relay)) {
            Socket upstream = server.accept();
            upstream.setSoLinger(true, 0);
            upstream.close();
            InputStream in = client.getInputStream();
            assertEquals(-1, in.read());
            client.shutdownOutput();
            awaitThreads(relay, 1);
        }
    }

    @Test
    void whereNobodyListensTheConnectionEnds() throws Exception {
        server.close();
        try (Relay relay = relay(Link.NONE); Socket client = dial(relay)) {
            assertEquals(-1, client.getInputStream().read());
        }
    }

    @Test
    void whatIsCutEndsAtBothSidesAndOthersMayCome() throws Exception {
        try (Relay relay = relay(new Link(0, Duration.ofMillis(1)));
                Socket client = dial(relay);
                Socket served = server.accept()) {
            client.setSoTimeout((int) LONG.toMillis());
            served.setSoTimeout((int) LONG.toMillis());
            // The server has accepted before the relay has joined the two.
            client.getOutputStream().write(1);
            assertEquals(1, served.getInputStream().read());
            relay.cut();
            assertEquals(-1, client.getInputStream().read());
            assertEquals(-1, served.getInputStream().read());
            try (Socket next = dial(relay); Socket nextServed = server.accept()) {
                next.getOutputStream().write(1);
                assertEquals(1, nextServed.getInputStream().read());
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"0, 0", "0, 1000", "1000, 0"})
    void closingItEndsEverything(long rate, int delayMillis) throws Exception {
        Relay relay = relay(new Link(rate, Duration.ofMillis(delayMillis)));
        try (Socket client = dial(relay); Socket upstream = server.accept()) {
            FutureTask<byte[]> sending = inBackground(() -> send(upstream, random(30_000_000)));
            client.getOutputStream().write(random(1000));
            relay.close();
            assertThrows(IOException.class, () -> dial(relay).close());
            awaitThreads(relay, 0);
            assertThrows(ExecutionException.class, sending::get);
        }
    }
}
