// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.doctor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Room for what is fetched. */
final class DiskCheck implements Check {
    private static final long MIB = 1L << 20;
    /** Below this a large NAR has no room. */
    private static final long SCARCE = 1024 * MIB;
    private static final long FULL = 64 * MIB;

    @Override
    public String subject() {
        return "disk";
    }

    @Override
    public List<Finding> examine(Patient patient) {
        return Stream.of(patient.config().files().stateDir(), patient.config().files().cacheDir()).map(this::examine)
                .distinct().toList();
    }

    private Finding examine(Path directory) {
        Path path = directory;
        while (!Files.exists(path) && path.getParent() != null) {
            path = path.getParent();
        }
        try {
            return judge(directory, Files.getFileStore(path).getUsableSpace());
        } catch (IOException e) {
            return Finding.warning(subject(), directory + ": the room on its disk is not known: " + e.getMessage(),
                    "run this as root");
        }
    }

    /** @param free bytes that the node may still write */
    Finding judge(Path directory, long free) {
        String seen = free / MIB + " MiB are free for " + directory;
        if (free >= SCARCE) {
            return Finding.ok(subject(), seen);
        }
        String advice = "make room, or set the directory to another disk";
        return free < FULL ? Finding.error(subject(), seen, advice) : Finding.warning(subject(), seen, advice);
    }
}
