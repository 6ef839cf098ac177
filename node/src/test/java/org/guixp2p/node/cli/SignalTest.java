// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.guixp2p.node.NodeRuntime;
import org.guixp2p.node.config.Surroundings;
import org.guixp2p.protocol.swarm.PeerId;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A node in a process of its own, and SIGTERM. */
@Timeout(60)
class SignalTest {
    @TempDir
    Path home;

    /** A program whose node ends, when told to, as its first argument says. */
    static final class Program {
        private Program() {}

        public static void main(String[] args) {
            boolean obedient = args[0].equals("obedient");
            NodeRuntime runtime = (config, identity) -> new TestNode(obedient, new CompletableFuture<>());
            Path home = Path.of(args[1]);
            System.exit(Main.commands(new Surroundings(Map.of(), "alice", home, home.resolve("none")), runtime,
                    new SetupCommand(Optional.empty(), Optional.empty()), Terminal.NONE)
                    .execute("node"));
        }
    }

    private record TestNode(boolean obedient, CompletableFuture<String> end) implements NodeRuntime.Running {
        @Override
        public NodeRuntime.Addresses addresses() {
            return new NodeRuntime.Addresses(PeerId.ofPublicKey(new byte[PeerId.KEY_BYTES]), List.of(),
                    Optional.empty(), Optional.empty());
        }

        @Override
        public void stop() {
            System.out.println("told");
            if (obedient) {
                end.complete("drained");
            }
        }

        @Override
        public CompletionStage<?> whenEnded() {
            System.out.println("up");
            return end;
        }
    }

    private int terminate(String how) throws IOException, InterruptedException {
        Path log = home.resolve("log");
        Process process = new ProcessBuilder(List.of(Path.of(System.getProperty("java.home"), "bin/java").toString(),
                "-Xmx64m", "-XX:TieredStopAtLevel=1", "--enable-native-access=ALL-UNNAMED",
                "-cp", System.getProperty("java.class.path"),
                Program.class.getName(), how, home.toString())).redirectError(log.toFile()).start();
        try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
            assertTrue(lines.readLine().matches("ready peer=[0-9a-z]{52} swarm= api=off"));
            assertEquals("up", lines.readLine());
            process.toHandle().destroy();
            List<String> rest = lines.lines().filter(line -> !line.equals("up")).toList();
            assertEquals(List.of("told"), rest);
            assertTrue(process.waitFor(30, TimeUnit.SECONDS));
            String said = Files.readString(log);
            assertTrue(said.matches("(?s).*\\R\\d{4}-\\d\\d-\\d\\dT\\S+ INFO  NodeCommand: Stopping\\R.*"), said);
            return process.exitValue();
        } finally {
            process.destroyForcibly();
        }
    }

    @Test
    void aNodeThatDrainsInTimeEndsWell() throws Exception {
        assertEquals(0, terminate("obedient"));
        List<String> said = Files.readAllLines(home.resolve("log"));
        assertEquals(2, said.size(), () -> "who hashes, and that it stops: " + said);
    }

    @Test
    @Tag("slow")
    void aNodeThatDoesNotDrainIsGivenUp() throws Exception {
        assertEquals(1, terminate("deaf"));
        assertTrue(Files.readString(home.resolve("log")).contains("given up"));
    }
}
