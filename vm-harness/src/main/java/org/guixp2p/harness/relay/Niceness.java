// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.relay;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Puts a thread before others of the machine, where that is allowed: the link that it stands for would not wait for a processor.
 * Threads that it starts inherit it (sched(7)).
 */
final class Niceness {
    private static final Path SELF = Path.of("/proc/thread-self");
    private static final String NICE = "-15";

    private Niceness() {}

    /** For the thread that calls it; where it may not, nothing happens. */
    static void beforeOthers() throws InterruptedException {
        try {
            String thread = Files.readSymbolicLink(SELF).getFileName().toString();
            new ProcessBuilder("renice", "-n", NICE, "-p", thread)
                    .redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD).start().waitFor();
        } catch (IOException e) {
            // No such file system, or no such program: the relay says how late it was.
        }
    }
}
