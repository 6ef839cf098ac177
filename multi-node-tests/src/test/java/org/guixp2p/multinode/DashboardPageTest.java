// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.multinode;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.microsoft.playwright.CDPSession;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.BoundingBox;
import com.microsoft.playwright.options.ColorScheme;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.guixp2p.api.EventSource;
import org.guixp2p.api.NodeEvent;
import org.guixp2p.api.NodeStatus;
import org.guixp2p.api.PeerStatus;
import org.guixp2p.node.madeup.MadeUpEvents;
import org.guixp2p.node.madeup.MadeUpNode;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The dashboard itself, with data that are made up, in a real browser. Screenshots are left in {@code target/screenshots}. */
@Timeout(120)
class DashboardPageTest {
    private static final String TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth";
    private static final List<String> VIEWS = List.of("overview", "items", "network", "events", "diagnostics",
            "settings");
    private static final Path SCREENSHOTS = Path.of("target", "screenshots");
    private static final String HOSTILE = "<img src=x onerror='window.caught=1'>\u202e\"'";
    /** What would turn the rest around is shown, and does nothing. */
    private static final String SHOWN = HOSTILE.replace('\u202e', '\ufffd');
    private static final double HALF_A_SECOND = 0.5;
    private static final int TABS = 8;
    private static final int WIDE = 1360;
    private static final int NARROW = 380;
    private static final int NARROWEST = 320;
    private static final int HIGH = 900;

    @RegisterExtension
    private static final Chromium CHROMIUM = new Chromium();

    private final MadeUpNode madeUp = new MadeUpNode(InstantSource.system(), new Random(7));
    private final ServedPage served = new ServedPage(madeUp);

    @AfterEach
    void endServer() {
        served.close();
    }

    /** Some downloads are over, and two are under way. */
    private void begin() {
        do {
            madeUp.pass(HALF_A_SECOND);
        } while (madeUp.status().toCompletableFuture().join().activeTransfers() < 2
                || madeUp.builds().toCompletableFuture().join().size() < 3);
    }

    private void awaitLive(Page page) {
        assertThat(page.locator(".contact")).hasText("Live");
    }

