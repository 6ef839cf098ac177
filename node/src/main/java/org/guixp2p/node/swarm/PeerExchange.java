// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.guixp2p.node.config.Share;
import org.guixp2p.persistence.addresses.AddressBook;
import org.guixp2p.persistence.addresses.KnownAddress;
import org.guixp2p.protocol.swarm.AddressGroup;
import org.guixp2p.protocol.swarm.AddressScope;
import org.guixp2p.protocol.swarm.HostAndPort;
import org.guixp2p.protocol.swarm.PeerAddress;
import org.guixp2p.protocol.swarm.PeerId;
import org.guixp2p.protocol.swarm.SwarmMessage;

/**
 * Tells one peer where this node has connected to others, and meets whom it tells of (docs/wire-protocol.md, "peers"). No clock of its
 * own, one thread.
 */
final class PeerExchange {
    /** Addresses that are told in one session. */
    static final int MOST_TOLD = 250;
    /** Between two frames. */
    static final Duration PAUSE = Duration.ofMinutes(1);
    /** Those that answered within this time are told. */
    static final Duration RECENT = Duration.ofDays(1);

    private static final long PAUSE_NANOS = PAUSE.toNanos();

    private final PeerId peer;
    private final InetAddress where;
    private final Share share;
    private final AddressBook book;
    private final Consumer<SwarmMessage.Peers> send;
    private final Consumer<Swarm.Neighbour> meet;
    private final Set<HostAndPort> told = new HashSet<>();
    /** What was new in the book when it was looked at last. */
    private long seen = -1;
    private long notBeforeNanos;
    /** When the peer's next frame would come if all had kept their distance. */
    private long expectedNanos;

    /**
     * @param peer with whom
     * @param where it is
     * @param send tells it
     * @param meet takes whom it tells of
     */
    PeerExchange(PeerId peer, InetAddress where, Share share, AddressBook book, Consumer<SwarmMessage.Peers> send,
            Consumer<Swarm.Neighbour> meet, long nowNanos) {
        this.peer = peer;
        this.where = where;
        this.share = share;
        this.book = book;
        this.send = send;
        this.meet = meet;
        this.notBeforeNanos = nowNanos;
        this.expectedNanos = nowNanos;
    }

    /** Tells what is new, if it is time for that. */
    void tell(long nowNanos) {
        int most = Math.min(SwarmMessage.Peers.MAX_ADDRESSES, MOST_TOLD - told.size());
        long additions = book.additions();
        if (most == 0 || nowNanos - notBeforeNanos < 0 || additions == seen) {
            return;
        }
        List<PeerAddress> news = book.recent(RECENT).stream().map(KnownAddress::address).filter(this::mayTell)
                .limit(most).toList();
        // When there are more of them than a frame holds, there will be something to tell the next time too.
        seen = news.size() < most ? additions : -1;
        if (!news.isEmpty()) {
            news.forEach(address -> told.add(address.endpoint()));
            notBeforeNanos = nowNanos + PAUSE_NANOS;
            send.accept(new SwarmMessage.Peers(news));
        }
    }

    private boolean mayTell(PeerAddress address) {
        return !address.id().equals(peer) && !told.contains(address.endpoint())
                && address.endpoint().port() >= SwarmMessage.Peers.FIRST_PORT
                && isOfUse(InetAddress.ofLiteral(address.endpoint().host()), where, share);
    }

    /** The peer tells of others; not looked at when it does so more often than it may, but for once. */
    void told(SwarmMessage.Peers peers, long nowNanos) {
        if (expectedNanos - nowNanos > PAUSE_NANOS) {
            return;
        }
        expectedNanos = Math.max(expectedNanos - nowNanos, 0) + nowNanos + PAUSE_NANOS;
        for (PeerAddress address : peers.addresses()) {
            InetAddress host = InetAddress.ofLiteral(address.endpoint().host());
            if (isOfUse(host, where, share) && !book.isOwn(address.endpoint())) {
                meet.accept(new Swarm.Neighbour(address.id(), new InetSocketAddress(host, address.endpoint().port()),
                        Swarm.Neighbour.Source.TOLD));
            }
        }
    }

    /**
     * Whether an address may be told between this node and one somewhere else: one of a private network only within that, and with
     * {@code share = lan} no others.
     */
    static boolean isOfUse(InetAddress told, InetAddress with, Share share) {
        return AddressScope.of(told).reaches(AddressScope.of(with))
                && (share == Share.WORLD || (share == Share.LAN && AddressGroup.isLocal(told)));
    }
}
