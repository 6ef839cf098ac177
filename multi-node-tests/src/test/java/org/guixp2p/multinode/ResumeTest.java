// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.multinode;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.guixp2p.node.Node;
import org.guixp2p.node.config.SubstitutePolicy;
import org.guixp2p.node.swarm.Offers;
import org.guixp2p.protocol.bridge.FromRestorer;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.swarm.BlockLayout;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A node that is killed midway, as kill -9 does, and goes on when it is started again. */
@Timeout(60)
class ResumeTest extends InAWorld {
    private static final int BLOCK = BlockLayout.BLOCK_BYTES;
    private static final int GIVEN_AT_FIRST = 6;

    /** Notes what it is asked for, and gives only the first blocks until it is released. */
    private static final class Halting extends Giving {
        private final CompletableFuture<Void> released = new CompletableFuture<>();
        private final ConcurrentLinkedQueue<Integer> asked = new ConcurrentLinkedQueue<>();

        private Halting(Offers real) {
            super(real);
        }

        @Override
        public CompletionStage<byte[]> block(NarHash nar, Sha256 root, int index) {
            asked.add(index);
            return index < GIVEN_AT_FIRST
                    ? real.block(nar, root, index)
                    : released.thenCompose(go -> real.block(nar, root, index));
        }
    }

    private static List<Path> files(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.toList();
        }
    }

    /** Waits until the first blocks are in the only file, and returns it. */
    private static Path awaitBlocks(Path partial, byte[] nar) throws IOException {
        byte[] expected = Arrays.copyOf(nar, GIVEN_AT_FIRST * BLOCK);
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (true) {
            Path file = files(partial).getFirst();
            byte[] there = Files.readAllBytes(file);
            if (there.length >= expected.length && Arrays.equals(expected, Arrays.copyOf(there, expected.length))) {
                return file;
            }
            if (System.nanoTime() > until) {
                fail("the first blocks are not in " + file);
            }
            LockSupport.parkNanos(5_000_000);
        }
    }

    private record Seeder(Node node, Halting halting) {}

    private Seeder seeder(World.Item item) throws Exception {
        CompletableFuture<Halting> giving = new CompletableFuture<>();
        Node seeder = world.plan("seeder").seeding(item).giving(offers -> {
            giving.complete(new Halting(offers));
            return giving.join();
        }).start();
        return new Seeder(seeder, giving.join());
    }

    @Test
    void aNodeThatIsStoppedMidwayGoesOnWhenItIsStartedAgain() throws Exception {
        World.Item item = world.item("noise", 12 * BLOCK - 1000, false);
        Seeder seeder = seeder(item);
        Node stopped = world.node("fetcher", SubstitutePolicy.P2P_ONLY, List.of(),
                List.of(World.address(seeder.node())));
        Path partial = world.home("fetcher").resolve("state/partial");
        try (Restorer restorer = new Restorer(world.socket("fetcher"), FromRestorer.Mode.SUBSTITUTE)) {
            restorer.begin(item.path());
            awaitBlocks(partial, item.nar());
            World.stop(stopped);
        }
        assertEquals(1, files(partial).size());
        seeder.halting().released.complete(null);
        seeder.halting().asked.clear();
        Node again = world.node("fetcher", SubstitutePolicy.P2P_ONLY, List.of(),
                List.of(World.address(seeder.node())));
        assertArrayEquals(item.nar(), Restorer.fetch(world.socket("fetcher"), item.path()));
        assertEquals(List.of(6, 7, 8, 9, 10, 11), List.copyOf(new TreeSet<>(seeder.halting().asked)));
        World.stop(again);
        assertEquals(List.of(), files(partial));
    }

    @Test
    void afterKill9OnlyWhatIsMissingOrTornIsFetched() throws Exception {
        World.Item item = world.item("noise", 12 * BLOCK - 1000, false);
        Seeder seeder = seeder(item);
        Halting halting = seeder.halting();
        Path config = world.configFile("fetcher", "p2p-only", List.of(World.address(seeder.node())));
        Path partial = world.home("fetcher").resolve("state/partial");
        Path file;
        try (NodeProcess killed = new NodeProcess(config, directory.resolve("log1"));
                Restorer restorer = new Restorer(world.socket("fetcher"), FromRestorer.Mode.SUBSTITUTE)) {
            restorer.begin(item.path());
            file = awaitBlocks(partial, item.nar());
            killed.kill();
        }
        assertEquals(List.of(file), files(partial));
        // As when the machine had lost power: half of a block did not get to the disk.
        try (RandomAccessFile torn = new RandomAccessFile(file.toFile(), "rw")) {
            torn.seek(2L * BLOCK + BLOCK / 2);
            torn.write(new byte[BLOCK / 2]);
        }
        halting.released.complete(null);
        halting.asked.clear();
        try (NodeProcess again = new NodeProcess(config, directory.resolve("log2"))) {
            assertTrue(again.said().contains("unfinished download " + file.getFileName() + " stays to be resumed"),
                    again.said());
            assertArrayEquals(item.nar(), Restorer.fetch(world.socket("fetcher"), item.path()));
            assertEquals(List.of(2, 6, 7, 8, 9, 10, 11), List.copyOf(new TreeSet<>(halting.asked)));
            again.awaitSaid("5 of 12 blocks were there already");
        }
    }
}
