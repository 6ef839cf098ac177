// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.persistence.nar;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.NarSize;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What interrupted downloads left: at most one partial file a NAR, until somebody asks for the NAR again. Nothing is believed
 * of their content. Safe for several threads.
 */
final class Leftovers {
    /** Whoever still wants the NAR has asked again by then. */
    static final Duration LONGEST = Duration.ofDays(7);
    /** Room for three of Guix's largest NARs, of about 5 GiB. */
    static final long MOST_BYTES = 16L << 30;

    /** Ending of files with blocks that were verified one by one, and so can be again. */
    static final String RESUMABLE = ".resumable";

    private static final Logger LOG = LoggerFactory.getLogger(Leftovers.class);
    private static final Pattern NAME = Pattern.compile("([0-9a-z]{52})\\.[0-9]+" + Pattern.quote(RESUMABLE));

    private final InstantSource clock;
    private final Disk disk;
    private final Map<NarHash, Left> byHash = new HashMap<>();

    /** @param size the file's, holes and all, in bytes */
    private record Left(NarHash hash, Path file, long size, Instant since) {}

    Leftovers(InstantSource clock, Disk disk) {
        this.clock = clock;
        this.disk = disk;
    }

    /** Looks what a directory has at a start; what is of no use any more is removed. Directories in it are not ours. */
    synchronized void find(Path directory) throws IOException {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
            for (Path file : files) {
                if (Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS)) {
                    LOG.warn("{} is not ours and stays", file);
                } else {
                    found(file);
                }
            }
        }
        trim();
        byHash.values().forEach(left -> LOG.info("unfinished download {} stays to be resumed",
                left.file().getFileName()));
    }

    private void found(Path file) throws IOException {
        BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class,
                LinkOption.NOFOLLOW_LINKS);
        Optional<NarHash> hash = hashOf(file);
        if (hash.isEmpty() || !attributes.isRegularFile() || attributes.size() == 0) {
            remove(file, "it cannot be resumed");
        } else {
            add(new Left(hash.get(), file, attributes.size(), attributes.lastModifiedTime().toInstant()));
        }
    }

    private static Optional<NarHash> hashOf(Path file) {
        Matcher name = NAME.matcher(file.getFileName().toString());
        try {
            return name.matches() ? Optional.of(new NarHash(Sha256.parse(name.group(1)))) : Optional.empty();
        } catch (FormatException e) {
            return Optional.empty();
        }
    }

    /** Of several for one NAR the one that was at work last stays. */
    private void add(Left left) throws IOException {
        Left other = byHash.get(left.hash());
        if (other == null) {
            byHash.put(left.hash(), left);
            return;
        }
        boolean newer = other.since().isBefore(left.since());
        remove((newer ? other : left).file(), "there is a newer one");
        if (newer) {
            byHash.put(left.hash(), left);
        }
    }

    /** Removes what is too old; of the rest the newest stay that fit, and leave as much room free beside them. */
    private void trim() throws IOException {
        removeOld();
        // That bound will mostly do: how much is there exactly may take long to find out.
        if (byHash.values().stream().mapToLong(Left::size).sum() <= Math.min(MOST_BYTES, disk.free())) {
            return;
        }
        long room = Math.min(MOST_BYTES, disk.free() / 2 + bytes() / 2);
        for (Left left : byHash.values().stream().sorted(Comparator.comparing(Left::since).reversed()).toList()) {
            long there = disk.there(left.file());
            if (there > room) {
                byHash.remove(left.hash());
                remove(left.file(), "there is no room for it");
            } else {
                room -= there;
            }
        }
    }

    private void removeOld() throws IOException {
        Instant oldest = clock.instant().minus(LONGEST);
        for (Left left : List.copyOf(byHash.values())) {
            if (left.since().isBefore(oldest)) {
                byHash.remove(left.hash());
                remove(left.file(), "it is older than " + LONGEST.toDays() + " days");
            }
        }
    }

    /** How much room all take together, which is free once they are removed. */
    synchronized long bytes() {
        return byHash.values().stream().mapToLong(left -> disk.there(left.file())).sum();
    }

    /**
     * Removes what is here, the oldest first, until so many bytes are free.
     *
     * @return whether anything was removed
     */
    synchronized boolean makeRoom(long bytes) throws IOException {
        boolean removed = false;
        while (!byHash.isEmpty() && disk.free() < bytes) {
            Left oldest = Collections.min(byHash.values(), Comparator.comparing(Left::since));
            byHash.remove(oldest.hash());
            remove(oldest.file(), "the disk is full");
            removed = true;
        }
        return removed;
    }

    private static void remove(Path file, String reason) throws IOException {
        Files.deleteIfExists(file);
        LOG.info("removed unfinished download {}: {}", file.getFileName(), reason);
    }

    /**
     * What was left of a NAR, for the caller alone from now on. A file that is larger than the NAR is not of it.
     *
     * @param room where it is written on
     */
    synchronized Optional<PartialNar> take(NarHash hash, NarSize size, DiskRoom room) {
        Left left = byHash.remove(hash);
        if (left == null) {
            return Optional.empty();
        }
        try {
            if (left.size() <= size.bytes()) {
                return Optional.of(PartialNar.reopen(left.file(), size, room));
            }
            remove(left.file(), "it is larger than the NAR");
        } catch (IOException e) {
            LOG.warn("unfinished download {}: {}", left.file(), e.toString());
        }
        return Optional.empty();
    }

    /** Leaves a file, closed by now, for whoever asks next. */
    synchronized void leave(NarHash hash, Path file) throws IOException {
        add(new Left(hash, file, Files.size(file), clock.instant()));
        trim();
    }

    /** Nothing came of what was begun with a file, closed by now: it is left as before, and as old as what was last written. */
    synchronized void putBack(NarHash hash, Path file) throws IOException {
        add(new Left(hash, file, Files.size(file), Files.getLastModifiedTime(file).toInstant()));
    }

    /** The NAR is there: nothing of it needs to be resumed. */
    synchronized void forget(NarHash hash) throws IOException {
        Left left = byHash.remove(hash);
        if (left != null) {
            remove(left.file(), "the NAR was fetched meanwhile");
        }
    }
}
