// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.cli;

import com.sun.net.httpserver.HttpServer;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.guixp2p.node.Node;
import org.guixp2p.node.NodeRuntime;
import org.guixp2p.node.StartException;
import org.guixp2p.node.config.ConfigException;
import org.guixp2p.node.config.ConfigLoader;
import org.guixp2p.node.config.NodeConfig;
import org.guixp2p.node.config.Surroundings;
import org.guixp2p.node.identity.IdentityException;
import org.guixp2p.node.identity.IdentityFile;
import org.guixp2p.node.testing.Eventually;
import org.guixp2p.protocol.pki.Acl;
import org.guixp2p.protocol.pki.OfficialKeys;

/**
 * All that a node needs, below one directory and on loopback: settings, a substitute server, an ACL, and a process that was
 * started as guix-daemon is, seen through a {@code /proc} that has no other.
 */
final class SetUp implements AutoCloseable {
    final Path directory;
    final Map<String, String> settings = new LinkedHashMap<>();
    final CommandRun commands;
    private final HttpServer server;
    private final List<Process> processes = new ArrayList<>();
    private final List<NodeRuntime.Running> nodes = new ArrayList<>();

    SetUp(Path directory) throws IOException {
        this.directory = directory;
        commands = new CommandRun(new Surroundings(Map.of(), "alice", directory, directory.resolve("none")));
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/nix-cache-info", exchange -> {
            byte[] info = "StoreDir: /gnu/store\nWantMassQuery: 1\n".getBytes(StandardCharsets.US_ASCII);
            exchange.sendResponseHeaders(200, info.length);
            exchange.getResponseBody().write(info);
            exchange.close();
        });
        server.start();
        Files.write(directory.resolve("acl"), Acl.of(OfficialKeys.all()).encoded());
        settings.put("listen_address", "127.0.0.1:" + freePort());
        settings.put("external_addresses", "192.0.2.7:6881");
        settings.put("substitute_urls", "http://127.0.0.1:" + server.getAddress().getPort());
        settings.put("acl_path", directory.resolve("acl").toString());
        settings.put("cache_dir", directory.resolve("cache").toString());
        settings.put("state_dir", directory.resolve("state").toString());
        settings.put("socket_path", directory.resolve("run/sock").toString());
        settings.put("api_bind", "off");
        Files.createDirectories(directory.resolve("system/extensions/guix-p2p"));
        Files.createFile(directory.resolve("system/extensions/substitute.scm"));
    }

    static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    Path file() throws IOException {
        return Files.writeString(directory.resolve("my.conf"), settings.entrySet().stream()
                .map(entry -> entry.getKey() + " = \"" + entry.getValue() + "\"\n").collect(Collectors.joining()));
    }

    NodeConfig config() throws IOException, ConfigException {
        return ConfigLoader.load(commands.surroundings(), Optional.of(file()), List.of()).config();
    }

    /** Starts a node with these settings. */
    NodeRuntime.Running startNode() throws IOException, ConfigException, IdentityException, StartException {
        NodeConfig config = config();
        NodeRuntime.Running node = Node.start(config,
                IdentityFile.loadOrCreate(config.files().identity(), new SecureRandom()));
        nodes.add(node);
        return node;
    }

    /** Starts a process by the name of guix-daemon, and shows it where the system's processes are looked for. */
    void startDaemon(Map<String, String> environment) throws IOException {
        ProcessBuilder builder = new ProcessBuilder("bash", "-c", "exec -a /usr/bin/guix-daemon cat");
        builder.environment().putAll(environment);
        Process process = builder.start();
        processes.add(process);
        Path real = Path.of("/proc", Long.toString(process.pid()));
        Eventually.holds(() -> {
            try {
                return Files.readString(real.resolve("cmdline")).startsWith("/usr/bin/guix-daemon");
            } catch (IOException e) {
                return false;
            }
        }, () -> "a process by the name of guix-daemon");
        Path processes = Files.createDirectories(directory.resolve("system/proc"));
        Files.createSymbolicLink(processes.resolve(real.getFileName()), real);
    }

    void startDaemon() throws IOException {
        startDaemon(Map.of("GUIX_EXTENSIONS_PATH", "/extensions"));
    }

    int run(String... words) throws IOException {
        List<String> all = new ArrayList<>(List.of(words));
        all.addAll(List.of("--config", file().toString()));
        return commands.run(all.toArray(String[]::new));
    }

    /** The exit status; what was said is in {@link #commands}. */
    int examine(String... options) throws IOException {
        List<String> words = new ArrayList<>(List.of("doctor", "--root", directory.resolve("system").toString()));
        words.addAll(List.of(options));
        return run(words.toArray(String[]::new));
    }

    /** What the doctor found, but for what is well: {@code VERDICT SUBJECT: SEEN}. */
    List<String> complaints() {
        return findings().stream().filter(finding -> !finding.getString("verdict").equals("ok"))
                .map(finding -> finding.getString("verdict") + " " + finding.getString("subject") + ": "
                        + finding.getString("seen"))
                .toList();
    }

    List<? extends Config> findings() {
        return ConfigFactory.parseString(commands.out()).getConfigList("findings");
    }

    @Override
    public void close() {
        nodes.forEach(node -> {
            node.stop();
            Eventually.get(node.whenEnded());
        });
        // Whoever deletes the directory looks where links lead: not while that is going away.
        processes.forEach(process -> process.destroyForcibly().onExit().join());
        server.stop(0);
    }
}
