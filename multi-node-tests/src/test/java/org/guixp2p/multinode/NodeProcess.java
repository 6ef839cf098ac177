// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.multinode;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.guixp2p.node.cli.Main;

/** A node in a process of its own. */
final class NodeProcess implements AutoCloseable {
    private final Process process;
    private final Path log;

    /**
     * Starts a node and returns when it serves.
     *
     * @param wrapper a command that ends in running the one after it, in the same process
     */
    NodeProcess(Path config, Path log, String... wrapper) throws IOException {
        this.log = log;
        List<String> command = new ArrayList<>(List.of(wrapper));
        command.addAll(List.of(Path.of(System.getProperty("java.home"), "bin/java").toString(), "-Xmx128m",
                "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow", "-cp", System.getProperty("java.class.path"),
                Main.class.getName(), "node", "--config", config.toString()));
        ProcessBuilder builder = new ProcessBuilder(command).redirectError(log.toFile());
        builder.environment().put("LC_ALL", "C.UTF-8");
        process = builder.start();
        BufferedReader lines = process.inputReader(StandardCharsets.UTF_8);
        String ready = lines.readLine();
        assertTrue(ready != null && ready.startsWith("ready "), () -> "the node did not start: " + said());
    }

    long pid() {
        return process.pid();
    }

    /** What it has logged. */
    String said() {
        try {
            return Files.readString(log);
        } catch (IOException e) {
            return e.toString();
        }
    }

    void awaitSaid(String part) {
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (!said().contains(part)) {
            if (System.nanoTime() > until) {
                fail("'" + part + "' is not among: " + said());
            }
            LockSupport.parkNanos(5_000_000);
        }
    }

    /** SIGTERM. */
    void terminate() {
        process.toHandle().destroy();
    }

    /** SIGKILL. */
    void kill() throws InterruptedException {
        process.toHandle().destroyForcibly();
        assertTrue(process.waitFor(20, TimeUnit.SECONDS));
    }

    /** It ends well, so and so long after {@code since}. */
    void assertEnds(long since, Duration within) throws InterruptedException {
        assertTrue(process.waitFor(30, TimeUnit.SECONDS), "the node does not end");
        Duration took = Duration.ofNanos(System.nanoTime() - since);
        assertEquals(0, process.exitValue(), this::said);
        assertTrue(took.compareTo(within) < 0, "it took " + took);
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
