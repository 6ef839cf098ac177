// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.persistence;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Loads native code that a JAR brings along. Who brings it unpacks it into a file of its own each time, and that would stay when the
 * process is killed or halts. So it gets a directory for it which goes as soon as the code is loaded: what is mapped needs no name.
 */
public final class UnpackedLibrary {
    private static final Logger LOG = LoggerFactory.getLogger(UnpackedLibrary.class);

    private UnpackedLibrary() {}

    /**
     * Loads one.
     *
     * @param place the system property that says where it is unpacked; when the user has set it, he wants it there
     * @param loading loads it; it may also find it on the machine
     * @throws IOException when there is no place for it; what was unpacked and cannot be removed is said in the log
     */
    public static void load(String place, Runnable loading) throws IOException {
        if (System.getProperty(place) != null) {
            loading.run();
            return;
        }
        Path directory = Files.createTempDirectory("native");
        System.setProperty(place, directory.toString());
        try {
            loading.run();
        } finally {
            System.clearProperty(place);
            remove(directory);
        }
    }

    /** The code is loaded all the same. */
    private static void remove(Path directory) {
        try {
            List<Path> unpacked;
            try (Stream<Path> files = Files.list(directory)) {
                unpacked = files.toList();
            }
            for (Path file : unpacked) {
                Files.delete(file);
            }
            Files.delete(directory);
        } catch (IOException e) {
            LOG.warn("unpacked native code stays in {}: {}", directory, e.toString());
        }
    }
}
