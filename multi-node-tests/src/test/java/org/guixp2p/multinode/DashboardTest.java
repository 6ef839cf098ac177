// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.multinode;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Pattern;
import org.guixp2p.node.Node;
import org.guixp2p.node.control.ControlClient;
import org.guixp2p.node.control.ControlQuestion;
import org.guixp2p.node.control.ControlServer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What somebody sees of real nodes in a real browser, and what their user changes. */
@Timeout(120)
class DashboardTest extends InAWorld {
    /** Of twelve blocks. */
    private static final int SIZE = 3_000_000;
    private static final int HELD_FROM = 5;

    @RegisterExtension
    private static final Chromium CHROMIUM = new Chromium();

    /** What {@code guix-p2p dashboard} prints. */
    private String link(String node) throws IOException {
        List<String> links = new ArrayList<>();
        ControlClient.ask(ControlServer.beside(world.socket(node)), new ControlQuestion.Dashboard(),
                line -> links.add(line.getString("link")));
        return links.getFirst();
    }

    private static void view(Page page, String name) {
        page.evaluate("view => { location.hash = '#/' + view }", name);
        assertThat(page.locator("#title-" + name)).isVisible();
    }

    @Test
    void anItemAndAnInstalledPackageAreOfferedAndWithdrawn() throws Exception {
        World.Item item = world.item("given", SIZE, false);
        World.Item installed = world.item("installed", SIZE, false);
        world.install("alice", installed);
        Node node = world.plan("node").start();
        try (Chromium.Tab tab = CHROMIUM.open(link("node"), ColorScheme.LIGHT)) {
            Page page = tab.page();
            assertThat(page.locator(".contact")).hasText("Live");
            assertEquals("", page.evaluate("location.hash"), "the code stays nowhere");
            view(page, "items");
            page.getByLabel("Store path to offer").fill(item.path().path());
            page.getByLabel("Offer this item").click();
            Locator row = page.locator("tbody tr").filter(new Locator.FilterOptions().setHasText("given"));
            assertThat(row.locator(".tag")).hasText("offered");
            World.awaitOffered(node, 1);
            row.getByText("Withdraw").click();
            assertThat(row).hasCount(0);
            assertEquals("[]", World.api(node, "/api/seeds"));
            Locator there = page.locator("tbody tr").filter(new Locator.FilterOptions().setHasText("user:alice"));
            there.getByLabel("Seed " + installed.path().name()).click();
            World.awaitOffered(node, 1);
            assertThat(there.locator(".tag")).hasText("offered");
            assertThat(there.getByLabel("Seed " + installed.path().name())).isHidden();
            tab.assertNoComplaint();
        }
    }

    /** Presses a button as somebody who works by keyboard alone. */
    private static void enter(Page page, Locator button) {
        button.focus();
        page.keyboard().press("Enter");
    }

    /** What a screen reader would be at. */
    private static void assertFocused(Page page, String selector, String text) {
        assertThat(page.locator(selector + ":focus")).containsText(text);
    }

    /** Else whoever works by keyboard would begin at the top of the page again after each change. */
    @Test
    void theFocusStaysWhereSomethingWasDone() throws Exception {
        World.Item item = world.item("installed", SIZE, false);
        World.Item other = world.item("other", SIZE / 2, false);
        world.install("alice", item);
        Node node = world.plan("node").seeding(other).start();
        try (Chromium.Tab tab = CHROMIUM.open(link("node"), ColorScheme.LIGHT)) {
            Page page = tab.page();
            view(page, "settings");
            Locator limit = page.getByLabel("To all peers together");
            limit.fill("2 MiB");
            enter(page, page.getByText("Set limits"));
            assertThat(page.getByText("The limits hold from now on.")).isVisible();
            assertFocused(page, "button", "Set limits");
            view(page, "items");
            Locator seed = page.getByLabel("Seed " + item.path().name());
            enter(page, seed);
            assertThat(seed).isHidden();
            assertFocused(page, "tr", "user:alice");
            // Of two rows the other one is left, and of that the panel.
            enter(page, page.getByLabel("Withdraw installed"));
            assertThat(page.getByLabel("Withdraw installed")).hasCount(0);
            assertFocused(page, "tr", "other");
            page.keyboard().press("Tab");
            assertThat(page.getByLabel("Withdraw other")).isFocused();
            page.keyboard().press("Enter");
            assertThat(page.getByLabel("Withdraw other")).hasCount(0);
            assertFocused(page, "h2", "Seeds");
            tab.assertNoComplaint();
        }
    }

