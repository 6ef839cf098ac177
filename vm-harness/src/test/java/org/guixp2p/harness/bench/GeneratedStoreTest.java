// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.guixp2p.harness.world.TreeItem;
import org.guixp2p.persistence.guixdb.StoreDatabase;
import org.guixp2p.persistence.guixdb.ValidItem;
import org.guixp2p.protocol.store.TreeSerializer;
import org.guixp2p.protocol.testing.StoreDatabaseWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GeneratedStoreTest {
    private static final int ITEMS = 20;

    @TempDir
    private Path directory;

    @Test
    void itIsWhatTheNodeReads() throws Exception {
        GeneratedStore store = GeneratedStore.make(directory.resolve("root"), ITEMS, 1);
        List<ValidItem> items = new ArrayList<>();
        int[] strange = {0};
        new StoreDatabase(store.database()).scan(() -> new StoreDatabase.Visitor() {
            @Override
            public void item(ValidItem item) {
                items.add(item);
            }

            @Override
            public void strange(long id) {
                strange[0]++;
            }
        });
        assertEquals(List.of(ITEMS, 0, GeneratedStore.REAL), List.of(items.size(), strange[0], store.real().size()));
        assertEquals(ITEMS, items.stream().map(ValidItem::path).distinct().count());
        for (int i = 0; i < GeneratedStore.REAL; i++) {
            TreeItem real = store.real().get(i);
            assertEquals(real.path(), items.get(i).path());
            assertEquals(TreeSerializer.identify(real.original()),
                    new TreeSerializer.Identity(items.get(i).hash(), items.get(i).size()));
        }
    }

    @Test
    void itHasTheTablesThatTheDaemonMakes() throws Exception {
        GeneratedStore store = GeneratedStore.make(directory.resolve("root"), 1, 1);
        Path other = directory.resolve("db.sqlite");
        new StoreDatabaseWriter(other).close();
        for (String table : List.of("ValidPaths", "Refs")) {
            List<String> columns = columns(other, table);
            assertTrue(columns.size() > 1, columns::toString);
            assertEquals(columns, columns(store.database(), table));
        }
    }

    private static List<String> columns(Path database, String table) throws Exception {
        List<String> columns = new ArrayList<>();
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + database);
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("PRAGMA table_info('" + table + "')")) {
            while (rows.next()) {
                columns.add(rows.getString("name") + " " + rows.getString("type") + " " + rows.getInt("notnull") + " "
                        + rows.getInt("pk"));
            }
        }
        return columns;
    }
}
