// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class WorkplaceTest {
    @TempDir
    Path parent;

    /** A run in a JVM of its own: says where it works and what it has started, and then waits for a signal. */
    static final class Program {
        private Program() {}

        public static void main(String[] args) throws IOException {
            try (Workplace place = Workplace.open(Path.of(args[0]), "run", 1)) {
                Child child = place.processes().start("sleeper", new ProcessBuilder("sleep", "1000"));
                Files.writeString(place.directory().resolve("file"), "contents");
                if (args[1].equals("hold")) {
                    place.keep();
                    place.endsBySignal(0);
                }
                System.out.println(child.pid());
                awaitInterrupt();
            }
        }

        /** Says that it came before the place is closed: after that the JVM waits for nobody. */
        private static void awaitInterrupt() {
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException e) {
                System.out.println("interrupted");
            }
        }
    }

    private List<Path> left() throws IOException {
        try (Stream<Path> files = Files.list(parent)) {
            return files.toList();
        }
    }

    private int signalled(String how) throws IOException, InterruptedException {
        Process run = new ProcessBuilder(JavaCommand.ofThisProcess().words(
                List.of("-Xmx64m", "-XX:TieredStopAtLevel=1", "--enable-native-access=ALL-UNNAMED"),
                Program.class.getName(), List.of(parent.toString(), how)))
                .redirectError(ProcessBuilder.Redirect.INHERIT).start();
        try (BufferedReader lines = run.inputReader(StandardCharsets.UTF_8)) {
            long sleeper = Long.parseLong(String.valueOf(lines.readLine()));
            assertEquals(1, left().size());
            assertTrue(ProcessHandle.of(sleeper).isPresent());
            run.toHandle().destroy(); // Process.destroy would close the streams too
            assertEquals("interrupted", lines.readLine());
            assertTrue(run.waitFor(30, TimeUnit.SECONDS));
            assertTrue(ProcessHandle.of(sleeper).filter(ProcessHandle::isAlive).isEmpty(), "the child still runs");
            return run.exitValue();
        } finally {
            run.destroyForcibly();
        }
    }

    @Test
    void aSignalLeavesNothing() throws Exception {
        assertEquals(143, signalled("plain"));
        assertEquals(List.of(), left());
    }

    @Test
    void whatIsHeldEndsWellByASignalAndKeepsItsFiles() throws Exception {
        assertEquals(0, signalled("hold"));
        assertEquals("contents", Files.readString(left().getFirst().resolve("file")));
    }

    @Test
    void theEndLeavesNothing() throws Exception {
        Child child;
        try (Workplace place = Workplace.open(parent, "run", 1)) {
            assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(place.directory())));
            assertTrue(place.directory().getFileName().toString().startsWith("run-"));
            Path sealed = Files.createDirectory(place.directory().resolve("sealed"));
            Files.writeString(sealed.resolve("file"), "");
            Files.setPosixFilePermissions(sealed, PosixFilePermissions.fromString("r-xr-xr-x"));
            child = place.processes().start("sleeper", new ProcessBuilder("sleep", "1000"));
        }
        assertFalse(child.isAlive());
        assertEquals(List.of(), left());
    }

    @Test
    void tooLittleRoomIsSaidBeforeAnythingIsMade() throws Exception {
        IOException e = assertThrows(IOException.class, () -> Workplace.open(parent, "run", Long.MAX_VALUE));
        assertTrue(
                String.valueOf(e.getMessage()).matches(".* has \\d+ MiB of free space, 8796093022207 MiB are needed"),
                e::getMessage);
        assertEquals(List.of(), left());
    }

    @Test
    void noDirectoryToWorkInIsAnError() {
        assertThrows(IOException.class, () -> Workplace.open(parent.resolve("missing"), "run", 1));
    }
}
