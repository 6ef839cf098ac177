// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.multinode;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import java.io.IOException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.guixp2p.api.BuildStatus;
import org.guixp2p.api.CatalogItem;
import org.guixp2p.api.DiagnosticStatus;
import org.guixp2p.api.EventSource;
import org.guixp2p.api.NodeEvent;
import org.guixp2p.api.NodeInsight;
import org.guixp2p.api.PackagePage;
import org.guixp2p.api.PackageStatus;
import org.guixp2p.api.PeerStatus;
import org.guixp2p.api.SeedStatus;
import org.guixp2p.api.TransferStatus;
import org.guixp2p.node.madeup.MadeUpEvents;
import org.guixp2p.node.madeup.MadeUpInsight;
import org.guixp2p.node.madeup.MadeUpNode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Long lists on the dashboard, in a real browser. */
@Timeout(120)
class DashboardListsTest {
    private static final String TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth";

    @RegisterExtension
    private static final Chromium CHROMIUM = new Chromium();

    private final MadeUpNode madeUp = new MadeUpNode(InstantSource.system(), new Random(7));

    private static Locator panel(Page page, String title) {
        return page.locator(".panel").filter(new Locator.FilterOptions().setHas(
                page.getByRole(AriaRole.HEADING, new Page.GetByRoleOptions().setName(title).setExact(true))));
    }

    private static BuildStatus build(long id, String outcome, String from, List<TransferStatus.Source> sources,
            List<BuildStatus.Turn> turns, List<BuildStatus.Trouble> troubles) {
        return new BuildStatus(id, "/gnu/store/%032d-item-%d".formatted(id, id), "", 0, outcome,
                "2026-11-28T00:00:00Z", 1.5, from, "no-provider", "The answer about " + id + ".",
                List.of(new BuildStatus.Phase("metadata", 0.2), new BuildStatus.Phase("blocks", 1.25)), sources, turns,
                troubles, 3, 0, 0, null);
    }

    /** Forty that were not promised are newer than the only two downloads. */
    private static List<BuildStatus> builds() {
        List<BuildStatus> all = new ArrayList<>();
        IntStream.range(3, 43)
                .forEach(id -> all.add(build(id, "not-claimed", "nowhere", List.of(), List.of(), List.of())));
        all.add(build(2, "failed", "nowhere", List.of(),
                List.of(new BuildStatus.Turn("servers", "they are out")),
                List.of(new BuildStatus.Trouble("liar", "it gave something else"))));
        all.add(build(1, "done", "peers", IntStream.range(0, 14)
                .mapToObj(peer -> new TransferStatus.Source("peer-" + peer, (14L - peer) << 10)).toList(), List.of(),
                List.of()));
        return BuildStatus.latestFirst(all.stream());
    }

    private static void turnWheelToTheTop(Page page) {
        page.mouse().wheel(0, -20_000);
        page.waitForFunction("scrollY === 0");
    }

    /** What is seen of a list is not what the node has of it, and changes meanwhile. */
    @Test
    void whatIsOnAPageMayGoWhileSomebodyLooksElsewhere() {
        MadeUpEvents events = new MadeUpEvents(0);
        AtomicReference<List<BuildStatus>> over = new AtomicReference<>(
                builds().stream().filter(build -> build.outcome().equals("not-claimed")).toList());
        AsMadeUp node = new AsMadeUp(madeUp) {
            @Override
            public CompletionStage<List<BuildStatus>> builds() {
                return CompletableFuture.completedFuture(over.get());
            }

            @Override
            public EventSource events() {
                return events;
            }
        };
        try (ServedPage served = new ServedPage(node);
                Chromium.Tab tab = CHROMIUM.open(served.url("overview"), ColorScheme.LIGHT, 320)) {
            Page page = tab.page();
            Locator finished = panel(page, "Finished");
            Locator rows = finished.locator("tbody tr");
            assertThat(page.locator(".contact")).hasText("Live");
            // Readiness does not depend on what somebody looks at.
            finished.getByText("Failed").click();
            assertThat(finished.getByText("Nothing of that kind.")).isVisible();
            assertThat(page.locator(".checks")).containsText("item-42: The answer about 42.");
            finished.getByText("All", new Locator.GetByTextOptions().setExact(true)).click();
            assertThat(rows.first()).containsText("The answer about 42.");
            // By the mouse: the page is not scrolled to where something was pressed once.
            rows.first().locator("summary").click();
            assertThat(rows.first().locator("dl")).isVisible();
            turnWheelToTheTop(page);
            over.set(over.get().stream().filter(build -> build.id() != 42).toList());
            events.publish(Instant.now(), new NodeEvent.DownloadSucceeded(1, "/gnu/store/any", 1));
            assertThat(rows.first()).containsText("The answer about 41.");
            assertThat(rows.first()).isFocused();
            assertEquals(0, page.evaluate("scrollY"));
            // All that was on the second page goes.
            finished.getByText("Next page").click();
            assertThat(rows.first()).containsText("The answer about 29.");
            over.set(over.get().subList(0, 5));
            events.publish(Instant.now(), new NodeEvent.DownloadSucceeded(2, "/gnu/store/any", 1));
            assertThat(rows).hasCount(5);
            assertThat(finished.getByText("Nothing is over yet.")).isHidden();
            assertThat(finished.getByText("First page")).isHidden();
            tab.assertNoComplaint();
        }
    }

