// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.bench;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.guixp2p.harness.tree.RandomTree;
import org.guixp2p.harness.world.TreeItem;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.StorePath;

/**
 * A store of many items, as Guix's database tells of it ({@code nix/libstore/schema.sql}): the first few of them are there, of the
 * others there is nothing but the row.
 *
 * @param root below which it lies
 * @param real those that are there
 */
record GeneratedStore(Path root, List<TreeItem> real) {
    /** How many are there, where there are so many. */
    static final int REAL = 8;
    /** Of each that is there: reading one would not go unseen. */
    static final long REAL_BYTES = 8L << 20;
    /** What a row takes in the database, with its indexes and references; about. */
    static final long BYTES_PER_ITEM = 1024;

    private static final int REFERENCES = 3;
    private static final long BEGIN = 1_600_000_000;
    private static final String[] SCHEMA = {"""
            create table ValidPaths (
                id               integer primary key autoincrement not null,
                path             text unique not null,
                hash             text not null,
                registrationTime integer not null,
                deriver          text,
                narSize          integer
            )""", """
            create table Refs (
                referrer  integer not null,
                reference integer not null,
                primary key (referrer, reference),
                foreign key (referrer) references ValidPaths(id) on delete cascade,
                foreign key (reference) references ValidPaths(id) on delete restrict
            )""", "create index IndexReferrer on Refs(referrer)", "create index IndexReference on Refs(reference)"};

    GeneratedStore {
        real = List.copyOf(real);
    }

    private record Row(StorePath path, NarHash hash, long size) {}

    /**
     * Makes it below {@code root}, a new directory.
     *
     * @throws InterruptedException when this thread is told to stop; what was made stays
     */
    static GeneratedStore make(Path root, int items, long seed) throws IOException, InterruptedException {
        Path store = TreeItem.storeBelow(root);
        List<TreeItem> real = new ArrayList<>();
        for (int i = 0; i < Math.min(items, REAL); i++) {
            Path tree = store.resolve("unnamed");
            real.add(TreeItem.named(tree, store, "real-" + i, RandomTree.make(tree, REAL_BYTES, seed + i),
                    "random bytes"));
        }
        GeneratedStore made = new GeneratedStore(root, real);
        Files.createDirectories(made.database().getParent());
        made.write(items);
        return made;
    }

    /** Guix's database. */
    Path database() {
        return root.resolve("var/guix/db/db.sqlite");
    }

    private void write(int items) throws IOException {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + database());
                Statement statement = connection.createStatement()) {
            statement.execute("PRAGMA journal_mode = wal");
            for (String each : SCHEMA) {
                statement.execute(each);
            }
            connection.setAutoCommit(false);
            try (PreparedStatement item = connection.prepareStatement("insert into ValidPaths"
                    + " (id, path, hash, registrationTime, deriver, narSize) values (?, ?, ?, ?, ?, ?)");
                    PreparedStatement reference = connection.prepareStatement("insert into Refs values (?, ?)")) {
                for (int id = 1; id <= items; id++) {
                    insert(id, item);
                    refer(id, reference);
                }
            }
            connection.commit();
        } catch (SQLException e) {
            throw new IOException("a store database cannot be written: " + e.getMessage(), e);
        }
    }

    private void insert(int id, PreparedStatement statement) throws SQLException {
        Row row = row(id);
        statement.setInt(1, id);
        statement.setString(2, row.path().path());
        statement.setString(3, "sha256:" + row.hash().digest().hex());
        statement.setLong(4, BEGIN + id);
        statement.setString(5, row.path().path() + ".drv");
        statement.setLong(6, row.size());
        statement.executeUpdate();
    }

    private static void refer(int id, PreparedStatement statement) throws SQLException {
        for (int other = Math.max(1, id - REFERENCES + 1); other <= id; other++) {
            statement.setInt(1, id);
            statement.setInt(2, other);
            statement.executeUpdate();
        }
    }

    private Row row(int id) {
        if (id <= real.size()) {
            TreeItem item = real.get(id - 1);
            return new Row(item.path(), item.nar().hash(), item.nar().size().bytes());
        }
        Sha256 hash = Sha256.hash(("item " + id).getBytes(US_ASCII));
        StorePath path = new StorePath(
                hash.base32().substring(0, StorePath.HASH_LENGTH) + "-package-of-some-length-" + id + ".1.2");
        return new Row(path, new NarHash(hash), 8L * id);
    }
}
