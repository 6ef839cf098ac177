// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.events;

import java.util.LinkedHashMap;
import java.util.Map;
import org.guixp2p.api.NodeEvent;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.swarm.BlockLayout;

/** Counts the blocks that are given to peers, of which is told once a second. Safe for several threads. */
final class GivenBlocks {
    /** NARs of which blocks are counted at a time; when there are more it is told sooner. */
    static final int MOST = 256;

    private final EventSink events;
    private final Map<NarHash, Given> given = new LinkedHashMap<>();

    private record Given(long blocks, long bytes) {}

    GivenBlocks(EventSink events) {
        this.events = events;
    }

    /** A block of a NAR is given to somebody. */
    void count(NarHash nar, NarSize size) {
        count(nar, new Given(1, Math.ceilDiv(size.bytes(), Math.max(1, new BlockLayout(size).count()))));
    }

    /** Bytes of a NAR that is on its way here are given to somebody. */
    void count(NarHash nar, long bytes) {
        count(nar, new Given(0, bytes));
    }

    private void count(NarHash nar, Given more) {
        if (!isCounted(nar, more)) {
            tick();
            count(nar, more);
        }
    }

    private synchronized boolean isCounted(NarHash nar, Given some) {
        if (given.size() >= MOST && !given.containsKey(nar)) {
            return false;
        }
        given.merge(nar, some,
                (before, more) -> new Given(before.blocks() + more.blocks(), before.bytes() + more.bytes()));
        return true;
    }

    /** Tells of what was given since the last time. */
    void tick() {
        Map<NarHash, Given> counted;
        synchronized (this) {
            counted = Map.copyOf(given);
            given.clear();
        }
        counted.forEach((nar, some) -> events
                .publish(new NodeEvent.BlocksServed(nar.toString(), some.blocks(), some.bytes())));
    }
}
