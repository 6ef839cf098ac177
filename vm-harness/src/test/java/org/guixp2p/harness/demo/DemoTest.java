// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.guixp2p.api.TransferStatus;
import org.guixp2p.harness.process.Programs;
import org.guixp2p.harness.tree.TreeMaker;
import org.guixp2p.harness.units.ByteCount;
import org.guixp2p.harness.world.TreeItem;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The demonstration with all that may go wrong in it, every process real. What goes well is shown by {@code .ci/run} each time. */
@Tag("slow")
class DemoTest {
    private static final ByteCount SIZE = new ByteCount(6 << 20);

    @TempDir
    private Path parent;

    private final List<TransferStatus> seen = new ArrayList<>();

    private final Demo.Audience audience = new Demo.Audience() {
        @Override
        public void step(String what) {}

        @Override
        public Consumer<TransferStatus> watch(TreeItem item, DemoWorld world) {
            return seen::add;
        }

        @Override
        public void watched() {}

        @Override
        public void held(DemoReport report, DemoWorld world) {}
    };

    @Test
    void anItemArrivesThoughOneSeederLiesAndAnotherIsKilled() throws IOException, InterruptedException {
        DemoPlan plan = new DemoPlan(TreeMaker.usualSources(), SIZE, parent.resolve("no-store"), parent,
                Discovery.NAMED, true, true, false);
        DemoReport report = new Demo(plan, Programs.ofThisProcess(), audience).run();

        assertEquals(List.of(), report.failures());
        assertTrue(report.ok());
        assertNotNull(report.killed());
        DemoReport.Liar liar = report.liar();
        assertNotNull(liar);
        assertEquals(0, liar.bytes());
        assertTrue(liar.corruptBlocks() > 0);
        assertTrue(report.requeuedBlocks() > 0);
        assertEquals(0, report.leftRunning());
        assertTrue(seen.stream().anyMatch(transfer -> transfer.state().equals("blocks")));
        try (Stream<Path> left = Files.list(parent)) {
            assertEquals(List.of(), left.toList());
        }
    }
}
