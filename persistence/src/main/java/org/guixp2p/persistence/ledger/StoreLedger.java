// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.persistence.ledger;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Optional;
import java.util.function.ToIntFunction;
import java.util.stream.Stream;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.swarm.BlockLayout;
import org.guixp2p.protocol.swarm.Manifest;
import org.jspecify.annotations.Nullable;

/**
 * Verdicts on store items, in one SQLite database, {@code store.sqlite}: a hundred thousand files would not do. All of it can
 * be found out again, so one that is damaged is set aside, and a power cut may cost the last entries. What may pass is no damage:
 * a full disk, a lock, a file that may not be read. Then everything fails until {@link #open} succeeds, which is tried
 * before each writing, too. Blocks; safe for several threads.
 */
public final class StoreLedger implements AutoCloseable {
    private final LedgerFile file;
    private @Nullable Connection connection;
    private boolean closed;

    /** Takes what is known of an item. */
    public interface Visitor {
        /**
         * What is known of one.
         *
         * @param until when the gate's verdict is to be found out again, in seconds since 1970
         */
        void item(Registration item, Gate gate, long until, Tree tree);
    }

    /** Whether an item is public, and how long that is to be taken for granted, in seconds since 1970. */
    public record Verdict(Registration item, Gate gate, long until) {}

    /**
     * The ledger below {@code stateDirectory}, which is yet to be {@link #open opened}. Does not block.
     *
     * @param keys what decides who is public: with others, no verdict holds
     * @param servers who was asked: with others, no denial holds
     */
    public StoreLedger(Path stateDirectory, Sha256 keys, Sha256 servers) {
        this.file = new LedgerFile(stateDirectory.resolve("store.sqlite"), keys, servers);
    }

    /**
     * Opens it, or begins one, unless it is open.
     *
     * @throws IOException when neither can be done for now
     */
    public synchronized void open() throws IOException {
        if (closed) {
            throw new IOException(file + " is closed");
        }
        if (connection == null) {
            connection = file.open();
        }
    }

    private interface Work<T> {
        T run(Connection connection) throws SQLException;
    }

    /** What is damaged begins anew. */
    private synchronized <T> T locked(Work<T> work) throws IOException {
        if (connection == null) {
            throw new IOException(file + " is not open");
        }
        try {
            return work.run(connection);
        } catch (SQLException e) {
            if (LedgerFile.isDamage(e)) {
                shut();
                file.setAside();
            }
            throw file.failure(e);
        }
    }

    /** All of it or nothing; what was set aside begins anew with this. */
    private synchronized void changed(Work<?> work) throws IOException {
        if (closed) {
            // The node ends: what comes too late can be found out again.
            return;
        }
        open();
        locked(connection -> {
            try (Statement transaction = connection.createStatement()) {
                transaction.execute("BEGIN");
                try {
                    work.run(connection);
                    transaction.execute("COMMIT");
                } catch (SQLException | RuntimeException e) {
                    undo(transaction, e);
                    throw e;
                }
            }
            return true;
        });
    }

    private static void undo(Statement transaction, Exception why) {
        try {
            transaction.execute("ROLLBACK");
        } catch (SQLException e) {
            // SQLite has done so itself, on a full disk say: what is to be said is why.
            why.addSuppressed(e);
        }
    }

    /**
     * All that is known, in the order of ids.
     *
     * @throws IOException when it cannot be read; when it is damaged, it begins anew at the next {@link #open}
     */
    public void forEach(Visitor visitor) throws IOException {
        locked(connection -> {
            try (Statement all = connection.createStatement();
                    ResultSet rows = all
                            .executeQuery("SELECT id, registered, hash, gate, until, tree FROM item ORDER BY id")) {
                while (rows.next()) {
                    Registration item = new Registration(rows.getLong(1), rows.getLong(2),
                            new NarHash(LedgerFile.digest(rows.getBytes(3))));
                    visitor.item(item, value(Gate.values(), Gate::code, rows.getInt(4)), rows.getLong(5),
                            value(Tree.values(), Tree::code, rows.getInt(6)));
                }
            }
            return true;
        });
    }

    private static <E> E value(E[] values, ToIntFunction<E> code, int wanted) throws SQLException {
        return Stream.of(values).filter(value -> code.applyAsInt(value) == wanted).findFirst()
                .orElseThrow(() -> new LedgerFile.ForeignException("no verdict " + wanted));
    }

