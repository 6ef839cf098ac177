// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.persistence;

import java.io.IOException;
import java.sql.SQLException;
import org.sqlite.SQLiteJDBCLoader;

/** Loads SQLite, once for all who use it. */
public final class NativeSqlite {
    /** Where sqlite-jdbc unpacks its library. */
    private static final String PLACE = "org.sqlite.tmpdir";

    private static boolean loaded;

    private NativeSqlite() {}

    /**
     * Before the first connection.
     *
     * @throws SQLException when there is no library for this machine, or it cannot be loaded
     */
    public static synchronized void load() throws SQLException {
        if (!loaded) {
            try {
                UnpackedLibrary.load(PLACE, NativeSqlite::initialize);
            } catch (IOException | IllegalStateException e) {
                throw new SQLException("SQLite cannot be loaded: " + e.getMessage(), e);
            }
            loaded = true;
        }
    }

    private static void initialize() {
        try {
            SQLiteJDBCLoader.initialize();
        } catch (Exception e) {
            throw new IllegalStateException(e.getMessage(), e);
        }
    }
}
