// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.multinode;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.microsoft.playwright.CDPSession;
import com.microsoft.playwright.options.ColorScheme;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.guixp2p.node.Node;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * A page that is open for long, on a node that is always fetching something: {@code -Ddashboard.minutes=30}, or one. It says what share
 * of a processor the node has taken, and by how much the page has grown.
 */
class DashboardForLongTest extends InAWorld {
    private static final int MINUTES = Integer.getInteger("dashboard.minutes", 1);
    private static final Duration BETWEEN = Duration.ofSeconds(5);
    private static final int SIZE = 300_000;
    /** In bytes, while the second half goes on: after a quarter of an hour the page remembers as much as it ever will. */
    private static final double MOST_GROWN = 1_000_000;
    /** So much that something goes round in it: how little it is, a run for long says. */
    private static final double MOST_SHARE = 0.5;

    @RegisterExtension
    private static final Chromium CHROMIUM = new Chromium();

    /** Fetches one item after the other, and knows when half of them and when all have come. */
    private final class Fetching {
        private final List<World.Item> items = new ArrayList<>();
        private final AtomicInteger next = new AtomicInteger();
        private final CompletableFuture<Void> half = new CompletableFuture<>();
        private final CompletableFuture<Void> all = new CompletableFuture<>();

        private void fetchNext() {
            try {
                int number = next.getAndIncrement();
                if (number == items.size() / 2) {
                    half.complete(null);
                }
                if (number < items.size()) {
                    world.fetch("fetcher", items.get(number));
                } else {
                    all.complete(null);
                }
            } catch (Exception | Error e) {
                half.completeExceptionally(e);
                all.completeExceptionally(e);
            }
        }
    }

    private static double heap(CDPSession devtools) {
        devtools.send("HeapProfiler.collectGarbage");
        return devtools.send("Runtime.getHeapUsage").get("usedSize").getAsDouble();
    }

    private static Duration processorTime(NodeProcess node) {
        return ProcessHandle.of(node.pid()).flatMap(process -> process.info().totalCpuDuration()).orElseThrow();
    }

    @Test
    @Tag("slow")
    void thePageDoesNotGrowAndTheNodeHardlyNoticesIt() throws Exception {
        Fetching fetching = new Fetching();
        for (int i = 0; i < Duration.ofMinutes(MINUTES).dividedBy(BETWEEN); i++) {
            fetching.items.add(world.item("item-" + i, SIZE + i, false));
        }
        Node seeder = world.plan("seeder").seeding(fetching.items.toArray(World.Item[]::new)).start();
        try (NodeProcess node = NodeProcess.asLaunched(
                world.plan("fetcher").withAStoreOfItsOwn().dialling(seeder).configFile(), directory.resolve("log"));
                Chromium.Tab tab = CHROMIUM.open("http://" + node.api() + "/", ColorScheme.LIGHT);
                ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor()) {
            assertThat(tab.page().locator(".contact")).hasText("Live");
            CDPSession devtools = tab.page().context().newCDPSession(tab.page());
            node.awaitSaid("is connected");
            Duration before = processorTime(node);
            long begun = System.nanoTime();
            clock.scheduleAtFixedRate(fetching::fetchNext, 0, BETWEEN.toMillis(), TimeUnit.MILLISECONDS);
            fetching.half.get(MINUTES, TimeUnit.MINUTES);
            double atHalf = heap(devtools);
            fetching.all.get(MINUTES, TimeUnit.MINUTES);
            double grown = heap(devtools) - atHalf;
            double share = (double) processorTime(node).minus(before).toNanos() / (System.nanoTime() - begun);
            clock.shutdownNow();
            System.out.println(
                    "dashboard: %d min, %.2f %% of a processor for the node, the page %.0f bytes, %.0f more at the end"
                            .formatted(MINUTES, 100 * share, atHalf, grown));
            assertThat(tab.page().locator(".contact")).hasText("Live");
            assertTrue(share < MOST_SHARE, () -> "the node has taken " + share + " of a processor");
            assertTrue(grown < MOST_GROWN, () -> "grown by " + grown + " bytes");
            tab.assertNoComplaint();
        }
    }
}
