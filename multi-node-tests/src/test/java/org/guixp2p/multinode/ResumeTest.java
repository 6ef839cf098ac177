// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.multinode;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import org.guixp2p.node.Node;
import org.guixp2p.protocol.bridge.FromRestorer;
import org.guixp2p.protocol.swarm.BlockLayout;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A node that is killed midway, as kill -9 does, and goes on when it is started again. */
@Timeout(120)
class ResumeTest extends InAWorld {
    private static final int BLOCK = BlockLayout.BLOCK_BYTES;
    private static final int GIVEN_AT_FIRST = 6;

    /** Gives only the first blocks until it is released. */
    private final Captured<Holding> given = new Captured<>(offers -> new Holding(offers, GIVEN_AT_FIRST));

    private static byte[] beginning(Path file) {
        try (InputStream bytes = Files.newInputStream(file)) {
            return bytes.readNBytes(GIVEN_AT_FIRST * BLOCK);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Waits until the first blocks are in the only file, and returns it. */
    private static Path awaitBlocks(Path partial, byte[] nar) {
        byte[] expected = Arrays.copyOf(nar, GIVEN_AT_FIRST * BLOCK);
        Await.until(() -> Arrays.equals(expected, beginning(World.files(partial).getFirst())),
                () -> "the first blocks are not in " + World.files(partial));
        return World.files(partial).getFirst();
    }

    @Test
    void aNodeThatIsStoppedMidwayGoesOnWhenItIsStartedAgain() throws Exception {
        World.Item item = world.item("noise", 12 * BLOCK - 1000, false);
        Node seeder = world.plan("seeder").seeding(item).giving(given).start();
        Node stopped = world.plan("fetcher").dialling(seeder).start();
        Path partial = world.partial("fetcher");
        try (Restorer restorer = new Restorer(world.socket("fetcher"), FromRestorer.Mode.SUBSTITUTE)) {
            restorer.begin(item.path());
            awaitBlocks(partial, item.nar());
            World.stop(stopped);
        }
        assertEquals(1, World.files(partial).size());
        given.get().release();
        given.get().forget();
        Node again = world.plan("fetcher").dialling(seeder).start();
        assertArrayEquals(item.nar(), Restorer.fetch(world.socket("fetcher"), item.path()));
        assertEquals(List.of(6, 7, 8, 9, 10, 11), List.copyOf(new TreeSet<>(given.get().asked())));
        World.stop(again);
        assertEquals(List.of(), World.files(partial));
    }

    @Tag("slow")
    @Test
    void afterKill9OnlyWhatIsMissingOrTornIsFetched() throws Exception {
        World.Item item = world.item("noise", 12 * BLOCK - 1000, false);
        Node seeder = world.plan("seeder").seeding(item).giving(given).start();
        Path config = world.plan("fetcher").dialling(seeder).configFile();
        Path partial = world.partial("fetcher");
        Path file;
        try (NodeProcess killed = new NodeProcess(config, directory.resolve("log1"));
                Restorer restorer = new Restorer(world.socket("fetcher"), FromRestorer.Mode.SUBSTITUTE)) {
            restorer.begin(item.path());
            file = awaitBlocks(partial, item.nar());
            killed.kill();
        }
        assertEquals(List.of(file), World.files(partial));
        // As when the machine had lost power: half of a block did not get to the disk.
        try (RandomAccessFile torn = new RandomAccessFile(file.toFile(), "rw")) {
            torn.seek(2L * BLOCK + BLOCK / 2);
            torn.write(new byte[BLOCK / 2]);
        }
        given.get().release();
        given.get().forget();
        try (NodeProcess again = new NodeProcess(config, directory.resolve("log2"))) {
            assertTrue(again.said().contains("unfinished download " + file.getFileName() + " stays to be resumed"),
                    again.said());
            assertArrayEquals(item.nar(), Restorer.fetch(world.socket("fetcher"), item.path()));
            assertEquals(List.of(2, 6, 7, 8, 9, 10, 11), List.copyOf(new TreeSet<>(given.get().asked())));
            again.awaitSaid("5 of 12 blocks were there already");
        }
    }
}