    /** Remembers which items are public. */
    public void judged(List<Verdict> verdicts) throws IOException {
        changed(connection -> {
            for (Verdict verdict : verdicts) {
                put(connection, verdict.item());
                update(connection, "UPDATE item SET gate = ?, until = ? WHERE id = ?", verdict.gate().code(),
                        verdict.until(),
                        verdict.item().id());
            }
            return true;
        });
    }

    /** Remembers that an item's tree had its hash, and the manifest that came of it. */
    public void whole(Registration item, Manifest manifest) throws IOException {
        changed(connection -> {
            put(connection, item);
            update(connection, "UPDATE item SET tree = ? WHERE id = ?", Tree.WHOLE.code(), item.id());
            return update(connection,
                    "INSERT OR REPLACE INTO manifest (id, hash, root, size, blocks) VALUES (?, ?, ?, ?, ?)",
                    item.id(),
                    item.hash().digest().bytes(), manifest.root().bytes(), manifest.narSize().bytes(),
                    manifest.hashes());
        });
    }

    /** Remembers that an item's tree is not what was registered. */
    public void damaged(Registration item) throws IOException {
        changed(connection -> {
            put(connection, item);
            update(connection, "DELETE FROM manifest WHERE id = ?", item.id());
            return update(connection, "UPDATE item SET tree = ? WHERE id = ?", Tree.DAMAGED.code(), item.id());
        });
    }

    /** Forgets those that are not there any more. */
    public void forget(List<Long> ids) throws IOException {
        changed(connection -> {
            for (long id : ids) {
                update(connection, "DELETE FROM item WHERE id = ?", id);
                update(connection, "DELETE FROM manifest WHERE id = ?", id);
            }
            return true;
        });
    }

    /** What was found out of an earlier registration is not of this one. */
    private static void put(Connection connection, Registration item) throws SQLException {
        byte[] hash = item.hash().digest().bytes();
        int other = update(connection, "DELETE FROM item WHERE id = ? AND (registered <> ? OR hash <> ?)", item.id(),
                item.registered(),
                hash);
        if (other > 0) {
            update(connection, "DELETE FROM manifest WHERE id = ?", item.id());
        }
        update(connection, "INSERT OR IGNORE INTO item (id, registered, hash) VALUES (?, ?, ?)", item.id(),
                item.registered(),
                hash);
    }

    private static int update(Connection connection, String sql, Object... values) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < values.length; i++) {
                statement.setObject(i + 1, values[i]);
            }
            return statement.executeUpdate();
        }
    }

    /**
     * The manifest of an item whose tree had its hash; nothing when none is known, or what was kept of it is damaged.
     *
     * @throws IOException as {@link #forEach}
     */
    public Optional<Manifest> manifest(Registration item) throws IOException {
        return locked(connection -> {
            try (PreparedStatement one = connection.prepareStatement(
                    "SELECT size, blocks, root FROM manifest WHERE id = ? AND hash = ? AND length(blocks) <= ?")) {
                one.setLong(1, item.id());
                one.setBytes(2, item.hash().digest().bytes());
                one.setLong(3, (long) BlockLayout.MAX_BLOCKS * Sha256.BYTES);
                try (ResultSet rows = one.executeQuery()) {
                    return rows.next() ? manifest(rows) : Optional.empty();
                }
            }
        });
    }

    private static Optional<Manifest> manifest(ResultSet row) throws SQLException {
        long bytes = row.getLong(1);
        byte[] blocks = row.getBytes(2);
        if (bytes < 1 || bytes > NarSize.MAX_BYTES) {
            return Optional.empty();
        }
        NarSize size = new NarSize(bytes);
        if (blocks.length != (long) new BlockLayout(size).count() * Sha256.BYTES) {
            return Optional.empty();
        }
        Sha256 root = LedgerFile.digest(row.getBytes(3));
        return Optional.of(Manifest.of(size, blocks)).filter(manifest -> manifest.root().equals(root));
    }

    /** For good. */
    @Override
    public synchronized void close() throws IOException {
        closed = true;
        shut();
    }

    private void shut() throws IOException {
        if (connection != null) {
            try {
                connection.close();
            } catch (SQLException e) {
                throw file.failure(e);
            }
            connection = null;
        }
    }
}
