// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.process;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class QuietTest {
    @TempDir
    private Path directory;

    private final ProcessTable table = new ProcessTable();

    @AfterEach
    void endAll() {
        table.close();
    }

    private Child script(String script) throws IOException {
        return table.start("script", new ProcessBuilder("/bin/sh", "-c", script).directory(directory.toFile()));
    }

    @Test
    void whoeverWorksIsWaitedFor() throws Exception {
        // Some time of a processor, and then nothing.
        Child child = script("i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done; : > done; exec cat");
        Quiet.await(child);
        assertTrue(Files.exists(directory.resolve("done")));
    }

    @Test
    void whoeverHasEndedIsNotQuiet() throws Exception {
        Child child = script("exit 3");
        child.process().waitFor();
        assertThrows(IOException.class, () -> Quiet.await(child));
    }
}
