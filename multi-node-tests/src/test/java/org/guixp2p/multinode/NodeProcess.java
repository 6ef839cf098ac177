// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.multinode;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.guixp2p.node.cli.Main;
import org.guixp2p.protocol.swarm.PeerAddress;

/** A node in a process of its own. */
final class NodeProcess implements AutoCloseable {
    /** Starts sooner than with the launcher's. */
    private static final List<String> SMALL = List.of("-Xmx128m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC");
    private static final List<String> AS_LAUNCHED = List.of("-Xmx192m", "-XX:+UseSerialGC",
            "-XX:MetaspaceSize=96m", "-XX:+ExitOnOutOfMemoryError", "-XX:TieredStopAtLevel=1",
            "-XX:ReservedCodeCacheSize=240m");
    private static final Pattern READY = Pattern.compile("ready peer=(\\S+) swarm=([^\\s,]+)\\S* api=(\\S+).*");
    private static final Pattern PEAK = Pattern.compile("^VmHWM:\\s*(\\d+) kB$", Pattern.MULTILINE);

    private final Process process;
    private final Path log;
    private final Path temporary;
    private final PeerAddress address;
    private final String api;

    /**
     * Starts a node and returns when it serves.
     *
     * @param wrapper a command that ends in running the one after it, in the same process
     */
    NodeProcess(Path config, Path log, String... wrapper) throws IOException {
        this(List.of(wrapper), SMALL, config, log);
    }

    /** Starts a node with the JVM's options that the launcher gives it. */
    static NodeProcess asLaunched(Path config, Path log) throws IOException {
        return new NodeProcess(List.of(), AS_LAUNCHED, config, log);
    }

    private NodeProcess(List<String> wrapper, List<String> jvm, Path config, Path log) throws IOException {
        this.log = log;
        this.temporary = Files.createDirectories(Path.of(log + ".tmp"));
        List<String> command = new ArrayList<>(wrapper);
        command.add(Path.of(System.getProperty("java.home"), "bin/java").toString());
        command.addAll(jvm);
        command.add("-Djava.io.tmpdir=" + temporary);
        command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow", "-cp",
                System.getProperty("java.class.path"), Main.class.getName(), "node", "--config", config.toString()));
        ProcessBuilder builder = new ProcessBuilder(command).redirectError(log.toFile());
        builder.environment().put("LC_ALL", "C.UTF-8");
        builder.environment().put("MALLOC_ARENA_MAX", "2");
        process = builder.start();
        BufferedReader lines = process.inputReader(StandardCharsets.UTF_8);
        String ready = lines.readLine();
        assertTrue(ready != null && ready.startsWith("ready "), () -> "the node did not start: " + said());
        Matcher told = READY.matcher(ready);
        assertTrue(told.matches(), ready);
        address = PeerAddress.parse("guixp2p://" + told.group(1) + "@" + told.group(2));
        api = told.group(3);
    }

    /** {@code HOST:PORT} of its REST API, or {@code off}. */
    String api() {
        return api;
    }

    /** Where peers find it. */
    PeerAddress address() {
        return address;
    }

    /** The most memory that it had at a time, in bytes ({@code VmHWM}, proc_pid_status(5)); it must run. */
    long peakMemory() throws IOException {
        assertTrue(process.isAlive(), () -> "the node has ended: " + said());
        Matcher peak = PEAK.matcher(Files.readString(Path.of("/proc", Long.toString(pid()), "status")));
        assertTrue(peak.find());
        return Long.parseLong(peak.group(1)) * 1024;
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
        Await.until(() -> said().contains(part), () -> "'" + part + "' is not among: " + said());
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

    /** It ends well, so and so long after {@code since}, and leaves nothing among the temporary files. */
    void assertEnds(long since, Duration within) throws IOException, InterruptedException {
        assertTrue(process.waitFor(30, TimeUnit.SECONDS), "the node does not end");
        Duration took = Duration.ofNanos(System.nanoTime() - since);
        assertEquals(0, process.exitValue(), this::said);
        assertTrue(took.compareTo(within) < 0, "it took " + took);
        try (Stream<Path> left = Files.list(temporary)) {
            assertEquals(List.of(), left.toList());
        }
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
