// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.lan;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import org.guixp2p.node.discovery.ProviderHint;

/** Has peers be heard of. */
public final class LanFixtures {
    private static final LanInterface HERE = new LanInterface("eth0", 2, InetAddress.ofLiteral("192.0.2.1"), 24);

    private LanFixtures() {}

    public static void hear(LanPeers peers, List<ProviderHint.Known> all) {
        all.forEach(known -> {
            var there = known.address().endpoint();
            peers.add(new LanPeers.Source(HERE, known.address().toString()),
                    new LanAnnouncement(known.address().id(),
                            List.of(new InetSocketAddress(InetAddress.ofLiteral(there.host()), there.port()))));
        });
    }

    public static void look(LanPeers peers) {
        peers.look();
    }
}
