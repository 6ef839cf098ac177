// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.guixp2p.harness.units.ByteCount;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class NarBenchTest {
    private static final long BYTES = 3_000_000;
    private static final int FILES = 150;

    @TempDir
    private Path parent;

    private NarBench.Plan plan(long bytes) {
        return new NarBench.Plan(new ByteCount(bytes), FILES, 3, 1, parent);
    }

    @Test
    void theNarIsReadInTurnWithTar() throws Exception {
        NarReport report = new NarBench(plan(BYTES), _ -> {}).run();

        assertEquals(List.of(), report.failures());
        assertEquals(List.of(3, 3, 0),
                List.of(report.narRuns().size(), report.tarRuns().size(), report.leftRunning()));
        assertTrue(report.narBytes() > BYTES, report::toString);
        JsonNode json = JsonMapper.builder().build().readTree(report.json());
        assertTrue(json.get("ok").asBoolean(), json::toString);
        assertTrue(json.get("index_seconds").asDouble() > 0, json::toString);
        assertEquals(json.get("tar_seconds").asDouble() / json.get("nar_seconds").asDouble(),
                json.get("ratio").asDouble(), 1e-3);
        assertEquals(NarBench.median(report.narRuns()), json.get("nar_seconds").asDouble());
        try (Stream<Path> left = Files.list(parent)) {
            assertEquals(List.of(), left.toList());
        }
    }

    @Test
    void aTreeThatChangesMeanwhileIsNotItsNar() throws Exception {
        NarReport report = new NarBench(plan(BYTES), step -> {
            if (step.startsWith("round 1:")) {
                spoil();
            }
        }).run();
        assertFalse(report.ok());
        assertTrue(report.failures().getFirst().contains("changed since its tree was indexed"), report::toString);
    }

    private void spoil() {
        try (Stream<Path> all = Files.walk(parent)) {
            Path file = all.filter(Files::isRegularFile).findFirst().orElseThrow();
            Files.writeString(file, "something else");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void withoutRoomNothingIsMeasured() throws Exception {
        NarReport report = new NarBench(plan(1L << 50), _ -> {}).run();
        assertFalse(report.ok());
        assertTrue(report.failures().getFirst().contains("MiB are needed"), report::toString);
    }

    @Test
    void theMedianIsInTheMiddle() {
        assertEquals(2.0, NarBench.median(List.of(3.0, 1.0, 2.0)));
        assertEquals(2.0, NarBench.median(List.of(3.0, 4.0, 1.0, 2.0)));
        assertEquals(0.0, NarBench.median(List.of()));
    }
}
