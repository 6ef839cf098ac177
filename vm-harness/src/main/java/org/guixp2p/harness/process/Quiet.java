// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.process;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/** Waits for processes that have just been started to have nothing more to do, lest their start be measured. */
public final class Quiet {
    private static final Duration LOOK_AGAIN = Duration.ofMillis(25);
    private static final int LOOKS = 10;
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private Quiet() {}

    /**
     * Returns when none of the threads of {@code child} and of what it has started, which have done something by then, was seen
     * for a quarter of a second to run, to wait for a processor, or for a disk; or after a minute, when they are never quiet.
     *
     * @throws IOException when it has ended
     */
    public static void await(Child child) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        int quiet = 0;
        while (quiet < LOOKS && System.nanoTime() - deadline < 0) {
            Thread.sleep(LOOK_AGAIN);
            if (!child.isAlive()) {
                throw new IOException(child + " has ended before it was asked for anything");
            }
            // The launcher's shell waits for the JVM that it has started, and may need less of a processor than is counted.
            List<ProcessHandle> all = Stream
                    .concat(Stream.of(child.process().toHandle()), child.process().descendants())
                    .toList();
            quiet = hasBegun(all) && !isBusy(all) ? quiet + 1 : 0;
        }
    }

    private static boolean hasBegun(List<ProcessHandle> all) {
        return all.stream().anyMatch(each -> each.info().totalCpuDuration().orElse(Duration.ZERO).isPositive());
    }

    private static boolean isBusy(List<ProcessHandle> all) throws IOException {
        for (ProcessHandle each : all) {
            if (isBusy(each.pid())) {
                return true;
            }
        }
        return false;
    }

    private static boolean isBusy(long pid) throws IOException {
        try (DirectoryStream<Path> threads = Files.newDirectoryStream(Path.of("/proc", Long.toString(pid), "task"))) {
            for (Path thread : threads) {
                if (isBusy(thread)) {
                    return true;
                }
            }
        } catch (NoSuchFileException | DirectoryIteratorException e) {
            return false; // that process has just ended
        }
        return false;
    }

    /** By the letter that follows the name of the program, which is in brackets and may have some itself (proc(5), {@code stat}). */
    private static boolean isBusy(Path thread) {
        try {
            String stat = Files.readString(thread.resolve("stat"));
            char state = stat.charAt(stat.lastIndexOf(')') + 2);
            return state == 'R' || state == 'D';
        } catch (IOException e) {
            return false; // that thread has just ended
        }
    }
}
