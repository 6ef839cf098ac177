// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.micro;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.guixp2p.protocol.FormatException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is measured happens, and a thousand such inventories are within the bound. */
@Timeout(60)
class InventoryBenchmarkTest {
    private static final int PEERS = 20;

    @Test
    void inventoriesAreMadeChangedAndLookedInto() throws FormatException {
        InventoryBenchmark benchmark = new InventoryBenchmark();
        benchmark.peers = PEERS;
        benchmark.make();
        assertTrue(benchmark.bytes() * 1000 / PEERS < InventoryBenchmark.MOST_BYTES, benchmark.bytes() + " bytes");
        assertEquals(50_000, benchmark.whole().items());
        assertEquals(50_000, benchmark.change().items());
        int found = 0;
        for (int i = 0; i < 5000; i++) {
            found += benchmark.lookup();
        }
        // 100,000 answers, of which one in 8192 is wrong.
        assertTrue(found < 60, found + " times");
    }
}
