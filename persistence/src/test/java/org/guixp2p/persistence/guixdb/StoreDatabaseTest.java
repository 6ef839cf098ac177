// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.persistence.guixdb;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.narinfo.Narinfo;
import org.guixp2p.protocol.testing.ChildJvm;
import org.guixp2p.protocol.testing.Fixtures;
import org.guixp2p.protocol.testing.StoreDatabaseWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Real databases, with somebody writing them meanwhile. */
@Timeout(60)
class StoreDatabaseTest {
    @TempDir
    private Path directory;

    @TempDir
    private Path elsewhere;

    private static class Seen implements StoreDatabase.Visitor {
        private final List<ValidItem> items = new ArrayList<>();
        private final List<Long> strange = new ArrayList<>();

        @Override
        public void item(ValidItem item) {
            items.add(item);
        }

        @Override
        public void strange(long id) {
            strange.add(id);
        }
    }

    private Path file() {
        return directory.resolve("db.sqlite");
    }

    private Seen scan() throws IOException {
        return new StoreDatabase(file()).scan(Seen::new);
    }

    private static StorePath path(int i) {
        return new StorePath(hash(i).base32().substring(0, StorePath.HASH_LENGTH) + "-item-" + i);
    }

    private static NarHash hash(int i) {
        return new NarHash(Sha256.hash(("item " + i).getBytes(US_ASCII)));
    }

    private Set<String> names() throws IOException {
        try (Stream<Path> all = Files.list(directory)) {
            return all.map(path -> path.getFileName().toString()).collect(Collectors.toSet());
        }
    }

    private static String refusal(StoreDatabase database) {
        StoreDatabaseException refused = assertThrows(StoreDatabaseException.class, () -> database.scan(Seen::new));
        assertFalse(refused.isPassing());
        return String.valueOf(refused.getMessage());
    }

    @Test
    void whatARealGuixRegisteredIsRead() throws Exception {
        Fixtures.copyDatabase(directory);
        Seen seen = scan();
        assertEquals(27, new StoreDatabase(file()).count());
        assertEquals(27, seen.items.size());
        assertEquals(List.of(), seen.strange);
        List<String> published = Fixtures.list("narinfo").stream().filter(name -> !name.contains("official")).toList();
        for (String name : published) {
            Narinfo narinfo = Narinfo.parse(Fixtures.bytes(name));
            ValidItem item = seen.items.stream().filter(one -> one.path().equals(narinfo.path())).findFirst()
                    .orElseThrow();
            assertEquals(narinfo.narHash(), item.hash());
            assertEquals(narinfo.narSize(), Optional.of(item.size()));
        }
        ValidItem last = seen.items.getLast();
        assertEquals(new ValidItem(27, StorePath.parse("/gnu/store/y0h4g6321gwygvwv47kr4bc8y0lf49fs-hello-2.12.1"),
                NarHash.parse("sha256:293fb71d22263b8479250eba0c71e1679f5c6419b45b70b8789f700f2516aef9"),
                new NarSize(127_536), 1_795_164_789), last);
        assertEquals(List.of(last, seen.items.getFirst()), new StoreDatabase(file()).find(27, 28, 1));
        assertEquals(Optional.of(last), new StoreDatabase(file()).find(last.path()));
        StorePath missing = new StorePath(last.path().hashPart() + "-missing");
        ValidItem first = seen.items.getFirst();
        assertEquals(Map.of(last.path(), last, first.path(), first),
                new StoreDatabase(file()).find(List.of(first.path(), missing, last.path())));
        assertEquals(Optional.empty(),
                new StoreDatabase(file()).find(new StorePath(last.path().hashPart() + "-hello")));
    }

    /** Nobody has it open: SQLite would make files beside it, which the daemon could not write if they were this user's. */
    @Test
    void nothingIsMadeBesideADatabaseThatIsAtRest() throws Exception {
        try (StoreDatabaseWriter daemon = new StoreDatabaseWriter(file())) {
            daemon.register(path(1), hash(1), 1000, 5);
        }
        assertEquals(Set.of("db.sqlite"), names());
        StoreDatabase database = new StoreDatabase(file());
        StoreDatabase.Look before = database.look();
        assertEquals(List.of(new ValidItem(1, path(1), hash(1), new NarSize(1000), 5)), scan().items);
        assertEquals(Set.of("db.sqlite"), names());
        assertEquals(before, database.look());
    }

