// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.persistence;

import java.io.IOException;
import org.sqlite.SQLiteJDBCLoader;

/** Loads SQLite, once for all who use it. */
public final class NativeSqlite {
    /** Where sqlite-jdbc unpacks its library. */
    private static final String PLACE = "org.sqlite.tmpdir";

    private static boolean loaded;

    /** There is no library for this machine, or no place to unpack it, or it cannot be loaded: which says nothing of any database. */
    public static final class NotLoadedException extends IOException {
        private static final long serialVersionUID = 1L;

        private NotLoadedException(Throwable why) {
            super("SQLite does not run here: " + why.getMessage(), why);
        }
    }

    /** Loads native code. */
    interface Loading {
        /** Throws whatever the library's own loader does, besides what linking throws. */
        void run() throws Exception;
    }

    private NativeSqlite() {}

    /** Before the first connection; tried again when it failed before. */
    public static synchronized void load() throws NotLoadedException {
        if (!loaded) {
            load(SQLiteJDBCLoader::initialize);
            loaded = true;
        }
    }

    static void load(Loading loading) throws NotLoadedException {
        try {
            UnpackedLibrary.load(PLACE, () -> initialize(loading));
        } catch (IOException | IllegalStateException | LinkageError e) {
            throw new NotLoadedException(e);
        }
    }

    private static void initialize(Loading loading) {
        try {
            loading.run();
        } catch (Exception e) {
            throw new IllegalStateException(e.getMessage(), e);
        }
    }
}
