// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.multinode;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.guixp2p.node.Node;
import org.guixp2p.node.config.SubstitutePolicy;
import org.guixp2p.protocol.swarm.BlockLayout;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Honest seeders, many and few, fast and slow, over lines that break: the NAR comes, and little of it twice. */
@Timeout(300)
class SwarmCasesTest extends InAWorldOfChance {
    private static final int BLOCK = BlockLayout.BLOCK_BYTES;
    private static final int MIB = 1 << 20;

    private World.Item item(int size) throws IOException {
        return world.item("noise-" + size, size - random.nextInt(1000), false);
    }

    private Node[] seeders(int count, World.Item... items) throws Exception {
        Node[] seeders = new Node[count];
        for (int i = 0; i < count; i++) {
            seeders[i] = world.plan("seeder-" + i).seeding(items).start();
        }
        return seeders;
    }

    /** A line to each. */
    private static final class Lines implements AutoCloseable {
        private final List<Line> lines = new ArrayList<>();

        private Lines(Node... nodes) throws IOException {
            for (Node node : nodes) {
                lines.add(new Line(World.address(node)));
            }
        }

        private Line[] all() {
            return lines.toArray(Line[]::new);
        }

        private Line get(int index) {
            return lines.get(index);
        }

        private long carried() {
            return lines.stream().mapToLong(Line::carried).sum();
        }

        @Override
        public void close() throws IOException {
            for (Line line : lines) {
                line.close();
            }
        }
    }

    private static <T> T get(CompletableFuture<T> future) throws Exception {
        return future.get(240, TimeUnit.SECONDS);
    }

    private static String transfers(Node node) throws Exception {
        return World.api(node, "/api/transfers");
    }

    /** A hundredth of the NAR, and a few blocks. */
    private static void assertLittleTwice(String transfers, long narBytes) {
        long twice = (long) World.number(transfers, "duplicatedBytes");
        assertTrue(twice <= narBytes / 100 + 8 * BLOCK, () -> twice + " bytes came twice");
    }

    private void assertComesFrom(int seeders, int size) throws Exception {
        World.Item item = item(size);
        Node[] nodes = seeders(seeders, item);
        Node fetcher = world.plan("fetcher").dialling(nodes).start();
        assertArrayEquals(item.nar(), world.fetch("fetcher", item));
        String transfers = World.await(fetcher, "/api/transfers", said -> said.contains("\"state\":\"done\""));
        assertEquals(item.nar().length, Stream.of(nodes).mapToLong(node -> World.given(transfers, node)).sum());
        assertLittleTwice(transfers, item.nar().length);
        assertEquals(0, World.number(transfers, "restarts") + World.number(transfers, "corruptBlocks"));
    }

    // How many.

    @Test
    void oneSeeder() throws Exception {
        assertComesFrom(1, 8 * MIB);
    }

    @Test
    void threeSeeders() throws Exception {
        assertComesFrom(3, 16 * MIB);
    }

    @Test
    void eightSeeders() throws Exception {
        assertComesFrom(8, 16 * MIB);
    }

    @Test
    @Tag("slow")
    void twentySeeders() throws Exception {
        assertComesFrom(20, 64 * MIB);
    }

    // How fast.

    @Test
    void eachOfUnequalSeedersGivesWhatItCan() throws Exception {
        World.Item item = item(8 * MIB);
        Node[] nodes = seeders(3, item);
        try (Lines lines = new Lines(nodes)) {
            lines.get(0).at(512 << 10);
            lines.get(1).at(1 << 20);
            lines.get(2).at(4 << 20);
            Node fetcher = world.plan("fetcher").dialling(lines.all()).start();
            assertArrayEquals(item.nar(), world.fetch("fetcher", item));
            String transfers = transfers(fetcher);
            assertTrue(World.given(transfers, nodes[0]) > 0, transfers);
            assertTrue(World.given(transfers, nodes[0]) < World.given(transfers, nodes[1]), transfers);
            assertTrue(World.given(transfers, nodes[1]) < World.given(transfers, nodes[2]), transfers);
            assertLittleTwice(transfers, item.nar().length);
        }
    }

    // Losses.

