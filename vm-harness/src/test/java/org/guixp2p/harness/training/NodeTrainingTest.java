// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.training;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import org.guixp2p.harness.process.Programs;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The launcher does the same when it is built, and a run of all tests ends with that: without the cache it has failed. */
@Tag("slow")
class NodeTrainingTest {
    @TempDir
    Path directory;

    @Test
    @Timeout(300)
    void twoNodesDoWhatNodesDoAndLeaveNothing() throws Exception {
        NodeTraining.run(directory, Programs.ofThisProcess(), 1 << 20);
        try (var left = Files.list(directory)) {
            assertEquals(0, left.count());
        }
        assertEquals(0, ProcessHandle.current().descendants().filter(ProcessHandle::isAlive).count());
    }
}
