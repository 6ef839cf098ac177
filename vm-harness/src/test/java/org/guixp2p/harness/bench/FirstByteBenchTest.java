// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.guixp2p.harness.process.Programs;
import org.guixp2p.harness.units.ByteCount;
import org.guixp2p.harness.units.Span;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class FirstByteBenchTest {
    private static final int DELAY_MS = 10;
    private static final int SIZE = 300_000;

    @TempDir
    private Path parent;

    @Tag("slow")
    @Test
    void eachRoundTakesARoundTripAtLeast() throws Exception {
        List<String> steps = new ArrayList<>();
        FirstByteBench.Plan plan = new FirstByteBench.Plan(new ByteCount(SIZE),
                new Span(Duration.ofMillis(DELAY_MS)), 2, 1, parent);
        FirstByteReport report = new FirstByteBench(plan, Programs.ofThisProcess(), steps::add).run();

        assertEquals(List.of(), report.failures());
        assertTrue(report.ok());
        assertEquals(2, report.roundsMs().size());
        assertTrue(report.roundsMs().stream().allMatch(each -> each >= DELAY_MS), report::toString);
        assertTrue(report.wholeMs() >= report.firstByteMs(), report::toString);
        assertEquals(report.firstByteMs() / DELAY_MS, report.roundTrips(), 0.001);
        assertTrue(report.narBytes() > SIZE && report.wireBytes() > 2 * report.narBytes(), report::toString);
        assertEquals(0, report.leftRunning());
        assertTrue(report.json().startsWith("{\"ok\":true,\"failures\":[],\"nar_bytes\":"), report::json);
        try (Stream<Path> left = Files.list(parent)) {
            assertEquals(List.of(), left.toList());
        }
    }

    @Test
    void withoutRoomNothingIsMeasured() throws Exception {
        FirstByteBench.Plan plan = new FirstByteBench.Plan(new ByteCount(1L << 50), new Span(Duration.ZERO), 1, 1,
                parent);
        FirstByteReport report = new FirstByteBench(plan, Programs.ofThisProcess(), _ -> {}).run();
        assertTrue(!report.ok());
        assertTrue(report.failures().getFirst().contains("MiB are needed"), report::toString);
    }
}
