// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.multinode;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collections;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.guixp2p.node.Node;
import org.guixp2p.persistence.reputation.PeerRecord;
import org.guixp2p.persistence.reputation.Reputation;
import org.guixp2p.protocol.bridge.FromRestorer;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.swarm.BlockLayout;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** NARs of every size, and fetchers whose reader, clock or process does not do as one would wish. */
@Timeout(600)
class NarCasesTest extends InAWorldOfChance {
    private static final int BLOCK = BlockLayout.BLOCK_BYTES;
    private static final int MIB = 1 << 20;

    // Sizes.

    @Test
    void narsOfNoContentOfOneBlockOfSeveralAndOfALittleMore() throws Exception {
        World.Item[] items = {world.item("empty", 0, false), world.itemOfNarSize("one-block", BLOCK),
            world.itemOfNarSize("one-block-and-a-little", BLOCK + 8),
            world.itemOfNarSize("almost-two-blocks", 2 * BLOCK - 8), world.itemOfNarSize("five-blocks", 5 * BLOCK)};
        assertEquals(5 * BLOCK, items[4].nar().length);
        Node[] seeders = {world.plan("one").seeding(items).start(), world.plan("other").seeding(items).start()};
        world.plan("fetcher").dialling(seeders).start();
        for (World.Item item : items) {
            assertArrayEquals(item.nar(), world.fetch("fetcher", item));
        }
    }

    /** With the memory that the launcher gives. The manifest has two pages, of which one who offers it gives one at most. */
    @Test
    @Tag("slow")
    void aNarOfFiveThousandBlocks() throws Exception {
        World.LargeItem item = world.largeItem("large", 5_000L * BLOCK);
        Node liar = world.plan("liar").giving(_ -> new Lies.OnePage(item.manifest())).start();
        try (NodeProcess seeder = NodeProcess.asLaunched(world.plan("seeder").seeding(item.path()).configFile(),
                directory.resolve("seeder.log"))) {
            seeder.awaitSaid("offering " + item.path());
            try (NodeProcess fetcher = NodeProcess.asLaunched(
                    world.plan("fetcher").dialling(World.address(liar), seeder.address()).configFile(),
                    directory.resolve("fetcher.log"));
                    Restorer restorer = new Restorer(world.socket("fetcher"), FromRestorer.Mode.SUBSTITUTE)) {
                World.awaitPeers(liar, 1);
                fetcher.awaitSaid("peer " + seeder.address().id());
                assertEquals(item.hash(), new NarHash(restorer.hash(item.path())));
                assertTrue(fetcher.peakMemory() < 400L * MIB, () -> "the fetcher took too much memory");
            }
            assertTrue(seeder.peakMemory() < 400L * MIB, () -> "the seeder took too much memory");
        }
    }

    // Readers.

    /**
     * Peers are asked for no more than so much beyond what was read, however long the reader takes; that it takes longer than
     * a download waits for a block is nobody's failure.
     */
    @Test
    void whoReadsLittleHoldsTheSeedersBack() throws Exception {
        World.Item item = world.item("noise", 20 * MIB, false);
        int ahead = 4 * MIB;
        int onTheWay = 3 * MIB;
        Captured<Holding> given = new Captured<>(offers -> new Holding(offers, Integer.MAX_VALUE));
        Node seeder = world.plan("seeder").seeding(item).giving(given).start();
        Node fetcher = world.plan("fetcher").readAhead(ahead).stallTimeout(Duration.ofSeconds(1)).dialling(seeder)
                .start();
        try (Restorer restorer = new Restorer(world.socket("fetcher"), FromRestorer.Mode.SUBSTITUTE)) {
            restorer.begin(item.path());
            String before = World.await(fetcher, "/api/transfers",
                    said -> World.number(said, "verifiedBytes") >= ahead - BLOCK);
            World.await(fetcher, "/api/transfers",
                    said -> World.number(said, "seconds") >= World.number(before, "seconds") + 2);
            int last = Collections.max(given.get().asked());
            assertTrue(last * (long) BLOCK <= restorer.bytesRead() + ahead + onTheWay,
                    () -> "with " + restorer.bytesRead() + " bytes read, block " + last + " was asked for");
            assertArrayEquals(item.nar(), restorer.rest());
        }
    }

