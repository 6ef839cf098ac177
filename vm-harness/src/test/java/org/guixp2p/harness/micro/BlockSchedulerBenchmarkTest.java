// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.micro;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is measured comes to its end, with hardly a block asked for twice. */
@Timeout(60)
class BlockSchedulerBenchmarkTest {
    private static final int BLOCKS = 4096;
    /** A hundredth of the blocks late, as many at the end, and a few. */
    private static final int MOST = BLOCKS + 2 * (BLOCKS / 100 + 2);

    @Test
    void allBlocksCome() {
        for (int asked : new int[]{new BlockSchedulerBenchmark().inOrder(),
            new BlockSchedulerBenchmark().rarestFirst()}) {
            assertTrue(asked >= BLOCKS && asked <= MOST, asked + " questions");
        }
    }
}
