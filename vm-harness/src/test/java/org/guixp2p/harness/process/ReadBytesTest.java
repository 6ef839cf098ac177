// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReadBytesTest {
    private static final int BYTES = 1 << 20;

    @TempDir
    private Path directory;

    @Test
    void whatThisProcessReadsIsCounted() throws Exception {
        Path file = Files.write(directory.resolve("file"), new byte[BYTES]);
        long pid = ProcessHandle.current().pid();
        long before = ReadBytes.ofProcess(pid).orElseThrow();
        assertEquals(BYTES, Files.readAllBytes(file).length);
        assertTrue(ReadBytes.ofProcess(pid).orElseThrow() - before >= BYTES);
    }

    @Test
    void aProcessThatHasEndedHasReadNothing() {
        assertEquals(OptionalLong.empty(), ReadBytes.ofProcess(Integer.MAX_VALUE));
        assertEquals(OptionalLong.empty(), ReadBytes.parse(List.of("wchar: 12")));
        assertEquals(OptionalLong.of(7), ReadBytes.parse(List.of("rchar: 7", "wchar: 12", "read_bytes: 3")));
    }
}
