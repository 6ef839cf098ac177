// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.swarm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.BitSet;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class BlockBitsTest {
    @Property(tries = 100)
    void windowsTogetherAreTheField(@ForAll @IntRange(min = 1, max = 100_000) int count, @ForAll long seed) {
        BitSet blocks = new BitSet();
        Random random = new Random(seed);
        for (int i = 0; i < 200; i++) {
            blocks.set(random.nextInt(count));
        }
        BitSet found = new BitSet();
        found.set(0, count, random.nextBoolean());
        for (int from = 0; from < count;) {
            BlockBits window = BlockBits.of(blocks, from, count);
            window.copyTo(found);
            from += window.width();
        }
        assertEquals(blocks, found);
    }

    @Test
    void theHighestBitComesFirst() {
        BlockBits window = BlockBits.of(5, new byte[]{(byte) 0xa0, 0x01});
        assertTrue(window.contains(5) && window.contains(7) && window.contains(20));
        assertFalse(window.contains(4) || window.contains(6) || window.contains(21));
        assertEquals(21, window.end());
        assertEquals(16, window.width());
        assertEquals(9, BlockBits.of(9, new byte[2]).end());
    }

    @Test
    void windowsHaveLimits() {
        assertThrows(IllegalArgumentException.class, () -> BlockBits.of(0, new byte[0]));
        assertThrows(IllegalArgumentException.class, () -> BlockBits.of(0, new byte[4097]));
        assertThrows(IllegalArgumentException.class, () -> BlockBits.of(-1, new byte[1]));
        assertThrows(IllegalArgumentException.class, () -> BlockBits.of(1 << 22, new byte[1]));
        assertEquals(1 << 22, BlockBits.of((1 << 22) - 1, new byte[]{(byte) 0x80}).end());
    }
}
