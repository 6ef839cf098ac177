// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.store;

import java.io.IOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.guixp2p.persistence.guixdb.StoreDatabase;
import org.guixp2p.persistence.guixdb.StoreDatabaseException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * Reads the store database when it has changed, which the kernel says (inotify, where there is one), and a look at its files
 * every half minute. On a thread of its own, which keeps nothing open in between but the watch on the database's directory:
 * that holds up nobody, and makes no root for the collector.
 */
final class StoreWatch implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(StoreWatch.class);
    /** Reading all while the daemon writes all the time takes this part of a processor at most. */
    private static final int PART = 30;

    /**
     * How often to look.
     *
     * @param poll at least that often, whatever the kernel says
     * @param settle how long to wait after a change for more, and at least from one reading to the next
     * @param longest time from one reading to the next, however long one takes
     * @param fresh how long what was written last is read again: the daemon writes its log, puts that on the disk, and only
     * then lets others see what it wrote; and files' times are coarse
     */
    record Pace(Duration poll, Duration settle, Duration longest, Duration fresh) {
        /** Half of the minute within which new items are to be seen is for reading. */
        static final Pace USUAL = new Pace(Duration.ofSeconds(30), Duration.ofSeconds(2), Duration.ofSeconds(25),
                Duration.ofSeconds(10));

        private Duration after(Duration reading) {
            Duration pause = reading.multipliedBy(PART);
            return pause.compareTo(settle) < 0 ? settle : pause.compareTo(longest) > 0 ? longest : pause;
        }
    }

    private final StoreDatabase database;
    private final Preparation preparation;
    private final Listener listener;
    private final Pace pace;
    private final InstantSource clock;
    private final Thread thread;
    private @Nullable WatchService watches;
    private @Nullable WatchKey watched;
    private StoreDatabase.@Nullable Look seen;
    private String trouble = "";
    private volatile boolean stale;
    private volatile boolean closed;

    /** Makes ready to read everything; may block. */
    interface Preparation {
        /** A fresh builder for each try; throws when nothing can be read yet, and is asked again. */
        Supplier<ItemTable.Builder> prepare() throws IOException;
    }

    /** Is told what is there; may block. */
    @FunctionalInterface
    interface Listener {
        /** All items, after the start and whenever they may be others than before. */
        void listed(ItemTable table);

        /** There is no database that can be read, and it will not become one by waiting. */
        default void nothingThere() {}
    }

    /** Begins to watch. */
    StoreWatch(StoreDatabase database, Preparation preparation, Listener listener, Pace pace, InstantSource clock) {
        this.database = database;
        this.preparation = preparation;
        this.listener = listener;
        this.pace = pace;
        this.clock = clock;
        this.thread = Thread.ofPlatform().name("store-watch").daemon().unstarted(this::run);
    }

    StoreWatch start() {
        thread.start();
        return this;
    }

    private void run() {
        try {
            while (!closed) {
                long begun = System.nanoTime();
                // First: what happens after that is told.
                watch();
                look();
                TimeUnit.NANOSECONDS.sleep(pace.after(Duration.ofNanos(System.nanoTime() - begun)).toNanos());
                await();
            }
        } catch (InterruptedException | ClosedWatchServiceException e) {
            LOG.debug("nobody watches the store any more");
        }
    }

    /** Has everything listed at the next look, though nothing of the database has changed. */
    void listAgain() {
        stale = true;
    }

    private void look() {
        try {
            StoreDatabase.Look now = database.look();
            if (Objects.equals(now, seen) && !stale) {
                return;
            }
            stale = false;
            ItemTable table = database.scan(preparation.prepare()).build();
            long wallNanos = TimeUnit.MILLISECONDS.toNanos(clock.millis());
            listener.listed(table);
            seen = now.isFresh(wallNanos, pace.fresh().toNanos()) ? null : now;
            trouble = "";
        } catch (IOException e) {
            // What was to be listed was not, whether or not the database is another by the next look.
            stale = true;
            say(e, String.valueOf(e.getMessage()));
        } catch (RuntimeException e) {
            // Something is wrong here, not there; but the next look may be of use, and without this thread there is none.
            stale = true;
            say(e, e.toString());
        }
    }

    /** Once each; a daemon that was at work is tried again soon, without a word. */
    private void say(Exception e, String what) {
        if (e instanceof StoreDatabaseException known && known.isPassing()) {
            LOG.debug("the store database is looked at again: {}", what);
            seen = null;
            trouble = "";
        } else if (!what.equals(trouble)) {
            trouble = what;
            if (e instanceof StoreDatabaseException) {
                listener.nothingThere();
            }
            // A machine without Guix has nothing wrong with it.
            LOG.atLevel(Files.exists(database.file()) ? Level.WARN : Level.INFO)
                    .log("of the store nothing new is offered: {}", what);
        }
    }

    /** Until something happens in the database's directory, or it is time to look anyway. */
    private void await() throws InterruptedException {
        Duration until = (seen == null || stale) && trouble.isEmpty() ? pace.settle() : pace.poll();
        WatchService service = watches;
        if (service == null) {
            TimeUnit.NANOSECONDS.sleep(until.toNanos());
            return;
        }
        WatchKey key = service.poll(until.toNanos(), TimeUnit.NANOSECONDS);
        if (key != null) {
            key.pollEvents();
            if (!key.reset()) {
                watched = null;
            }
        }
    }

    private void watch() {
        Path directory = Objects.requireNonNull(database.file().getParent(), "a file lies in a directory");
        if ((watched != null && watched.isValid()) || !Files.isDirectory(directory)) {
            return;
        }
        try {
            WatchService service = watches == null ? directory.getFileSystem().newWatchService() : watches;
            watches = service;
            watched = directory.register(service, StandardWatchEventKinds.ENTRY_CREATE,
                    StandardWatchEventKinds.ENTRY_MODIFY, StandardWatchEventKinds.ENTRY_DELETE);
        } catch (IOException e) {
            // Too many watches, or another file system: a look now and then is enough.
            LOG.debug("changes of {} are not told: {}", directory, e.getMessage());
        }
    }

    @Override
    public void close() throws IOException {
        closed = true;
        thread.interrupt();
        try {
            thread.join(TimeUnit.SECONDS.toMillis(1));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        WatchService service = watches;
        if (service != null) {
            service.close();
        }
    }
}
