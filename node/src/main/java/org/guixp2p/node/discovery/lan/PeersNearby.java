// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.lan;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import java.util.function.ToIntFunction;
import javax.jmdns.ServiceInfo;
import org.guixp2p.protocol.swarm.PeerId;

/** Tells that this node is there as a peer, and has it meet other peers. */
public final class PeersNearby extends LanService implements LanService.Hearing {
    static final String TYPE = "_guix-p2p._tcp.local.";
    /** Who is met until it is asked again who is there: more than a network has, or what one liar may have dialled. */
    static final int MOST_MET = 64;

    private final PeerId self;
    private final ToIntFunction<InetAddress> ports;
    private final LanPeers peers;
    private final BiConsumer<PeerId, InetSocketAddress> meeting;
    /** How many were met since it was last asked who is there. Whoever hears of somebody takes no lock. */
    private final AtomicInteger met = new AtomicInteger();

    /**
     * @param ports the port on which this node accepts peers at an address of its own, or 0 where it is not to be announced
     * @param peers is told who is there
     * @param meet connects to a peer who was just heard of, if it is not connected and there is a place for it
     */
    public PeersNearby(PeerId self, ToIntFunction<InetAddress> ports, LanPeers peers,
            BiConsumer<PeerId, InetSocketAddress> meet) {
        this.self = self;
        this.ports = ports;
        this.peers = peers;
        this.meeting = meet;
        peers.listen(this::meet);
    }

    private void meet(PeerId peer, InetSocketAddress address) {
        if (met.incrementAndGet() <= MOST_MET) {
            meeting.accept(peer, address);
        }
    }

    @Override
    String type() {
        return TYPE;
    }

    @Override
    boolean isUsedAt(InetAddress own) {
        return ports.applyAsInt(own) != 0;
    }

    @Override
    Optional<ServiceInfo> announcement(LanInterface there, String name) {
        return Optional.of(ServiceInfo.create(TYPE, name, ports.applyAsInt(there.address()), 0, 0,
                LanAnnouncement.text(self)));
    }

    @Override
    Optional<Hearing> hearing() {
        return Optional.of(this);
    }

    @Override
    public void look() {
        peers.look();
    }

    @Override
    public void heard(LanPeers.Source source, ServiceInfo info) {
        if (info.getTextBytes().length > LanAnnouncement.MOST_TEXT) {
            return;
        }
        List<InetAddress> addresses = new ArrayList<>(List.of(info.getInet4Addresses()));
        addresses.addAll(List.of(info.getInet6Addresses()));
        LanAnnouncement.of(info.getPropertyString("v"), info.getPropertyString("id"), info.getPort(), addresses,
                source.heardAt()).ifPresent(announcement -> peers.add(source, announcement));
    }

    @Override
    public void left(LanPeers.Source source) {
        peers.remove(source);
    }

    @Override
    public void leftAll(LanInterface there) {
        peers.removeAll(there);
    }

    /** Meets those who are there, at their next address, in random order: of more than are met at a time each has its turn. */
    @Override
    public void lookAgain(int round) {
        met.set(0);
        List<Map.Entry<PeerId, List<InetSocketAddress>>> all = new ArrayList<>(peers.all().entrySet());
        Collections.shuffle(all);
        all.forEach(peer -> meet(peer.getKey(), peer.getValue().get(round % peer.getValue().size())));
    }
}
