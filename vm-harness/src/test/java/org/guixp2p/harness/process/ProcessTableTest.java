// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ProcessTableTest {
    private static final int SIGTERM = 143;
    private static final int SIGKILL = 137;

    private final ProcessTable table = new ProcessTable(Duration.ofMillis(300));

    @AfterEach
    void endAll() {
        table.close();
    }

    private Child shell(String script) throws IOException {
        return table.start(script, new ProcessBuilder("/bin/sh", "-c", script));
    }

    private static void awaitLine(Child child, String line) throws IOException {
        BufferedReader output = child.process().inputReader(StandardCharsets.UTF_8);
        assertEquals(line, output.readLine());
    }

    @Test
    void aProcessThatHeedsSigtermEndsByIt() throws Exception {
        Child child = shell("exec sleep 1000");
        assertTrue(child.isAlive());
        table.close();
        assertFalse(child.isAlive());
        assertEquals(SIGTERM, child.process().exitValue());
        assertEquals(List.of(), table.running());
    }

    @Test
    void aProcessThatIsDeafEndsBySigkill() throws Exception {
        Child deaf = shell("trap '' TERM; echo deaf; while :; do read line; done");
        Child heeding = shell("trap 'exit 7' TERM; echo heeding; while :; do read line; done");
        awaitLine(deaf, "deaf");
        awaitLine(heeding, "heeding");
        table.close();
        assertEquals(SIGKILL, deaf.process().exitValue());
        assertEquals(7, heeding.process().exitValue());
    }

    @Test
    void aProcessThatHasEndedIsLeftAlone() throws Exception {
        Child child = shell("exit 3");
        assertTrue(child.process().waitFor(30, TimeUnit.SECONDS));
        table.close();
        assertEquals(3, child.process().exitValue());
        assertEquals(List.of(child), table.children());
    }

    @Test
    void nothingIsStartedAfterTheEnd() {
        table.close();
        IOException refused = assertThrows(IOException.class, () -> shell("exit 0"));
        assertEquals("exit 0 is not started: the run is ending", refused.getMessage());
        assertEquals(List.of(), table.children());
    }

    @Test
    void anInterruptedThreadEndsItsProcessesAllTheSame() throws Exception {
        Child child = shell("exec sleep 1000");
        Thread.currentThread().interrupt();
        table.close();
        assertTrue(Thread.interrupted(), "the interruption is lost");
        assertFalse(child.isAlive());
    }

    @Test
    void whatCannotBeStartedIsNotInTheTable() {
        assertThrows(IOException.class, () -> table.start("none", new ProcessBuilder("/nonexistent/program")));
        assertEquals(List.of(), table.children());
    }

    @Test
    void memoryIsKnownAfterTheEnd() throws Exception {
        // Not by exec: in the midst of it a process has next to no memory.
        Child child = shell("echo up; while :; do read line; done");
        awaitLine(child, "up");
        assertTrue(child.peakKib().isEmpty());
        table.close();
        assertTrue(child.peakKib().orElseThrow() > 100, child.peakKib()::toString);
    }

    @Test
    void killIsSigkillAndNotesTheMemory() throws Exception {
        Child child = shell("trap 'exit 0' TERM; echo up; while :; do read line; done");
        awaitLine(child, "up");
        child.kill();
        assertTrue(child.process().waitFor(30, TimeUnit.SECONDS));
        assertEquals(SIGKILL, child.process().exitValue());
        assertTrue(child.peakKib().isPresent());
    }
}
