// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class BlockPoolTest {
    @Test
    void thereAreAsManyAsFitAndNoMore() {
        BlockPool pool = BlockPool.of((3 << 18) + 1);
        assertEquals(3, pool.total());
        for (int left = 2; left >= 0; left--) {
            assertTrue(pool.take());
            assertEquals(left, pool.left());
        }
        assertFalse(pool.take());
        pool.giveBack();
        assertEquals(1, pool.left());
        assertTrue(pool.take());
        assertFalse(pool.take());
    }
}
