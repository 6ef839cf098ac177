// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.guixp2p.node.StartException;
import org.guixp2p.node.config.AutoSeed;
import org.guixp2p.node.testing.Eventually;
import org.guixp2p.node.testing.TestNars;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What one client may take of what there is for all. */
@Timeout(120)
class GatewayLimitsTest {
    private static final GatewaySettings SMALL = new GatewaySettings(Duration.ofSeconds(60), Duration.ofSeconds(60),
            Duration.ofSeconds(1), Duration.ofSeconds(10), 100, 3, 2, 1, 3, 0);
    /** The same; connections that have just ended may still count. */
    private static final GatewaySettings FEW_LOOKUPS = new GatewaySettings(SMALL.idle(), SMALL.stalled(),
            SMALL.placeWithin(), SMALL.lookupWithin(), 100, 100, 2, 1, 3, 0);
    private static final String NARINFO = "/" + TestNars.HELLO.path().hashPart() + ".narinfo";

    private static final Optional<Duration> AT_ONCE = Optional.of(Duration.ZERO);

    @TempDir
    private Path directory;

    @Test
    void othersAreAskedAboutSoManyItemsForOneClient() throws Exception {
        try (GatewaySite site = new GatewaySite(directory, FEW_LOOKUPS, AutoSeed.OFF)) {
            List<Integer> statuses = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                statuses.add(RawClient.get(site.address(), "/" + i + "0".repeat(31) + ".narinfo").status());
            }
            assertEquals(List.of(404, 404, 404), statuses);
            RawClient.Answer refused = RawClient.get(site.address(), NARINFO);
            assertEquals(429, refused.status());
            assertEquals("10", refused.header("retry-after"));
            assertEquals("max-age=10", refused.header("cache-control"));
            // What is remembered costs nothing.
            assertEquals(404, RawClient.get(site.address(), "/" + "0".repeat(32) + ".narinfo").status());
            assertEquals(3, site.server().requests().size());
        }
    }

    /** Peers are asked then, each time. */
    @Test
    void whatAServerCouldNotSayCountsEachTime() throws Exception {
        try (GatewaySite site = new GatewaySite(directory, FEW_LOOKUPS, AutoSeed.OFF)) {
            String ill = "/" + "0".repeat(32) + ".narinfo";
            site.page(ill, (path, connection) -> connection.answer(503, "later"));
            List<Integer> statuses = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                statuses.add(RawClient.get(site.address(), ill).status());
            }
            assertEquals(List.of(404, 404, 404, 429), statuses);
        }
    }

    @Test
    void whatWasAnsweredOnceIsAnsweredAgain() throws Exception {
        try (GatewaySite site = new GatewaySite(directory, FEW_LOOKUPS, AutoSeed.OFF)) {
            for (int i = 0; i < 10; i++) {
                assertEquals(200, RawClient.get(site.address(), NARINFO).status());
            }
            assertEquals(1, site.asked(NARINFO));
        }
    }

    @Test
    void aClientHasSoManyConnections() throws Exception {
        try (GatewaySite site = new GatewaySite(directory, SMALL, AutoSeed.OFF);
                RawClient first = new RawClient(site.address());
                RawClient second = new RawClient(site.address())) {
            first.ask("GET", "/nix-cache-info");
            second.ask("GET", "/nix-cache-info");
            assertEquals(200, first.answer(false).status());
            assertEquals(200, second.answer(false).status());
            try (RawClient third = new RawClient(site.address())) {
                third.ask("GET", "/nix-cache-info");
                assertEquals(200, third.answer(false).status());
                try (RawClient fourth = new RawClient(site.address())) {
                    assertTrue(fourth.isHungUpOn());
                }
            }
        }
    }

    @Test
    void whereSomebodyElseListensItDoesNot() throws Exception {
        try (GatewaySite site = new GatewaySite(Files.createDirectory(directory.resolve("first")))) {
            StartException failure = assertThrows(StartException.class,
                    () -> new GatewaySite(Files.createDirectory(directory.resolve("second")), site.address()));
            assertEquals("gateway_bind: cannot listen at " + site.address() + ": Address already in use",
                    failure.getMessage());
        }
    }

    @Test
    void lookupsComeBackWithTimeAndClientsAreToldApart() throws Exception {
        AtomicLong now = new AtomicLong();
        GatewaySettings settings = new GatewaySettings(Duration.ofSeconds(60), Duration.ofSeconds(60),
                Duration.ofSeconds(1), Duration.ofSeconds(10), 100, 3, 2, 1, 2, 1);
        Clients clients = new Clients(settings, now::get);
        Clients.Client one = clients.of(InetAddress.ofLiteral("2001:db8::1"));
        assertEquals(one, clients.of(InetAddress.ofLiteral("2001:db8::ffff")), "one site");
        Clients.Client other = clients.of(InetAddress.ofLiteral("2001:db8:0:1::1"));
        assertNotEquals(one, other);
        assertEquals(AT_ONCE, one.mayAskAfter(Duration.ZERO));
        assertEquals(AT_ONCE, one.mayAskAfter(Duration.ZERO));
        assertEquals(Optional.empty(), one.mayAskAfter(Duration.ZERO));
        assertEquals(AT_ONCE, other.mayAskAfter(Duration.ZERO));
        now.addAndGet(Duration.ofSeconds(1).toNanos());
        assertEquals(AT_ONCE, one.mayAskAfter(Duration.ZERO));
        assertEquals(Optional.empty(), one.mayAskAfter(Duration.ZERO));
        now.addAndGet(Duration.ofHours(1).toNanos());
        assertEquals(AT_ONCE, one.mayAskAfter(Duration.ZERO));
        assertEquals(AT_ONCE, one.mayAskAfter(Duration.ZERO));
        assertEquals(Optional.empty(), one.mayAskAfter(Duration.ZERO));
        assertTrue(one.beginNar());
        assertFalse(one.beginNar(), "one of a client's");
        assertTrue(other.beginNar());
        Clients.Client third = clients.of(InetAddress.ofLiteral("192.0.2.1"));
        assertFalse(third.beginNar(), "two of all");
        one.endNar();
        assertTrue(third.beginNar());
    }

    @Test
    void lookupsAreWaitedForInTurnButNotForLong() throws Exception {
        AtomicLong now = new AtomicLong();
        GatewaySettings settings = new GatewaySettings(Duration.ofSeconds(60), Duration.ofSeconds(60),
                Duration.ofSeconds(1), Duration.ofSeconds(10), 100, 3, 2, 1, 1, 10);
        Clients.Client one = new Clients(settings, now::get).of(InetAddress.ofLiteral("192.0.2.1"));
        Duration most = Duration.ofMillis(250);
        assertEquals(AT_ONCE, one.mayAskAfter(most));
        assertEquals(Optional.of(Duration.ofMillis(100)), one.mayAskAfter(most));
        assertEquals(Optional.of(Duration.ofMillis(200)), one.mayAskAfter(most));
        assertEquals(Optional.empty(), one.mayAskAfter(most));
        now.addAndGet(Duration.ofMillis(100).toNanos());
        assertEquals(Optional.of(Duration.ofMillis(200)), one.mayAskAfter(most));
        now.addAndGet(Duration.ofMillis(300).toNanos());
        assertEquals(AT_ONCE, one.mayAskAfter(most));
    }

    /** Guix would take a refusal for a word that there is no such item. */
    @Test
    void whoeverAsksAboutMuchIsAnsweredMoreSlowly() throws Exception {
        GatewaySettings slow = new GatewaySettings(SMALL.idle(), SMALL.stalled(), SMALL.placeWithin(),
                Duration.ofSeconds(30), 100, 100, 2, 1, 1, 10);
        try (GatewaySite site = new GatewaySite(directory, slow, AutoSeed.OFF);
                RawClient client = new RawClient(site.address())) {
            for (int i = 0; i < 9; i++) {
                client.ask("GET", "/" + i + "0".repeat(31) + ".narinfo");
            }
            client.ask("GET", NARINFO);
            for (int i = 0; i < 9; i++) {
                assertEquals(404, client.answer(false).status());
            }
            assertEquals(200, client.answer(false).status());
        }
    }

    @Test
    void nobodyWaitsForTheTurnOfAnother() throws Exception {
        GatewaySettings slow = new GatewaySettings(SMALL.idle(), SMALL.stalled(), SMALL.placeWithin(),
                Duration.ofMinutes(2), 100, 100, 2, 1, 1, 0.018);
        try (GatewaySite site = new GatewaySite(directory, slow, AutoSeed.OFF);
                RawClient one = new RawClient(site.address());
                RawClient other = new RawClient(site.address(), "127.0.0.2")) {
            one.ask("GET", "/" + "0".repeat(32) + ".narinfo");
            assertEquals(404, one.answer(false).status());
            // For most of a minute it is not its turn again, which is longer than a client here waits.
            one.ask("GET", NARINFO);
            other.ask("GET", NARINFO);
            assertEquals(200, other.answer(false).status());
        }
    }

    @Test
    void whatAnotherHasBroughtMeanwhileNeedsNoTurn() throws Exception {
        GatewaySettings none = new GatewaySettings(SMALL.idle(), SMALL.stalled(), SMALL.placeWithin(),
                Duration.ofSeconds(60), 100, 100, 2, 1, 0, 0);
        try (ScriptedItems items = new ScriptedItems(none, true, 1, "127.0.0.1");
                RawClient one = new RawClient(items.address())) {
            CompletableFuture<Boolean> known = new CompletableFuture<>();
            items.known(known);
            one.ask("GET", NARINFO);
            Eventually.holds(() -> items.knownAsked() == 1, () -> "it is looked whether it is known");
            items.known(CompletableFuture.completedFuture(true));
            assertEquals(200, RawClient.get(items.address(), NARINFO).status());
            known.complete(false);
            assertEquals(200, one.answer(false).status());
            // What nobody has brought does.
            items.known(CompletableFuture.completedFuture(false));
            assertEquals(429, RawClient.get(items.address(), "/" + "0".repeat(32) + ".narinfo").status());
        }
    }

    @Test
    void whoeverHasAConnectionIsNotForgottenForOthers() throws Exception {
        Clients clients = new Clients(SMALL, () -> 0);
        Clients.Client there = clients.of(InetAddress.ofLiteral("192.0.2.1"));
        assertTrue(there.connect());
        for (int i = 0; i < 10_000; i++) {
            clients.of(InetAddress.getByAddress(new byte[]{10, 0, (byte) (i >> 8), (byte) i}));
        }
        assertEquals(there, clients.of(InetAddress.ofLiteral("192.0.2.1")));
    }
}
