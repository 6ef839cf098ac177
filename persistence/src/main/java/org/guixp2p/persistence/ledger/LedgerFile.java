// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.persistence.ledger;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.guixp2p.persistence.NativeSqlite;
import org.guixp2p.protocol.hash.Sha256;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteErrorCode;

/**
 * The file of a {@link StoreLedger}: opens it, and sets it aside when it is damaged.
 *
 * @param file which need not be there yet
 * @param keys what decides who is public: with others, no verdict holds
 * @param servers who was asked: with others, no denial holds
 */
record LedgerFile(Path file, Sha256 keys, Sha256 servers) {
    private static final Logger LOG = LoggerFactory.getLogger(StoreLedger.class);
    private static final int VERSION = 1;
    private static final List<String> SCHEMA = List.of("""
            CREATE TABLE IF NOT EXISTS item (id INTEGER PRIMARY KEY, registered INTEGER NOT NULL, hash BLOB NOT NULL,
              gate INTEGER NOT NULL DEFAULT 0, until INTEGER NOT NULL DEFAULT 0, tree INTEGER NOT NULL DEFAULT 0)""",
            "CREATE TABLE IF NOT EXISTS manifest (id INTEGER PRIMARY KEY, hash BLOB NOT NULL, root BLOB NOT NULL,"
                    + " size INTEGER NOT NULL, blocks BLOB NOT NULL)",
            "CREATE TABLE IF NOT EXISTS about (name TEXT PRIMARY KEY, value BLOB NOT NULL)",
            "PRAGMA user_version = " + VERSION);
    /** SQLite's primary result codes (sqlite.org/rescode.html) that say that the file is at fault, or its schema. */
    private static final Set<Integer> DAMAGE = Stream
            .of(SQLiteErrorCode.SQLITE_ERROR, SQLiteErrorCode.SQLITE_CORRUPT, SQLiteErrorCode.SQLITE_SCHEMA,
                    SQLiteErrorCode.SQLITE_CONSTRAINT, SQLiteErrorCode.SQLITE_MISMATCH, SQLiteErrorCode.SQLITE_FORMAT,
                    SQLiteErrorCode.SQLITE_NOTADB)
            .map(code -> code.code).collect(Collectors.toUnmodifiableSet());
    private static final int BUSY_MILLIS = 1_000;

    /** What is written is not what this version writes. */
    static final class ForeignException extends SQLException {
        private static final long serialVersionUID = 1L;

        ForeignException(String message) {
            super(message);
        }
    }

    /**
     * Opens it, or begins one.
     *
     * @throws IOException when neither can be done for now
     */
    Connection open() throws IOException {
        NativeSqlite.load();
        try {
            return opened();
        } catch (SQLException e) {
            if (!isDamage(e)) {
                throw failure(e);
            }
            LOG.warn("what was found out about the store is lost, and will be found out again: {}", e.getMessage());
            setAside();
        }
        try {
            return opened();
        } catch (SQLException e) {
            throw failure(e);
        }
    }

    /** Whether the file is at fault, or its schema, and not the machine. */
    static boolean isDamage(SQLException e) {
        return e instanceof ForeignException || DAMAGE.contains(e.getErrorCode());
    }

    IOException failure(SQLException e) {
        return new IOException(file + ": " + e.getMessage(), e);
    }

    /** So that the next one begins anew. */
    void setAside() throws IOException {
        if (Files.exists(file)) {
            Files.move(file, file.resolveSibling(file.getFileName() + ".damaged"), StandardCopyOption.REPLACE_EXISTING);
        }
        for (String beside : List.of("-wal", "-shm")) {
            Files.deleteIfExists(file.resolveSibling(file.getFileName() + beside));
        }
    }

    private Connection opened() throws SQLException {
        SQLiteConfig config = new SQLiteConfig();
        config.setJournalMode(SQLiteConfig.JournalMode.WAL);
        config.setSynchronous(SQLiteConfig.SynchronousMode.NORMAL);
        config.setCacheSize(-512);
        config.setBusyTimeout(BUSY_MILLIS);
        Connection opening = config.createConnection("jdbc:sqlite:" + file);
        try {
            begin(opening);
            return opening;
        } catch (SQLException e) {
            opening.close();
            throw e;
        }
    }

    private void begin(Connection opening) throws SQLException {
        try (Statement statement = opening.createStatement()) {
            try (ResultSet version = statement.executeQuery("PRAGMA user_version")) {
                if (version.getInt(1) != 0 && version.getInt(1) != VERSION) {
                    throw new ForeignException("it was written by another version");
                }
            }
            for (String sql : SCHEMA) {
                statement.execute(sql);
            }
            opening.setAutoCommit(false);
            if (!isStill(opening, "keys", keys)) {
                statement.execute("UPDATE item SET gate = 0, until = 0");
            }
            if (!isStill(opening, "servers", servers)) {
                statement.execute("UPDATE item SET gate = 0, until = 0 WHERE gate <> " + Gate.PUBLIC.code());
            }
            opening.commit();
            opening.setAutoCommit(true);
        }
    }

    private static boolean isStill(Connection opening, String name, Sha256 value) throws SQLException {
        try (PreparedStatement before = opening.prepareStatement("SELECT value FROM about WHERE name = ?")) {
            before.setString(1, name);
            try (ResultSet rows = before.executeQuery()) {
                if (rows.next() && value.equals(digest(rows.getBytes(1)))) {
                    return true;
                }
            }
        }
        try (PreparedStatement now = opening
                .prepareStatement("INSERT OR REPLACE INTO about (name, value) VALUES (?, ?)")) {
            now.setString(1, name);
            now.setBytes(2, value.bytes());
            now.executeUpdate();
        }
        return false;
    }

    static Sha256 digest(byte[] bytes) throws SQLException {
        if (bytes.length != Sha256.BYTES) {
            throw new ForeignException("a hash of " + bytes.length + " bytes");
        }
        return Sha256.of(bytes);
    }

    @Override
    public String toString() {
        return file.toString();
    }
}
