// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.gateway;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.guixp2p.node.config.AutoSeed;
import org.guixp2p.node.testing.TestServer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Sources that fail, lie or are slow, and clients that are. */
@Timeout(120)
class GatewayFaultsTest {
    private static final int BYTES = 3_000_000;
    private static final int HALF = 2_000_000;
    private static final GatewaySettings IMPATIENT = new GatewaySettings(Duration.ofSeconds(1), Duration.ofSeconds(1),
            Duration.ofSeconds(1), Duration.ofSeconds(2), 2048, 512, 256, 128, 4000, 100);

    @TempDir
    private Path directory;

    /** What the server gives of a NAR; the rest when the test says so, if ever. */
    private static TestServer.Page half(GatewaySite.Made made, CountDownLatch go, boolean rest) {
        return (path, connection) -> {
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: " + made.nar().length + "\r\n\r\n");
            connection.write(Arrays.copyOf(made.nar(), HALF));
            go.await();
            if (rest) {
                connection.write(Arrays.copyOfRange(made.nar(), HALF, made.nar().length));
            } else {
                connection.reset();
            }
        };
    }

    /** No client may take for the whole what is not: neither by its length nor by its last chunk. */
    @ParameterizedTest
    @ValueSource(strings = {"", "zstd/", "gzip/"})
    void aFailureMidwayCutsTheConnection(String compression) throws Exception {
        try (GatewaySite site = new GatewaySite(directory, GatewaySettings.USUAL, AutoSeed.OFF)) {
            GatewaySite.Made made = site.item("breaks", BYTES);
            CountDownLatch go = new CountDownLatch(1);
            site.page("/nar/breaks", half(made, go, false));
            try (RawClient client = new RawClient(site.address())) {
                client.ask("GET", "/nar/" + compression + made.path().baseName());
                RawClient.Head head = client.head();
                assertEquals(200, head.status());
                go.countDown();
                RawClient.Answer answer = client.rest(head);
                assertTrue(client.wasReset(), "Guix goes on with the next server");
                assertFalse(answer.complete());
                assertTrue(answer.body().length > 0 && answer.body().length < made.nar().length);
                assertTrue(client.isHungUpOn());
            }
            // The next one is another download.
            site.page("/nar/breaks", (path, connection) -> connection.answer(200, made.nar()));
            assertArrayEquals(made.nar(), RawClient.get(site.address(), made.url()).body());
        }
    }

    /** Of what cannot be had at all, nothing is promised. */
    @Test
    void whatCannotBeHadIsNotThere() throws Exception {
        try (GatewaySite site = new GatewaySite(directory)) {
            GatewaySite.Made gone = site.item("gone", 1000);
            site.page("/nar/gone", (path, connection) -> connection.answer(404, "gone"));
            RawClient.Answer answer = RawClient.get(site.address(), gone.url());
            assertEquals(404, answer.status());
            assertEquals("max-age=10", answer.header("cache-control"));
            GatewaySite.Made wrong = site.item("wrong", 1000);
            byte[] other = wrong.nar().clone();
            other[other.length / 2] ^= 1;
            site.page("/nar/wrong", (path, connection) -> connection.answer(200, other));
            assertEquals(404, RawClient.get(site.address(), wrong.url()).status());
        }
    }

    /** The bounds on idle connections and on slow clients have nothing to do with it. */
    @Test
    void aSlowSourceIsNoError() throws Exception {
        try (GatewaySite site = new GatewaySite(directory, IMPATIENT, AutoSeed.OFF)) {
            GatewaySite.Made made = site.item("slow", BYTES);
            CountDownLatch go = new CountDownLatch(1);
            site.page("/nar/slow", half(made, go, true));
            GatewaySite.Made late = site.item("late", BYTES);
            CountDownLatch begin = new CountDownLatch(1);
            site.page("/nar/late", (path, connection) -> {
                begin.await();
                connection.answer(200, late.nar());
            });
            aSlowSourceIsNoError(site, made, late, List.of(go, begin));
        }
    }

