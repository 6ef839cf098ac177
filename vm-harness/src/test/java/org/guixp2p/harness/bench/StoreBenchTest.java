// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.bench;

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
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(240)
class StoreBenchTest {
    private static final int ITEMS = 300;

    @TempDir
    private Path parent;

    private StoreReport run(int items, String seedStore, int runs) throws InterruptedException {
        return new StoreBench(new StoreBench.Plan(items, seedStore, runs, 1, parent), Programs.ofThisProcess(),
                _ -> {}).run();
    }

    @Test
    void aNodeOffersAWholeStoreAndHashesNothing() throws Exception {
        StoreReport report = run(ITEMS, "all", 1);
        check(report);
        JsonNode json = JsonMapper.builder().build().readTree(report.json());
        assertEquals(List.of("true", "300", "\"all\""),
                Stream.of("ok", "items", "seed_store").map(name -> json.get(name).toString()).toList());
        assertEquals(0, json.get("on").get("hashed_items").asInt(-1), json::toString);
        assertTrue(json.get("off").get("ready_seconds").asDouble() > 0, json::toString);
    }

    @Tag("slow")
    @Test
    void whatIsNotYetKnownToBePublicIsKnownAllTheSame() throws Exception {
        StoreReport report = run(ITEMS, "public", 2);
        check(report);
        assertEquals(2, report.runs().size());
    }

    private void check(StoreReport report) throws Exception {
        assertEquals(List.of(), report.failures());
        assertTrue(report.ok());
        assertEquals(GeneratedStore.REAL * GeneratedStore.REAL_BYTES, report.realBytes());
        StoreReport.Start on = report.on();
        assertTrue(on.startSeconds() >= on.readySeconds() && on.readySeconds() > 0, report::toString);
        assertTrue(on.heapBytes() > 0 && on.cpuSeconds() > 0, report::toString);
        assertTrue(on.readBytes() > 0 && report.off().readBytes() > 0, report::toString);
        assertTrue(on.readBytes() - report.off().readBytes() < GeneratedStore.REAL_BYTES, report::toString);
        assertEquals(0, report.leftRunning());
        try (Stream<Path> left = Files.list(parent)) {
            assertEquals(List.of(), left.toList());
        }
    }

    @Test
    void withoutRoomNothingIsMeasured() throws Exception {
        StoreReport report = run(Integer.MAX_VALUE, "all", 1);
        assertFalse(report.ok());
        assertTrue(report.failures().getFirst().contains("MiB are needed"), report::toString);
    }
}
