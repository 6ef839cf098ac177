// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.dht;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.InstantSource;
import org.guixp2p.persistence.AtomicFiles;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The number of this node's newest record: the time in seconds since 1970, and never one that was given before, whatever became of the
 * clock. Kept in {@code record}, beside what is known of the DHT. Blocks; for one thread at a time.
 */
final class RecordNumber {
    private static final Logger LOG = LoggerFactory.getLogger(RecordNumber.class);
    private static final int MAX_BYTES = 20;

    private final Path file;
    private final InstantSource clock;
    private long last;

    /**
     * @param directory is made when there is something to keep
     * @param clock of what is remembered across restarts
     */
    RecordNumber(Path directory, InstantSource clock) {
        this.file = directory.resolve("record");
        this.clock = clock;
        this.last = read();
    }

    private long read() {
        if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
            return 0;
        }
        try (InputStream content = Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS)) {
            long number = Long.parseLong(new String(content.readNBytes(MAX_BYTES), StandardCharsets.US_ASCII).strip());
            return Math.max(0, number);
        } catch (IOException | NumberFormatException e) {
            // Others tell when they keep a newer one.
            LOG.warn("{} cannot be read, and the clock is believed: {}", file, e.getMessage());
            return 0;
        }
    }

    /**
     * Somebody keeps a record of this node with that number: the next is higher.
     *
     * @return whether the last one was not
     */
    boolean atLeast(long number) {
        boolean higher = number > last;
        last = Math.max(last, number);
        return higher;
    }

    /** The next one, which is kept before anybody sees it. */
    long next() {
        // There is none after the highest; nobody gets there but who signed it himself.
        last = Math.max(Math.max(0, clock.instant().getEpochSecond()), last == Long.MAX_VALUE ? last : last + 1);
        try {
            Files.createDirectories(file.resolveSibling("."));
            AtomicFiles.replace(file, (last + "\n").getBytes(StandardCharsets.US_ASCII));
        } catch (IOException e) {
            LOG.warn("{} could not be written: {}", file, e.getMessage());
        }
        return last;
    }
}