    @Test
    void whatWasNotPromisedIsToldApartAndWhatIsBehindAnAnswerIsThere() {
        AsMadeUp node = new AsMadeUp(madeUp) {
            @Override
            public CompletionStage<List<BuildStatus>> builds() {
                return CompletableFuture.completedFuture(DashboardListsTest.builds());
            }
        };
        try (ServedPage served = new ServedPage(node);
                Chromium.Tab tab = CHROMIUM.open(served.url("overview"), ColorScheme.LIGHT, 320)) {
            Page page = tab.page();
            List<String> asked = new ArrayList<>();
            page.onRequest(request -> asked.add(request.url()));
            Locator finished = panel(page, "Finished");
            Locator rows = finished.locator("tbody tr");
            assertThat(rows).hasCount(12);
            assertThat(rows.first().locator(".tag")).hasText("not promised");
            assertThat(page.locator(".checks")).containsText("1 of the last 2 downloads came from peers");
            finished.getByText("Next page").click();
            assertThat(rows.first()).containsText("The answer about 30.");
            finished.getByText("Failed").click();
            assertThat(rows).hasCount(1);
            assertThat(rows.locator(".tag")).hasText("failed");
            assertThat(finished.getByText("Next page")).isHidden();
            rows.locator("summary").focus();
            page.keyboard().press("Enter");
            for (String behind : List.of("0.2 s looking for its narinfo", "1.3 s from peers", "servers: they are out",
                    "liar: it gave something else", "3 blocks asked for again")) {
                assertThat(rows.locator("dl")).containsText(behind);
            }
            finished.getByText("Done", new Locator.GetByTextOptions().setExact(true)).first().click();
            assertThat(rows.locator(".tag")).hasText("done");
            rows.locator("summary").click();
            assertThat(rows.locator("dl")).containsText("peer-0: 14.0 KiB (13 %)");
            assertThat(rows.locator("dl")).containsText("2 more: 3.00 KiB");
            assertEquals(0, page.evaluate(TOO_WIDE));
            assertEquals(List.of(), asked.stream().filter(url -> url.endsWith("?limit=1&outcome=not-claimed")).toList(),
                    "which says nothing where something was downloaded");
            tab.assertNoComplaint();
        }
    }

    /** With sixty peers, and seeds of which only the first page is to be had at first. */
    private final class Large extends AsMadeUp {
        private volatile boolean failing = true;

        private Large() {
            super(madeUp);
        }

        @Override
        public CompletionStage<List<PeerStatus>> peers() {
            return CompletableFuture.completedFuture(IntStream.range(100, 160)
                    .mapToObj(id -> new PeerStatus("peer-" + id, "192.0.2.1:" + id, "agent", true, 1, 0, 0, null))
                    .toList());
        }

        @Override
        public CompletionStage<org.guixp2p.api.Page<SeedStatus>> seeds(org.guixp2p.api.Page.Wanted wanted) {
            return wanted.after().isPresent() && failing
                    ? CompletableFuture.failedFuture(new IOException("no disk"))
                    : super.seeds(wanted);
        }
    }

    /** Of sixty packages. */
    private static final class Installed implements NodeInsight {
        private final MadeUpInsight other;
        /** Answers wait for that. */
        private volatile CompletableFuture<Void> open = CompletableFuture.completedFuture(null);

        private Installed(MadeUpNode node) {
            other = new MadeUpInsight(node);
        }

