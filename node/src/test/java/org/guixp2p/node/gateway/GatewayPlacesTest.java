// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.gateway;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.guixp2p.node.testing.Eventually;
import org.guixp2p.node.testing.TestNars;
import org.guixp2p.protocol.testing.FixtureItems;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Who is served while others take their time, and who is served at all. */
@Timeout(120)
class GatewayPlacesTest {
    private static final GatewaySettings SETTINGS = new GatewaySettings(Duration.ofSeconds(60),
            Duration.ofSeconds(60), Duration.ofMillis(300), Duration.ofSeconds(10), 100, 50, 50, 50, 10, 1);
    private static final FixtureItems.Item HELLO = TestNars.HELLO;
    private static final FixtureItems.Item OTHER = FixtureItems.all().stream()
            .filter(item -> !item.path().equals(HELLO.path())).findFirst().orElseThrow();
    /** More than fits between a server and a client that reads nothing. */
    private static final FixtureItems.Item LARGE = FixtureItems.all().stream()
            .max(Comparator.comparing(item -> item.size().bytes())).orElseThrow();
    private static final String SLOW = "127.0.0.1";
    private static final String QUICK = "127.0.0.2";
    private static final String THIRD = "127.0.0.3";

    /** Clients that are closed at the end. */
    private static final class Asking implements AutoCloseable {
        private final ScriptedItems items;
        private final List<RawClient> all = new ArrayList<>();

        Asking(ScriptedItems items) {
            this.items = items;
        }

        RawClient ask(String from, String path) throws IOException {
            RawClient client = new RawClient(items.address(), from);
            all.add(client);
            client.ask("GET", path);
            return client;
        }

        void leave() throws IOException {
            for (RawClient client : all) {
                client.close();
            }
            all.clear();
        }

        @Override
        public void close() throws IOException {
            leave();
        }
    }

    private static String nar(FixtureItems.Item item) {
        return "/nar/" + item.path().baseName();
    }

    @ParameterizedTest
    @CsvSource({"zstd, 8", "gzip, 8", "lzip, 2"})
    void soManyAreCompressedAtATimeAndHalfOfThemForOneClient(String compression, int places) throws Exception {
        String path = "/nar/" + compression + "/" + HELLO.path().baseName();
        try (ScriptedItems items = new ScriptedItems(SETTINGS, false, 1, SLOW);
                Asking slow = new Asking(items);
                Asking quick = new Asking(items)) {
            for (int i = 0; i < places / 2; i++) {
                assertEquals(200, slow.ask(SLOW, path).head().status());
            }
            RawClient.Answer refused = slow.ask(SLOW, path).answer(false);
            assertEquals(503, refused.status());
            assertEquals("10", refused.header("retry-after"));
            for (int i = 0; i < places / 2; i++) {
                assertEquals(200, quick.ask(QUICK, path).head().status());
            }
            assertEquals(503, quick.ask(THIRD, path).answer(false).status());
            Eventually.holds(() -> items.wanted() == places, () -> "what has no place to be wanted no more");
            slow.leave();
            Eventually.holds(() -> status(quick, path) == 200, () -> "a place that was given back");
        }
    }

    /** Neither its own client nor, behind a proxy, others who look like it. */
    @ParameterizedTest
    @CsvSource({"zstd, 8", "gzip, 8", "lzip, 2"})
    void whatIsSlowToComeKeepsNobodyWaiting(String compression, int places) throws Exception {
        String path = "/nar/" + compression + "/" + HELLO.path().baseName();
        try (ScriptedItems items = new ScriptedItems(SETTINGS, false, 1, SLOW);
                Asking clients = new Asking(items)) {
            items.beginNone();
            for (int i = 0; i < places; i++) {
                clients.ask(SLOW, path);
            }
            Eventually.holds(() -> items.wanted() == places, () -> "all to be begun with");
            items.beginAgain();
            assertEquals(200, clients.ask(SLOW, path).head().status());
        }
    }

