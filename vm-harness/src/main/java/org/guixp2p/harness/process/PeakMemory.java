// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;

/** The largest resident set of a process: {@code VmHWM} of {@code /proc/PID/status}, see proc_pid_status(5). */
public final class PeakMemory {
    private static final String FIELD = "VmHWM:";
    private static final String UNIT = " kB";

    private PeakMemory() {}

    /** That of this process, in KiB. */
    public static OptionalLong ofThisProcess() {
        return ofProcess(ProcessHandle.current().pid());
    }

    /** That of process {@code pid}, in KiB; nothing when it has ended. */
    static OptionalLong ofProcess(long pid) {
        try {
            return parse(Files.readAllLines(Path.of("/proc", Long.toString(pid), "status")));
        } catch (IOException e) {
            return OptionalLong.empty();
        }
    }

    static OptionalLong parse(List<String> status) {
        return status.stream().filter(line -> line.startsWith(FIELD) && line.endsWith(UNIT))
                .mapToLong(line -> Long.parseLong(
                        line.substring(FIELD.length(), line.length() - UNIT.length()).strip()))
                .findFirst();
    }
}
