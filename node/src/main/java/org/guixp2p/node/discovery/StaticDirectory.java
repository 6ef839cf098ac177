// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery;

import java.util.Collection;
import java.util.List;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.swarm.PeerAddress;

/** Peers that the user named: each may have any NAR. */
public final class StaticDirectory implements ProviderDirectory {
    private final List<ProviderHint> peers;
    private final Alarm alarm;

    /** @param peers in the order in which they are told */
    public StaticDirectory(Collection<PeerAddress> peers, Alarm alarm) {
        this.peers = peers.stream().<ProviderHint>map(ProviderHint.Known::new).toList();
        this.alarm = alarm;
    }

    /** Nobody is told: whom the user named asks us. */
    @Override
    public void announce(Announcement announcement) {}

    @Override
    public void withdraw(NarHash nar) {}

    @Override
    public Lookup lookup(Question question, Listener listener) {
        OpenLookup lookup = new OpenLookup(question, listener, alarm);
        lookup.found(peers);
        lookup.end(End.EXHAUSTED);
        return lookup;
    }
}
