// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.guixp2p.harness.process.Programs;
import org.guixp2p.harness.relay.Link;
import org.guixp2p.harness.units.BitRate;
import org.guixp2p.harness.units.ByteCount;
import org.guixp2p.harness.units.Loss;
import org.guixp2p.harness.units.Span;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A whole measurement, every process real, small enough for each build. */
@Timeout(120)
class TransferBenchTest {
    private static final long SIZE = 8 << 20;
    /** Two links of it take two seconds at least: the seeder is killed long before, however slow the machine is. */
    private static final int RATE = 2_000_000;

    @TempDir
    private Path parent;

    private final List<String> steps = new ArrayList<>();

    private TransferReport run(int seeders, Optional<Loss> loss) throws InterruptedException {
        return run(seeders, 1, loss);
    }

    private TransferReport run(int seeders, int fetchers, Optional<Loss> loss) throws InterruptedException {
        TransferPlan plan = new TransferPlan(new ByteCount(SIZE), new ByteCount(1), Data.RANDOM, seeders, fetchers,
                new BitRate(RATE), new Span(Duration.ofMillis(4)), loss, 1, 1, List.of(), parent);
        return new TransferBench(plan, Programs.ofThisProcess(), steps::add).run();
    }

    private void nothingIsLeft(TransferReport report) throws IOException {
        assertEquals(0, report.leftRunning());
        try (Stream<Path> left = Files.list(parent)) {
            assertEquals(List.of(), left.toList());
        }
    }

    @Test
    void aShapedTransferIsMeasuredThoughASeederIsKilled() throws Exception {
        Loss loss = new Loss(1, 0.05);
        TransferReport report = run(2, Optional.of(loss));

        assertEquals(List.of(), report.failures());
        assertTrue(report.ok());
        assertEquals("1@0.05", report.loss());
        assertTrue(report.narBytes() > SIZE);
        // Two links carry no more, each with the burst that it had saved up. When exactly one is lost is not known.
        double least = (report.narBytes() - 2.0 * Link.BURST) / (2.0 * RATE);
        assertTrue(report.seconds() >= least, () -> report.seconds() + " s, faster than the links: " + least);
        Double share = report.linkShare();
        assertNotNull(share);
        assertEquals(report.narBytes() / (RATE * (report.seconds() + loss.second())), share, 0.001);
        Long wire = report.wireBytes();
        assertNotNull(wire);
        assertTrue(wire > report.narBytes(), () -> wire + " bytes carried a NAR of " + report.narBytes());
        assertEquals("relay", report.wireBytesFrom());
        assertTrue(report.zstd3Bytes() >= SIZE);
        assertNotNull(report.firstByteMs());
        assertTrue(report.peakRssMib() > 0 && !report.rssMib().isEmpty());
        assertTrue(steps.contains("starting 2 seeders"), steps::toString);
        nothingIsLeft(report);
    }

    @Tag("slow")
    @Test
    void aLossThatComesTooLateFailsTheMeasurement() throws Exception {
        TransferReport report = run(1, Optional.of(new Loss(1, 3600)));

        assertEquals(List.of("the transfer was over before 1@3600.0 could be killed"), report.failures());
        assertFalse(report.ok());
        nothingIsLeft(report);
    }

    @Tag("slow")
    @Test
    void severalFetchersAreMeasuredTogetherAndOneAlone() throws Exception {
        TransferReport report = run(1, 2, Optional.empty());

        assertEquals(List.of(), report.failures());
        assertEquals(2, report.fetcherSeconds().size());
        assertNotNull(report.aloneSeconds());
        assertEquals("relay and tcp_info", report.wireBytesFrom());
        nothingIsLeft(report);
    }
}
