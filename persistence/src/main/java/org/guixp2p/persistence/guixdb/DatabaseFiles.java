// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.persistence.guixdb;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.AccessMode;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A SQLite database and what lies beside it while somebody writes: {@code -wal} and {@code -shm} in WAL mode, {@code -journal}
 * else (sqlite.org/wal.html, sqlite.org/lockingv3.html).
 */
record DatabaseFiles(Path main) {
    /** Of a file that is not there. */
    private static final Stamp NONE = new Stamp(0, 0, 0, 0);

    /** What tells a file from what it was; nobody opens it for that, so that no lock of this process is lost. */
    record Stamp(long device, long inode, long size, long modified) {}

    /** What all of them looked like at a moment. */
    record State(Stamp main, Stamp wal, Stamp shm, Stamp journal) {
        State {
            // The index of the WAL changes with each reader.
            shm = new Stamp(shm.device, shm.inode, 0, 0);
        }

        /** Whether the daemon, or whoever else, has it open in WAL mode, or had when it died. */
        boolean isLive() {
            return !wal.equals(NONE) && shm.inode != 0;
        }

        /** Whether the main file alone holds everything. */
        boolean isWhole() {
            return wal.size == 0 && journal.size == 0;
        }

        /** What was written and is not in the main file; a log without anything comes and goes with whoever looks. */
        Stamp pending() {
            return wal.size == 0 ? NONE : wal;
        }

        /** When it was last written, as far as the files tell, in nanoseconds since 1970. */
        long modified() {
            return Math.max(main.modified, wal.modified);
        }
    }

    private Path beside(String ending) {
        return main.resolveSibling(main.getFileName() + ending);
    }

    State state() throws IOException {
        return new State(stamp(main), stamp(beside("-wal")), stamp(beside("-shm")), stamp(beside("-journal")));
    }

    /** One that is there and may not be read. */
    Optional<Path> unreadable() {
        return Stream.of(main, beside("-wal"), beside("-shm")).filter(DatabaseFiles::isForbidden).findFirst();
    }

    /** By one look: whoever closes the database last takes a log away between two. */
    private static boolean isForbidden(Path file) {
        try {
            file.getFileSystem().provider().checkAccess(file, AccessMode.READ);
            return false;
        } catch (AccessDeniedException e) {
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    private static Stamp stamp(Path file) throws IOException {
        try {
            Map<String, Object> of = Files.readAttributes(file, "unix:dev,ino,size,lastModifiedTime");
            FileTime modified = (FileTime) Objects.requireNonNull(of.get("lastModifiedTime"));
            return new Stamp(number(of, "dev"), number(of, "ino"), number(of, "size"),
                    modified.to(TimeUnit.NANOSECONDS));
        } catch (NoSuchFileException e) {
            return NONE;
        }
    }

    private static long number(Map<String, Object> attributes, String name) {
        return (Long) Objects.requireNonNull(attributes.get(name));
    }
}