    @Test
    void aDaemonThatWritesIsSeenAtOnceAndNotHeldUp() throws Exception {
        try (StoreDatabaseWriter daemon = new StoreDatabaseWriter(file())) {
            daemon.execute("PRAGMA busy_timeout = 0");
            daemon.register(path(1), hash(1), 1000, 5);
            daemon.register(path(2), hash(2), 2000, 6);
            Set<String> files = names();
            Seen seen = new StoreDatabase(file()).scan(() -> new Seen() {
                @Override
                public void item(ValidItem item) {
                    super.item(item);
                    try {
                        daemon.register(path(100 + (int) item.id()), hash(3), 3000, 7);
                        daemon.execute("PRAGMA wal_checkpoint(PASSIVE)");
                    } catch (SQLException e) {
                        throw new IllegalStateException(e);
                    }
                }
            });
            assertEquals(List.of(1L, 2L), seen.items.stream().map(ValidItem::id).toList(),
                    "as it was at the beginning");
            assertEquals(List.of(1L, 2L, 3L, 4L), scan().items.stream().map(ValidItem::id).toList());
            assertEquals(files, names());
        }
        // Whoever closes it last folds the log in, which a reader that stays would keep it from.
        assertEquals(Set.of("db.sqlite"), names());
        assertEquals(4, scan().items.size());
    }

