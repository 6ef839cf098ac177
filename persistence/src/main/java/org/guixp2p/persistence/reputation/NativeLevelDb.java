// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.persistence.reputation;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.fusesource.leveldbjni.JniDBFactory;
import org.iq80.leveldb.DBFactory;

/**
 * Loads Google's LevelDB. leveldbjni unpacks its library into a file of its own each time, and that would stay when the process is
 * killed or halts. So it gets a directory for it which goes as soon as the library is loaded: what is mapped needs no name.
 */
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
        if (System.getProperty(PLACE) != null) {
            return JniDBFactory.factory;
        }
        try {
            Path directory = Files.createTempDirectory("leveldb");
            System.setProperty(PLACE, directory.toString());
            try {
                return JniDBFactory.factory;
            } finally {
                System.clearProperty(PLACE);
                remove(directory);
            }
        } catch (IOException e) {
            // Without a place to unpack it, the machine may have the library itself.
            return JniDBFactory.factory;
        }
    }

    private static void remove(Path directory) throws IOException {
        List<Path> unpacked;
        try (Stream<Path> files = Files.list(directory)) {
            unpacked = files.toList();
        }
        for (Path file : unpacked) {
            Files.delete(file);
        }
        Files.delete(directory);
    }
}