        @Override
        public CompletionStage<PackagePage> packages(List<String> words, org.guixp2p.api.Page.Wanted wanted) {
            List<PackageStatus> all = IntStream.range(100, 160).mapToObj(id -> "package-" + id)
                    .filter(name -> words.stream().allMatch(name::contains))
                    .map(name -> new PackageStatus(name, "by " + words, "out", "/gnu/store/x-" + name, "system",
                            "seeded"))
                    .toList();
            return open.thenApply(_ -> new PackagePage(
                    org.guixp2p.api.Page.of(all, PackageStatus::name, String::compareTo, wanted), List.of()));
        }

        @Override
        public CompletionStage<List<String>> notReady() {
            return other.notReady();
        }

        @Override
        public CompletionStage<String> metrics() {
            return other.metrics();
        }

        @Override
        public CompletionStage<org.guixp2p.api.Page<CatalogItem>> catalog(org.guixp2p.api.Page.Wanted wanted) {
            return other.catalog(wanted);
        }

        @Override
        public CompletionStage<List<DiagnosticStatus>> diagnostics() {
            return other.diagnostics();
        }
    }

    /** On one page: loading it takes longer than turning those of its lists. */
    @Test
    void longListsAreTurnedOverPageByPage() {
        Large node = new Large();
        Installed installed = new Installed(madeUp);
        try (ServedPage served = new ServedPage(node, installed);
                Chromium.Tab tab = CHROMIUM.open(served.url("network"), ColorScheme.LIGHT)) {
            turnPeersByTheKeyboard(tab.page());
            tab.page().evaluate("location.hash = '#/items'");
            turnAndSearchPackages(tab.page(), installed);
            tab.assertNoComplaint();
            turnToAPageThatDoesNotCome(tab.page(), node);
        }
    }

    private static Locator exactly(Locator panel, String text) {
        return panel.getByText(text, new Locator.GetByTextOptions().setExact(true));
    }

    private static void turnPeersByTheKeyboard(Page page) {
        Locator peers = panel(page, "Peers");
        Locator rows = peers.locator("tbody tr");
        assertThat(rows).hasCount(50);
        peers.getByText("Next page").focus();
        page.keyboard().press("Enter");
        assertThat(rows).hasCount(10);
        assertThat(rows.first()).containsText("peer-150");
        // There is no next one.
        assertThat(peers.getByText("First page")).isFocused();
        page.keyboard().press("Enter");
        assertThat(rows).hasCount(50);
        assertThat(peers.getByText("Next page")).isFocused();
    }

    private static void turnAndSearchPackages(Page page, Installed installed) {
        Locator packages = panel(page, "Installed packages");
        Locator rows = packages.locator("tbody tr");
        Locator search = page.getByLabel("Search installed packages");
        assertThat(rows).hasCount(50);
        packages.getByText("Next page").click();
        assertThat(rows).hasCount(10);
        assertThat(exactly(packages, "Page 2")).isVisible();
        search.fill("e-15");
        assertThat(rows.first()).containsText("package-150");
        assertThat(packages.locator(".note")).hasText("10 packages");
        assertThat(packages.getByText("Next page")).isHidden();
        search.fill("nothing");
        assertThat(packages.getByText("None of that name")).isVisible();
        search.fill("");
        assertThat(rows.first()).containsText("package-100");
        assertThat(packages.getByText("Next page")).isVisible();
        // Pressed before what is looked for is there: the next page would be one of all.
        installed.open = new CompletableFuture<>();
        search.fill("package");
        packages.getByText("Next page").click();
        installed.open.complete(null);
        assertThat(rows.first()).containsText("by [package]");
        assertThat(rows.first()).containsText("package-100");
        assertThat(exactly(packages, "Page 1")).isVisible();
    }

    /** The second page may never come: there is a way back, and what is seen says which page it is. */
    private static void turnToAPageThatDoesNotCome(Page page, Large node) {
        Locator seeds = panel(page, "Seeds");
        Locator first = seeds.getByText("First page");
        Locator next = seeds.getByText("Next page");
        Locator old = seeds.locator(".failing:visible");
        assertThat(exactly(seeds, "Page 1")).isVisible();
        assertThat(first).isDisabled();
        next.click();
        assertThat(seeds.getByText("Page 1; page 2 did not come")).isVisible();
        assertThat(old).containsText("the node did not answer");
        first.click();
        assertThat(exactly(seeds, "Page 1")).isVisible();
        assertThat(old).hasCount(0);
        assertThat(first).isDisabled();
        node.failing = false;
        next.click();
        assertThat(exactly(seeds, "Page 2")).isVisible();
        assertThat(first).isEnabled();
    }
}
