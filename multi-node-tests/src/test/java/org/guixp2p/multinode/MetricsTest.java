// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.multinode;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.guixp2p.node.Node;
import org.guixp2p.node.config.SubstitutePolicy;
import org.guixp2p.protocol.swarm.HostAndPort;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What monitoring sees of nodes that work, and whether the dashboard asks for that. */
@Timeout(120)
class MetricsTest extends InAWorld {
    private static final int SIZE = 3_000_000;
    private static final Path DASHBOARD = Path.of("../docs/grafana/guix-p2p.json");
    private static final Pattern SAMPLE = Pattern.compile("([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\\{(.*)})? (\\S+)");
    private static final Pattern LABEL = Pattern.compile("([a-zA-Z_][a-zA-Z0-9_]*)=\"[^\"]*\"");
    private static final Pattern QUERIED = Pattern.compile("\\b(?:guix_p2p|jvm|process|system)_[a-z0-9_]+");
    private static final Pattern GROUPED = Pattern.compile("by \\(([^)]*)\\)");
    private static final Pattern MATCHED = Pattern.compile("([a-z_]+)=~?\"");

    private static double value(String text, String series) {
        return text.lines().filter(line -> line.startsWith(series + " "))
                .mapToDouble(line -> Double.parseDouble(line.substring(series.length() + 1))).findFirst().orElse(-1);
    }

    private static String await(Node node, Predicate<String> wanted) {
        return World.await(node, "/metrics", wanted);
    }

    @Test
    void aTransferBetweenTwoNodesIsCountedAtBothEnds() throws Exception {
        World.Item item = world.item("counted", SIZE, false);
        Node seeder = world.plan("seeder").seeding(item).start();
        Node fetcher = world.plan("fetcher").withAStoreOfItsOwn().dialling(seeder).start();
        assertArrayEquals(item.nar(), world.fetch("fetcher", item));
        double bytes = item.nar().length;
        String fetched = await(fetcher, said -> value(said, "guix_p2p_received_bytes_total{source=\"peers\"}") == bytes
                && value(said, "guix_p2p_transfers_finished_total{outcome=\"done\",source=\"peers\"}") == 1
                && value(said, "guix_p2p_transfers_active") == 0);
        assertEquals(List.of(1.0, 0.0, 1.0, 1.0, 0.0),
                Stream.of("peers{session=\"full\"}", "peers{session=\"light\"}",
                        "transfer_duration_seconds_count{outcome=\"done\"}",
                        "narinfos_total{source=\"servers\",verdict=\"trusted\"}", "blocks_corrupt_total")
                        .map(series -> value(fetched, "guix_p2p_" + series)).toList());
        // By how many blocks were given, all as large as the middling one.
        String given = await(seeder,
                said -> Math.abs(value(said, "guix_p2p_served_bytes_total{to=\"others\"}") - bytes) < 100);
        assertEquals(value(fetched, "guix_p2p_blocks_received_total{source=\"peers\"}"),
                value(given, "guix_p2p_blocks_served_total"));
        await(seeder, said -> value(said, "guix_p2p_serve_bytes_per_second") > 0);
        for (String text : List.of(fetched, given)) {
            for (String name : List.of(seeder.addresses().peer().toString(), fetcher.addresses().peer().toString(),
                    item.path().baseName(), "127.0.0.1", "sha256")) {
                assertTrue(!text.contains(name), () -> name + " in " + text);
            }
        }
    }

    /** Each sample by the names of its labels. */
    private static Map<String, Set<String>> labels(String text) {
        Map<String, Set<String>> labels = new TreeMap<>();
        text.lines().filter(line -> !line.startsWith("#")).forEach(line -> {
            var sample = SAMPLE.matcher(line);
            assertTrue(sample.matches(), line);
            String said = sample.group(2) == null ? "" : sample.group(2);
            labels.computeIfAbsent(sample.group(1), name -> new TreeSet<>())
                    .addAll(LABEL.matcher(said).results().map(label -> label.group(1)).toList());
        });
        return labels;
    }

