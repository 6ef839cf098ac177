// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.events;

import java.util.LinkedHashMap;
import java.util.Map;
import org.guixp2p.api.NodeEvent;
import org.guixp2p.node.seed.OfferWatcher;
import org.guixp2p.node.seed.Seeds;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.NarSize;

/** What is offered and given to others, as events, besides what another one is told. Safe for several threads. */
final class OfferEvents implements OfferWatcher {
    /** NARs of which blocks are counted at a time. */
    private static final int MOST_COUNTED = 256;

    private final EventSink events;
    private final OfferWatcher other;
    private final Map<NarHash, Long> given = new LinkedHashMap<>();

    OfferEvents(EventSink events, OfferWatcher other) {
        this.events = events;
        this.other = other;
    }

    @Override
    public void added(NarHash nar, NarSize size) {
        events.publish(new NodeEvent.SeedAdded(nar.toString(), size.bytes()));
        other.added(nar, size);
    }

    @Override
    public void offered(NarHash nar, NarSize size, long blocks) {
        other.offered(nar, size, blocks);
    }

    @Override
    public void given(Seeds.Offered nar) {
        count(nar.hash());
        other.given(nar);
    }

    private synchronized void count(NarHash nar) {
        if (given.size() < MOST_COUNTED || given.containsKey(nar)) {
            given.merge(nar, 1L, Long::sum);
        }
    }

    @Override
    public void withdrawn(NarHash nar) {
        events.publish(new NodeEvent.SeedRemoved(nar.toString()));
        other.withdrawn(nar);
    }

    /** Tells of what was given since the last time. */
    void tick() {
        Map<NarHash, Long> counted;
        synchronized (this) {
            counted = Map.copyOf(given);
            given.clear();
        }
        counted.forEach((nar, blocks) -> events.publish(new NodeEvent.BlocksServed(nar.toString(), blocks)));
    }
}
