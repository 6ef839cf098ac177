// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.apache.pekko.actor.typed.ActorRef;
import org.guixp2p.protocol.swarm.PeerId;

/**
 * Connects to those who are said to have what is wanted, and says to whoever wants it what came of that. Part of the {@link Swarm}
 * actor, on its thread.
 */
final class Meetings {
    private final PeerTable peers;
    private final Consumer<InetSocketAddress> dial;
    private final Ticker ticker;
    private final MeetingPlaces<ActorRef<Swarm.Met>> places;

    /** @param dial begins one, which ends with a {@link Swarm.Connected} or {@link Swarm.NobodyMet} */
    Meetings(PeerTable peers, Consumer<InetSocketAddress> dial, Ticker ticker) {
        this.peers = peers;
        this.dial = dial;
        this.ticker = ticker;
        this.places = new MeetingPlaces<>(RandomGenerator.getDefault(), ticker.nanos());
    }

    /** @param mayDial false when nobody new is to be met, or not this one */
    void meet(Swarm.Meet meet, boolean mayDial) {
        Optional<PeerId> there = meet.said().or(() -> places.found(meet.address()))
                .filter(id -> peers.get(id) != null);
        if (there.isPresent() || !mayDial || !places.ask(meet.address(), meet.replyTo(), ticker.nanos())) {
            meet.replyTo().tell(new Swarm.Met(meet.address(), there));
        }
        dialNext();
    }

    private void dialNext() {
        MeetingPlaces.Next<ActorRef<Swarm.Met>> next = places.next(ticker.nanos());
        next.refused().forEach((address, waiters) -> tell(address, Optional.empty(), waiters));
        next.dial().forEach(dial);
    }

    /** Whether a connection was made because somebody was said to have something. */
    boolean isWanted(PeerConnection connection) {
        return !connection.inbound() && places.isDialled(connection.remote());
    }

    /** A dial, of this or another kind, has led to a connection, which is welcome or turned away. */
    void came(PeerConnection connection) {
        if (!isWanted(connection)) {
            return;
        }
        InetSocketAddress address = connection.remote();
        PeerId peer = connection.peer();
        if (peers.contains(peer)) {
            tell(address, Optional.of(peer), places.met(address, peer));
        } else {
            tell(address, Optional.empty(), places.failed(address, false, ticker.nanos()));
        }
        dialNext();
    }

    void failed(Swarm.NobodyMet nobody) {
        tell(nobody.address(), Optional.empty(), places.failed(nobody.address(), nobody.own(), ticker.nanos()));
        dialNext();
    }

    private static void tell(InetSocketAddress address, Optional<PeerId> peer, List<ActorRef<Swarm.Met>> waiters) {
        waiters.forEach(waiter -> waiter.tell(new Swarm.Met(address, peer)));
    }
}