    private static void aSlowSourceIsNoError(GatewaySite site, GatewaySite.Made made, GatewaySite.Made late,
            List<CountDownLatch> gates) throws Exception {
        try (RawClient slow = new RawClient(site.address()); RawClient unborn = new RawClient(site.address())) {
            unborn.ask("GET", late.url());
            slow.ask("GET", made.url());
            RawClient.Head head = slow.head();
            site.server().awaitRequests(4);
            // Six times the bound on a connection that is idle has passed when as many, one after another, were closed.
            for (int i = 0; i < 6; i++) {
                try (RawClient idle = new RawClient(site.address())) {
                    assertTrue(idle.isHungUpOn());
                }
            }
            gates.forEach(CountDownLatch::countDown);
            RawClient.Answer answer = slow.rest(head);
            assertTrue(answer.complete());
            assertArrayEquals(made.nar(), answer.body());
            assertArrayEquals(late.nar(), unborn.answer(false).body());
        }
    }

    @Test
    void whoeverAsksForNothingIsHungUpOn() throws Exception {
        try (GatewaySite site = new GatewaySite(directory, IMPATIENT, AutoSeed.OFF);
                RawClient silent = new RawClient(site.address());
                RawClient halting = new RawClient(site.address());
                RawClient kept = new RawClient(site.address())) {
            halting.send("GET /nix-cache-info HTTP/1.1\r\nHost: lo");
            kept.ask("GET", "/nix-cache-info");
            assertEquals(200, kept.answer(false).status());
            assertTrue(silent.isHungUpOn());
            assertTrue(halting.isHungUpOn());
            assertTrue(kept.isHungUpOn());
        }
    }

    @Test
    void whoeverTakesNothingIsHungUpOn() throws Exception {
        try (GatewaySite site = new GatewaySite(directory, IMPATIENT, AutoSeed.OFF)) {
            GatewaySite.Made made = site.item("large", 30_000_000);
            whoeverTakesNothingIsHungUpOn(site, made);
        }
    }

    private static void whoeverTakesNothingIsHungUpOn(GatewaySite site, GatewaySite.Made made) throws Exception {
        try (RawClient client = new RawClient(site.address())) {
            client.ask("GET", made.url());
            RawClient.Head head = client.head();
            // Others come and are closed for being idle, again and again, while this one takes nothing.
            for (int i = 0; i < 10; i++) {
                try (RawClient idle = new RawClient(site.address())) {
                    assertTrue(idle.isHungUpOn());
                }
            }
            assertFalse(client.rest(head).complete());
        }
    }

    @Test
    void whatNobodyAnswersForIsNotThereWithinABound() throws Exception {
        CountDownLatch never = new CountDownLatch(1);
        try (GatewaySite site = new GatewaySite(directory, IMPATIENT, AutoSeed.OFF)) {
            String unknown = "/" + "1".repeat(32) + ".narinfo";
            site.page(unknown, (path, connection) -> never.await());
            RawClient.Answer answer = RawClient.get(site.address(), unknown);
            assertEquals(404, answer.status());
            assertEquals("max-age=10", answer.header("cache-control"));
            never.countDown();
        }
    }

    /** What nobody waits for any more costs its server nothing. */
    @Test
    void whoeverLeavesBeforeTheFirstByteLeavesNoDownload() throws Exception {
        try (GatewaySite site = new GatewaySite(directory, GatewaySettings.USUAL, AutoSeed.OFF)) {
            GatewaySite.Made made = site.item("unborn", BYTES);
            CountDownLatch ended = new CountDownLatch(1);
            site.page("/nar/unborn", (path, connection) -> {
                connection.awaitEnd();
                ended.countDown();
            });
            try (RawClient client = new RawClient(site.address()); RawClient other = new RawClient(site.address())) {
                client.ask("GET", made.url());
                other.ask("GET", made.url());
                site.server().awaitRequests(2);
            }
            assertTrue(ended.await(20, TimeUnit.SECONDS), "the server is still asked for it");
            assertEquals(1, site.asked("/nar/unborn"));
        }
    }

    @Test
    void whoeverLeavesBeforeTheFirstByteLeavesItToOthers() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        try (GatewaySite site = new GatewaySite(directory, GatewaySettings.USUAL, AutoSeed.OFF);
                RawClient other = new RawClient(site.address())) {
            GatewaySite.Made made = site.item("shared", BYTES);
            site.page("/nar/shared", (path, connection) -> {
                go.await();
                connection.answer(200, made.nar());
            });
            other.ask("GET", made.url());
            site.server().awaitRequests(2);
            try (RawClient client = new RawClient(site.address())) {
                client.ask("GET", made.url());
            }
            go.countDown();
            assertArrayEquals(made.nar(), other.answer(false).body());
            assertEquals(1, site.asked("/nar/shared"));
        }
    }
}
