// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.lan;

import java.time.Duration;
import java.util.List;
import org.guixp2p.node.discovery.Alarm;
import org.guixp2p.node.discovery.OpenLookup;
import org.guixp2p.node.discovery.ProviderDirectory;
import org.guixp2p.protocol.item.NarHash;

/**
 * Peers on networks nearby: each may have any NAR. A lookup tells those who are there and ends; while a network is only just being
 * looked at, it waits for those who have yet to answer.
 */
public final class LanDirectory implements ProviderDirectory {
    private final LanPeers peers;
    private final Alarm alarm;

    public LanDirectory(LanPeers peers, Alarm alarm) {
        this.peers = peers;
        this.alarm = alarm;
    }

    /** Nobody is told: all who are there are connected, or ask. */
    @Override
    public void announce(Announcement announcement) {}

    @Override
    public void withdraw(NarHash nar) {}

    @Override
    public boolean knowsWhoHasIt() {
        return false;
    }

    @Override
    public Lookup lookup(Question question, Listener listener) {
        OpenLookup lookup = new OpenLookup(question, listener, alarm);
        lookup.afterwards(peers.listen(
                (peer, address) -> lookup.found(List.of(LanPeers.hint(peer, address)))));
        lookup.found(peers.hints());
        Duration looking = peers.stillLooking();
        if (looking.isPositive()) {
            lookup.afterwards(alarm.after(looking, () -> lookup.end(End.EXHAUSTED)));
        } else {
            lookup.end(End.EXHAUSTED);
        }
        return lookup;
    }
}
