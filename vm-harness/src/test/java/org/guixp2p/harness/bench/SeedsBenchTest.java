// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.guixp2p.harness.process.Programs;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(240)
class SeedsBenchTest {
    private static final int ITEMS = 50;

    @TempDir
    private Path parent;

    @Tag("slow")
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aNodeHasAllItemsOfEarlierRunsAgain(boolean kept) throws Exception {
        SeedsReport report = new SeedsBench(new SeedsBench.Plan(ITEMS, kept, parent), Programs.ofThisProcess(),
                _ -> {}).run();

        assertEquals(List.of(), report.failures());
        assertTrue(report.ok());
        assertEquals(ITEMS, report.items());
        assertTrue(report.startSeconds() > 0 && report.cpuSeconds() > 0, report::toString);
        assertTrue(report.heapBytes() > 0 && report.emptyHeapBytes() > 0, report::toString);
        assertEquals(0, report.leftRunning());
        assertTrue(report.json().startsWith("{\"ok\":true,\"failures\":[],\"items\":50,\"kept\":" + kept),
                report::json);
        try (Stream<Path> left = Files.list(parent)) {
            assertEquals(List.of(), left.toList());
        }
    }

    @Test
    void withoutRoomNothingIsMeasured() throws Exception {
        SeedsReport report = new SeedsBench(new SeedsBench.Plan(Integer.MAX_VALUE, false, parent),
                Programs.ofThisProcess(), _ -> {}).run();
        assertFalse(report.ok());
        assertTrue(report.failures().getFirst().contains("MiB are needed"), report::toString);
    }
}
