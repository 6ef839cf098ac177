// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.bench.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.guixp2p.harness.bench.rivals.Nginx;
import org.guixp2p.harness.process.Programs;
import org.guixp2p.harness.units.ByteCount;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A short version of what is measured. */
@Timeout(180)
class GatewayBenchTest {
    @TempDir
    private Path parent;

    @Test
    void clientsGetWhatTheyAskForAndNothingIsFetchedTwice() throws Exception {
        assumeTrue(Nginx.isInstalled(), "nginx is not installed");
        GatewayBench.Plan plan = new GatewayBench.Plan(new ByteCount(20_000_000), 2, 20, 20, 10,
                new ByteCount(3_000_000), 1, parent);
        GatewayReport report = new GatewayBench(plan, Programs.ofThisProcess(), _ -> {}).run();

        assertEquals(List.of(), report.failures());
        assertEquals(List.of(2, 2, 400, 0, 1, 10, 0), List.of(report.gatewayRuns().size(), report.nginxRuns().size(),
                report.lookups(), report.lookupErrors(), report.downloads(), report.complete(), report.leftRunning()));
        JsonNode json = JsonMapper.builder().build().readTree(report.json());
        assertTrue(json.get("ok").asBoolean(), json::toString);
        assertEquals(json.get("nginx_seconds").asDouble() / json.get("gateway_seconds").asDouble(),
                json.get("ratio").asDouble(), 1e-3);
        assertTrue(json.get("p99_millis").asDouble() >= json.get("p50_millis").asDouble(), json::toString);
        try (Stream<Path> left = Files.list(parent)) {
            assertEquals(List.of(), left.toList());
        }
    }
}
