// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.multinode;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Pattern;
import org.guixp2p.node.Node;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What somebody sees of real nodes in a real browser. */
@Timeout(120)
class DashboardTest extends InAWorld {
    /** Of twelve blocks. */
    private static final int SIZE = 3_000_000;
    private static final int HELD_FROM = 5;

    @RegisterExtension
    private static final Chromium CHROMIUM = new Chromium();

    private static String url(Node node) {
        return "http://" + node.addresses().api().orElseThrow() + "/";
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
        try (Chromium.Tab tab = CHROMIUM.open(url(fetcher), ColorScheme.LIGHT)) {
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
            // What is over goes from there.
            assertThat(transfer).hasCount(0);

            page.getByRole(com.microsoft.playwright.options.AriaRole.LINK,
                    new Page.GetByRoleOptions().setName("Network"))
                    .click();
            Locator row = page.locator("tbody tr")
                    .filter(new Locator.FilterOptions().setHasText(peer.substring(0, 10)));
            assertThat(row.first()).containsText(World.address(seeder).endpoint().toString());
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

    @Test
    void withoutTheLinkOfTheUserNothingCanBeChanged() throws Exception {
        Node node = world.plan("alone").start();
        try (Chromium.Tab tab = CHROMIUM.open(url(node) + "#/settings", ColorScheme.LIGHT)) {
            assertThat(tab.page().getByText("This tab may look only.")).isVisible();
            assertThat(tab.page().getByText("Set limits")).isDisabled();
            assertThat(tab.page().getByText("Set policy")).isDisabled();
            assertThat(tab.page().locator("input[name=policy]:checked")).hasValue("p2p-only");
            tab.assertNoComplaint();
        }
    }
}
