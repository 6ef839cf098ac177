// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import java.util.ArrayList;
import java.util.List;

/** How many relays have each block of a NAR. */
final class Rarity {
    /** Whether many have a block, or very many, makes no difference. */
    private static final int MOST_COMMON = 15;

    private final int blocks;
    private final int[] relays;
    private final List<BlockSet> byRelays = new ArrayList<>();

    Rarity(int blocks) {
        this.blocks = blocks;
        this.relays = new int[blocks];
        byRelays.add(BlockSet.all(blocks));
    }

    /** So many more relays have the block. */
    void count(int block, int more) {
        byRelays.get(Math.min(relays[block], MOST_COMMON)).clear(block);
        relays[block] += more;
        int now = Math.min(relays[block], MOST_COMMON);
        while (byRelays.size() <= now) {
            byRelays.add(BlockSet.none(blocks));
        }
        byRelays.get(now).set(block);
    }

    /** How many relays have a block. */
    int of(int block) {
        return relays[block];
    }

    /** The blocks that no relay has, those that one has, and so on. */
    List<BlockSet> rarestFirst() {
        return byRelays;
    }
}
