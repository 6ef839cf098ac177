// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.bench.mirrors;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.guixp2p.harness.bench.mirrors.BadMirror.Kind;
import org.guixp2p.harness.process.Programs;
import org.guixp2p.harness.relay.Link;
import org.guixp2p.harness.units.ByteCount;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A short version of what is measured. */
@Timeout(180)
class MirrorsBenchTest {
    @TempDir
    private Path parent;

    @Test
    void allComesWhateverIsWrongWithTheFirstServer() throws Exception {
        MirrorsBench.Plan plan = new MirrorsBench.Plan(List.of(Kind.NONE, Kind.LIES), 2,
                new ByteCount(100_000), Link.NONE, 50_000, 1, parent);
        MirrorsReport report = new MirrorsBench(plan, Programs.ofThisProcess(), _ -> {}).run();

        assertEquals(List.of(), report.failures());
        assertEquals(List.of("none", "lies"), List.copyOf(report.mirrors().keySet()));
        JsonNode json = JsonMapper.builder().build().readTree(report.json());
        assertTrue(json.get("ok").asBoolean(), json::toString);
        assertTrue(json.get("bytes").asLong() > 200_000, json::toString);
        JsonNode lies = json.get("mirrors").get("lies");
        assertTrue(lies.get("seconds").asDouble() >= lies.get("slowest_seconds").asDouble(), json::toString);
        assertEquals(lies.get("seconds").asDouble() - json.get("mirrors").get("none").get("seconds").asDouble(),
                lies.get("cost_seconds").asDouble(), 2e-3);
        try (Stream<Path> left = Files.list(parent)) {
            assertEquals(List.of(), left.toList());
        }
    }
}
