// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.apache.pekko.actor.typed.ActorRef;
import org.guixp2p.protocol.swarm.PeerId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Connects to those who are said to have what is wanted, and says to whoever wants it what came of that; to those nearby; to those
 * who are remembered, or told of; and to strangers. Each kind has bounds of its own. Part of the {@link Swarm} actor, on its thread.
 */
final class Meetings {
    private static final Logger LOG = LoggerFactory.getLogger(Meetings.class);

    private final PeerTable peers;
    private final LightPeers light;
    private final Places places;
    private final Consumer<InetSocketAddress> dial;
    private final Consumer<InetSocketAddress> dialNew;
    private final Consumer<InetSocketAddress> dialLight;
    private final Ticker ticker;
    private final Acquaintances acquaintances;
    private final MeetingPlaces<ActorRef<Swarm.Met>> wanted;
    /** Nobody waits for them, nor for the others. */
    private final MeetingPlaces<PeerId> nearby;
    private final MeetingPlaces<PeerId> remembered;
    private final MeetingPlaces<PeerId> told;
    private final MeetingPlaces<InetSocketAddress> strangers;

    /**
     * @param light with whom there are light sessions: those are for strangers alone
     * @param dial begins one, which ends with a {@link Swarm.Connected} or {@link Swarm.NobodyMet}
     * @param dialNew likewise, unless there is a light session with whoever answers: where he has no place for more it would be lost
     * @param dialLight likewise, for a light session
     */
    Meetings(PeerTable peers, LightPeers light, Places places, Consumer<InetSocketAddress> dial,
            Consumer<InetSocketAddress> dialNew, Consumer<InetSocketAddress> dialLight, Ticker ticker,
            Acquaintances acquaintances) {
        this.peers = peers;
        this.light = light;
        this.places = places;
        this.dial = dial;
        this.dialNew = dialNew;
        this.dialLight = dialLight;
        this.ticker = ticker;
        this.acquaintances = acquaintances;
        this.wanted = new MeetingPlaces<>(MeetingPlaces.WANTED, RandomGenerator.getDefault(), ticker.nanos());
        this.nearby = new MeetingPlaces<>(MeetingPlaces.NEARBY, RandomGenerator.getDefault(), ticker.nanos());
        this.remembered = new MeetingPlaces<>(MeetingPlaces.REMEMBERED, RandomGenerator.getDefault(), ticker.nanos());
        this.told = new MeetingPlaces<>(MeetingPlaces.TOLD, RandomGenerator.getDefault(), ticker.nanos());
        this.strangers = new MeetingPlaces<>(MeetingPlaces.STRANGERS, RandomGenerator.getDefault(), ticker.nanos());
    }

    /** @param mayDial false when nobody new is to be met, or not this one */
    void meet(Swarm.Meet meet, boolean mayDial) {
        Optional<PeerId> there = meet.said().or(() -> wanted.found(meet.address())).filter(this::isThere);
        if (there.isPresent() || !mayDial || !wanted.ask(meet.address(), meet.replyTo(), ticker.nanos())) {
            meet.replyTo().tell(new Swarm.Met(meet.address(), there));
        }
        dialNext();
    }

    /** @param mayDial false when there is no free place, or not for this one */
    void meet(Swarm.Neighbour near, boolean mayDial) {
        MeetingPlaces<PeerId> kind = switch (near.source()) {
            case NEARBY -> nearby;
            case REMEMBERED -> remembered;
            case TOLD -> told;
        };
        boolean there = near.source() == Swarm.Neighbour.Source.NEARBY
                ? isThere(near.peer())
                : isKnown(near.peer()) || isKnownAt(near.address());
        if (mayDial && !there && !isDialled(near.address())
                && kind.ask(near.address(), near.peer(), ticker.nanos())) {
            dialNext();
        }
    }

    /** @param mayDial false when there is no free place */
    void meet(Swarm.Stranger stranger, boolean mayDial) {
        InetSocketAddress there = stranger.address();
        if (mayDial && !isKnownAt(there) && !isDialled(there)
                && strangers.ask(there, there, ticker.nanos())) {
            dialNext();
        }
    }

    /** Whatever was in vain at an address does not keep a light session from being begun there. */
    void forgive(InetSocketAddress address) {
        strangers.forgive(address);
    }