    /** A tab that shows the page already takes a link, which holds once. */
    @Test
    void whoHasTheLinkOfTheUserSetsLimitsAndThePolicy() throws Exception {
        Node node = world.plan("node").start();
        String link = link("node");
        try (Chromium.Tab tab = CHROMIUM.open(link.substring(0, link.indexOf('#')) + "#/settings", ColorScheme.LIGHT)) {
            Page page = tab.page();
            assertThat(page.getByText("This tab may look only.")).isVisible();
            assertThat(page.getByText("Set limits")).isDisabled();
            assertThat(page.getByText("Set policy")).isDisabled();
            assertThat(page.locator("input[name=policy]:checked")).hasValue("p2p-only");
            page.navigate(link);
            assertThat(page.getByText("This tab may change settings until")).isVisible();
            assertThat(page.getByText("Set limits")).isEnabled();
            assertEquals("", page.evaluate("location.hash"), "the code stays nowhere");
            page.getByLabel("To all peers together").fill("2 MiB");
            page.getByText("Set limits").click();
            World.await(node, "/api/limits", said -> World.number(said, "upload") == 2 << 20);
            page.getByLabel("Servers first").check();
            page.getByText("Set policy").click();
            World.await(node, "/api/status", said -> said.contains("\"policy\":\"http-first\""));
            tab.assertNoComplaint();
        }
        try (Chromium.Tab tab = CHROMIUM.open(link, ColorScheme.LIGHT)) {
            assertThat(tab.page().getByText("the link does not hold, or not any more")).isVisible();
            view(tab.page(), "settings");
            assertThat(tab.page().getByText("Set limits")).isDisabled();
        }
    }

    /** Other users of the machine open as many streams of events as they can, and read none. */
    @Test
    void strangersDoNotShutOutTheUserOfTheNode() throws Exception {
        Node node = world.plan("node").start();
        String link = link("node");
        List<Socket> strangers = new ArrayList<>();
        try {
            String answer = "HTTP/1.1 200 OK";
            while (answer.equals("HTTP/1.1 200 OK") && strangers.size() < 20) {
                Socket stranger = new Socket("127.0.0.1", node.addresses().api().orElseThrow().port());
                strangers.add(stranger);
                stranger.getOutputStream().write("GET /api/events/stream HTTP/1.1\r\nHost: localhost\r\n\r\n"
                        .getBytes(StandardCharsets.US_ASCII));
                answer = new BufferedReader(new InputStreamReader(stranger.getInputStream(), StandardCharsets.US_ASCII))
                        .readLine();
            }
            assertEquals("HTTP/1.1 503 Service Unavailable", answer);
            try (Chromium.Tab tab = CHROMIUM.open(link, ColorScheme.LIGHT)) {
                assertThat(tab.page().locator(".contact")).hasText("Live");
                tab.assertNoComplaint();
            }
        } finally {
            for (Socket stranger : strangers) {
                stranger.close();
            }
        }
    }

