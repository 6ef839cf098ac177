// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.multinode;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Duration;
import org.guixp2p.node.Node;
import org.guixp2p.protocol.testing.Ethernet;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Nodes on machines of their own, on one network that is connected with nothing: no server, no router, no configuration. */
@Timeout(180)
class LanNodesTest extends OnOneNetwork {
    private NodeProcess start(String name, String log, Ethernet.Machine machine, World.Item... seeds)
            throws IOException {
        return start(world.plan(name).seeding(seeds), "", log, machine);
    }

    /** What a node that is ready takes to find another one. */
    private static Duration found(NodeProcess node, NodeProcess other) {
        long ready = System.nanoTime();
        node.awaitSaid("peer " + other.address().id() + " at ");
        return Duration.ofNanos(System.nanoTime() - ready);
    }

    @Test
    void twoWithoutTheInternetShareAnItem() throws Exception {
        World.Item item = world.item("noise", 700_000, false);
        hear("seeder", item);
        try (NodeProcess seeder = start("seeder", "log1", ethernet.machine("10.77.0.1/24"), item)) {
            seeder.awaitSaid("offering what has not changed since an earlier run: 1 items in all");
            try (NodeProcess fetcher = start("fetcher", "log2", ethernet.machine("10.77.0.2/24"))) {
                // Asked before they have found each other.
                long ready = System.nanoTime();
                assertArrayEquals(item.nar(), world.fetch("fetcher", item));
                System.out.println("ready to fetched: " + (System.nanoTime() - ready) / 1_000_000 + " ms");
                fetcher.awaitSaid("peer " + seeder.address().id() + " at ");
            }
        }
    }

    @Test
    @Tag("slow")
    void whoeverLeavesAndComesAgainIsFoundAgain() throws Exception {
        World.Item first = world.item("noise", 700_000, false);
        World.Item second = world.item("more", 600_000, false);
        hear("seeder", first, second);
        Ethernet.Machine machine = ethernet.machine("10.77.0.2/24");
        try (NodeProcess seeder = start("seeder", "log1", ethernet.machine("10.77.0.1/24"), first, second)) {
            try (NodeProcess fetcher = start("fetcher", "log2", machine)) {
                System.out.println("ready to found: " + found(fetcher, seeder).toMillis() + " ms");
                assertArrayEquals(first.nar(), world.fetch("fetcher", first));
                fetcher.kill();
                seeder.awaitSaid("peer " + fetcher.address().id() + " at /10.77.0.2");
                Await.until(() -> seeder.said().contains(" is gone"), seeder::said);
            }
            try (NodeProcess again = start("fetcher", "log3", machine)) {
                Duration took = found(again, seeder);
                System.out.println("ready to found again: " + took.toMillis() + " ms");
                assertTrue(took.compareTo(Duration.ofSeconds(10)) < 0, took::toString);
                assertArrayEquals(second.nar(), world.fetch("fetcher", second));
                long since = System.nanoTime();
                again.terminate();
                again.assertEnds(since, Duration.ofSeconds(5));
            }
        }
    }

    @Test
    @Tag("slow")
    void linkLocalAddressesOfIpv6AreEnough() throws Exception {
        World.Item item = world.item("noise", 700_000, false);
        hear("seeder", item);
        try (NodeProcess seeder = start("seeder", "log1", ethernet.machine(), item);
                NodeProcess fetcher = start("fetcher", "log2", ethernet.machine())) {
            System.out.println("ready to found by IPv6: " + found(fetcher, seeder).toMillis() + " ms");
            assertTrue(fetcher.said().contains("peer " + seeder.address().id() + " at /[fe80:"), fetcher::said);
            assertArrayEquals(item.nar(), world.fetch("fetcher", item));
        }
    }

    @Test
    @Tag("slow")
    void whoeverDoesNotWantThatIsNotFound() throws Exception {
        World.Item item = world.item("noise", 700_000, false);
        hear("seeder", item);
        try (NodeProcess seeder = start("seeder", "log1", ethernet.machine("10.77.0.1/24"), item);
                NodeProcess off = start(world.plan("off"), "lan = off\n", "log2", ethernet.machine("10.77.0.2/24"));
                NodeProcess fetcher = start("fetcher", "log3", ethernet.machine("10.77.0.3/24"))) {
            found(fetcher, seeder);
            assertArrayEquals(item.nar(), world.fetch("fetcher", item));
            assertFalse(off.said().contains("is connected"), off::said);
            assertFalse(seeder.said().contains(off.address().id().toString()), seeder::said);
        }
    }
}
