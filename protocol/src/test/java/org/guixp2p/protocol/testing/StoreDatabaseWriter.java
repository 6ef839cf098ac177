// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.testing;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.StorePath;
import org.jspecify.annotations.Nullable;

/**
 * Writes a store database as {@code guix-daemon} does ({@code nix/libstore/local-store.cc}): its schema, in WAL mode, one
 * transaction for each change unless one is begun. Stays open like a worker of the daemon, and closes like its last one.
 */
public final class StoreDatabaseWriter implements AutoCloseable {
    private static final String[] SCHEMA = {"""
            CREATE TABLE IF NOT EXISTS ValidPaths (
                id               integer primary key autoincrement not null,
                path             text unique not null,
                hash             text not null,
                registrationTime integer not null,
                deriver          text,
                narSize          integer
            )""", """
            CREATE TABLE IF NOT EXISTS Refs (
                referrer  integer not null,
                reference integer not null,
                primary key (referrer, reference),
                foreign key (referrer) references ValidPaths(id) on delete cascade,
                foreign key (reference) references ValidPaths(id) on delete restrict
            )"""};

    private final Connection connection;

    /** Opens {@code file}, or makes it. */
    public StoreDatabaseWriter(Path file) throws SQLException {
        boolean fresh = !Files.exists(file);
        connection = DriverManager.getConnection("jdbc:sqlite:" + file);
        execute("PRAGMA journal_mode = wal");
        execute("PRAGMA wal_autocheckpoint = 40000");
        if (fresh) {
            for (String statement : SCHEMA) {
                execute(statement);
            }
        }
    }

    /** Runs any statement. */
    public void execute(String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    /** Begins a transaction, which lasts until {@link #commit}. */
    public void begin() throws SQLException {
        connection.setAutoCommit(false);
    }

    /** Ends a transaction. */
    public void commit() throws SQLException {
        connection.commit();
        connection.setAutoCommit(true);
    }

    /** Registers an item, with its hash in hexadecimal as the daemon writes it. */
    public void register(StorePath path, NarHash hash, long size, long time) throws SQLException {
        registerRaw(path.path(), "sha256:" + hash.digest().hex(), size, time);
    }

    /** Registers whatever it is given. */
    public void registerRaw(Object path, Object hash, @Nullable Object size, Object time) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement(
                "INSERT INTO ValidPaths (path, hash, narSize, registrationTime) VALUES (?, ?, ?, ?)")) {
            insert.setObject(1, path);
            insert.setObject(2, hash);
            insert.setObject(3, size);
            insert.setObject(4, time);
            insert.executeUpdate();
        }
    }

    /** Forgets an item, as when it is collected. */
    public void invalidate(StorePath path) throws SQLException {
        try (PreparedStatement delete = connection.prepareStatement("DELETE FROM ValidPaths WHERE path = ?")) {
            delete.setString(1, path.path());
            delete.executeUpdate();
        }
    }

    @Override
    public void close() throws SQLException {
        connection.close();
    }
}
