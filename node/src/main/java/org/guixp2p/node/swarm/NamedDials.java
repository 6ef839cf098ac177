// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import java.net.InetSocketAddress;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.guixp2p.persistence.reputation.Reputation;
import org.guixp2p.protocol.swarm.HostAndPort;
import org.guixp2p.protocol.swarm.PeerAddress;
import org.guixp2p.protocol.swarm.PeerId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Dials those whom the user named, again and again, ever more rarely. Part of the {@link Swarm} actor, on its thread. */
final class NamedDials {
    private static final Logger LOG = LoggerFactory.getLogger(Swarm.class);

    private final NamedPeers named;
    private final Endpoint endpoint;
    private final Reputation reputation;
    private final TimerScheduler<Swarm.Command> timers;
    private final ActorRef<Swarm.Command> swarm;
    /** Those of whom one address after the other is being dialled. */
    private final Set<PeerId> underWay = new HashSet<>();

    NamedDials(NamedPeers named, Endpoint endpoint, Reputation reputation, TimerScheduler<Swarm.Command> timers,
            ActorRef<Swarm.Command> swarm) {
        this.named = named;
        this.endpoint = endpoint;
        this.reputation = reputation;
        this.timers = timers;
        this.swarm = swarm;
    }

    /** Dials one that is not connected. */
    void dial(PeerAddress address) {
        if (isRefused(address.id())) {
            over(address.id());
            later(address.id());
        } else {
            underWay.add(address.id());
            endpoint.dial(address, swarm::tell);
        }
    }

    /** One was reached, or need not be dialled any more. */
    void over(PeerId id) {
        underWay.remove(id);
    }

    private boolean isRefused(PeerId id) {
        return reputation.refusedFor(id).isPresent();
    }

    /**
     * One that the user named says that it is elsewhere by now: it is dialled there at once, or when what is being dialled is in vain; and
     * later after what the user named.
     */
    void moved(PeerId id, List<InetSocketAddress> addresses) {
        List<PeerAddress> there = addresses.stream()
                .map(address -> new PeerAddress(id, HostAndPort.of(address.getAddress(), address.getPort()))).toList();
        named.moved(id, there).filter(address -> !underWay.contains(id)).ifPresent(address -> {
            timers.cancel(id);
            dial(address);
        });
    }

    /** A dial came to nothing. */
    void failed(Swarm.DialFailed failed) {
        LOG.info("peer {} cannot be reached: {}", failed.address(), failed.reason());
        PeerId id = failed.address().id();
        named.after(failed.address()).ifPresentOrElse(next -> swarm.tell(new Swarm.Dial(next)), () -> {
            over(id);
            reputation.dialFailed(id);
            later(id);
        });
    }

    /** Begins again with the first of its addresses, after a while, if the user named it at all. */
    void later(PeerId id) {
        named.first(id).ifPresent(
                address -> timers.startSingleTimer(id, new Swarm.Dial(address), reputation.dialDelay(id)));
    }

    /** A connection to a peer that the user named did not last, so the next dial waits longer. */
    void unused(PeerId id) {
        if (named.contains(id) && !isRefused(id)) {
            reputation.dialFailed(id);
        }
    }
}
