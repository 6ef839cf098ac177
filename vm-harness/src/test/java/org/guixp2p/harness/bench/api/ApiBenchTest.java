// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.bench.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.guixp2p.harness.process.Programs;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A short version of what is measured. */
@Timeout(180)
class ApiBenchTest {
    @TempDir
    private Path parent;

    @Test
    void aNodeKnowsWhatEarlierRunsLeftAndAnswersEachTime() throws Exception {
        ApiBench.Plan plan = new ApiBench.Plan(30, 40, 50, 5, 1, parent);
        ApiReport report = new ApiBench(plan, Programs.ofThisProcess(), _ -> {}).run();

        assertEquals(List.of(), report.failures());
        assertEquals(List.of(30, 40, 40, 5, 0), List.of(report.seeds(), report.knownPeers(), report.knownAddresses(),
                report.warmUp(), report.leftRunning()));
        assertEquals(List.of(50, 5, 5, 5), List.of(report.status().requests(), report.peers().requests(),
                report.seedsPage().requests(), report.metrics().requests()));
        assertEquals("[]".length(), report.peers().answerBytes());
        for (ApiReport.Figures one : List.of(report.status(), report.peers(), report.seedsPage(), report.metrics())) {
            assertTrue(one.p50Millis() > 0 && one.p50Millis() <= one.p99Millis() && one.p99Millis() <= one.maxMillis(),
                    one::toString);
        }
        JsonNode json = JsonMapper.builder().build().readTree(report.json());
        assertTrue(json.get("ok").asBoolean(), json::toString);
        assertEquals(report.status().p99Millis(), json.get("status").get("p99_millis").asDouble());
        try (Stream<Path> left = Files.list(parent)) {
            assertEquals(List.of(), left.toList());
        }
    }

    @Test
    void withoutRoomNothingIsMeasured() throws Exception {
        ApiReport report = new ApiBench(new ApiBench.Plan(Integer.MAX_VALUE, 1, 1, 0, 1, parent),
                Programs.ofThisProcess(), _ -> {}).run();
        assertFalse(report.ok());
        assertTrue(report.failures().getFirst().contains("MiB are needed"), report::toString);
        assertEquals(0, report.status().requests());
    }
}
