// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.PipedReader;
import java.io.PipedWriter;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import org.guixp2p.node.config.Surroundings;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

@Timeout(60)
class DashboardDemoCommandTest {
    @TempDir
    Path directory;

    private static String get(String url) throws IOException {
        try (InputStream in = URI.create(url).toURL().openStream()) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @Test
    void thePageIsServedAndSaysThatItsDataAreMadeUp() throws Exception {
        PipedReader said = new PipedReader();
        CommandLine command = new CommandLine(new DashboardDemoCommand());
        command.setOut(new PrintWriter(new PipedWriter(said), true));
        Thread running = Thread.ofPlatform().start(() -> command.execute("--port", "0", "--seed", "3"));
        try (BufferedReader lines = new BufferedReader(said)) {
            String url = lines.readLine();
            assertTrue(url.matches("http://127\\.0\\.0\\.1:\\d+/"), url);
            assertTrue(get(url).contains("Made-up data"), "the page does not say so");
            assertTrue(get(url + "api/peers").contains("\"roundTripMillis\""));
        } finally {
            running.interrupt();
            running.join();
        }
    }

    @Test
    void thatThePortIsTakenIsSaid() throws Exception {
        CommandRun commands = new CommandRun(new Surroundings(Map.of(), "alice", directory, directory.resolve("none")));
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
            assertEquals(1, commands.run("dashboard-demo", "--port", Integer.toString(taken.getLocalPort())));
            assertEquals("guix-p2p: cannot listen at 127.0.0.1:" + taken.getLocalPort() + "\n", commands.err());
        }
    }
}
