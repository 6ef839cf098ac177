// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.bench.closure;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.guixp2p.harness.daemon.GuixCommand;
import org.guixp2p.harness.daemon.NoGuixException;
import org.guixp2p.harness.process.Programs;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The command in a process of its own, as it is the environment that says where Guix is. */
@Timeout(120)
class ClosureCommandTest {
    @TempDir
    private Path parent;

    /** Runs it, and looks whether it fails with one line, {@code message}, before it has begun anything. */
    private void fails(Map<String, String> environment, String message) throws IOException, InterruptedException {
        Path dir = Files.createDirectories(parent.resolve("dir"));
        Path out = parent.resolve("out");
        Path err = parent.resolve("err");
        List<String> words = new ArrayList<>(Programs.ofThisProcess()
                .harness(List.of("bench", "closure", "--against", "guix", "--json", "--dir", dir.toString())));
        ProcessBuilder builder = new ProcessBuilder(words).redirectOutput(out.toFile()).redirectError(err.toFile());
        builder.environment().clear();
        builder.environment().putAll(environment);
        Process process = builder.start();
        try {
            assertTrue(process.waitFor(60, TimeUnit.SECONDS));
        } finally {
            process.destroyForcibly();
        }
        assertEquals(List.of("guix-p2p: " + message), Files.readAllLines(err, UTF_8));
        assertEquals(69, process.exitValue());
        assertEquals("", Files.readString(out));
        try (Stream<Path> begun = Files.list(dir)) {
            assertEquals(List.of(), begun.toList());
        }
    }

    @Test
    void withoutGuixNothingIsBegun() throws Exception {
        fails(Map.of("PATH", parent.toString()), "no 'guix' is on PATH; GUIX_P2P_BUILTIN can name it");
    }

    @Test
    void withAGuixThatDoesNotRunNothingIsBegun() throws Exception {
        fails(Map.of("PATH", "/usr/bin:/bin", "GUIX_P2P_BUILTIN", "/bin/sh -c false"),
                "'/bin/sh -c false --version' ends with status 1 and says nothing");
    }

    /** What users have is what is to be compared with, where it is there. */
    @Test
    void byHttpGuixsOwnIsMeantWhereThereIsOne() throws Exception {
        List<String> steps = new ArrayList<>();
        GuixCommand guix = GuixStandIn.saying(parent, "exit 1");
        Map<String, String> present = Map.of("PATH", parent.toString());
        assertEquals(new Against.Guix(guix).toString(), Against.named("http", present, steps::add).toString());
        assertEquals(new Against.Plain(), Against.named("plain", present, steps::add));
        assertEquals(List.of(), steps);
        Files.delete(parent.resolve("guix"));
        assertEquals(new Against.Plain(), Against.named("http", present, steps::add));
        assertEquals(1, steps.size(), steps::toString);
        assertTrue(steps.getFirst().endsWith("no 'guix' is on PATH; GUIX_P2P_BUILTIN can name it"), steps::toString);
        assertThrows(NoGuixException.class, () -> Against.named("guix", present, steps::add));
    }
}
