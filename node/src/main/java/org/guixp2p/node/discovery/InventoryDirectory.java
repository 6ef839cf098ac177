// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery;

import java.util.ArrayList;
import java.util.List;
import org.guixp2p.protocol.item.NarHash;

/** Peers that are connected and have told that they have a NAR. A lookup tells those of this moment, and ends. */
public final class InventoryDirectory implements ProviderDirectory {
    private final InventoryExchange inventories;
    private final Alarm alarm;

    public InventoryDirectory(InventoryExchange inventories, Alarm alarm) {
        this.inventories = inventories;
        this.alarm = alarm;
    }

    @Override
    public void announce(Announcement announcement) {
        inventories.add(announcement.nar());
    }

    @Override
    public void withdraw(NarHash nar) {
        inventories.remove(nar);
    }

    @Override
    public Lookup lookup(Question question, Listener listener) {
        OpenLookup lookup = new OpenLookup(question, listener, alarm);
        List<ProviderHint> hints = new ArrayList<>();
        inventories.named(question.nar()).forEach(peer -> inventories.hint(peer).ifPresent(hints::add));
        lookup.found(hints);
        lookup.end(End.EXHAUSTED);
        return lookup;
    }
}