    @Test
    void seedersGoOneAfterAnotherUntilOneIsLeft() throws Exception {
        World.Item item = item(10 * MIB);
        Node[] nodes = seeders(4, item);
        try (Lines lines = new Lines(nodes)) {
            for (Line line : lines.all()) {
                line.at(4 << 20);
            }
            Node fetcher = world.plan("fetcher").dialling(lines.all()).start();
            CompletableFuture<byte[]> fetched = world.fetching("fetcher", item);
            for (int gone = 0; gone < 3; gone++) {
                long until = lines.carried() + MIB + random.nextInt(MIB);
                World.await(fetcher, "/api/status", said -> lines.carried() > until);
                lines.get(gone).cut();
            }
            World.await(fetcher, "/api/peers", said -> !said.contains(nodes[2].addresses().peer().toString()));
            assertArrayEquals(item.nar(), get(fetched));
            String transfers = transfers(fetcher);
            assertTrue(World.number(transfers, "requeuedBlocks") > 0, transfers);
            assertLittleTwice(transfers, item.nar().length);
        }
    }

    @Test
    void aSeederThatIsKilledCostsNothingButItsShare() throws Exception {
        World.Item item = item(6 * MIB);
        Node stays = world.plan("stays").seeding(item).start();
        try (NodeProcess killed = new NodeProcess(world.plan("killed").seeding(item).configFile(),
                directory.resolve("log"));
                Line line = new Line(World.address(stays)).at(4 << 20);
                Line other = new Line(killed.address()).at(4 << 20)) {
            killed.awaitSaid("offering " + item.path());
            Node fetcher = world.plan("fetcher").dialling(line, other).start();
            CompletableFuture<byte[]> fetched = world.fetching("fetcher", item);
            World.await(fetcher, "/api/status", said -> other.carried() > MIB);
            killed.kill();
            assertArrayEquals(item.nar(), get(fetched));
            assertLittleTwice(transfers(fetcher), item.nar().length);
        }
    }

    /** Longer than it takes until silent peers are not waited for. */
    @Test
    void afterACutOfTheNetworkTheDownloadGoesOn() throws Exception {
        World.Item item = item(4 * MIB);
        Node[] nodes = seeders(2, item);
        try (Lines lines = new Lines(nodes)) {
            for (Line line : lines.all()) {
                line.at(4 << 20);
            }
            Node fetcher = world.plan("fetcher").dialling(lines.all()).start();
            CompletableFuture<byte[]> fetched = world.fetching("fetcher", item);
            World.await(fetcher, "/api/status", said -> lines.carried() > MIB);
            lines.lines.forEach(Line::interrupt);
            double cut = seconds(fetcher);
            long before = lines.carried();
            World.await(fetcher, "/api/transfers", said -> World.number(said, "seconds") >= cut + 2.5);
            assertTrue(lines.carried() - before <= 4 * 64 * 1024, "it was cut");
            lines.lines.forEach(Line::restore);
            assertArrayEquals(item.nar(), get(fetched));
            assertLittleTwice(transfers(fetcher), item.nar().length);
        }
    }

    private static double seconds(Node fetcher) throws Exception {
        return World.number(transfers(fetcher), "seconds");
    }

    /** Longer than a connection lives without a sign of life. */
    @Test
    @Tag("slow")
    void afterACutOfTwentySecondsTheDownloadGoesOnByNewConnections() throws Exception {
        World.Item item = item(12 * MIB);
        Node[] nodes = seeders(2, item);
        try (Lines lines = new Lines(nodes)) {
            for (Line line : lines.all()) {
                line.at(2 << 20);
            }
            Node fetcher = world.plan("fetcher").stallTimeout(Duration.ofSeconds(30)).dialling(lines.all()).start();
            CompletableFuture<byte[]> fetched = world.fetching("fetcher", item);
            World.await(fetcher, "/api/status", said -> lines.carried() > 2 * MIB);
            lines.lines.forEach(Line::interrupt);
            double cut = seconds(fetcher);
            World.await(fetcher, "/api/peers", "[]"::equals);
            World.await(fetcher, "/api/transfers", said -> World.number(said, "seconds") >= cut + 20);
            lines.lines.forEach(Line::restore);
            assertArrayEquals(item.nar(), get(fetched));
            assertLittleTwice(transfers(fetcher), item.nar().length);
        }
    }

    // All are gone.

    /** A fetcher that has some of the item when its last seeder is gone; what becomes of it is the policy's matter. */
    private CompletableFuture<byte[]> loseAll(Node fetcher, World.Item item, Line line) throws Exception {
        CompletableFuture<byte[]> fetched = world.fetching("fetcher", item);
        World.await(fetcher, "/api/transfers",
                said -> said.contains("\"state\"") && World.number(said, "verifiedBytes") > 0);
        line.cut();
        return fetched;
    }

