// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.process;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class LiveHeapTest {
    @Test
    void theLastLineOfAHistogramTells() {
        assertEquals(OptionalLong.of(67_890),
                LiveHeap.parse(List.of("123:", " num     #instances         #bytes  class",
                        "   1:         12345          54321  [B (java.base@25)",
                        "Total         12345          67890")));
        assertEquals(OptionalLong.empty(), LiveHeap.parse(List.of("no such process")));
    }

    @Test
    void aProcessThatIsNotThereHasNone() throws InterruptedException {
        assertEquals(OptionalLong.empty(), LiveHeap.ofProcess(Integer.MAX_VALUE));
    }
}
