// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.persistence.reputation;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.iq80.leveldb.DB;
import org.iq80.leveldb.DBException;
import org.iq80.leveldb.DBIterator;
import org.iq80.leveldb.Options;
import org.iq80.leveldb.ReadOptions;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The files of the journal and of its snapshots: {@code <state>/journal} and {@code <state>/snapshots}. Both are looked at
 * before Pekko opens them, since whatever a crash left there must not keep the node from starting.
 */
final class JournalFiles {
    static final String JOURNAL_PLUGIN = "guix-p2p.reputation.journal";
    static final String SNAPSHOT_PLUGIN = "guix-p2p.reputation.snapshots";
    private static final Logger LOG = LoggerFactory.getLogger(JournalFiles.class);

    private final Path journal;
    private final Path damaged;
    private final Path unreadable;
    private final Path snapshots;
    private final Path damagedSnapshots;
    private final Engine engine;

    JournalFiles(Path stateDirectory, Engine engine) {
        this.journal = stateDirectory.resolve("journal");
        this.damaged = stateDirectory.resolve("journal.damaged");
        this.unreadable = stateDirectory.resolve("journal.unreadable");
        this.snapshots = stateDirectory.resolve("snapshots");
        this.damagedSnapshots = stateDirectory.resolve("snapshots.damaged");
        this.engine = engine;
    }

    /** What Pekko's plugins are told besides {@code reference.conf}. */
    Config config() {
        return ConfigFactory.parseMap(Map.of(JOURNAL_PLUGIN + ".dir", journal.toString(), JOURNAL_PLUGIN + ".native",
                engine == Engine.NATIVE, SNAPSHOT_PLUGIN + ".dir", snapshots.toString()));
    }

    /**
     * Makes the journal one that can be opened: repairs it, or else sets it aside and lets a new one begin.
     *
     * @throws IOException when the directories cannot be written
     */
    void prepare() throws IOException {
        if (Files.deleteIfExists(unreadable)) {
            setAside("it could not be read");
            move(snapshots, damagedSnapshots);
        }
        Files.createDirectories(snapshots);
        removeUnfinished();
        if (!Files.exists(journal)) {
            return;
        }
        try {
            read();
        } catch (IOException | RuntimeException e) {
            String reason = String.valueOf(e.getMessage());
            if (reason.contains("LOCK")) {
                throw new IOException("it is in use: " + reason, e);
            }
            mend(reason);
        }
    }

    /** Snapshots that were being written, or whose bytes never came to the disk: the one before them is whole. */
    private void removeUnfinished() throws IOException {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(snapshots)) {
            for (Path file : files) {
                if (file.toString().endsWith("tmp") || Files.size(file) == 0) {
                    Files.delete(file);
                    LOG.info("removed leftover {}", file.getFileName());
                }
            }
        }
    }

    private void mend(String reason) throws IOException {
        try {
            // LevelDB makes a new directory of whatever files are left; its port cannot.
            engine.factory().repair(journal.toFile(), options());
            read();
            LOG.warn("the journal of what is known of peers was damaged ({}) and is repaired; some of it may be lost",
                    reason);
        } catch (IOException | RuntimeException e) {
            setAside(reason);
        }
    }

    /** Reads all of it, checksums too. The journal is short: what snapshots hold is deleted from it. */
    private void read() throws IOException {
        try (DB db = engine.factory().open(journal.toFile(), options());
                DBIterator entries = db.iterator(new ReadOptions().verifyChecksums(true).fillCache(false))) {
            entries.seekToFirst();
            while (entries.hasNext()) {
                entries.next();
            }
        } catch (DBException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    private static Options options() {
        return new Options().createIfMissing(true);
    }

    private void setAside(String reason) throws IOException {
        move(journal, damaged);
        LOG.warn("the journal of what is known of peers is damaged ({}) and set aside as {}; a new one begins", reason,
                damaged);
    }

    /** Instead of what was set aside before. */
    private static void move(Path directory, Path aside) throws IOException {
        if (Files.exists(directory)) {
            delete(aside);
            Files.move(directory, aside, StandardCopyOption.ATOMIC_MOVE);
        }
    }

    private static void delete(Path directory) throws IOException {
        if (!Files.exists(directory)) {
            return;
        }
        List<Path> files;
        try (Stream<Path> walk = Files.walk(directory)) {
            files = walk.toList();
        }
        for (Path file : files.reversed()) {
            Files.delete(file);
        }
    }

    /** Pekko could not make sense of it while it had it open: the next start sets it aside. */
    void unreadable() {
        try {
            Files.createFile(unreadable);
        } catch (IOException e) {
            LOG.warn("{} cannot be made: {}", unreadable, e.getMessage());
        }
    }
}
