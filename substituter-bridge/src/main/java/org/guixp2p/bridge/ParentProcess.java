// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.bridge;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.guixp2p.protocol.bridge.FromRestorer;
import org.jspecify.annotations.Nullable;

/** Finds out which process started this one. */
final class ParentProcess {
    /** Places of the fields after the name, which may hold anything: {@code ppid} is field 4, {@code starttime} 22. */
    private static final int PARENT = 4 - 3;
    private static final int START = 22 - 3;

    private ParentProcess() {}

    /** The parent, or null where {@code /proc} does not tell. */
    static FromRestorer.@Nullable Daemon find() {
        try {
            long parent = field("self", PARENT);
            return parent <= 0 ? null : new FromRestorer.Daemon(parent, field(Long.toString(parent), START));
        } catch (IOException | IllegalArgumentException e) {
            return null;
        }
    }

    private static long field(String process, int place) throws IOException {
        String stat = new String(Files.readAllBytes(Path.of("/proc", process, "stat")), ISO_8859_1);
        int at = stat.lastIndexOf(')') + 2;
        for (int i = 0; i < place; i++) {
            at = stat.indexOf(' ', at) + 1;
            if (at == 0) {
                throw new IllegalArgumentException("fewer fields than Linux writes");
            }
        }
        int end = stat.indexOf(' ', at);
        if (end < 0) {
            throw new IllegalArgumentException("fewer fields than Linux writes");
        }
        return Long.parseLong(stat, at, end, 10);
    }
}