    private static int status(Asking clients, String path) {
        try {
            return clients.ask(THIRD, path).head().status();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void whoReadsSlowlyWhatLiesHereKeepsHalfOfThePlaces() throws Exception {
        try (ScriptedItems items = new ScriptedItems(SETTINGS, true, 2, SLOW);
                Asking clients = new Asking(items)) {
            assertEquals(200, clients.ask(SLOW, nar(HELLO)).head().status());
            RawClient second = clients.ask(SLOW, nar(OTHER));
            Eventually.holds(() -> items.opened().size() == 2, () -> "the second to wait");
            assertEquals(200, clients.ask(QUICK, nar(OTHER)).head().status());
            assertEquals(0, second.available(), "one place is another's");
            items.giveAll(HELLO);
            assertEquals(200, second.head().status());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "Connection: close"})
    void whoeverLeavesBeforeTheFirstByteWantsItNoMore(String header) throws Exception {
        try (ScriptedItems items = new ScriptedItems(SETTINGS, false, 1, SLOW)) {
            items.beginNone();
            try (RawClient client = new RawClient(items.address())) {
                client.ask("GET", nar(HELLO), header.isEmpty() ? new String[0] : new String[]{header});
                Eventually.holds(() -> items.wanted() == 1, () -> "a question");
            }
            Eventually.holds(() -> items.wanted() == 0, () -> "nobody who wants it");
        }
    }

    /** Nothing would read what is fetched for the second while the first is sent. */
    @Test
    void narsBeginInTheOrderOfTheQuestions() throws Exception {
        try (ScriptedItems items = new ScriptedItems(SETTINGS, false, 1, SLOW);
                RawClient client = new RawClient(items.address())) {
            client.ask("GET", nar(HELLO));
            client.ask("GET", nar(OTHER));
            client.ask("GET", nar(HELLO));
            RawClient.Head head = client.head();
            assertEquals(List.of(HELLO.path()), items.opened());
            items.giveAll(HELLO);
            assertArrayEquals(TestNars.plain(HELLO), client.rest(head).body());
            head = client.head();
            assertEquals(List.of(HELLO.path(), OTHER.path()), items.opened());
            items.giveAll(OTHER);
            assertArrayEquals(TestNars.plain(OTHER), client.rest(head).body());
            assertArrayEquals(TestNars.plain(HELLO), client.answer(false).body());
            assertEquals(List.of(HELLO.path(), OTHER.path(), HELLO.path()), items.opened());
        }
    }

    /** It could have this machine fetch what it likes, though it does not see what comes. */
    @ParameterizedTest
    @CsvSource({"403,Origin: null", "403,Origin: http://localhost", "403,Sec-Fetch-Site: cross-site",
        "403,Sec-Fetch-Site: same-origin", "200,Sec-Fetch-Site: none", "200,X-Origin: http://localhost"})
    void aPageInABrowserIsNoClient(int status, String header) throws Exception {
        try (ScriptedItems items = new ScriptedItems(SETTINGS, true, 1, SLOW);
                RawClient client = new RawClient(items.address())) {
            client.send("GET /" + HELLO.path().hashPart() + ".narinfo HTTP/1.1\r\nHost: localhost\r\n" + header
                    + "\r\n\r\n");
            assertEquals(status, client.answer(false).status());
        }
    }

    private static int hosted(ScriptedItems items, String host) throws IOException {
        try (RawClient client = new RawClient(items.address())) {
            client.send("GET /nix-cache-info HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
            return client.answer(false).status();
        }
    }

    /** Against pages of browsers that have a name lead here. */
    @ParameterizedTest
    @ValueSource(strings = {"elsewhere.example", "localhost.elsewhere.example", "127.0.0.1.elsewhere.example",
        "192.0.2.1", "127.0.0.2"})
    void onLoopbackItHasNamesOfThisMachineAlone(String host) throws Exception {
        try (ScriptedItems items = new ScriptedItems(SETTINGS, true, 1, SLOW)) {
            assertEquals(421, hosted(items, host));
            assertEquals(421, hosted(items, host + ":80"));
            for (String own : List.of("localhost", "LOCALHOST:80", "127.0.0.1", "127.0.0.1:8080", "[::1]:8080")) {
                assertEquals(200, hosted(items, own), own);
            }
        }
        try (ScriptedItems items = new ScriptedItems(SETTINGS, true, 1, "0.0.0.0")) {
            assertEquals(200, hosted(items, host), "on a network it has any name");
        }
    }

    /** No NAR is on its way to it that would be missed. */
    @Test
    void whoeverLetsSmallAnswersLieIsHungUpOn() throws Exception {
        try (ScriptedItems items = new ScriptedItems(single(Duration.ofMillis(500)), true, 1, SLOW);
                RawClient client = new RawClient(items.address())) {
            Thread asking = Thread.ofVirtual().start(() -> askForEver(client));
            Eventually.holds(() -> !asking.isAlive(), () -> "an end of the connection");
            Eventually.holds(() -> isAnswered(items), () -> "its place for others");
        }
    }

    /** One connection of a client at a time. */
    private static GatewaySettings single(Duration stalled) {
        return new GatewaySettings(Duration.ofSeconds(60), stalled, Duration.ofMillis(300), Duration.ofSeconds(10), 100,
                1, 50, 50, 10, 1);
    }

    /** All of it is answered, but for what lies between the gateway and the client. */
    private static RawClient.Head almostSent(ScriptedItems items, RawClient client) throws IOException {
        client.ask("GET", nar(LARGE), "Connection: close");
        RawClient.Head head = client.head();
        assertEquals(200, head.status());
        items.giveAll(LARGE);
        Eventually.holds(() -> items.wanted() == 0, () -> "an end of the answer");
        return head;
    }

    @Test
    void whoeverLetsTheEndLieIsHungUpOn() throws Exception {
        try (ScriptedItems items = new ScriptedItems(single(Duration.ofMillis(500)), false, 1, SLOW);
                RawClient client = new RawClient(items.address())) {
            almostSent(items, client);
            Eventually.holds(client::isReset, () -> "an end of the connection");
            Eventually.holds(() -> isAnswered(items), () -> "its place for others");
        }
    }

    @Test
    void aConnectionHasItsPlaceUntilTheLastByteIsTaken() throws Exception {
        try (ScriptedItems items = new ScriptedItems(single(Duration.ofSeconds(60)), false, 1, SLOW);
                RawClient client = new RawClient(items.address())) {
            RawClient.Head head = almostSent(items, client);
            for (int i = 0; i < 50; i++) {
                assertFalse(isAnswered(items));
            }
            RawClient.Answer answer = client.rest(head);
            assertTrue(answer.complete());
            assertArrayEquals(TestNars.plain(LARGE), answer.body());
            assertTrue(client.isHungUpOn());
            Eventually.holds(() -> isAnswered(items), () -> "its place for others");
        }
    }

    @Test
    void whoeverLeavesBeforeTheEndGivesItsPlaceBackAtOnce() throws Exception {
        try (ScriptedItems items = new ScriptedItems(single(Duration.ofSeconds(60)), false, 1, SLOW);
                RawClient client = new RawClient(items.address())) {
            RawClient.Head head = almostSent(items, client);
            client.endQuestions();
            Eventually.holds(() -> isAnswered(items), () -> "its place for others");
            assertFalse(client.rest(head).complete());
        }
    }

    /** So that what many ask for behind one another is in memory once. */
    @Test
    void whatIsOfferedIsLookedUpOnceHoweverManyAsk() throws Exception {
        String narinfo = "/" + HELLO.path().hashPart() + ".narinfo";
        String alone = "Cache-Control: only-if-cached";
        try (ScriptedItems items = new ScriptedItems(SETTINGS, true, 1, SLOW);
                RawClient client = new RawClient(items.address())) {
            for (int i = 0; i < 64; i++) {
                client.ask("GET", narinfo, alone);
            }
            for (int i = 0; i < 64; i++) {
                assertEquals(200, client.answer(false).status());
            }
            assertEquals(1, items.offersAsked());
        }
        try (ScriptedItems items = new ScriptedItems(SETTINGS, false, 1, SLOW)) {
            assertEquals(200, RawClient.get(items.address(), narinfo).status());
            assertEquals(404, RawClient.get(items.address(), narinfo, alone).status(), "what is remembered");
        }
    }

    /** They come in the fewest pieces that a socket makes of them. */
    @Test
    void thousandsOfQuestionsAtOnceAreAnswered() throws Exception {
        int count = 20_000;
        try (ScriptedItems items = new ScriptedItems(SETTINGS, true, 1, SLOW);
                RawClient client = new RawClient(items.address())) {
            Thread asking = Thread.ofVirtual().start(() -> {
                try {
                    client.send("HEAD /x HTTP/1.1\r\nHost:localhost\r\n\r\n".repeat(count));
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            });
            for (int i = 0; i < count; i++) {
                assertEquals(404, client.head().status());
            }
            asking.join();
        }
    }

    private static void askForEver(RawClient client) {
        try {
            String questions = ("GET /" + HELLO.path().hashPart() + ".narinfo HTTP/1.1\r\nHost: localhost\r\n\r\n")
                    .repeat(100);
            while (true) {
                client.send(questions);
            }
        } catch (IOException e) {
            // It is hung up on.
        }
    }

    private static boolean isAnswered(ScriptedItems items) {
        try {
            return RawClient.get(items.address(), "/nix-cache-info").status() == 200;
        } catch (IOException e) {
            return false;
        }
    }
}
