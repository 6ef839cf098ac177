// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.process;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** Waits for processes that have just been started to have nothing more to do, lest their start be measured. */
public final class Quiet {
    private static final Duration LOOK_AGAIN = Duration.ofMillis(25);
    private static final int LOOKS = 10;
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private Quiet() {}

    /**
     * Returns when none of the threads of {@code child}, which has done something by then, was seen for a quarter of a second to run,
     * to wait for a processor, or for a disk; or after a minute, when it is never quiet.
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
            boolean begun = child.process().info().totalCpuDuration().orElse(Duration.ZERO).isPositive();
            quiet = begun && !isBusy(child.pid()) ? quiet + 1 : 0;
        }
    }

    private static boolean isBusy(long pid) throws IOException {
        try (DirectoryStream<Path> threads = Files.newDirectoryStream(Path.of("/proc", Long.toString(pid), "task"))) {
            for (Path thread : threads) {
                if (isBusy(thread)) {
                    return true;
                }
            }
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
