// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.events;

import org.guixp2p.api.NodeEvent;
import org.guixp2p.node.seed.OfferWatcher;
import org.guixp2p.node.seed.Seeds;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.NarSize;

/** What is offered and given to others, as events, besides what another one is told. Safe for several threads. */
final class OfferEvents implements OfferWatcher {
    private final EventSink events;
    private final OfferWatcher other;
    private final GivenBlocks given;

    OfferEvents(EventSink events, GivenBlocks given, OfferWatcher other) {
        this.events = events;
        this.given = given;
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
        given.count(nar.hash(), nar.size());
        other.given(nar);
    }

    @Override
    public void withdrawn(NarHash nar) {
        events.publish(new NodeEvent.SeedRemoved(nar.toString()));
        other.withdrawn(nar);
    }
}
