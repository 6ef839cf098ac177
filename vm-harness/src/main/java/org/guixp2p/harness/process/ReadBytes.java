// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;

/** What a process has read: {@code rchar} of {@code /proc/PID/io}, see proc_pid_io(5). What the kernel had in its cache counts too. */
public final class ReadBytes {
    private static final String READ = "rchar:";

    private ReadBytes() {}

    /** In bytes, of process {@code pid}; nothing when it has ended, or belongs to somebody else. */
    public static OptionalLong ofProcess(long pid) {
        try {
            return parse(Files.readAllLines(Path.of("/proc", Long.toString(pid), "io")));
        } catch (IOException e) {
            return OptionalLong.empty();
        }
    }

    static OptionalLong parse(List<String> io) {
        return io.stream().filter(line -> line.startsWith(READ))
                .mapToLong(line -> Long.parseLong(line.substring(READ.length()).strip())).findFirst();
    }
}
