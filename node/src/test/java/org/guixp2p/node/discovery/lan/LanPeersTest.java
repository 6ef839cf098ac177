// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.lan;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.guixp2p.node.discovery.ProviderHint;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.swarm.HostAndPort;
import org.guixp2p.protocol.swarm.PeerAddress;
import org.guixp2p.protocol.swarm.PeerId;
import org.junit.jupiter.api.Test;

class LanPeersTest {
    private static final LanInterface ETH = new LanInterface("eth0", 2, InetAddress.ofLiteral("10.0.0.1"), 24);
    private static final LanInterface WIFI = new LanInterface("wlan0", 3, InetAddress.ofLiteral("10.0.1.1"), 24);

    private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 5);
    private final LanPeers peers = new LanPeers(peer(0), now::get);

    private static PeerId peer(int number) {
        return new PeerId(Sha256.hash(("peer" + number).getBytes(StandardCharsets.US_ASCII)));
    }

    private static InetSocketAddress address(String host) {
        return new InetSocketAddress(InetAddress.ofLiteral(host), 6881);
    }

    private static LanAnnouncement said(int number, String... hosts) {
        return new LanAnnouncement(peer(number), Stream.of(hosts).map(LanPeersTest::address).toList());
    }

    private static ProviderHint known(int number, String host) {
        return new ProviderHint.Known(new PeerAddress(peer(number), new HostAndPort(host, 6881)));
    }

    private static LanPeers.Source at(LanInterface there, String name) {
        return new LanPeers.Source(there, name);
    }

    @Test
    void whoComesIsThereUntilItLeaves() {
        peers.add(at(ETH, "a"), said(1, "10.0.0.2"));
        peers.add(at(ETH, "b"), said(2, "10.0.0.3"));
        assertEquals(List.of(known(1, "10.0.0.2"), known(2, "10.0.0.3")), peers.hints());
        peers.remove(at(WIFI, "a"));
        assertEquals(2, peers.hints().size());
        peers.remove(at(ETH, "a"));
        assertEquals(List.of(known(2, "10.0.0.3")), peers.hints());
    }

    @Test
    void ofWhomItIsHeardOnTwoNetworksIsThereAsLongAsOnOne() {
        peers.add(at(ETH, "a"), said(1, "10.0.0.2"));
        peers.add(at(WIFI, "a"), said(1, "10.0.1.2"));
        assertEquals(List.of(known(1, "10.0.0.2")), peers.hints());
        peers.removeAll(ETH);
        assertEquals(List.of(known(1, "10.0.1.2")), peers.hints());
        peers.removeAll(WIFI);
        assertEquals(List.of(), peers.hints());
    }

    @Test
    void anAddressWithoutAZoneIsPreferred() throws Exception {
        InetAddress zoned = Inet6Address.getByAddress(null, InetAddress.ofLiteral("fe80::1").getAddress(), 2);
        peers.add(at(ETH, "a-6"), new LanAnnouncement(peer(1), List.of(new InetSocketAddress(zoned, 6881))));
        assertEquals(List.of(new ProviderHint.Nearby(
                new PeerAddress(peer(1), new HostAndPort("fe80::1", 6881)), 2)), peers.hints());
        peers.add(at(ETH, "a-4"), said(1, "10.0.0.2"));
        assertEquals(List.of(known(1, "10.0.0.2")), peers.hints());
    }

    @Test
    void itIsNotItsOwnNeighbour() {
        peers.add(at(ETH, "a"), said(0, "10.0.0.1"));
        assertEquals(List.of(), peers.hints());
    }

    @Test
    void aNameStandsForOnePeerAtATime() {
        peers.add(at(ETH, "a"), said(1, "10.0.0.2"));
        peers.add(at(ETH, "a"), said(2, "10.0.0.2"));
        assertEquals(List.of(known(2, "10.0.0.2")), peers.hints());
    }

    @Test
    void aPeerMayMove() {
        peers.add(at(ETH, "a"), said(1, "10.0.0.2"));
        peers.add(at(ETH, "a"), said(1, "10.0.0.9"));
        assertEquals(List.of(known(1, "10.0.0.9")), peers.hints());
    }

    @Test
    void nobodyPushesOthersOut() {
        for (int i = 1; i <= 2 * LanPeers.MOST_PEERS; i++) {
            peers.add(at(ETH, "name" + i), said(i, "10.0.0.2"));
        }
        assertEquals(LanPeers.MOST_PEERS, peers.hints().size());
        assertEquals(known(1, "10.0.0.2"), peers.hints().getFirst());
        for (int i = 0; i < 100; i++) {
            peers.add(at(ETH, "another" + i), said(1, "10.0.0." + (100 + i)));
        }
        assertEquals(LanPeers.MOST_OF_A_PEER, peers.all().getOrDefault(peer(1), List.of()).size());
        peers.remove(at(ETH, "name1"));
        peers.add(at(ETH, "name999999"), said(999_999, "10.0.0.2"));
        assertEquals(LanPeers.MOST_PEERS, peers.hints().size());
    }

    @Test
    void onlyNewcomersAreTold() {
        List<PeerId> told = new ArrayList<>();
        Runnable stop = peers.listen((peer, address) -> told.add(peer));
        peers.add(at(ETH, "self"), said(0, "10.0.0.1"));
        peers.add(at(ETH, "a"), said(1, "10.0.0.2"));
        peers.add(at(ETH, "a"), said(1, "10.0.0.3"));
        peers.add(at(WIFI, "a"), said(1, "10.0.1.2"));
        assertEquals(List.of(peer(1)), told);
        peers.removeAll(ETH);
        peers.removeAll(WIFI);
        peers.add(at(ETH, "a"), said(1, "10.0.0.2"));
        assertEquals(List.of(peer(1), peer(1)), told);
        stop.run();
        peers.add(at(ETH, "b"), said(2, "10.0.0.3"));
        assertEquals(2, told.size());
    }

    @Test
    void aNetworkIsOnlyJustLookedAtForAMoment() {
        assertEquals(false, peers.stillLooking().isPositive());
        peers.look();
        assertEquals(LanPeers.LOOKING, peers.stillLooking());
        now.addAndGet(LanPeers.LOOKING.toNanos());
        assertEquals(false, peers.stillLooking().isPositive());
    }
}
