// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.bench.closure;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.guixp2p.harness.daemon.GuixCommand;
import org.guixp2p.harness.process.Programs;
import org.guixp2p.harness.units.BitRate;
import org.guixp2p.harness.units.ByteCount;
import org.guixp2p.harness.units.Span;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(480)
class ClosureBenchTest {
    private static final int ITEMS = 12;
    private static final long DELAY_MS = 20;

    @TempDir
    private Path parent;

    private ClosurePlan plan(long total) {
        return plan(total, new Against.Plain());
    }

    private ClosurePlan plan(long total, Against against) {
        return new ClosurePlan(ITEMS, Sizes.SMALL, new ByteCount(total), 2, new BitRate(0),
                new Span(Duration.ofMillis(DELAY_MS)), 3, true, Optional.of(against), 1, 1, parent);
    }

    @Tag("slow")
    @Test
    void aNodeAndAPlainSubstituterBringTheSameClosureInBothShapes() throws Exception {
        List<String> steps = new ArrayList<>();
        ClosureReport report = new ClosureBench(plan(0), Programs.ofThisProcess(), steps::add).run();

        assertEquals(List.of(), report.failures());
        assertTrue(report.ok(), report::toString);
        assertEquals(List.of(ITEMS, 10, 0), List.of(report.items(), report.depth(), report.leftRunning()));
        assertTrue(report.bytes() > report.medianBytes(), report::toString);
        assertTrue(report.nodeSeconds() > 0 && report.walkSeconds() > 0, report::toString);
        assertNotNull(report.speedup());
        // Whoever asks one server for one thing at a time pays a round trip each.
        double trip = DELAY_MS / 1e3;
        ClosureReport.OfShape walk = Objects.requireNonNull(report.shapes().get("walk"));
        ClosureReport.Phases http = Objects.requireNonNull(walk.http());
        assertTrue(http.walkSeconds() >= ITEMS * trip, report::toString);
        assertTrue(http.substituteSeconds() >= ITEMS * trip, report::toString);
        ClosureReport.OfShape batch = Objects.requireNonNull(report.shapes().get("batch"));
        assertTrue(Objects.requireNonNull(batch.http()).batchSeconds() >= trip, report::toString);
        // With ten levels, each of which names the next one.
        double trips = Objects.requireNonNull(report.countedRoundTrips());
        assertTrue(trips > 8 && trips < ITEMS + 1, report::toString);
        assertEquals(4, steps.stream().filter(step -> step.startsWith("run 1, ")).count(), steps::toString);
        try (Stream<Path> left = Files.list(parent)) {
            assertEquals(List.of(), left.toList());
        }
    }

    @Tag("slow")
    @Test
    void aNodeIsMeasuredAgainstWhatIsCalledGuix() throws Exception {
        Path home = Files.createDirectory(parent.resolve("home"));
        List<String> steps = new ArrayList<>();
        ClosureReport report = new ClosureBench(plan(0, new Against.Guix(GuixStandIn.in(home))),
                Programs.ofThisProcess(), steps::add).run();

        assertEquals(List.of(), report.failures());
        assertTrue(report.ok(), report::toString);
        assertEquals(List.of("guix", GuixStandIn.VERSION),
                List.of(Objects.requireNonNull(report.against()), Objects.requireNonNull(report.guixVersion())));
        // Each time the narinfos are asked for anew.
        for (ClosureReport.OfShape shape : report.shapes().values()) {
            ClosureReport.Phases http = Objects.requireNonNull(shape.http());
            assertTrue(http.batchSeconds() + http.walkSeconds() >= DELAY_MS / 1e3, report::toString);
        }
        assertEquals(2, steps.stream().filter(step -> step.matches("run 1, .*: Guix, .*")).count(), steps::toString);
        try (Stream<Path> left = Files.list(parent)) {
            assertEquals(List.of(home), left.toList());
        }
    }

    @Tag("slow")
    @Test
    void whyGuixGivesUpStandsInTheReport() throws Exception {
        Path home = Files.createDirectory(parent.resolve("home"));
        GuixCommand failing = GuixStandIn.saying(home, "echo 'guix substitute: error: no luck' >&2; exit 1");
        ClosureReport report = new ClosureBench(plan(0, new Against.Guix(failing)), Programs.ofThisProcess(), _ -> {})
                .run();

        assertFalse(report.ok());
        assertEquals(1, report.failures().size(), report::toString);
        assertTrue(report.failures().getFirst().contains("guix substitute: error: no luck"), report::toString);
        assertEquals(0, report.leftRunning());
    }

    @Tag("slow")
    @Test
    void aClosureComesNoFasterThanItsLinksCarry() throws Exception {
        BitRate rate = BitRate.parse("8Mbit/s");
        ClosurePlan plan = new ClosurePlan(5, Sizes.PACKAGE, new ByteCount(12 * rate.bytes()), 2, rate,
                new Span(Duration.ofMillis(1)), 0, false, Optional.empty(), 1, 1, parent);
        ClosureReport report = new ClosureBench(plan, Programs.ofThisProcess(), _ -> {}).run();

        assertEquals(List.of(), report.failures());
        assertTrue(report.ok(), report::toString);
        double share = Objects.requireNonNull(report.linkShare());
        double ofItems = Objects.requireNonNull(report.itemsLinkShare());
        // What is in the relays' buckets at the beginning comes at once.
        assertTrue(ofItems < 1.1, report::toString);
        assertTrue(share > 0 && share < ofItems, report::toString);
    }

    @Test
    void withoutRoomNothingIsMeasured() throws Exception {
        ClosureReport report = new ClosureBench(plan(1L << 50), Programs.ofThisProcess(), _ -> {}).run();
        assertFalse(report.ok());
        assertTrue(report.failures().getFirst().contains("MiB are needed"), report::toString);
    }
}
