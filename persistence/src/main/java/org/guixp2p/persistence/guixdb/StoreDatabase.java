// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.persistence.guixdb;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.guixp2p.persistence.NativeSqlite;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.item.StorePath;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteConnection;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;
import org.sqlite.SQLiteLimits;
import org.sqlite.SQLiteOpenMode;

/**
 * Guix's store database, read beside the daemon that writes it ({@code nix/libstore/local-store.cc}, {@code schema.sql}).
 *
 * <p>It is open only while it is read, for some tenths of a second: a reader that stays keeps the daemon from folding its log
 * into the main file when it closes. While somebody has it open in WAL mode, it is read through the log and its index, which is
 * opened read-only and thus never made. Else everything is in the main file, which is read without a lock or anything beside
 * it, as SQLite could not make that where this node's user may not write; whether somebody wrote meanwhile is told by the
 * files, and then it is read again.
 *
 * <p>What it says is not trusted: a row that is none of Guix's is passed over. Blocks; safe for several threads.
 */
public final class StoreDatabase {
    /** Nothing that is read here is longer; what is, is not brought into memory. */
    private static final int MOST_VALUE_BYTES = 64 << 10;
    private static final int TRIES = 3;
    private static final int BUSY_MILLIS = 1_000;
    /** Values of other types, or longer than they can be, come as NULL. */
    private static final String COLUMNS = """
            SELECT id,
              CASE WHEN typeof(path) = 'text' AND length(CAST(path AS BLOB)) < 300 THEN path END,
              CASE WHEN typeof(hash) = 'text' AND length(CAST(hash AS BLOB)) < 100 THEN hash END,
              CASE WHEN typeof(narSize) = 'integer' THEN narSize END,
              CASE WHEN typeof(registrationTime) = 'integer' THEN registrationTime END
            FROM ValidPaths""";

    private final DatabaseFiles files;

    /** Takes what is read; restarted when the reading is. */
    @FunctionalInterface
    public interface Visitor {
        /** An item, in the order of their ids. */
        void item(ValidItem item);

        /** A row that makes no sense, or without the size of its NAR. */
        default void strange(long id) {}
    }

    /** What the database looked like from outside: as long as that is the same, nobody has written. */
    public static final class Look {
        private final DatabaseFiles.State state;

        private Look(DatabaseFiles.State state) {
            this.state = state;
        }

        /**
         * Whether it was written within so many nanoseconds before {@code now}: file times are coarse, and more may follow
         * unseen.
         */
        public boolean isFresh(long now, long within) {
            return now - state.modified() < within;
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Look that && state.main().equals(that.state.main())
                    && state.pending().equals(that.state.pending());
        }

        @Override
        public int hashCode() {
            return state.main().hashCode();
        }
    }

    /**
     * A database that is opened when it is read.
     *
     * @param file which need not be there yet
     */
    public StoreDatabase(Path file) {
        this.files = new DatabaseFiles(file.toAbsolutePath());
    }

    /** The main file. */
    public Path file() {
        return files.main();
    }

    /** What it looks like now, without opening anything. */
    public Look look() throws IOException {
        return new Look(files.state());
    }

    /**
     * Reads all valid items, as they were at one moment.
     *
     * @param fresh a visitor for each try
     * @return the visitor that saw a try that succeeded
     * @throws StoreDatabaseException when it cannot be read
     */
    public <V extends Visitor> V scan(Supplier<V> fresh) throws IOException {
        return read(connection -> {
            V visitor = fresh.get();
            try (PreparedStatement all = connection.prepareStatement(COLUMNS + " ORDER BY id");
                    ResultSet rows = all.executeQuery()) {
                while (rows.next()) {
                    visit(rows, visitor);
                }
            }
            return visitor;
        });
    }

    /**
     * How many rows there are, which is about how many items.
     *
     * @throws StoreDatabaseException when it cannot be read
     */
    public long count() throws IOException {
        return read(connection -> {
            try (PreparedStatement all = connection.prepareStatement("SELECT count(*) FROM ValidPaths");
                    ResultSet count = all.executeQuery()) {
                return count.getLong(1);
            }
        });
    }

    /**
     * Those of the items with these ids that are still registered.
     *
     * @throws StoreDatabaseException when it cannot be read
     */
    public List<ValidItem> find(long... ids) throws IOException {
        return read(connection -> {
            List<ValidItem> found = new ArrayList<>();
            try (PreparedStatement one = connection.prepareStatement(COLUMNS + " WHERE id = ?")) {
                for (long id : ids) {
                    one.setLong(1, id);
                    try (ResultSet rows = one.executeQuery()) {
                        if (rows.next()) {
                            item(rows).ifPresent(found::add);
                        }
                    }
                }
            }
            return found;
        });
    }

    /**
     * The item with this path, if it is registered.
     *
     * @throws StoreDatabaseException when it cannot be read
     */
    public Optional<ValidItem> find(StorePath path) throws IOException {
        return Optional.ofNullable(find(List.of(path)).get(path));
    }

    /**
     * Those of the items with these paths that are registered. It is opened once for all.
     *
     * @throws StoreDatabaseException when it cannot be read
     */
    public Map<StorePath, ValidItem> find(Collection<StorePath> paths) throws IOException {
        return read(connection -> {
            Map<StorePath, ValidItem> found = new HashMap<>();
            try (PreparedStatement one = connection.prepareStatement(COLUMNS + " WHERE path = ?")) {
                for (StorePath path : paths) {
                    one.setString(1, path.path());
                    try (ResultSet rows = one.executeQuery()) {
                        if (rows.next()) {
                            item(rows).ifPresent(item -> found.put(path, item));
                        }
                    }
                }
            }
            return found;
        });
    }