    @Test
    void aTransferIsCancelled() throws Exception {
        World.Item item = world.item("unwanted", SIZE, false);
        List<Holding> holding = new ArrayList<>();
        Node seeder = world.plan("seeder").seeding(item).giving(real -> {
            holding.add(new Holding(real, HELD_FROM));
            return holding.getLast();
        }).start();
        Node fetcher = world.plan("fetcher").withAStoreOfItsOwn().start();
        try (Chromium.Tab tab = CHROMIUM.open(link("fetcher"), ColorScheme.LIGHT)) {
            Page page = tab.page();
            view(page, "network");
            page.getByLabel("Address of a peer").fill(World.address(seeder).toString());
            page.getByLabel("Connect to this peer").click();
            assertThat(page.locator("tr").filter(new Locator.FilterOptions()
                    .setHasText(World.address(seeder).endpoint().toString()))).hasCount(1);
            view(page, "overview");
            CompletableFuture<byte[]> fetched = world.fetching("fetcher", item);
            enter(page, page.getByLabel("Cancel unwanted"));
            assertThrows(ExecutionException.class, () -> fetched.get(60, TimeUnit.SECONDS));
            assertThat(page.locator("tbody tr").filter(new Locator.FilterOptions().setHasText("unwanted"))
                    .locator(".tag")).hasText("failed");
            assertThat(page.getByLabel("Cancel unwanted")).isHidden();
            assertFocused(page, "h2", "Transfers");
            tab.assertNoComplaint();
        } finally {
            holding.forEach(Holding::release);
        }
    }

    private static void assertStages(Locator transfer, String... states) {
        Locator stages = transfer.locator(".stages li");
        for (int stage = 0; stage < states.length; stage++) {
            assertThat(stages.nth(stage)).hasAttribute("data-state", states[stage]);
        }
    }

    @Test
    void aTransferIsSeenFromStartToFinish() throws Exception {
        World.Item item = world.item("shown", SIZE, false);
        AtomicReference<Holding> holding = new AtomicReference<>();
        Node seeder = world.plan("seeder").seeding(item).giving(real -> {
            holding.set(new Holding(real, HELD_FROM));
            return holding.get();
        }).start();
        Node fetcher = world.plan("fetcher").withAStoreOfItsOwn().dialling(seeder).start();
        String peer = seeder.addresses().peer().toString();
        try (Chromium.Tab tab = CHROMIUM.open("http://" + fetcher.addresses().api().orElseThrow() + "/",
                ColorScheme.LIGHT)) {
            Page page = tab.page();
            assertThat(page.locator(".contact")).hasText("Live");
            assertThat(page.getByText("Nothing is on its way.")).isVisible();
            assertThat(page.locator(".made-up")).hasCount(0);

            CompletableFuture<byte[]> fetched = world.fetching("fetcher", item);
            Locator transfer = page.locator(".transfer");
            assertThat(transfer.locator("h3")).hasText("shown");
            assertStages(transfer, "done", "done", "done", "now", "waiting", "waiting");
            // Who gave which block is seen before all of it is there.
            assertThat(transfer.locator("canvas").first()).hasAttribute("aria-label",
                    Pattern.compile("Map of 12 blocks: 41 % from " + peer.substring(0, 10) + "…"));
            assertThat(transfer.locator(".legend")).containsText(peer.substring(0, 10));

            holding.get().release();
            assertArrayEquals(item.nar(), fetched.get(60, TimeUnit.SECONDS));
            assertStages(transfer, "done", "done", "done", "done", "done", "done");
            assertThat(page.getByText("All of it came from one peer.")).isVisible();
            assertThat(page.locator(".notice")).hasText("shown is there.");
            page.getByRole(AriaRole.LINK,
                    new Page.GetByRoleOptions().setName("Network"))
                    .click();
            Locator row = page.locator("tbody tr")
                    .filter(new Locator.FilterOptions().setHasText(peer.substring(0, 10)));
            assertThat(row.first()).containsText(World.address(seeder).endpoint().toString());
            view(page, "overview");
            // What is over goes from there after a moment.
            assertThat(transfer).hasCount(0);
            tab.assertNoComplaint();
        }
        assertEquals(List.of(0, 12), runs(fetcher));
    }

    /** The block map of the first transfer of a node. */
    private static List<Integer> runs(Node node) throws Exception {
        String said = World.api(node, "/api/transfers");
        String map = said.substring(said.indexOf("\"runs\":[") + 8).split("]", 2)[0];
        return Pattern.compile(",").splitAsStream(map).map(Integer::valueOf).toList();
    }
}
