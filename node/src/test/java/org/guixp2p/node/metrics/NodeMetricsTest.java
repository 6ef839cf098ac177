// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.guixp2p.api.BuildStatus;
import org.guixp2p.api.ConnectivityStatus;
import org.guixp2p.api.NodeEvent;
import org.guixp2p.api.NodeStatus;
import org.guixp2p.node.testing.Eventually;
import org.guixp2p.persistence.reputation.Standings;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class NodeMetricsTest {
    private final NodeMetrics metrics = new NodeMetrics(System::nanoTime);

    @AfterEach
    void close() {
        metrics.close();
    }

    private String scrape() {
        return metrics.scrape(Optional.of(new NodeState(
                new NodeStatus("id", "1", 5, "p2p-first", "lan", List.of(), 2, 60, 3, 1, 21, 7,
                        new ConnectivityStatus("reachable", "unknown"), 40, 9, 0, 0),
                new Standings(4, List.of(1, 0, 3, 2)))));
    }

    /** The value of a series, or what there is in its place. */
    private static String value(String text, String series) {
        return text.lines().filter(line -> line.startsWith(series + " ")).findFirst()
                .map(line -> line.substring(series.length() + 1)).orElse("nothing");
    }

    private static BuildStatus build(String outcome, String from, @Nullable String why, double seconds) {
        return new BuildStatus(1, "/gnu/store/x", "sha256:x", 10, outcome, "2026-01-01T00:00:00Z", seconds, from, why,
                "", List.of(), List.of(), List.of(), List.of(), 0, 0, 0, null);
    }

    /** Also what happened before anybody asked. */
    @Test
    void whatHappensIsCounted() {
        metrics.happened(new NodeEvent.BlocksReceived(1, "p", "peer", 2, 300));
        metrics.happened(new NodeEvent.BlocksReceived(1, "p", "https://s.example", 3, 500));
        metrics.over(build("done", "peers-and-servers", "too-few", 3));
        String first = scrape();
        assertEquals("300.0", value(first, "guix_p2p_received_bytes_total{source=\"peers\"}"));
        assertEquals("3.0", value(first, "guix_p2p_blocks_received_total{source=\"servers\"}"));
        assertEquals("1.0", value(first,
                "guix_p2p_transfers_finished_total{outcome=\"done\",source=\"peers-and-servers\"}"));
        assertEquals("1.0", value(first, "guix_p2p_transfers_not_from_peers_total{reason=\"too-few\"}"));
        metrics.happened(new NodeEvent.BlocksReceived(1, "p", "disk", 1, 7));
        metrics.happened(new NodeEvent.BlocksReceived(1, "p", "other-peer", 1, 11));
        metrics.happened(new NodeEvent.BlocksServed("n", 2, 90));
        metrics.happened(new NodeEvent.CorruptBlock(1, "p", "peer", 5));
        metrics.happened(new NodeEvent.BlocksRequeued(1, "p", 6));
        metrics.happened(new NodeEvent.FellBackToHttp(1, "p", "r"));
        metrics.happened(new NodeEvent.MetadataTrusted("p", "n", "peers"));
        metrics.happened(new NodeEvent.MetadataRefused("p", "http://s.example", "r"));
        metrics.happened(new NodeEvent.LookupEnded("n", "exhausted", 4, 0.07));
        metrics.happened(new NodeEvent.AnnouncementEnded(null, "k", 0, 8));
        metrics.over(build("failed", "nowhere", null, 400));
        String text = scrape();
        assertEquals(List.of("311.0", "7.0", "90.0", "2.0", "1.0", "6.0", "1.0", "1.0", "1.0", "4.0", "1.0"),
                List.of("received_bytes_total{source=\"peers\"}", "received_bytes_total{source=\"disk\"}",
                        "served_bytes_total{to=\"others\"}", "blocks_served_total", "blocks_corrupt_total",
                        "blocks_requeued_total", "fallbacks_total{to=\"servers\"}",
                        "narinfos_total{source=\"peers\",verdict=\"trusted\"}",
                        "narinfos_total{source=\"servers\",verdict=\"refused\"}", "lookup_providers_total",
                        "dht_announcements_total{outcome=\"not-kept\"}").stream()
                        .map(series -> value(text, "guix_p2p_" + series)).toList());
        assertEquals(List.of("0", "1", "1"), List.of("0.05", "0.1", "+Inf").stream().map(most -> value(text,
                "guix_p2p_lookup_duration_seconds_bucket{outcome=\"exhausted\",le=\"" + most + "\"}")).toList());
        assertEquals("400.0", value(text, "guix_p2p_transfer_duration_seconds_sum{outcome=\"failed\"}"));
    }

    @Test
    void itIsSaidHowTheNodeStands() {
        String text = scrape();
        assertEquals(List.of("5.0", "2.0", "60.0", "3.0", "1.0", "1.0", "NaN", "40.0", "9.0", "4.0", "2.0"),
                List.of("uptime_seconds", "peers{session=\"full\"}", "peers{session=\"light\"}", "seeds",
                        "transfers_active", "reachable{family=\"ipv4\"}", "reachable{family=\"ipv6\"}", "dht_nodes",
                        "provider_records", "reputation_refused_peers", "reputation_peers{score=\"0.75-1\"}").stream()
                        .map(series -> value(text, "guix_p2p_" + series)).toList());
        String unknown = metrics.scrape(Optional.empty());
        assertEquals("NaN", value(unknown, "guix_p2p_seeds"), "what was known before does not count any more");
    }

    /** However much happens and however it is called: the series are the same. */
    @Test
    void nothingMakesASeriesOfItsOwn() {
        Set<String> before = series(scrape());
        for (int i = 0; i < 50; i++) {
            String name = "name" + i;
            metrics.happened(new NodeEvent.BlocksReceived(i, name, name, 1, 1));
            metrics.happened(new NodeEvent.LookupEnded(name, name, 1, i));
            metrics.happened(new NodeEvent.PeerConnected(name, name, name, true, false));
            metrics.happened(new NodeEvent.MetadataRefused(name, name, name));
            metrics.over(build(name, name, name, i));
            metrics.over(build("done", name, name, i));
        }
        String after = scrape();
        assertEquals(before, series(after));
        assertEquals("50.0", value(after, "guix_p2p_transfers_finished_total{outcome=\"done\",source=\"other\"}"));
    }

    private static Set<String> series(String text) {
        return text.lines().filter(line -> line.startsWith("guix_p2p_"))
                .map(line -> line.substring(0, line.lastIndexOf(' '))).collect(Collectors.toCollection(TreeSet::new));
    }

    /** Long before anybody asks, if ever. */
    @Test
    void whatWaitsToBeCountedIsBounded() {
        int many = 3 * NodeMetrics.MUCH_WAITING;
        IntStream.range(0, NodeMetrics.MUCH_WAITING).forEach(i -> metrics.happened(new NodeEvent.SeedRemoved("n")));
        Eventually.holds(() -> metrics.waiting() == 0, () -> "meters, and not " + metrics.waiting() + " that wait");
        IntStream.range(NodeMetrics.MUCH_WAITING, many).forEach(i -> metrics.happened(new NodeEvent.SeedRemoved("n")));
        assertEquals(0, metrics.waiting());
        assertEquals(3.0 * NodeMetrics.MUCH_WAITING, Double.parseDouble(value(scrape(),
                "guix_p2p_seed_changes_total{change=\"removed\"}")));
    }

    /** Prometheus' best practices: base units, which are said, and "total" for what only grows. */
    @Test
    void namesAndTypesAreAsUsual() {
        List<String> types = scrape().lines().filter(line -> line.startsWith("# TYPE guix_p2p_")).toList();
        assertTrue(types.size() > 30, types::toString);
        for (String line : types) {
            String name = line.split(" ")[2];
            String type = line.split(" ")[3];
            assertTrue(name.matches("guix_p2p_[a-z0-9_]+"), line);
            assertEquals(type.equals("counter"), name.endsWith("_total"), line);
            assertTrue(!name.contains("milli") && !name.contains("kilo"), line);
            assertTrue(!type.equals("histogram") || name.endsWith("_seconds"), line);
        }
    }

    @Test
    void theMachineIsAmongThem() {
        Set<String> names = scrape().lines().filter(line -> !line.startsWith("#"))
                .map(line -> line.replaceAll("[{ ].*", "")).collect(Collectors.toSet());
        List.of("jvm_memory_used_bytes", "jvm_threads_live_threads", "jvm_classes_loaded_classes",
                "process_uptime_seconds", "process_cpu_usage", "system_cpu_count", "process_files_open_files",
                "jvm_gc_memory_allocated_bytes_total").forEach(name -> assertTrue(names.contains(name), name));
    }
}