    private Stream<MeetingPlaces<?>> all() {
        return Stream.of(wanted, nearby, remembered, told, strangers);
    }

    private boolean isDialled(InetSocketAddress address) {
        return all().anyMatch(kind -> kind.isDialled(address));
    }

    /** Whether somebody was found there who is known, whatever he is called. */
    private boolean isKnownAt(InetSocketAddress address) {
        return all().flatMap(kind -> kind.found(address).stream()).anyMatch(this::isKnown);
    }

    private boolean isThere(PeerId peer) {
        return peers.get(peer) != null;
    }

    private boolean isKnown(PeerId peer) {
        return isThere(peer) || light.table().get(peer) != null;
    }

    private void dialNext() {
        MeetingPlaces.Next<ActorRef<Swarm.Met>> next = wanted.next(ticker.nanos());
        next.refused().forEach((address, waiters) -> tell(address, Optional.empty(), waiters));
        next.dial().forEach(dial);
        nearby.next(ticker.nanos()).dial().forEach(dial);
        boolean lightly = light.free() > 0;
        List<MeetingPlaces<?>> full = lightly ? List.of(remembered, told) : List.of(remembered, told, strangers);
        dialWhileFree(remembered, places.freeForKnown(), full, dialNew);
        dialWhileFree(told, places.freeForKnown(), full, dialNew);
        if (lightly) {
            dialWhileFree(strangers, light.free(), List.of(strangers), dialLight);
        } else {
            dialWhileFree(strangers, places.free(), full, dialNew);
        }
    }

    /**
     * Each dial under way may take a place; when there are none left, nobody waits till there are.
     *
     * @param alike those that want places of the same kind
     */
    private void dialWhileFree(MeetingPlaces<?> kind, int free, List<MeetingPlaces<?>> alike,
            Consumer<InetSocketAddress> dialling) {
        if (free == 0) {
            kind.giveUp();
        }
        int underWay = alike.stream().mapToInt(MeetingPlaces::underWay).sum();
        kind.next(free - underWay, ticker.nanos()).dial().forEach(dialling);
    }

    /** Whether a connection was made because somebody was said to have something. */
    boolean isWanted(PeerConnection connection) {
        return !connection.inbound() && wanted.isDialled(connection.remote());
    }

    /** A dial, of this or another kind, has led to a connection, which is welcome or turned away. */
    void came(PeerConnection connection) {
        acquaintances.came(connection);
        if (!connection.inbound()) {
            ended(connection.remote(), Optional.of(connection.peer()).filter(this::isKnown), false);
        }
    }

    void failed(Swarm.NobodyMet nobody) {
        acquaintances.failed(nobody);
        LOG.debug("nobody is met at {}: {}", nobody.address(), nobody.reason().getMessage());
        ended(nobody.address(), nobody.reason() instanceof Handshake.AlreadyThereException there
                ? Optional.of(there.peer)
                : Optional.empty(), nobody.reason() instanceof Handshake.OwnAddressException);
    }

    private void ended(InetSocketAddress address, Optional<PeerId> peer, boolean own) {
        if (wanted.isDialled(address)) {
            tell(address, peer.filter(this::isThere), ended(wanted, address, peer, own));
        } else if (nearby.isDialled(address)) {
            ended(nearby, address, peer, own);
        } else if (remembered.isDialled(address)) {
            ended(remembered, address, peer, own);
        } else if (told.isDialled(address)) {
            ended(told, address, peer, own);
        } else if (strangers.isDialled(address)) {
            ended(strangers, address, peer, own);
        }
        dialNext();
    }

    private <W> List<W> ended(MeetingPlaces<W> kind, InetSocketAddress address, Optional<PeerId> peer, boolean own) {
        return peer.isPresent() ? kind.met(address, peer.get()) : kind.failed(address, own, ticker.nanos());
    }

    /**
     * A connection has ended.
     *
     * @param stable whether it stood for a while: who hangs up at once has no place for this node
     */
    void left(PeerConnection connection, boolean stable) {
        if (!connection.inbound()) {
            all().forEach(kind -> kind.left(connection.remote(), stable, ticker.nanos()));
        }
    }

    private static void tell(InetSocketAddress address, Optional<PeerId> peer, List<ActorRef<Swarm.Met>> waiters) {
        waiters.forEach(waiter -> waiter.tell(new Swarm.Met(address, peer)));
    }
}