    // Clocks.

    /** A clock that somebody sets. */
    private static final class SetClock implements InstantSource {
        private volatile Duration off = Duration.ZERO;

        @Override
        public Instant instant() {
            return Instant.now().plus(off);
        }
    }

    @Test
    void whoseClockJumpsByHoursFetchesAsEver() throws Exception {
        World.Item item = world.item("noise", 6 * MIB, false);
        World.Item next = world.item("next", MIB, false);
        SetClock ofFetcher = new SetClock();
        SetClock ofSeeder = new SetClock();
        Node seeder = world.plan("seeder").seeding(item, next).clock(ofSeeder).start();
        try (Line line = new Line(World.address(seeder)).at(4 * MIB)) {
            Node fetcher = world.plan("fetcher").clock(ofFetcher).dialling(line).start();
            CompletableFuture<byte[]> fetched = world.fetching("fetcher", item);
            for (int jump = 0; jump < 4; jump++) {
                long until = line.carried() + 3 * MIB / 4;
                World.await(fetcher, "/api/status", said -> line.carried() > until);
                Duration hours = Duration.ofHours(1 + random.nextInt(9));
                ofFetcher.off = jump % 2 == 0 ? hours : hours.negated();
                ofSeeder.off = ofFetcher.off.negated();
            }
            assertArrayEquals(item.nar(), fetched.get(120, TimeUnit.SECONDS));
            assertArrayEquals(next.nar(), world.fetch("fetcher", next));
            String transfers = World.api(fetcher, "/api/transfers");
            assertTrue(World.number(transfers, "seconds") >= 0 && World.number(transfers, "seconds") < 600, transfers);
            assertTrue(World.api(fetcher, "/api/peers").contains(seeder.addresses().peer().toString()));
            World.stop(fetcher);
            Reputation known = world.remembered("fetcher");
            assertFalse(known.refusedFor(seeder.addresses().peer()).isPresent());
            PeerRecord record = known.known(seeder.addresses().peer());
            assertEquals(item.nar().length + next.nar().length, record.bytes());
            assertTrue(record.rate() > 64 * 1024, () -> "its rate is said to be " + record.rate());
        }
    }

    // Kills.

    /** Each time later; what was fetched before is not fetched again, but for what was on its way or torn. */
    @Test
    @Tag("slow")
    void whoIsKilledAgainAndAgainGetsThereAllTheSame() throws Exception {
        World.Item item = world.item("noise", 24 * MIB, false);
        Node seeder = world.plan("seeder").seeding(item).start();
        try (Line line = new Line(World.address(seeder)).at(4 * MIB)) {
            Path config = world.plan("fetcher").dialling(line).configFile();
            long lost = 0;
            for (int kill = 0; kill < 4; kill++) {
                long before = line.carried();
                long until = before + MIB + random.nextInt(4 * MIB);
                try (NodeProcess fetcher = new NodeProcess(config, directory.resolve("log" + kill))) {
                    fetcher.awaitSaid("is connected");
                    CompletableFuture<byte[]> fetched = world.fetching("fetcher", item);
                    Await.until(() -> line.carried() >= until || fetched.isDone(),
                            () -> line.carried() + " bytes came");
                    assertFalse(fetched.isDone());
                    fetcher.kill();
                    assertTrue(fetched.handle((nar, failure) -> failure != null).get(20, TimeUnit.SECONDS));
                }
                lost += 20L * BLOCK;
            }
            try (NodeProcess fetcher = new NodeProcess(config, directory.resolve("last"))) {
                fetcher.awaitSaid("is connected");
                assertArrayEquals(item.nar(), world.fetch("fetcher", item));
                fetcher.awaitSaid("blocks were there already");
            }
            assertTrue(line.carried() < item.nar().length * 1.1 + lost, () -> line.carried() + " bytes came");
        }
    }
}
