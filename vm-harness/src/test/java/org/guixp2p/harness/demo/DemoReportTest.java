// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.guixp2p.harness.units.ByteCount;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class DemoReportTest {
    private static final DemoReport.Item ITEM = new DemoReport.Item("/gnu/store/" + "1".repeat(32) + "-tree",
            "sha256:abc", 268_435_456, 193, 20, 35, "/usr/lib/jvm/jdk", 1.5, 170.667);
    private static final List<DemoReport.Peer> PEERS = List.of(new DemoReport.Peer("ida", "seeder-1", 100),
            new DemoReport.Peer("idb", "seeder-2", 268_435_356), new DemoReport.Peer("idc", "seeder-3", 0));

    private static DemoReport report(boolean ok, List<String> failures, String mode,
            DemoReport.@Nullable Killed killed, DemoReport.@Nullable Liar liar, boolean held) {
        Map<String, Double> memory = new LinkedHashMap<>();
        memory.put("seeder-1", 120.5);
        memory.put("fetcher", 180.25);
        return new DemoReport(ok, failures, mode, "named", 268_435_456, 1.5, 170.667, PEERS, 7, 2, 262_144, 0, killed,
                liar,
                killed == null ? 0 : 44_739_242, List.of(ITEM), "guix-p2p substitute", 90, 3, 0, memory,
                held ? 5 : 0, held, held ? "/tmp/guix-p2p-demo-1" : null);
    }

    private static JsonNode json(DemoReport report) throws Exception {
        return JsonMapper.builder().build().readTree(report.json());
    }

    private static List<String> names(JsonNode node) {
        List<String> names = new ArrayList<>();
        node.fieldNames().forEachRemaining(names::add);
        return names;
    }

    @Test
    void theObjectHasItsFieldsInOrder() throws Exception {
        JsonNode json = json(report(true, List.of(), "plain", null, null, false));
        assertEquals(List.of("ok", "failures", "mode", "discovery", "nar_bytes", "seconds", "mib_per_second", "peers",
                "requeued_blocks", "corrupt_blocks", "duplicated_bytes", "restarts", "killed", "liar",
                "max_upload_rate", "items", "restorer", "deduplicated_files", "narinfo_requests", "nar_requests",
                "peak_rss_mib", "left_running", "held", "work_directory"), names(json));
        assertTrue(json.get("ok").isBoolean());
        assertEquals(268_435_456, json.get("nar_bytes").asLong());
        assertEquals(1.5, json.get("seconds").asDouble());
        assertEquals(170.667, json.get("mib_per_second").asDouble());
        assertEquals(7, json.get("requeued_blocks").asLong());
        assertEquals(2, json.get("corrupt_blocks").asLong());
        assertEquals(262_144, json.get("duplicated_bytes").asLong());
        assertTrue(json.get("killed").isNull() && json.get("liar").isNull());
    }

    @Test
    void peersItemsAndMemoryAreStructured() throws Exception {
        JsonNode json = json(report(true, List.of(), "plain", null, null, false));
        assertEquals("{\"id\":\"idb\",\"name\":\"seeder-2\",\"bytes\":268435356}", json.get("peers").get(1).toString());
        assertEquals(List.of("store_path", "nar_hash", "nar_bytes", "files", "directories", "symlinks", "origin",
                "seconds", "mib_per_second"), names(json.get("items").get(0)));
        assertEquals("{\"seeder-1\":120.5,\"fetcher\":180.25}", json.get("peak_rss_mib").toString());
    }

    @Test
    void whatHappenedIsStructured() throws Exception {
        JsonNode json = json(report(true, List.of(), "kill-one+liar",
                new DemoReport.Killed("ida", "seeder-1", 100, 300, 900),
                new DemoReport.Liar("idc", "seeder-3", 0, 2), false));
        assertEquals("{\"id\":\"ida\",\"name\":\"seeder-1\",\"bytes\":100,\"received_bytes\":300,\"nar_bytes\":900}",
                json.get("killed").toString());
        assertEquals("{\"id\":\"idc\",\"name\":\"seeder-3\",\"bytes\":0,\"corrupt_blocks\":2}",
                json.get("liar").toString());
    }

    @Test
    void itIsOneLine() {
        assertFalse(report(false, List.of("a\nb"), "plain", null, null, false).json().contains("\n"));
    }

    @Test
    void theSummaryFitsAScreen() {
        List<String> lines = DemoSummary.of(report(true, List.of(), "kill-one+liar",
                new DemoReport.Killed("ida", "seeder-1", 100, 300, 900),
                new DemoReport.Liar("idc", "seeder-3", 0, 2), true));
        assertTrue(lines.size() < 24, lines::toString);
        assertTrue(lines.stream().allMatch(line -> line.length() <= 100), lines::toString);
        String text = String.join("\n", lines);
        assertTrue(text.contains("1.50 s from request to verified, restored tree: 170.7 MiB/s"), text);
        assertTrue(text.contains("seeder-2   256.0 MiB  100 %  idb"), text);
        assertTrue(text.contains("7 asked for again, 2 corrupt, 256.0 KiB came twice, 0 restarts"), text);
        assertTrue(text.contains("each seeder sends at most 42.7 MiB/s"), text);
        assertTrue(text.contains("seeder-1, when 300 B of 900 B were there, 100 B of them from it"), text);
        assertTrue(text.contains("seeder-3 served corrupt blocks only: 2 found out, 0 B taken from it"), text);
        assertTrue(text.contains("not yet: 5 processes are kept up"), text);
        assertTrue(text.contains("/tmp/guix-p2p-demo-1"), text);
    }

    @Test
    void theSummarySaysWhatDoesNotHold() {
        List<String> lines = DemoSummary.of(report(false, List.of("first", "second"), "plain", null, null, false));
        assertEquals(List.of("It does NOT hold:", "  - first", "  - second"),
                lines.subList(lines.size() - 3, lines.size()));
        assertFalse(String.join("\n", lines).contains("checked"));
    }

    @Test
    void aReportOfNothingIsNotOk() throws Exception {
        DemoPlan plan = new DemoPlan(List.of(), new ByteCount(0), Path.of("/"), Path.of("/"),
                Discovery.NAMED, false, false, false);
        JsonNode json = json(new Findings(plan).report());
        assertFalse(json.get("ok").asBoolean());
        assertEquals(0, json.get("mib_per_second").asDouble());
    }
}
