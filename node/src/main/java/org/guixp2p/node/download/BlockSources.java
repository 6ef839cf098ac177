// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The sources of a {@link BlockScheduler}, and which blocks they have.
 *
 * @param <S> what names a source
 */
final class BlockSources<S> {
    private final int blocks;
    private final BlockSet everything;
    private final BlockSet nothing;
    private final Rarity rarity;
    private final Map<S, BlockSource<S>> byId = new HashMap<>();
    private final List<BlockSource<S>> sources = new ArrayList<>();
    /** Blocks that some relay has had at some time. */
    private final BitSet everAtRelay = new BitSet();

    /** @param rarity counts what relays have */
    BlockSources(int blocks, Rarity rarity) {
        this.blocks = blocks;
        this.everything = BlockSet.all(blocks);
        this.nothing = BlockSet.none(blocks);
        this.rarity = rarity;
    }

    /** Adds a source that has every block; false when it is there. */
    boolean addComplete(S id, int largestWindow) {
        return add(new BlockSource<>(id, everything, true, largestWindow, nothing));
    }

    /** Adds a source that has none yet; false when it is there. */
    boolean addRelay(S id, int largestWindow) {
        return add(new BlockSource<>(id, BlockSet.none(blocks), false, largestWindow, nothing));
    }

    private boolean add(BlockSource<S> source) {
        if (byId.putIfAbsent(source.id, source) != null) {
            return false;
        }
        sources.add(source);
        return true;
    }

    /** The source of a name, if it is there. */
    @Nullable
    BlockSource<S> find(S id) {
        return byId.get(id);
    }

    /** All of them; changes as they come and go. */
    List<BlockSource<S>> all() {
        return Collections.unmodifiableList(sources);
    }

    /**
     * A relay says of a block whether it has it by now.
     *
     * @return whether it is news: no relay has had the block before
     */
    boolean relayHas(S id, int block, boolean has) {
        BlockSource<S> relay = byId.get(id);
        if (relay == null || relay.complete || relay.has.get(block) == has) {
            return false;
        }
        if (has) {
            relay.has.set(block);
        } else {
            relay.has.clear(block);
        }
        rarity.count(block, has ? 1 : -1);
        // Whoever says now this and now that, or says and does not give, is no news.
        if (has && rarity.of(block) == 1 && !relay.isDoubtful() && !everAtRelay.get(block)) {
            everAtRelay.set(block);
            return true;
        }
        return false;
    }

    /** Takes a source away, if it is there. */
    @Nullable
    BlockSource<S> remove(S id) {
        BlockSource<S> gone = byId.remove(id);
        if (gone == null) {
            return null;
        }
        sources.remove(gone);
        if (!gone.complete) {
            for (int block = gone.has.first(0, blocks); block >= 0; block = gone.has.first(block + 1, blocks)) {
                rarity.count(block, -1);
            }
        }
        return gone;
    }
}
