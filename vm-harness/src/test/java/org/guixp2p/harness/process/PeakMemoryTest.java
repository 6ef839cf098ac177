// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class PeakMemoryTest {
    @Test
    void theLargestResidentSetIsRead() {
        List<String> status = List.of("Name:\tjava", "VmPeak:\t 9000000 kB", "VmHWM:\t  123456 kB",
                "VmRSS:\t  1000 kB");
        assertEquals(OptionalLong.of(123_456), PeakMemory.parse(status));
    }

    @Test
    void aProcessThatHasEndedHasNone() {
        assertEquals(OptionalLong.empty(), PeakMemory.parse(List.of("Name:\tsh", "State:\tZ (zombie)")));
        assertEquals(OptionalLong.empty(), PeakMemory.ofProcess(Integer.MAX_VALUE));
        assertEquals(OptionalLong.empty(), PeakMemory.nowOfProcess(Integer.MAX_VALUE));
    }

    @Test
    void thisProcessHasMoreThanItsHeap() {
        long used = (Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory()) >> 10;
        assertTrue(PeakMemory.ofThisProcess().orElseThrow() > used / 2);
        assertTrue(PeakMemory.nowOfProcess(ProcessHandle.current().pid()).orElseThrow() > used / 2);
    }
}
