// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import org.guixp2p.harness.daemon.Substituter;
import org.guixp2p.harness.process.Programs;
import org.guixp2p.harness.process.Workplace;
import org.guixp2p.harness.tree.TreeMaker;
import org.guixp2p.harness.units.ByteCount;
import org.guixp2p.harness.world.Fetch;
import org.guixp2p.harness.world.NodeProcess;
import org.guixp2p.harness.world.TreeItem;
import org.guixp2p.protocol.item.StorePath;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A closure, asked about and substituted as the daemon does it, by real restorers from real nodes: what follows is there. */
@Tag("slow")
class ClosureTest {
    private static final int ITEMS = 4;
    private static final long ROOM = 256L << 20;
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir
    private Path parent;

    private static List<TreeItem> items(Path root) throws IOException {
        Path store = TreeItem.storeBelow(root);
        List<TreeItem> items = new ArrayList<>();
        for (int i = 0; i < ITEMS; i++) {
            byte[] noise = new byte[40_000 + i];
            new Random(i).nextBytes(noise);
            Path unnamed = Files.createDirectory(store.resolve(".unnamed"));
            Files.write(unnamed.resolve("noise"), noise);
            items.add(TreeItem.named(unnamed, store, "item-" + i,
                    new TreeMaker.Made(noise.length, 1, 1, 0, List.of()), "noise"));
        }
        return items;
    }

    private static void awaitWhole(NodeProcess node, TreeItem item) throws InterruptedException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        String said = "";
        while (!said.equals("done")) {
            assertTrue(System.nanoTime() - deadline < 0, "in vain waited for " + item.path() + ": " + said);
            LockSupport.parkNanos(10_000_000);
            try {
                said = node.api().transfer(item.path()).state();
            } catch (IOException e) {
                said = String.valueOf(e.getMessage());
            }
        }
    }

    @Test
    void whatFollowsIsThereBeforeTheDaemonAsksForIt() throws IOException, InterruptedException {
        DemoPlan plan = new DemoPlan(List.of(), new ByteCount(1), parent.resolve("no-store"), parent, Discovery.NAMED,
                false, false, false);
        try (Workplace place = Workplace.open(parent, "closure", ROOM); HttpClient http = HttpClient.newHttpClient()) {
            Path seedRoot = place.directory().resolve("seed");
            List<TreeItem> items = items(seedRoot);
            DemoWorld world = DemoWorld.start(place, http, Programs.ofThisProcess(), plan, seedRoot, items);
            List<StorePath> paths = items.stream().map(TreeItem::path).toList();
            Substituter query = world.startSubstituter("--query");
            assertEquals(ITEMS, query.info(paths, PATIENCE).items().size());
            Substituter substituter = world.startSubstituter("--substitute");
            fetch(world, items.getFirst(), substituter);
            for (TreeItem item : items.subList(1, ITEMS)) {
                awaitWhole(world.fetcher(), item);
            }
            for (NodeProcess seeder : world.seeders()) {
                seeder.child().end();
            }
            for (TreeItem item : items.subList(1, ITEMS)) {
                fetch(world, item, substituter);
            }
            assertEquals(0, world.narRequests());
            assertEquals(0, substituter.finish());
            assertEquals(0, query.finish());
        }
    }

    private static void fetch(DemoWorld world, TreeItem item, Substituter substituter)
            throws IOException, InterruptedException {
        Fetch fetch = Fetch.ask(world.fetcher().api(), item, world.destination(item), substituter, Optional.empty())
                .check();
        assertEquals(List.of(), fetch.failures());
    }
}
