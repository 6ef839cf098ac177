// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class BlockMapTest {
    @Test
    void eachBlockIsACellOfItsOwnWhenThereAreFew() {
        int[] sources = {0, 0, 1, -1, -1, 0};
        assertEquals(new BlockMap(6, 1, List.of(0, 2, 1, 1, -1, 2, 0, 1)), BlockMap.of(6, 2, block -> sources[block]));
        assertEquals(List.of(-1, 3), BlockMap.of(3, 0, block -> -1).runs());
        assertEquals(new BlockMap(0, 1, List.of()), BlockMap.of(0, 0, block -> 0));
    }

    @Test
    void ofManyBlocksACellIsOfWhoGaveMostOfItOnceHalfIsThere() {
        // Of four blocks each, and the last one of two.
        int blocks = 4 * BlockMap.MOST_CELLS - 2;
        assertEquals(List.of(1, BlockMap.MOST_CELLS - 1, 0, 1),
                BlockMap.of(blocks, 2, block -> block % 4 == 0 ? 0 : 1).runs());
        assertEquals(List.of(0, BlockMap.MOST_CELLS), BlockMap.of(blocks, 1, block -> block % 4 < 2 ? 0 : -1).runs());
        assertEquals(List.of(-1, BlockMap.MOST_CELLS - 1, 0, 1),
                BlockMap.of(blocks, 1, block -> block % 4 == 0 ? 0 : -1).runs());
    }

    @Test
    void itIsNeverLong() {
        for (int blocks : List.of(1, 511, 512, 513, 1023, 1025, 400_000)) {
            BlockMap map = BlockMap.of(blocks, 2, block -> block / Math.max(1, Math.ceilDiv(blocks, 512)) % 2);
            assertTrue(map.runs().size() <= 2 * BlockMap.MOST_CELLS, () -> "too long for " + blocks);
            int cells = 0;
            for (int run = 1; run < map.runs().size(); run += 2) {
                cells += map.runs().get(run);
            }
            assertEquals(Math.ceilDiv(blocks, map.blocksPerCell()), cells);
        }
    }
}
