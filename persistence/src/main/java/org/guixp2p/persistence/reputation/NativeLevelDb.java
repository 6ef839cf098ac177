// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.persistence.reputation;

import java.io.IOException;
import java.util.Objects;
import org.fusesource.leveldbjni.JniDBFactory;
import org.guixp2p.persistence.UnpackedLibrary;
import org.iq80.leveldb.DBFactory;

/** Loads Google's LevelDB. */
final class NativeLevelDb {
    /** Where leveldbjni looks for its library, and unpacks it. */
    private static final String PLACE = "library.leveldbjni.path";

    /** Initialised once, when it is asked for. */
    private static final class Loaded {
        private static final DBFactory FACTORY = load();
    }

    private NativeLevelDb() {}

    /**
     * Opens databases.
     *
     * @throws LinkageError when there is no library for this machine, or it cannot be loaded
     */
    static DBFactory factory() {
        return Loaded.FACTORY;
    }

    private static DBFactory load() {
        try {
            UnpackedLibrary.load(PLACE, () -> Objects.requireNonNull(JniDBFactory.factory));
        } catch (IOException e) {
            // Without a place to unpack it, the machine may have the library itself.
            return JniDBFactory.factory;
        }
        return JniDBFactory.factory;
    }
}
