// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.seed;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.guixp2p.persistence.nar.StoreSeeds;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.StorePath;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a big seeder costs: the heap is held to its bound, the time is said. */
@Tag("slow")
class ManySeedsTest {
    private static final int ITEMS = 100_000;
    private static final long MOST_HEAP = 200_000_000;

    @TempDir
    private Path directory;

    private final ActorTestKit kit = ActorTestKit.create();
    private final ExecutorService disk = Executors.newFixedThreadPool(1);

    @AfterEach
    void stop() {
        kit.shutdownTestKit();
        disk.shutdownNow();
    }

    private static StorePath path(int i) {
        String hash = Sha256.hash(Integer.toString(i).getBytes(US_ASCII)).base32();
        return new StorePath(hash.substring(0, StorePath.HASH_LENGTH) + "-package-of-some-length-" + i + ".1.2");
    }

    private static NarHash hash(int i) {
        return new NarHash(Sha256.hash(("nar " + i).getBytes(US_ASCII)));
    }

    private void write(Path store, Path seeds) throws IOException {
        for (int i = 0; i < ITEMS; i++) {
            StorePath path = path(i);
            Path tree = Files.writeString(store.resolve(path.baseName()), "");
            Map<String, Object> of = Files.readAttributes(tree, "unix:dev,ino,ctime,size", LinkOption.NOFOLLOW_LINKS);
            Files.writeString(seeds.resolve(path.baseName() + ".seed"), hash(i) + "\n" + of.get("dev") + ":"
                    + of.get("ino") + ":" + of.get("ctime") + ":" + of.get("size") + "\n1000\n"
                    + Sha256.hash(new byte[]{(byte) i}).base32() + "\n");
        }
    }

    private static long heap() {
        System.gc();
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    @Test
    void aHundredThousandItemsAreOfferedAgain() throws Exception {
        Path store = Files.createDirectories(directory.resolve("store"));
        write(store, Files.createDirectories(directory.resolve("seeds")));
        long before = heap();
        long begin = System.nanoTime();
        StoreSeeds known = StoreSeeds.open(directory);
        ActorRef<Seeds.Command> seeds = kit
                .spawn(Seeds.create(new StoreItems(known, path -> store.resolve(path.baseName())), disk, disk));
        known.list().forEach(path -> seeds.tell(new Seeds.AddStoreItem(path)));
        long told = System.nanoTime();
        TestProbe<Seeds.Described> probe = kit.createTestProbe();
        // All are behind this one when the pool has come to what is put behind them: the actor has sent them there by then.
        seeds.tell(new Seeds.Describe(probe.ref()));
        probe.receiveMessage(Duration.ofSeconds(60));
        CompletableFuture.runAsync(() -> {}, disk).get(120, TimeUnit.SECONDS);
        seeds.tell(new Seeds.Describe(probe.ref()));
        long offered = probe.receiveMessage(Duration.ofSeconds(60)).seeds().stream()
                .filter(seed -> seed.state().equals("offered")).count();
        long end = System.nanoTime();
        assertEquals(ITEMS, offered);
        long grown = heap() - before;
        System.out.printf("%d items: %d ms to list, %d ms until all are offered, %d bytes of heap%n", ITEMS,
                (told - begin) / 1_000_000, (end - begin) / 1_000_000, grown);
        assertTrue(grown < MOST_HEAP, grown + " bytes of heap");
    }
}
