// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.store;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.guixp2p.node.testing.Eventually;
import org.guixp2p.node.testing.LogLines;
import org.guixp2p.persistence.guixdb.StoreDatabase;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.testing.StoreDatabaseWriter;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A database that a daemon writes. */
@Timeout(60)
class StoreWatchTest {
    /** So seldom that only the kernel can have told. */
    private static final Duration NEVER = Duration.ofDays(1);
    private static final Duration SOON = Duration.ofMillis(5);

    @TempDir
    private Path directory;

    private final BlockingQueue<ItemTable> told = new LinkedBlockingQueue<>();
    private Path file;
    private @Nullable StoreWatch watch;

    @BeforeEach
    void place() {
        file = directory.resolve("db/db.sqlite");
    }

    @AfterEach
    void stop() throws Exception {
        if (watch != null) {
            watch.close();
        }
    }

    private static StorePath path(int i) {
        return new StorePath(hash(i).base32().substring(0, StorePath.HASH_LENGTH) + "-item");
    }

    private static NarHash hash(int i) {
        return new NarHash(Sha256.hash(("nar " + i).getBytes(US_ASCII)));
    }

    private void begin(Duration poll) {
        watch = new StoreWatch(new StoreDatabase(file), StoreWatchTest::builders,
                told::add,
                new StoreWatch.Pace(poll, SOON, SOON, SOON.multipliedBy(40)), InstantSource.system()).start();
    }

    private static Supplier<ItemTable.Builder> builders() {
        return () -> new ItemTable.Builder(item -> false, path -> false, 0);
    }

    /** What was written a moment ago is looked at some more times, whoever tells. */
    private void awaitQuiet() throws InterruptedException {
        while (told.poll(1, TimeUnit.SECONDS) != null) {
            assertTrue(told.size() < 10_000);
        }
    }

    /** Told may be more often than anything changed, but what is told last is what is there. */
    private void awaitCount(int count) throws InterruptedException {
        ItemTable table = told.poll(30, TimeUnit.SECONDS);
        while (table != null && table.count() != count) {
            table = told.poll(30, TimeUnit.SECONDS);
        }
        assertTrue(table != null, "never " + count + " items");
    }

    @Test
    void whatTheDaemonRegistersAndCollectsIsSeenWhenTheKernelTells() throws Exception {
        Files.createDirectory(file.getParent());
        try (StoreDatabaseWriter daemon = new StoreDatabaseWriter(file)) {
            daemon.register(path(1), hash(1), 1000, 1);
            begin(NEVER);
            awaitCount(1);
            awaitQuiet();
            daemon.register(path(2), hash(2), 1000, 2);
            awaitCount(2);
            awaitQuiet();
            daemon.invalidate(path(1));
            awaitCount(1);
        }
    }

    /** Over a network file system the kernel tells nothing; and a directory that is not there yet cannot be watched. */
    @Test
    void whatTheKernelDoesNotTellIsSeenAtTheNextLook() throws Exception {
        try (LogLines log = new LogLines()) {
            begin(Duration.ofMillis(20));
            assertEquals("of the store nothing new is offered: there is no store database " + file,
                    log.await("there is no store database"));
        }
        Files.createDirectory(file.getParent());
        try (StoreDatabaseWriter daemon = new StoreDatabaseWriter(file)) {
            daemon.register(path(1), hash(1), 1000, 1);
            awaitCount(1);
            daemon.register(path(2), hash(2), 1000, 1);
            awaitCount(2);
        }
    }

    /** The database has not changed since. */
    @Test
    void whatWasToBeListedAgainAndCouldNotBeIsAtALaterLook() throws Exception {
        Files.createDirectory(file.getParent());
        AtomicInteger faults = new AtomicInteger();
        AtomicBoolean faulty = new AtomicBoolean();
        try (StoreDatabaseWriter daemon = new StoreDatabaseWriter(file)) {
            daemon.register(path(1), hash(1), 1000, 1);
            StoreWatch watching = new StoreWatch(new StoreDatabase(file), () -> {
                if (faulty.get()) {
                    faults.incrementAndGet();
                    throw new IOException("not now");
                }
                return builders();
            }, told::add, new StoreWatch.Pace(SOON, SOON, SOON, SOON.multipliedBy(40)), InstantSource.system()).start();
            watch = watching;
            awaitCount(1);
            awaitQuiet();
            faulty.set(true);
            watching.listAgain();
            Eventually.holds(() -> faults.get() > 0, () -> "a fault");
            faulty.set(false);
            awaitCount(1);
        }
    }

    /** Without its thread nothing new would be offered until the node starts again, and nobody would know why. */
    @Test
    void aFaultInsideIsSaidOnceAndWatchingGoesOn() throws Exception {
        Files.createDirectory(file.getParent());
        AtomicInteger faults = new AtomicInteger();
        try (StoreDatabaseWriter daemon = new StoreDatabaseWriter(file); LogLines log = new LogLines()) {
            daemon.register(path(1), hash(1), 1000, 1);
            watch = new StoreWatch(new StoreDatabase(file), StoreWatchTest::builders,
                    table -> {
                        if (faults.incrementAndGet() <= 3) {
                            throw new IllegalStateException("a fault inside");
                        }
                        told.add(table);
                    }, new StoreWatch.Pace(SOON, SOON, SOON, SOON), InstantSource.system()).start();
            awaitCount(1);
            assertEquals(1, log.count("a fault inside"));
        }
    }

    @Test
    void nothingIsHeldOpenInBetween() throws Exception {
        Files.createDirectory(file.getParent());
        try (StoreDatabaseWriter daemon = new StoreDatabaseWriter(file)) {
            daemon.register(path(1), hash(1), 1000, 1);
        }
        begin(NEVER);
        awaitCount(1);
        Eventually.holds(() -> openBelow(directory) == 0,
                () -> "nothing that holds up the collector, or the daemon's end");
    }

    private static long openBelow(Path directory) {
        try (Stream<Path> files = Files.list(Path.of("/proc/self/fd"))) {
            return files.filter(fd -> {
                try {
                    return Files.readSymbolicLink(fd).startsWith(directory);
                } catch (IOException e) {
                    return false;
                }
            }).count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
