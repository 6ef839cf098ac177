// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.persistence.narinfo;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.hash.NixBase32;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.StorePath;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The cache on disk: {@code DIRECTORY/SERVER/HASH}, one {@link CacheEntry} a file, SERVER being the server's host and a
 * hash of its URL.
 *
 * <p>Files appear by renaming, so a reader sees an old entry or a new one, never half of one; they are not flushed to the
 * disk, since what a crash tears is found torn, deleted and asked for again. A file's modification time is the time at
 * which its answer expires, so that pruning reads no file.
 */
public final class DiskNarinfoCache implements NarinfoCache {
    private static final Logger LOG = LoggerFactory.getLogger(DiskNarinfoCache.class);
    static final String TEMPORARY = ".tmp-";
    private static final int PUTS_BETWEEN_PRUNINGS = 1000;
    private static final int HOST_LETTERS = 64;
    private static final int URL_HASH_BYTES = 10;

    private final Path directory;
    private final CachePruner pruner;
    private final int putsBetweenPrunings;
    private final InstantSource clock;
    private final Executor background;
    private final AtomicInteger puts = new AtomicInteger();
    private final AtomicBoolean pruning = new AtomicBoolean();
    private final AtomicBoolean unwritable = new AtomicBoolean();

    private DiskNarinfoCache(Path directory, long maxBytes, int putsBetweenPrunings, InstantSource clock,
            Executor background) {
        this.directory = directory;
        this.pruner = new CachePruner(directory, maxBytes);
        this.putsBetweenPrunings = putsBetweenPrunings;
        this.clock = clock;
        this.background = background;
    }

    /**
     * Opens the cache at once, whatever lies in {@code directory}; pruning begins in the background.
     *
     * @param directory {@code <cache_dir>/narinfo}; made when the first answer is kept
     * @param maxBytes how much disk it may take, in whole 4 KiB blocks; exceeded by at most 1000 answers
     * @param background where pruning may block
     */
    public static DiskNarinfoCache open(Path directory, long maxBytes, InstantSource clock, Executor background) {
        return open(directory, maxBytes, PUTS_BETWEEN_PRUNINGS, clock, background);
    }

    static DiskNarinfoCache open(Path directory, long maxBytes, int putsBetweenPrunings, InstantSource clock,
            Executor background) {
        DiskNarinfoCache cache = new DiskNarinfoCache(directory, maxBytes, putsBetweenPrunings, clock, background);
        var _ = cache.prune();
        return cache;
    }

    @Override
    public Optional<CachedAnswer> find(ServerUrl server, StorePath item) {
        Path file = file(server, item);
        try {
            return Optional.of(CacheEntry.decode(read(file), server, item));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (FormatException e) {
            LOG.warn("{}: {}; deleted", file, e.getMessage());
            delete(file);
            return Optional.empty();
        } catch (IOException e) {
            LOG.warn("narinfo cache: cannot read {}", e.toString());
            return Optional.empty();
        }
    }

    private static byte[] read(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)) {
            return in.readNBytes(CacheEntry.MAX_BYTES + 1);
        }
    }

    @Override
    public void put(ServerUrl server, StorePath item, CachedAnswer answer) {
        if (answer instanceof CachedAnswer.Hit hit && hit.size() > MAX_NARINFO_BYTES) {
            return;
        }
        Path file = file(server, item);
        try {
            byte[] content = CacheEntry.encode(server, item, answer);
            FileTime expires = FileTime.from(answer.expires());
            try {
                write(home(server), file, content, expires);
            } catch (NoSuchFileException e) {
                // The pruner has just removed the empty directory.
                write(home(server), file, content, expires);
            }
            if (unwritable.getAndSet(false)) {
                LOG.info("narinfo cache: {} takes answers again", directory);
            }
        } catch (IOException e) {
            if (!unwritable.getAndSet(true)) {
                LOG.warn("narinfo cache: answers are not kept: {}", e.toString());
            }
        }
        if (puts.incrementAndGet() % putsBetweenPrunings == 0) {
            var _ = prune();
        }
    }

    private void write(Path home, Path file, byte[] content, FileTime expires) throws IOException {
        Files.createDirectories(directory);
        if (!Files.isDirectory(home, LinkOption.NOFOLLOW_LINKS)) {
            // Which items were asked for is nobody else's business.
            Files.createDirectories(home, PosixFilePermissions
                    .asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        }
        Path temporary = home.resolve(TEMPORARY + Long.toHexString(ThreadLocalRandom.current().nextLong()));
        try {
            Files.write(temporary, content, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
            move(temporary, file);
        } catch (IOException e) {
            delete(temporary);
            throw e;
        }
        Files.setLastModifiedTime(file, expires);
    }

    private static void move(Path from, Path to) throws IOException {
        try {
            Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
        } catch (AtomicMoveNotSupportedException e) {
            Files.move(from, to, StandardCopyOption.REPLACE_EXISTING);
        }
    }

    @Override
    public void forget(ServerUrl server, StorePath item) {
        delete(file(server, item));
    }

    private static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            LOG.warn("narinfo cache: cannot delete {}", e.toString());
        }
    }

    /** Prunes in the background, unless that is being done: the result is empty then. */
    CompletionStage<Optional<CachePruner.Report>> prune() {
        if (pruning.getAndSet(true)) {
            return CompletableFuture.completedStage(Optional.empty());
        }
        try {
            return CompletableFuture.supplyAsync(() -> {
                try {
                    CachePruner.Report report = pruner.prune(clock.instant());
                    LOG.debug("narinfo cache: {}", report);
                    return Optional.of(report);
                } catch (IOException e) {
                    LOG.warn("narinfo cache: pruning stopped: {}", e.toString());
                    return Optional.empty();
                } finally {
                    pruning.set(false);
                }
            }, background);
        } catch (RejectedExecutionException e) {
            // The node is stopping.
            pruning.set(false);
            return CompletableFuture.completedStage(Optional.empty());
        }
    }

    /** Where an answer lies. */
    Path file(ServerUrl server, StorePath item) {
        return home(server).resolve(item.hashPart());
    }

    private Path home(ServerUrl server) {
        String host = server.uri().getHost().replaceAll("[^a-z0-9.-]", "_");
        byte[] hash = Sha256.hash(server.toString().getBytes(StandardCharsets.UTF_8)).bytes();
        String name = host.substring(0, Math.min(host.length(), HOST_LETTERS)) + "-"
                + NixBase32.encode(Arrays.copyOf(hash, URL_HASH_BYTES));
        return directory.resolve(name);
    }
}
