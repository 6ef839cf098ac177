// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.lan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.guixp2p.protocol.swarm.PeerId;
import org.junit.jupiter.api.Test;

/** Who of many is met again; without a network. */
class LanMeetingTest {
    private static final LanInterface ETH = new LanInterface("eth0", 2, InetAddress.ofLiteral("10.0.0.1"), 24);

    @Test
    void ofMoreThanAreMetAtATimeEachHasItsTurn() {
        LanPeers peers = new LanPeers(LanProgram.peer(0), System::nanoTime);
        Set<PeerId> met = ConcurrentHashMap.newKeySet();
        int count = 3 * PeersNearby.MOST_MET;
        PeersNearby nearby = new PeersNearby(LanProgram.peer(0), address -> 0, peers, (peer, address) -> met.add(peer));
        for (int i = 1; i <= count; i++) {
            peers.add(new LanPeers.Source(ETH, "peer" + i), new LanAnnouncement(LanProgram.peer(i),
                    List.of(new InetSocketAddress(InetAddress.ofLiteral("10.0.0.2"), i))));
        }
        assertEquals(PeersNearby.MOST_MET, met.size());
        // That one is never met in so many rounds has a chance of less than one in 10^30.
        for (int round = 0; round < 200; round++) {
            int before = met.size();
            nearby.lookAgain(round);
            assertTrue(met.size() - before <= PeersNearby.MOST_MET);
        }
        assertEquals(count, met.size());
    }
}