    private static String axe() throws IOException {
        try (InputStream script = DashboardPageTest.class.getResourceAsStream("/axe.min.js")) {
            assertNotNull(script);
            return new String(script.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    /** On one page, whose width and colours change: loading it takes longer than looking at it. Each view is looked at while it is shown. */
    @Test
    void noViewHasASeriousFindingOfAxeAndEachFitsAScreenOf320Pixels() throws IOException {
        begin();
        try (Chromium.Tab tab = CHROMIUM.open(served.url("overview"), ColorScheme.LIGHT)) {
            awaitLive(tab.page());
            // What is behind an answer is looked at too.
            tab.page().locator(".why summary").first().click();
            tab.page().evaluate(axe());
            for (String view : VIEWS) {
                tab.page().evaluate("view => { location.hash = '#/' + view }", view);
                assertThat(tab.page().locator("#title-" + view)).isVisible();
                for (int width : List.of(WIDE, NARROW)) {
                    tab.page().setViewportSize(width, HIGH);
                    for (ColorScheme scheme : List.of(ColorScheme.LIGHT, ColorScheme.DARK)) {
                        tab.page().emulateMedia(new Page.EmulateMediaOptions().setColorScheme(scheme));
                        assertThat(tab.page().locator("html")).hasAttribute("data-theme",
                                scheme.name().toLowerCase(Locale.ROOT));
                        // Nothing but the colours is different then.
                        Map<String, ?> rules = scheme == ColorScheme.DARK
                                ? Map.of("runOnly", List.of("color-contrast"))
                                : Map.of();
                        assertEquals(List.of(), tab.page().evaluate("""
                                async (rules) => (await axe.run({ exclude: ['.view[hidden]'] }, { resultTypes: ['violations'], ...rules })).violations
                                    .filter((one) => ['serious', 'critical'].includes(one.impact))
                                    .map((one) => `${one.id}: ${one.nodes.map((node) => node.html + node.failureSummary).join()}`)
                                """, rules), view + " " + scheme + " " + width);
                    }
                }
                tab.page().setViewportSize(NARROWEST, HIGH);
                assertEquals(0, tab.page().evaluate(TOO_WIDE), view);
            }
            tab.assertNoComplaint();
        }
    }

    @Test
    void everythingIsReachedByTheKeyboard() {
        begin();
        try (Chromium.Tab tab = CHROMIUM.open(served.url("overview"), ColorScheme.LIGHT)) {
            Page page = tab.page();
            awaitLive(page);
            page.keyboard().press("Tab");
            assertThat(page.locator(":focus")).hasText("Skip to the content");
            Set<String> reached = new HashSet<>();
            for (int step = 0; step < 40 && !reached.contains("Network"); step++) {
                page.keyboard().press("Tab");
                reached.add(String.valueOf(page.evaluate("document.activeElement.textContent")));
                assertNotEquals("none", page.evaluate("getComputedStyle(document.activeElement).outlineStyle"));
            }
            assertTrue(reached.containsAll(List.of("Theme: auto", "Overview", "Items", "Network")), reached::toString);
            page.keyboard().press("Enter");
            assertThat(page.locator("h1:focus")).hasText("Network");
            assertThat(page.locator("nav [aria-current=page]")).hasText("Network");
            page.keyboard().press("Tab");
            assertThat(page.getByLabel("Address of a peer")).isFocused();
            page.goBack();
            assertThat(page.locator("h1:focus")).hasText("Overview");
            // Back to the beginning, and from there past all that is the same in each view.
            for (int step = 0; step < 40 && page.locator(".skip:focus").count() == 0; step++) {
                page.keyboard().press("Shift+Tab");
            }
            assertThat(page.locator(":focus")).hasText("Skip to the content");
            page.keyboard().press("Enter");
            assertThat(page.locator("main")).isFocused();
            tab.assertNoComplaint();
        }
    }

    @Test
    void itSaysWhenWhatIsShownIsOldAndComesBackByItself() {
        try (Chromium.Tab tab = CHROMIUM.open(served.url("overview"), ColorScheme.LIGHT)) {
            awaitLive(tab.page());
            // What never came is not old.
            assertThat(tab.page().locator(".checks li")).hasCount(5);
            served.interrupt();
            assertThat(tab.page().locator(".contact")).containsText("Nothing heard since");
            assertThat(tab.page().getByText("Old, of ").first()).isVisible();
            served.restore();
            awaitLive(tab.page());
            assertThat(tab.page().getByText("Old, of ")).hasCount(0);
            assertThat(tab.page().getByText("Try now")).isHidden();
        }
    }

    /** On one page as well. The colours are those of the system, or those chosen. */
    @Test
    void itLooksWellEverywhereInTheColoursThatAreWanted() {
        begin();
        served.every(Duration.ofMillis(500), () -> madeUp.pass(HALF_A_SECOND));
        try (Chromium.Tab tab = CHROMIUM.open(served.url("overview"), ColorScheme.LIGHT)) {
            awaitLive(tab.page());
            shoot(tab.page(), "overview", ColorScheme.LIGHT, WIDE);
            shoot(tab.page(), "overview", ColorScheme.DARK, WIDE);
            shoot(tab.page(), "overview", ColorScheme.LIGHT, NARROW);
            shoot(tab.page(), "network", ColorScheme.DARK, NARROW);
            Locator html = tab.page().locator("html");
            tab.page().getByText("Theme: auto").click();
            assertThat(html).hasAttribute("data-theme", "light");
            tab.page().reload();
            assertThat(html).hasAttribute("data-theme", "light");
            assertThat(tab.page().getByText("Theme: light")).isVisible();
            tab.assertNoComplaint();
        }
    }

    private static void shoot(Page page, String view, ColorScheme scheme, int width) {
        page.setViewportSize(width, HIGH);
        page.emulateMedia(new Page.EmulateMediaOptions().setColorScheme(scheme));
        page.evaluate("view => { location.hash = '#/' + view }", view);
        assertThat(page.locator("#title-" + view)).isVisible();
        if (view.equals("overview")) {
            assertThat(page.locator(".transfer canvas").first()).isVisible();
            assertThat(page.locator(".chart canvas")).isVisible();
            assertThat(page.locator(".figures .of-down dd")).not().containsText("0 B/s");
        }
        assertEquals(0, page.evaluate(TOO_WIDE), "too wide");
        String colours = scheme.name().toLowerCase(Locale.ROOT);
        assertThat(page.locator("html")).hasAttribute("data-theme", colours);
        page.screenshot(new Page.ScreenshotOptions().setFullPage(true)
                .setPath(SCREENSHOTS.resolve(view + "-" + colours + "-" + width + ".png")));
    }

    /** What comes by itself may come just when somebody presses something. */
    @Test
    void aNoticeLiesOverNothing() {
        MadeUpEvents events = new MadeUpEvents(0);
        AsMadeUp node = new AsMadeUp(new MadeUpNode(InstantSource.system(), new Random(7))) {
            @Override
            public EventSource events() {
                return events;
            }
        };
        try (ServedPage told = new ServedPage(node);
                Chromium.Tab tab = CHROMIUM.open(told.url("overview"), ColorScheme.DARK)) {
            Page page = tab.page();
            awaitLive(page);
            assertThat(page.locator("html")).hasAttribute("data-theme", "dark");
            // They stay: a machine with much to do may take longer to look than they are shown.
            page.evaluate("""
                    () => {
                        const real = window.setTimeout;
                        window.setTimeout = (act, millis) => (millis === 6000 ? 0 : real(act, millis));
                    }
                    """);
            events.publish(Instant.now(), new NodeEvent.DownloadSucceeded(1, "/gnu/store/a-long-name-of-an-item", 1));
            Locator notice = page.locator(".notice");
            assertThat(notice).hasText("a-long-name-of-an-item is there.");
            BoundingBox box = notice.boundingBox();
            assertTrue(box.x + box.width <= page.locator("main").boundingBox().x,
                    () -> "ends at " + (box.x + box.width));
            page.setViewportSize(NARROW, HIGH);
            // It is heard, and not seen.
            assertThat(notice).hasCSS("width", "1px");
            page.evaluate("location.hash = '#/diagnostics'");
            page.getByLabel("Copy the diagnostics").click();
            Locator answer = page.locator(".notice:not(.by-itself)");
            assertThat(answer).isVisible();
            assertEquals(false, answer.evaluate("""
                    (shown) => {
                        const { left, top, width, height } = shown.getBoundingClientRect();
                        return shown.contains(document.elementFromPoint(left + width / 2, top + height / 2));
                    }
                    """));
            tab.assertNoComplaint();
        }
    }

    /** A node whose peers, events and status are as somebody else says. */
    private static final class Other extends AsMadeUp {
        private final List<PeerStatus> others;
        private final MadeUpEvents happening;
        private final UnaryOperator<NodeStatus> doing;

        private Other(MadeUpNode madeUp, List<PeerStatus> others, MadeUpEvents happening,
                UnaryOperator<NodeStatus> doing) {
            super(madeUp);
            this.others = others;
            this.happening = happening;
            this.doing = doing;
        }

        private Other(MadeUpNode madeUp, List<PeerStatus> others, MadeUpEvents happening) {
            this(madeUp, others, happening, UnaryOperator.identity());
        }

        @Override
        public CompletionStage<NodeStatus> status() {
            return super.status().thenApply(doing);
        }

        @Override
        public CompletionStage<List<PeerStatus>> peers() {
            return CompletableFuture.completedFuture(others);
        }

        @Override
        public EventSource events() {
            return happening;
        }
    }

    @Test
    void namesThatPeersGiveThemselvesAreNothingButText() {
        MadeUpEvents events = new MadeUpEvents(0);
        Other node = new Other(madeUp, List.of(new PeerStatus("p", HOSTILE, HOSTILE, true, 1, 0, 0, null)), events);
        events.publish(Instant.EPOCH, new NodeEvent.PeerConnected(HOSTILE, HOSTILE, HOSTILE, true, false));
        try (ServedPage hostile = new ServedPage(node);
                Chromium.Tab tab = CHROMIUM.open(hostile.url("network"), ColorScheme.LIGHT)) {
            assertThat(tab.page().locator("tbody td").filter(
                    new Locator.FilterOptions().setHasText(SHOWN)).first()).isVisible();
            tab.page().evaluate("location.hash = '#/events'");
            assertThat(tab.page().locator(".log li")).containsText(SHOWN);
            assertEquals(0, tab.page().locator("main img").count());
            assertEquals(true, tab.page().evaluate("window.caught === undefined"));
            tab.assertNoComplaint();
        }
    }

    /** Events go on for days; what the page remembers of them does not grow. */
    @Test
    void thePageRemembersNoMoreThanSoMuch() {
        MadeUpEvents events = new MadeUpEvents(0);
        try (ServedPage busy = new ServedPage(new Other(madeUp, List.of(), events));
                Chromium.Tab tab = CHROMIUM.open(busy.url("events"), ColorScheme.LIGHT)) {
            awaitLive(tab.page());
            CDPSession devtools = tab.page().context().newCDPSession(tab.page());
            flood(events, tab.page(), 0);
            double before = heap(devtools);
            for (int round = 1; round <= 4; round++) {
                flood(events, tab.page(), round);
            }
            assertEquals(200, tab.page().locator(".log li").count());
            double grown = heap(devtools) - before;
            assertTrue(grown < 500_000, () -> "grown by " + grown + " bytes");
        }
    }

    private static void flood(MadeUpEvents events, Page page, int round) {
        for (int event = 0; event < 2000; event++) {
            events.publish(Instant.now(), new NodeEvent.BlocksReceived(event, "/gnu/store/some-item", "peer-" + event,
                    1, 1));
        }
        events.publish(Instant.now(), new NodeEvent.SeedRemoved("round-" + round));
        assertThat(page.locator(".log")).containsText("round-" + round);
    }

    private static double heap(CDPSession devtools) {
        devtools.send("HeapProfiler.collectGarbage");
        return devtools.send("Runtime.getHeapUsage").get("usedSize").getAsDouble();
    }

    /** A browser has six connections to a host for all tabs together. */
    @Tag("slow")
    @Test
    void eightTabsAtOnceAreAllLiveAndGetAnswers() {
        MadeUpEvents events = new MadeUpEvents(0);
        Other node = new Other(madeUp, List.of(new PeerStatus("p", "192.0.2.1:1", "agent", true, 1, 0, 0, null)),
                events);
        try (ServedPage shared = new ServedPage(node)) {
            List<Chromium.Tab> tabs = CHROMIUM.openTogether(shared.url("events"), TABS);
            try (Chromium.Tab any = tabs.getFirst()) {
                tabs.forEach(tab -> awaitLive(tab.page()));
                events.publish(Instant.now(), new NodeEvent.SeedRemoved("everybody"));
                for (Chromium.Tab tab : tabs) {
                    assertThat(tab.page().locator(".log")).containsText("everybody");
                    tab.page().evaluate("location.hash = '#/network'");
                    assertThat(tab.page().locator("tbody td").filter(
                            new Locator.FilterOptions().setHasText("192.0.2.1:1"))).hasCount(1);
                    tab.assertNoComplaint();
                }
                assertThat(any.page().locator(".contact")).hasText("Live");
            }
        }
    }

    /** What readers of events are told of is less than what comes when much does; and downloads do not show that the daemon asks here. */
    @Test
    void ratesAreOfAllThatCame() {
        long begun = System.nanoTime();
        // Ten megabytes a second, of which no event tells.
        Other node = new Other(madeUp, List.of(), new MadeUpEvents(0),
                said -> new NodeStatus(said.peerId(), said.version(), said.uptimeSeconds(), said.policy(),
                        said.share(), said.listening(), said.connectedPeers(), said.lightPeers(), said.seeds(),
                        said.activeTransfers(), 0, said.buildsSeen(), said.connectivity(), said.dhtNodes(),
                        said.providerRecords(), (System.nanoTime() - begun) / 100, 0));
        try (ServedPage fast = new ServedPage(node);
                Chromium.Tab tab = CHROMIUM.open(fast.url("overview"), ColorScheme.LIGHT)) {
            assertThat(tab.page().locator(".figures .of-down dd")).hasText(Pattern.compile("(8|9|10)[.0-9]* MiB/s"));
            assertThat(tab.page().locator(".keys .key-down")).hasText(
                    Pattern.compile("Receiving (8|9|10)[.0-9]* MiB/s"));
            // Clients of the gateway may have downloaded; the daemon never asked.
            assertThat(tab.page().locator(".checks li").first()).containsText("guix-daemon has not asked yet");
            tab.assertNoComplaint();
        }
    }
}