    /**
     * Each change of the daemon's is of two items, so that a half would be odd. It is a process of its own: in one SQLite
     * shares much.
     */
    @Test
    void whatIsReadIsOfOneMoment() throws Exception {
        Path stop = elsewhere.resolve("stop");
        CompletableFuture<ChildJvm.Result> daemon = CompletableFuture.supplyAsync(() -> {
            try {
                return new ChildJvm().run(WritingDaemonMain.class, file().toString(), stop.toString());
            } catch (IOException | InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        int read = 0;
        try {
            int items = 0;
            while ((read < 200 || items < 100) && !daemon.isDone()) {
                try {
                    Seen seen = scan();
                    assertEquals(0, seen.items.size() % 2, "half a transaction");
                    assertEquals(List.of(), seen.strange);
                    items = seen.items.size();
                    read++;
                } catch (StoreDatabaseException e) {
                    assertTrue(e.isPassing() || read == 0, () -> String.valueOf(e));
                }
            }
        } finally {
            Files.createFile(stop);
        }
        ChildJvm.Result ended = daemon.join();
        assertEquals(0, ended.exit(), ended::output);
        assertEquals(100, scan().items.size());
        assertTrue(read >= 200);
        assertEquals(Set.of("db.sqlite"), names(), "the last to close it could fold all in");
    }

    /** Nobody has it open, and then somebody comes: without a lock nothing but the files tells. */
    @Test
    void whatIsWrittenWhileItIsReadAtRestHasItReadAgain() throws Exception {
        try (StoreDatabaseWriter daemon = new StoreDatabaseWriter(file())) {
            daemon.register(path(1), hash(1), 1000, 5);
        }
        AtomicInteger tries = new AtomicInteger();
        Seen seen = new StoreDatabase(file()).scan(() -> new Seen() {
            private final int number = tries.incrementAndGet();

            @Override
            public void item(ValidItem item) {
                super.item(item);
                if (number == 1) {
                    try (StoreDatabaseWriter daemon = new StoreDatabaseWriter(file())) {
                        daemon.register(path(2), hash(2), 2000, 5);
                    } catch (SQLException e) {
                        throw new IllegalStateException(e);
                    }
                }
            }
        });
        assertEquals(2, tries.get());
        assertEquals(List.of(path(1), path(2)), seen.items.stream().map(ValidItem::path).toList());
    }

    @Test
    void aChangeIsSeenFromOutside() throws Exception {
        StoreDatabase database = new StoreDatabase(file());
        StoreDatabase.Look none = database.look();
        try (StoreDatabaseWriter daemon = new StoreDatabaseWriter(file())) {
            daemon.register(path(1), hash(1), 1000, 5);
            StoreDatabase.Look one = database.look();
            assertNotEquals(none, one);
            scan();
            assertEquals(one, database.look(), "who reads changes nothing");
            daemon.register(path(2), hash(2), 1000, 5);
            assertNotEquals(one, database.look());
        }
    }

    /** Its log and the index of that are there, and whoever opens it recovers them. */
    @Test
    void aDatabaseWhoseDaemonDiedIsRead() throws Exception {
        Path other = Files.createDirectory(directory.resolve("running"));
        try (StoreDatabaseWriter daemon = new StoreDatabaseWriter(other.resolve("db.sqlite"))) {
            daemon.register(path(1), hash(1), 1000, 5);
            for (String name : List.of("db.sqlite", "db.sqlite-wal", "db.sqlite-shm")) {
                Files.copy(other.resolve(name), directory.resolve(name));
            }
        }
        Set<String> files = names();
        assertEquals(List.of(path(1)), scan().items.stream().map(ValidItem::path).toList());
        assertEquals(files, names());
        // Without the index nobody knows what of the log counts, and to make it is for the daemon.
        Files.delete(directory.resolve("db.sqlite-shm"));
        StoreDatabaseException later = assertThrows(StoreDatabaseException.class, this::scan);
        assertTrue(later.isPassing());
        assertEquals(file() + " was left in the middle of a change; the next to write mends that", later.getMessage());
    }

    @Test
    void rowsThatAreNoneOfGuixsArePassedOver() throws Exception {
        try (StoreDatabaseWriter daemon = new StoreDatabaseWriter(file())) {
            String good = "sha256:" + hash(1).digest().hex();
            daemon.registerRaw(path(1).path(), hash(1).toString(), 1000, 5);
            daemon.registerRaw("/gnu/store/../../etc/shadow", good, 1000, 5);
            daemon.registerRaw("/gnu/store/" + "x".repeat(50_000), good, 1000, 5);
            daemon.registerRaw(path(2).path().getBytes(US_ASCII), good, 1000, 5);
            daemon.registerRaw(path(3).path(), "sha1:" + "0".repeat(40), 1000, 5);
            daemon.registerRaw(path(4).path(), 7, 1000, 5);
            daemon.registerRaw(path(5).path(), good, null, 5);
            daemon.registerRaw(path(6).path(), good, -1, 5);
            daemon.registerRaw(path(7).path(), good, "many", 5);
            daemon.registerRaw(path(8).path(), good, Long.MAX_VALUE, 5);
            daemon.registerRaw(path(9).path(), good, 1000, "never");
            Seen seen = scan();
            assertEquals(List.of(path(1), path(9)), seen.items.stream().map(ValidItem::path).toList());
            assertEquals(List.of(2L, 3L, 4L, 5L, 6L, 7L, 8L, 9L, 10L), seen.strange);
            assertEquals(hash(1), seen.items.getFirst().hash());
        }
    }

    @Test
    void anythingElseIsRefusedInWords() throws Exception {
        StoreDatabase database = new StoreDatabase(file());
        assertEquals("there is no store database " + file(), refusal(database));
        Files.writeString(file(), "not a database, but long enough to have a header of one hundred bytes".repeat(3));
        assertEquals(file() + " is no SQLite database", refusal(database));
        Files.delete(file());
        Files.createDirectory(file());
        assertEquals(file() + " is no file", refusal(database));
        Files.delete(file());
        try (StoreDatabaseWriter other = new StoreDatabaseWriter(file())) {
            other.execute("ALTER TABLE ValidPaths RENAME COLUMN hash TO digest");
        }
        assertEquals(file() + " is of a Guix that this program does not know: ValidPaths has other columns",
                refusal(database));
        try (StoreDatabaseWriter other = new StoreDatabaseWriter(file())) {
            other.execute("DROP TABLE ValidPaths");
            other.execute("""
                    CREATE VIEW ValidPaths AS WITH RECURSIVE n(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n)
                    SELECT id, 'x' AS path, 'y' AS hash, 1 AS registrationTime, 1 AS narSize FROM n""");
        }
        assertEquals(file() + " is not Guix's: it has no table ValidPaths", refusal(database));
        assertEquals(refusal(new StoreDatabase(directory.resolve("a?b#c%20"))),
                "there is no store database " + directory.resolve("a?b#c%20"));
    }

    @Test
    void aDamagedDatabaseIsRefused() throws Exception {
        try (StoreDatabaseWriter daemon = new StoreDatabaseWriter(file())) {
            daemon.begin();
            for (int i = 0; i < 1000; i++) {
                daemon.register(path(i), hash(i), 1000, 5);
            }
            daemon.commit();
        }
        try (RandomAccessFile damaged = new RandomAccessFile(file().toFile(), "rw")) {
            damaged.seek(3 * 4096);
            damaged.write(new byte[20 * 4096]);
        }
        String why = refusal(new StoreDatabase(file()));
        assertTrue(why.startsWith(file() + " cannot be read: ") && why.contains("CORRUPT"), why);
    }

    @Test
    void anUnusualNameIsRead() throws Exception {
        Path odd = Files.createDirectory(directory.resolve("a?b#c%20 d")).resolve("db.sqlite");
        Files.copy(Fixtures.copyDatabase(directory), odd);
        assertEquals(27, new StoreDatabase(odd).scan(Seen::new).items.size());
    }
}
