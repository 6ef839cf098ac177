// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.lan;

import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;
import java.util.function.LongSupplier;
import org.guixp2p.node.discovery.ProviderHint;
import org.guixp2p.protocol.swarm.HostAndPort;
import org.guixp2p.protocol.swarm.PeerAddress;
import org.guixp2p.protocol.swarm.PeerId;

/**
 * The peers that were heard of on networks nearby and have not been heard to leave. Safe for several threads; whoever wants to hear
 * of new ones is told without a lock held.
 */
public final class LanPeers {
    /** How many there may be: whoever is there already stays, so that nobody can push others out. */
    static final int MOST_PEERS = 512;
    /** One peer may be heard of on several networks, in IPv4 and IPv6. */
    static final int MOST_OF_A_PEER = 4;
    /** How long those who are there have to answer when a network is first looked at. */
    static final Duration LOOKING = Duration.ofSeconds(2);

    private final PeerId self;
    private final LongSupplier nanos;
    /** In the order in which they were first heard of. */
    private final Map<PeerId, Map<Source, LanAnnouncement>> peers = new LinkedHashMap<>();
    private final Map<Object, BiConsumer<PeerId, InetSocketAddress>> listeners = new ConcurrentHashMap<>();
    private long lookingUntil;

    /** Where an announcement was heard, and under which name. */
    record Source(LanInterface heardAt, String name) {}

    /**
     * Nobody yet.
     *
     * @param self is never among them
     * @param nanos a clock as {@link System#nanoTime}
     */
    public LanPeers(PeerId self, LongSupplier nanos) {
        this.self = self;
        this.nanos = nanos;
        this.lookingUntil = nanos.getAsLong();
    }

    /** A network is looked at from now on: those who are there answer before long. */
    synchronized void look() {
        lookingUntil = nanos.getAsLong() + LOOKING.toNanos();
    }

    /** How much longer those who are there may take to be heard of; zero or less when all have been. */
    synchronized Duration stillLooking() {
        return Duration.ofNanos(lookingUntil - nanos.getAsLong());
    }

    /** A peer is said to be there. */
    void add(Source source, LanAnnouncement announcement) {
        if (put(source, announcement)) {
            InetSocketAddress address = preferred(announcement.addresses());
            listeners.values().forEach(listener -> listener.accept(announcement.peer(), address));
        }
    }

    /** Whether it is one who was not there. */
    private synchronized boolean put(Source source, LanAnnouncement announcement) {
        PeerId peer = announcement.peer();
        // A name stands for one peer at a time.
        peers.entrySet().removeIf(other -> !other.getKey().equals(peer) && other.getValue().remove(source) != null
                && other.getValue().isEmpty());
        Map<Source, LanAnnouncement> known = peers.get(peer);
        if (peer.equals(self) || (known == null && peers.size() >= MOST_PEERS)) {
            return false;
        }
        if (known == null) {
            peers.put(peer, new LinkedHashMap<>(Map.of(source, announcement)));
            return true;
        }
        if (known.containsKey(source) || known.size() < MOST_OF_A_PEER) {
            known.put(source, announcement);
        }
        return false;
    }

    /** Whoever was heard of there, under that name, has left. */
    synchronized void remove(Source source) {
        peers.values().removeIf(known -> known.remove(source) != null && known.isEmpty());
    }

    /** Nothing is heard there any more. */
    synchronized void removeAll(LanInterface heardAt) {
        peers.values().removeIf(known -> known.keySet().removeIf(source -> source.heardAt().equals(heardAt))
                && known.isEmpty());
    }

    /** One hint for each peer. */
    synchronized List<ProviderHint> hints() {
        List<ProviderHint> hints = new ArrayList<>();
        peers.forEach((peer, known) -> hints.add(hint(peer, preferred(addresses(known)))));
        return hints;
    }

    private static List<InetSocketAddress> addresses(Map<Source, LanAnnouncement> known) {
        return known.values().stream().flatMap(announcement -> announcement.addresses().stream()).toList();
    }

    /** Who is there, and where: each with all of its addresses, at least one. */
    synchronized Map<PeerId, List<InetSocketAddress>> all() {
        Map<PeerId, List<InetSocketAddress>> all = new LinkedHashMap<>();
        peers.forEach((peer, known) -> all.put(peer, addresses(known)));
        return all;
    }

    /** One without a zone, if there is one: more machines talk to each other by those. */
    private static InetSocketAddress preferred(List<InetSocketAddress> addresses) {
        return addresses.stream().filter(address -> zone(address) == 0).findFirst().orElseGet(addresses::getFirst);
    }

    static ProviderHint hint(PeerId peer, InetSocketAddress there) {
        PeerAddress address = new PeerAddress(peer, HostAndPort.of(there.getAddress(), there.getPort()));
        int zone = zone(there);
        return zone == 0 ? new ProviderHint.Known(address) : new ProviderHint.Nearby(address, zone);
    }

    private static int zone(InetSocketAddress address) {
        return address.getAddress() instanceof Inet6Address six ? six.getScopeId() : 0;
    }

    /**
     * Wants to hear of peers who were not there, and where they are.
     *
     * @return to hear of no more
     */
    Runnable listen(BiConsumer<PeerId, InetSocketAddress> listener) {
        // The same one may listen twice.
        Object once = new Object();
        listeners.put(once, listener);
        return () -> listeners.remove(once);
    }
}
