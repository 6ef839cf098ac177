// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;

/** The resident set of a process: {@code VmHWM} and {@code VmRSS} of {@code /proc/PID/status}, see proc_pid_status(5). */
public final class PeakMemory {
    private static final String PEAK = "VmHWM:";
    private static final String NOW = "VmRSS:";
    private static final String UNIT = " kB";

    private PeakMemory() {}

    /** The largest of this process, in KiB. */
    public static OptionalLong ofThisProcess() {
        return ofProcess(ProcessHandle.current().pid());
    }

    /** The largest of process {@code pid}, in KiB; nothing when it has ended. */
    static OptionalLong ofProcess(long pid) {
        return read(pid, PEAK);
    }

    /** That of process {@code pid} now, in KiB; nothing when it has ended. */
    static OptionalLong nowOfProcess(long pid) {
        return read(pid, NOW);
    }

    private static OptionalLong read(long pid, String field) {
        try {
            return parse(field, Files.readAllLines(Path.of("/proc", Long.toString(pid), "status")));
        } catch (IOException e) {
            return OptionalLong.empty();
        }
    }

    static OptionalLong parse(List<String> status) {
        return parse(PEAK, status);
    }

    private static OptionalLong parse(String field, List<String> status) {
        return status.stream().filter(line -> line.startsWith(field) && line.endsWith(UNIT))
                .mapToLong(line -> Long.parseLong(
                        line.substring(field.length(), line.length() - UNIT.length()).strip()))
                .findFirst();
    }
}