    @Test
    void whenAllSeedersAreGoneP2pOnlyFailsAndKeepsWhatIsThere() throws Exception {
        World.Item item = item(6 * MIB);
        Node seeder = world.plan("seeder").seeding(item).start();
        try (Line line = new Line(World.address(seeder)).at(2 << 20)) {
            Node fetcher = world.plan("fetcher").stallTimeout(Duration.ofSeconds(1)).dialling(line).start();
            CompletableFuture<byte[]> fetched = loseAll(fetcher, item, line);
            Exception failed = assertThrows(Exception.class, () -> get(fetched));
            assertEquals("no block came for 1 s", String.valueOf(failed.getCause().getMessage()));
            World.stop(fetcher);
        }
        assertEquals(1, World.files(world.partial("fetcher")).size());
        Node again = world.plan("fetcher").dialling(seeder).start();
        assertArrayEquals(item.nar(), world.fetch("fetcher", item));
        assertTrue(transfers(again).contains("\"name\":\"disk\""), transfers(again));
        World.stop(again);
        assertEquals(List.of(), World.files(world.partial("fetcher")));
    }

    @Test
    void whenAllSeedersAreGoneP2pFirstGoesOnOverHttpWithWhatIsThere() throws Exception {
        World.Item item = world.item("noise", 6 * MIB, true);
        Node seeder = world.plan("seeder").seeding(item).start();
        try (Line line = new Line(World.address(seeder)).at(2 << 20)) {
            Node fetcher = world.plan("fetcher").policy(SubstitutePolicy.P2P_FIRST).dialling(line).start();
            assertArrayEquals(item.nar(), get(loseAll(fetcher, item, line)));
            String transfers = transfers(fetcher);
            assertTrue(World.given(transfers, seeder) > 0, transfers);
            assertEquals(item.nar().length - World.given(transfers, seeder),
                    (long) World.number(transfers.substring(transfers.indexOf("\"name\":\"http")), "bytes"), transfers);
            assertEquals(0, World.number(transfers, "restarts"), transfers);
        }
    }

    /** The server breaks off; peers go on, and then they are gone too. */
    @Test
    void whenAllSeedersAreGoneHttpFirstHasHadItsServersAndFails() throws Exception {
        World.Item item = world.item("noise", 6 * MIB, true);
        world.server().breakOff(item.path(), 2 * MIB);
        Node seeder = world.plan("seeder").seeding(item).start();
        try (Line line = new Line(World.address(seeder)).at(2 << 20)) {
            Node fetcher = world.plan("fetcher").policy(SubstitutePolicy.HTTP_FIRST)
                    .stallTimeout(Duration.ofSeconds(1)).dialling(line).start();
            CompletableFuture<byte[]> fetched = world.fetching("fetcher", item);
            World.await(fetcher, "/api/transfers",
                    said -> said.contains("\"state\":\"blocks\"") && World.given(said, seeder) > 0);
            line.cut();
            Exception failed = assertThrows(Exception.class, () -> get(fetched));
            String reason = String.valueOf(failed.getCause().getMessage());
            assertTrue(reason.startsWith("no block came for 1 s; "), reason);
            World.stop(fetcher);
        }
        assertEquals(1, World.files(world.partial("fetcher")).size());
    }

    // Several NARs.

    @Test
    void twoNarsAtOnceShareTheirPeers() throws Exception {
        World.Item one = item(6 * MIB);
        World.Item other = item(4 * MIB);
        Node[] nodes = seeders(2, one, other);
        try (Lines lines = new Lines(nodes)) {
            for (Line line : lines.all()) {
                line.at(4 << 20);
            }
            Node fetcher = world.plan("fetcher").dialling(lines.all()).start();
            CompletableFuture<byte[]> first = world.fetching("fetcher", one);
            CompletableFuture<byte[]> second = world.fetching("fetcher", other);
            assertArrayEquals(other.nar(), get(second));
            assertArrayEquals(one.nar(), get(first));
            assertEquals(2, World.number(World.api(fetcher, "/api/status"), "connectedPeers"));
            for (String transfer : transfers(fetcher).split("\"storePath\"", -1)) {
                if (!transfer.startsWith("[")) {
                    assertTrue(World.given(transfer, nodes[0]) > 0 && World.given(transfer, nodes[1]) > 0, transfer);
                    assertLittleTwice(transfer, one.nar().length);
                }
            }
        }
    }
}
