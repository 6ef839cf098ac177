// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.persistence.narinfo;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Keeps the directory of a {@link DiskNarinfoCache} within its bounds, from names, sizes and times alone.
 *
 * <p>A miss goes as soon as it has expired. A narinfo stays for {@link #STALE} longer: its signature does not age, and
 * with every server out of reach it still tells what to ask peers for. When all of it takes too much room, what expires
 * first goes first.
 */
final class CachePruner {
    static final Duration STALE = Duration.ofDays(30);
    /** A temporary file this old was left behind by a crash. */
    static final Duration ABANDONED = Duration.ofHours(1);
    private static final int BLOCK = 4096;
    private static final Comparator<Entry> BY_EXPIRY = Comparator.comparing(Entry::expires);

    private final Path directory;
    private final long maxBytes;

    private record Entry(Path file, Instant expires, long bytes) {}

    /**
     * What a pruning left and did.
     *
     * @param bytes what is left takes, in whole 4 KiB blocks
     */
    record Report(int kept, long bytes, int deleted) {}

    CachePruner(Path directory, long maxBytes) {
        this.directory = directory;
        this.maxBytes = maxBytes;
    }

    Report prune(Instant now) throws IOException {
        List<Entry> kept = new ArrayList<>();
        int deleted = 0;
        for (Path server : children(directory)) {
            if (!Files.isDirectory(server, LinkOption.NOFOLLOW_LINKS)) {
                continue;
            }
            int before = kept.size();
            deleted += sweep(server, now, kept);
            if (kept.size() == before) {
                deleteIfEmpty(server);
            }
        }
        long bytes = kept.stream().mapToLong(Entry::bytes).sum();
        if (bytes <= maxBytes) {
            return new Report(kept.size(), bytes, deleted);
        }
        kept.sort(BY_EXPIRY);
        int evicted = 0;
        // Somewhat below the bound, so that not every answer that comes now leads here.
        while (evicted < kept.size() && bytes > maxBytes - maxBytes / 10) {
            Entry entry = kept.get(evicted++);
            Files.deleteIfExists(entry.file());
            bytes -= entry.bytes();
        }
        return new Report(kept.size() - evicted, bytes, deleted + evicted);
    }

    private static int sweep(Path server, Instant now, List<Entry> kept) throws IOException {
        int deleted = 0;
        for (Path file : children(server)) {
            BasicFileAttributes attributes;
            try {
                attributes = Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            } catch (NoSuchFileException e) {
                continue;
            }
            if (attributes.isDirectory()) {
                continue;
            }
            Instant time = attributes.lastModifiedTime().toInstant();
            boolean temporary = file.getFileName().toString().startsWith(DiskNarinfoCache.TEMPORARY);
            Duration grace = temporary
                    ? ABANDONED
                    : attributes.size() <= CacheEntry.MISS_BYTES ? Duration.ZERO : STALE;
            if (now.isAfter(time.plus(grace))) {
                Files.deleteIfExists(file);
                deleted++;
            } else if (!temporary) {
                kept.add(new Entry(file, time, (attributes.size() + BLOCK - 1) / BLOCK * BLOCK));
            }
        }
        return deleted;
    }

    private static List<Path> children(Path directory) throws IOException {
        List<Path> children = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
            entries.forEach(children::add);
        } catch (NoSuchFileException e) {
            return List.of();
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        return children;
    }

    private static void deleteIfEmpty(Path server) throws IOException {
        try {
            Files.deleteIfExists(server);
        } catch (DirectoryNotEmptyException e) {
            // An answer came meanwhile, or something lies there that is none of ours.
            return;
        }
    }
}
