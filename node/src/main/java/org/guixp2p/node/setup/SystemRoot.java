// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.setup;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The directory that holds the system to set up: {@code /}, or one that is only to be looked at.
 *
 * @param directory absolute
 */
public record SystemRoot(Path directory) {
    public SystemRoot {
        directory = directory.toAbsolutePath().normalize();
    }

    /** Where the file lies that the system itself calls {@code path}. */
    public Path at(Path path) {
        return directory.resolve(path.toString().substring(1));
    }

    /** Whether this is the running system, where commands take effect. */
    boolean isLive() {
        return directory.getParent() == null;
    }

    /** Whether this is Guix System, whose services are declared and not installed. */
    public boolean isGuixSystem() throws IOException {
        if (Files.isDirectory(at(Path.of("/run/current-system/profile")))) {
            return true;
        }
        Path release = at(Path.of("/etc/os-release"));
        if (!Files.isRegularFile(release)) {
            return false;
        }
        List<String> lines = Files.readAllLines(release);
        return lines.contains("ID=guix") || lines.contains("ID=\"guix\"");
    }
}