    private static List<String> found(Pattern pattern, String text, int group) {
        return pattern.matcher(text).results().map((MatchResult result) -> result.group(group)).toList();
    }

    @Test
    void theDashboardAsksForWhatThereIs() throws Exception {
        World.Item item = world.item("shown", SIZE, true);
        Node node = world.plan("node").withAStoreOfItsOwn().policy(SubstitutePolicy.P2P_FIRST).start();
        assertArrayEquals(item.nar(), world.fetch("node", item));
        World.api(node, "/metrics");
        // Of garbage there is something to see only once some was collected.
        System.gc();
        Map<String, Set<String>> there = labels(await(node, said -> said.contains("jvm_gc_pause_seconds_sum")
                && value(said, "guix_p2p_received_bytes_total{source=\"servers\"}") == item.nar().length));
        JsonNode dashboard = JsonMapper.builder().build().readTree(Files.readAllBytes(DASHBOARD));
        List<String> queries = new ArrayList<>();
        dashboard.get("panels").forEach(panel -> panel.path("targets")
                .forEach(target -> queries.add(target.get("expr").asText())));
        assertTrue(queries.size() > 40, queries::toString);
        for (String query : queries) {
            List<String> names = found(QUERIED, query, 0);
            assertEquals(1, names.size(), query);
            Set<String> has = there.get(names.getFirst());
            assertTrue(has != null, () -> query + ": only " + there.keySet());
            Stream.concat(found(GROUPED, query, 1).stream().flatMap(list -> Stream.of(list.split(", *"))),
                    found(MATCHED, query, 1).stream()).filter(label -> !label.equals("instance"))
                    .forEach(label -> assertTrue(has.contains(label), () -> label + " of " + query + ": only " + has));
        }
        String legends = dashboard.get("panels").findValuesAsText("legendFormat").toString();
        Set<String> all = there.values().stream().flatMap(Set::stream).collect(Collectors.toSet());
        found(Pattern.compile("\\{\\{([a-z_]+)}}"), legends, 1).stream().filter(label -> !label.equals("instance"))
                .forEach(label -> assertTrue(all.contains(label), label));
    }

    private static String answer(Node node, String path) throws IOException {
        HostAndPort api = node.addresses().api().orElseThrow();
        try (Socket socket = new Socket(api.host(), api.port())) {
            socket.getOutputStream()
                    .write(("GET " + path + " HTTP/1.1\r\nHost: " + api + "\r\nConnection: close\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static void awaitReadiness(Node node, String beginning, String word) throws IOException {
        List<String> said = new ArrayList<>();
        Await.until(() -> {
            try {
                said.add(answer(node, "/readyz"));
            } catch (IOException e) {
                said.add(e.toString());
            }
            return said.getLast().startsWith(beginning) && said.getLast().contains(word);
        }, () -> beginning + " with " + word + ", not " + said.getLast());
    }

    /** Somebody tidies up where he should not. */
    @Test
    void aNodeThatCannotServeAnyMoreIsNotReadyAndSaysWhy() throws Exception {
        Node node = world.plan("node").start();
        assertTrue(answer(node, "/readyz").startsWith("HTTP/1.1 200"));
        Path aside = world.socket("node").resolveSibling("aside");
        Files.move(world.socket("node"), aside);
        awaitReadiness(node, "HTTP/1.1 503", "does not find the socket " + world.socket("node"));
        assertTrue(answer(node, "/livez").startsWith("HTTP/1.1 200"));
        Files.createFile(world.socket("node"));
        Path kept = world.home("node").resolve("state/nars");
        Files.move(kept, kept.resolveSibling("elsewhere"));
        awaitReadiness(node, "HTTP/1.1 503", "what is kept for others cannot be written: " + kept);
        Files.move(kept.resolveSibling("elsewhere"), kept);
        Files.delete(world.socket("node"));
        Files.move(aside, world.socket("node"));
        awaitReadiness(node, "HTTP/1.1 200", "ready");
    }
}