    private static void visit(ResultSet row, Visitor visitor) throws SQLException {
        Optional<ValidItem> item = item(row);
        if (item.isPresent()) {
            visitor.item(item.get());
        } else {
            visitor.strange(row.getLong(1));
        }
    }

    private static Optional<ValidItem> item(ResultSet row) throws SQLException {
        long id = row.getLong(1);
        String path = row.getString(2);
        String hash = row.getString(3);
        long size = row.getLong(4);
        long registered = row.getLong(5);
        if (path == null || hash == null || size < 1 || size > NarSize.MAX_BYTES) {
            return Optional.empty();
        }
        try {
            return Optional.of(
                    new ValidItem(id, StorePath.parse(path), NarHash.parse(hash), new NarSize(size), registered));
        } catch (FormatException e) {
            return Optional.empty();
        }
    }

    /** Reads something by a connection. */
    private interface Reading<T> {
        T read(Connection connection) throws SQLException;
    }

    private <T> T read(Reading<T> reading) throws IOException {
        for (int i = 1; i <= TRIES; i++) {
            DatabaseFiles.State before = readable();
            try {
                T result = before.isLive() ? live(reading) : still(reading);
                if (before.isLive() || before.equals(files.state())) {
                    return result;
                }
            } catch (SQLException e) {
                StoreDatabaseException failure = failure(e);
                // What somebody writes meanwhile looks damaged; so does what goes when the last one closes it.
                if (!failure.isPassing() && before.equals(files.state())) {
                    throw failure;
                }
                if (i == TRIES) {
                    throw new StoreDatabaseException(String.valueOf(failure.getMessage()), true, e);
                }
            } catch (NativeSqlite.NotLoadedException e) {
                throw new StoreDatabaseException(String.valueOf(e.getMessage()), false, e);
            }
        }
        throw new StoreDatabaseException(file() + " was written all the while", true, null);
    }

    private DatabaseFiles.State readable() throws IOException {
        if (!Files.exists(file())) {
            throw new StoreDatabaseException("there is no store database " + file(), false, null);
        }
        if (!Files.isRegularFile(file())) {
            throw new StoreDatabaseException(file() + " is no file", false, null);
        }
        Optional<Path> unreadable = files.unreadable();
        if (unreadable.isPresent()) {
            throw new StoreDatabaseException("the node's user may not read " + unreadable.get(), false, null);
        }
        DatabaseFiles.State state = files.state();
        if (!state.isLive() && !state.isWhole()) {
            throw new StoreDatabaseException(
                    file() + " was left in the middle of a change; the next to write mends that",
                    true, null);
        }
        return state;
    }

    private <T> T live(Reading<T> reading) throws SQLException, IOException {
        return open("mode=ro&readonly_shm=1", reading);
    }

    private <T> T still(Reading<T> reading) throws SQLException, IOException {
        return open("mode=ro&immutable=1", reading);
    }

    private <T> T open(String how, Reading<T> reading) throws SQLException, IOException {
        NativeSqlite.load();
        SQLiteConfig config = new SQLiteConfig();
        config.setReadOnly(true);
        config.setOpenMode(SQLiteOpenMode.OPEN_URI);
        config.setBusyTimeout(BUSY_MILLIS);
        String url = "jdbc:sqlite:file:" + file().toUri().getRawPath() + "?" + how;
        try (SQLiteConnection connection = (SQLiteConnection) config.createConnection(url)) {
            connection.setLimit(SQLiteLimits.SQLITE_LIMIT_LENGTH, MOST_VALUE_BYTES);
            try (Statement statement = connection.createStatement()) {
                statement.execute("PRAGMA trusted_schema = OFF");
                statement.execute("PRAGMA cell_size_check = ON");
            }
            refuseForeign(connection);
            return reading.read(connection);
        }
    }

    /** A view of that name could be anything, and without end. */
    private void refuseForeign(Connection connection) throws SQLException, IOException {
        try (PreparedStatement kind = connection.prepareStatement(
                "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'ValidPaths' AND sql NOT LIKE 'CREATE VIRTUAL%'");
                ResultSet table = kind.executeQuery()) {
            if (!table.next()) {
                throw new StoreDatabaseException(file() + " is not Guix's: it has no table ValidPaths", false, null);
            }
        }
        try (PreparedStatement columns = connection.prepareStatement("""
                SELECT count(*) FROM pragma_table_info('ValidPaths')
                WHERE name IN ('path', 'hash', 'registrationTime', 'narSize') OR (name = 'id' AND pk = 1)""");
                ResultSet count = columns.executeQuery()) {
            if (!count.next() || count.getInt(1) != 5) {
                throw new StoreDatabaseException(
                        file() + " is of a Guix that this program does not know: ValidPaths has"
                                + " other columns",
                        false, null);
            }
        }
    }

    private StoreDatabaseException failure(SQLException e) {
        SQLiteErrorCode code = e instanceof SQLiteException known
                ? known.getResultCode()
                : SQLiteErrorCode.UNKNOWN_ERROR;
        return switch (code) {
            case SQLITE_BUSY, SQLITE_BUSY_RECOVERY, SQLITE_BUSY_SNAPSHOT, SQLITE_BUSY_TIMEOUT, SQLITE_LOCKED,
                    SQLITE_READONLY_CANTINIT, SQLITE_READONLY_RECOVERY, SQLITE_CANTOPEN, SQLITE_PROTOCOL ->
                new StoreDatabaseException(file() + " cannot be read for now: " + e.getMessage(), true, e);
            case SQLITE_NOTADB -> new StoreDatabaseException(file() + " is no SQLite database", false, e);
            default -> new StoreDatabaseException(file() + " cannot be read: " + e.getMessage(), false, e);
        };
    }
}
