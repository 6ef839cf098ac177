// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.world;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.guixp2p.harness.process.Announcement;
import org.guixp2p.harness.process.Child;
import org.guixp2p.harness.process.Workplace;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.swarm.HostAndPort;
import org.guixp2p.protocol.swarm.PeerAddress;
import org.guixp2p.protocol.swarm.PeerId;

/**
 * A node in a process of its own, with a directory of its own.
 *
 * @param address where its swarm listens
 * @param socket where it listens for substituters
 * @param log what it says
 * @param gateway where it answers any Guix, {@code HOST:PORT}, if it does
 */
public record NodeProcess(String name, Child child, PeerAddress address, NodeApi api, Path socket,
        Path log, Optional<String> gateway) {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final Duration START = Duration.ofSeconds(60);
    private static final Duration SERVE = Duration.ofMinutes(5);
    private static final Duration LOOK_AGAIN = Duration.ofMillis(50);

    /** A condition that may fail to be looked at. */
    interface Condition {
        boolean holds() throws IOException, InterruptedException;
    }

    /**
     * Starts a node and returns when it serves.
     *
     * @param command the words that run it, before its options
     * @param settings besides those of its own directories; one of an earlier run may be its {@code state_dir}; without others
     *            it listens on loopback
     * @param seeds items that it is to offer
     */
    public static NodeProcess start(Workplace place, HttpClient http, String name, List<String> command,
            Map<String, String> environment, Map<String, Object> settings, List<StorePath> seeds)
            throws IOException, InterruptedException {
        Path own = Files.createDirectory(place.directory().resolve(name));
        Path run = Files.createDirectory(own.resolve("run"));
        Path socket = run.resolve("socket");
        Path config = configure(own, socket, settings);
        List<String> words = new ArrayList<>(command);
        words.addAll(List.of("--config", config.toString()));
        for (StorePath seed : seeds) {
            words.addAll(List.of("--seed", seed.path()));
        }
        ProcessBuilder builder = new ProcessBuilder(words).directory(own.toFile())
                .redirectError(own.resolve("log").toFile());
        builder.environment().clear();
        builder.environment().putAll(environment);
        builder.environment().put("HOME", own.toString());
        Child child = place.processes().start(name, builder);
        try {
            Announcement ready = Announcement.await(child, START, _ -> {});
            HostAndPort swarm = HostAndPort.parse(ready.value("swarm").split(",", -1)[0]);
            PeerAddress address = new PeerAddress(PeerId.parse(ready.value("peer")), swarm);
            return new NodeProcess(name, child, address, new NodeApi(http, ready.value("api")), socket,
                    own.resolve("log"), Optional.ofNullable(ready.values().get("gateway")));
        } catch (IOException e) {
            throw new IOException(e.getMessage() + "; its log ends: " + lastOf(own.resolve("log")), e);
        }
    }

    /**
     * Writes the configuration of a node that keeps everything in a directory of its own.
     *
     * @param settings besides those of directories; those of addresses are loopback's unless they are here
     */
    public static Path configure(Path own, Path socket, Map<String, Object> settings) throws IOException {
        Map<String, Object> all = new LinkedHashMap<>(settings);
        all.putIfAbsent("state_dir", own.resolve("state").toString());
        all.put("cache_dir", own.resolve("cache").toString());
        all.put("socket_path", socket.toString());
        all.putIfAbsent("listen_address", List.of("127.0.0.1:0"));
        all.putIfAbsent("api_bind", "127.0.0.1:0");
        return Files.writeString(own.resolve("node.conf"), hocon(all));
    }

    /** JSON is HOCON too. */
    private static String hocon(Map<String, Object> settings) throws JsonProcessingException {
        StringBuilder text = new StringBuilder();
        for (Map.Entry<String, Object> setting : settings.entrySet()) {
            text.append(setting.getKey()).append(" = ").append(JSON.writeValueAsString(setting.getValue()))
                    .append('\n');
        }
        return text.toString();
    }

    private static String lastOf(Path log) throws IOException {
        List<String> lines = Files.readAllLines(log);
        return lines.stream().skip(Math.max(0, lines.size() - 3)).collect(Collectors.joining(" / "));
    }

    /** Waits until it offers all of {@code items}: each is hashed first. */
    public void awaitSeeds(List<StorePath> items) throws IOException, InterruptedException {
        await(SERVE, "offers its items", () -> {
            Map<String, String> states = api.seeds().stream()
                    .collect(Collectors.toMap(seed -> seed.storePath(), seed -> seed.state()));
            for (StorePath item : items) {
                String state = states.getOrDefault(item.path(), "");
                if (state.startsWith("refused")) {
                    throw new IOException(name + " does not offer " + item + ": " + state);
                }
            }
            return items.stream().map(item -> states.get(item.path())).allMatch("offered"::equals);
        });
    }

    /** Waits until it is connected to so many peers. */
    public void awaitPeers(int count) throws IOException, InterruptedException {
        await(START, "is connected to " + count + " peers", () -> api.status().connectedPeers() >= count);
    }

    /** Waits until it is known in the DHT for so many NARs, one of which stands for where all meet. */
    public void awaitAnnounced(int count) throws IOException, InterruptedException {
        await(START, "is known for " + count + " NARs", () -> api.status().providerRecords() >= count);
    }

    /** Waits until it has said a line in which {@code pattern} is found. */
    public Matcher awaitLog(Duration atMost, Pattern pattern) throws IOException, InterruptedException {
        AtomicReference<Matcher> found = new AtomicReference<>(pattern.matcher(""));
        await(atMost, "says '" + pattern + "'", () -> {
            found.set(pattern.matcher(Files.readString(log)));
            return found.get().find();
        });
        return found.get();
    }

    private void await(Duration atMost, String what, Condition condition) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + atMost.toNanos();
        while (!condition.holds()) {
            if (System.nanoTime() - deadline > 0) {
                throw new IOException(child + " is not so far after " + atMost.toSeconds() + " s that it " + what);
            }
            Thread.sleep(LOOK_AGAIN);
        }
    }

    /** The words of a process and its file names, for people who want to look on. */
    public String describe() {
        return Stream.of(name, "process " + child.pid(), api.base().toString(), address.toString())
                .collect(Collectors.joining("  "));
    }
}
