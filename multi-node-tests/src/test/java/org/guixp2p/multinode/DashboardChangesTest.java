// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.multinode;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
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
import org.guixp2p.node.Node;
import org.guixp2p.node.control.ControlClient;
import org.guixp2p.node.control.ControlQuestion;
import org.guixp2p.node.control.ControlServer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What the user of a real node changes in a real browser. */
@Timeout(120)
class DashboardChangesTest extends InAWorld {
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
    void anItemIsOfferedAndWithdrawn() throws Exception {
        World.Item item = world.item("given", SIZE, false);
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
            tab.assertNoComplaint();
        }
    }

    @Test
    void anInstalledPackageIsOffered() throws Exception {
        World.Item item = world.item("installed", SIZE, false);
        world.install("alice", item);
        Node node = world.plan("node").start();
        try (Chromium.Tab tab = CHROMIUM.open(link("node"), ColorScheme.LIGHT)) {
            Page page = tab.page();
            view(page, "items");
            Locator row = page.locator("tbody tr").filter(new Locator.FilterOptions().setHasText("user:alice"));
            row.getByLabel("Seed " + item.path().name()).click();
            World.awaitOffered(node, 1);
            assertThat(row.locator(".tag")).hasText("offered");
            assertThat(row.getByLabel("Seed " + item.path().name())).isHidden();
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

    @Test
    void limitsAndThePolicyAreSet() throws Exception {
        Node node = world.plan("node").start();
        String link = link("node");
        try (Chromium.Tab tab = CHROMIUM.open(link, ColorScheme.LIGHT)) {
            Page page = tab.page();
            view(page, "settings");
            assertThat(page.getByText("This tab may change settings")).isVisible();
            page.getByLabel("To all peers together").fill("2 MiB");
            page.getByText("Set limits").click();
            World.await(node, "/api/limits", said -> World.number(said, "upload") == 2 << 20);
            page.getByLabel("Servers first").check();
            page.getByText("Set policy").click();
            World.await(node, "/api/status", said -> said.contains("\"policy\":\"http-first\""));
            tab.assertNoComplaint();
        }
        // It holds once.
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
    void aLinkIsTakenByATabThatShowsThePageAlready() throws Exception {
        world.plan("node").start();
        String link = link("node");
        try (Chromium.Tab tab = CHROMIUM.open(link.substring(0, link.indexOf('#')), ColorScheme.LIGHT)) {
            Page page = tab.page();
            view(page, "settings");
            assertThat(page.getByText("This tab may look only.")).isVisible();
            assertThat(page.getByText("Set limits")).isDisabled();
            page.navigate(link);
            assertThat(page.getByText("This tab may change settings until")).isVisible();
            assertThat(page.getByText("Set limits")).isEnabled();
            assertEquals("", page.evaluate("location.hash"), "the code stays nowhere");
            tab.assertNoComplaint();
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
}
