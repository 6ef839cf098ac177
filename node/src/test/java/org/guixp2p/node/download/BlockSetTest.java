// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.BitSet;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class BlockSetTest {
    /** It finds what bit sets find. */
    @Property(tries = 300)
    void searchesAsBitSetsDo(@ForAll @IntRange(max = 300) int blocks, @ForAll @IntRange(max = 320) int from,
            @ForAll @IntRange(max = 320) int to, @ForAll long seed) {
        Random random = new Random(seed);
        BitSet[] expected = new BitSet[4];
        BlockSet[] sets = new BlockSet[4];
        for (int i = 0; i < 4; i++) {
            boolean full = random.nextInt(3) == 0;
            sets[i] = full ? BlockSet.all(blocks) : BlockSet.none(blocks);
            expected[i] = new BitSet();
            expected[i].set(0, full ? blocks : 0);
            for (int change = 0; change < blocks; change++) {
                int block = random.nextInt(blocks);
                boolean member = random.nextInt(i == 3 ? 9 : 3) > 0 == (i < 3);
                expected[i].set(block, member);
                if (member) {
                    sets[i].set(block);
                } else {
                    sets[i].clear(block);
                }
                assertEquals(member, sets[i].get(block));
            }
        }
        assertEquals(first(expected[0], from, to), sets[0].first(from, to));
        expected[0].and(expected[1]);
        expected[0].andNot(expected[3]);
        assertEquals(first(expected[0], from, to), sets[0].first(sets[1], sets[3], from, to));
        expected[0].and(expected[2]);
        assertEquals(first(expected[0], from, to), sets[0].first(sets[1], sets[2], sets[3], from, to));
    }

    private static int first(BitSet set, int from, int to) {
        int found = set.nextSetBit(from);
        return found < to ? found : -1;
    }
}
