// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.BitSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.function.BiConsumer;
import java.util.function.IntConsumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.PostStop;
import org.apache.pekko.actor.typed.SupervisorStrategy;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.guixp2p.api.PeerStatus;
import org.guixp2p.node.config.NodeConfig;
import org.guixp2p.node.config.Share;
import org.guixp2p.node.discovery.InventoryExchange;
import org.guixp2p.node.memory.MemoryShares;
import org.guixp2p.persistence.reputation.Offence;
import org.guixp2p.persistence.reputation.Reputation;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.swarm.GoodbyeReason;
import org.guixp2p.protocol.swarm.HostAndPort;
import org.guixp2p.protocol.swarm.PeerAddress;
import org.guixp2p.protocol.swarm.PeerId;

/**
 * The table of peers: dials those that are configured, accepts others, keeps one connection to each, and tells whoever
 * subscribed who is there.
 */
public final class Swarm extends AbstractBehavior<Swarm.Command> {
    /** What it understands. */
    public sealed interface Command {}

    /**
     * Wants to know of every peer: those that are there at once, then a {@link Snapshot}, then changes.
     *
     * @param first of those that are there, whom to tell of first
     */
    public record Subscribe(ActorRef<Event> subscriber, Set<PeerId> first) implements Command {
        public Subscribe(ActorRef<Event> subscriber) {
            this(subscriber, Set.of());
        }
    }

    /** A peer did what no honest peer does: it is hung up on, and refused for hours, or for days if it was not the first time. */
    public record Misbehaved(PeerId peer, Offence offence, String reason) implements Command {}

    /**
     * This node has a part of a NAR, or more of it: every peer that asked for it is told. Only of what may be known to all.
     *
     * @param count how many blocks the NAR has
     * @param changed those that were not there the last time; empty when peers are to look at the whole again
     * @param has all that are there; neither set changes any more
     */
    public record RelayNews(NarHash nar, Sha256 root, int count, BitSet changed, BitSet has) implements Command {}

    /**
     * Somebody at an address is said to have what is wanted: connects to whoever answers there, unless that was in vain lately.
     * Subscribers hear of a new peer before {@code replyTo} does.
     *
     * @param said who it is said to be
     */
    public record Meet(InetSocketAddress address, Optional<PeerId> said, ActorRef<Met> replyTo) implements Command {}

    /** A peer may be at an address, and nobody waits for it: connects to it, if there is a place free. */
    public record Neighbour(PeerId peer, InetSocketAddress address, Source source) implements Command {
        /** How this node knows. All but those nearby leave half of the places to others. */
        public enum Source {
            NEARBY, REMEMBERED, TOLD
        }
    }

    /**
     * Somebody whom nobody asked for may be at an address: begins a light session with him, or a full one where there may be no more
     * light ones, if a place is free.
     */
    public record Stranger(InetSocketAddress address) implements Command {}

    /** Wants to know how many strangers there may be besides; told on any thread. */
    public record CountFree(IntConsumer answer) implements Command {}

    /**
     * Wants to know who of these is not connected, and would be dialled if somebody said where he is by now.
     *
     * @param answer told on any thread who is missing, in the same order, and who is connected; some are neither while no place is free
     */
    public record FindMissing(List<PeerId> among, BiConsumer<List<PeerId>, Set<PeerId>> answer) implements Command {
        public FindMissing {
            among = List.copyOf(among);
        }
    }

    /** A peer says, signed by its key, that it is to be found there by now; it is dialled, as its kind's bounds let it. */
    public record Moved(PeerId peer, List<InetSocketAddress> addresses) implements Command {
        public Moved {
            addresses = List.copyOf(addresses);
        }
    }

    /**
     * What came of {@link Meet}.
     *
     * @param peer is connected; empty when nobody is
     */
    public record Met(InetSocketAddress address, Optional<PeerId> peer) {}

    /** The user wants a peer connected now, whatever came of earlier dials. */
    public record DialNow(PeerAddress address, ActorRef<Dialled> replyTo) implements Command {}

    /**
     * What came of {@link DialNow}.
     *
     * @param isNew whether it was not connected before
     * @param failure why it is not connected; empty when it is
     */
    public record Dialled(boolean isNew, Optional<String> failure) {}

    /** Wants to know who is connected. */
    public record Describe(ActorRef<Described> replyTo) implements Command {}

    /** Wants to know how many are connected, without a word of each. */
    public record Count(ActorRef<Counted> replyTo) implements Command {}

    /** Gives everybody, within a time, the blocks that are on their way, says goodbye, and stops. */
    public record Stop(Duration within) implements Command {}

    /** A connection stands and its peer is known. */
    record Connected(PeerConnection connection) implements Command {}

    /** A dial came to nothing. */
    record DialFailed(PeerAddress address, String reason) implements Command {}

    /** A dial that the user wanted came to nothing. */
    record UserDialFailed(PeerAddress address, String reason) implements Command {}

    /** A connection is not welcome. */
    record TurnedAway(PeerId peer, String reason) implements Command {}

    /** A dial to whoever is at an address led to nobody new. */
    record NobodyMet(InetSocketAddress address, IOException reason) implements Command {}

    private record Late() implements Command {}

    record Dial(PeerAddress address) implements Command {}

    private record Unsubscribe(ActorRef<Event> subscriber) implements Command {}

    private record SessionEnded(PeerId peer, boolean light) implements Command {}

    /** What subscribers are told. */
    public sealed interface Event {}

    /**
     * A peer is connected.
     *
     * @param addressGroup stands for its network when votes are counted
     * @param slots how many questions for blocks it keeps at a time
     */
    public record PeerUp(PeerId peer, String addressGroup, int slots,
            ActorRef<PeerSession.Command> session) implements Event {}

    /** A peer is gone, and all that came of it has been told to whoever asked. */
    public record PeerDown(PeerId peer) implements Event {}

    /** All peers that were there when the subscription came have been told; of each kind those that have given most came first. */
    public record Snapshot() implements Event {}

    /**
     * Who is connected.
     *
     * @param peers those with whom there are full sessions
     * @param light with how many there are light ones
     * @param listening where connections are accepted
     */
    public record Described(List<PeerStatus> peers, int light, List<HostAndPort> listening) {
        public Described {
            peers = List.copyOf(peers);
            listening = List.copyOf(listening);
        }
    }

    /** How many are connected; the rest as {@link Described}. */
    public record Counted(int peers, int light, List<HostAndPort> listening) {
        public Counted {
            listening = List.copyOf(listening);
        }
    }

    private final NodeConfig config;
    private final Endpoint endpoint;
    private final Offers offers;
    private final Executor disk;
    private final Reputation reputation;
    private final SwarmSettings settings;
    private final Serving.Shared shared;
    private final TimerScheduler<Command> timers;
    private final PeerTable peers;
    private final LightPeers light;
    private final NamedPeers named;
    private final NamedDials dials;
    private final UserDials userDials;
    private final Places places;
    private final Meetings meetings;
    private final Arrivals arrivals;
    private final Set<ActorRef<Event>> subscribers = new LinkedHashSet<>();
    private long started;
    private boolean stopping;

    private Swarm(ActorContext<Command> context, TimerScheduler<Command> timers, NodeConfig config, PeerId self,
            Endpoint endpoint, Offers offers, Executor disk, Reputation reputation, MemoryShares memory,
            InventoryExchange inventories) {
        super(context);
        context.setLoggerName(Swarm.class);
        this.timers = timers;
        this.config = config;
        this.peers = new PeerTable(self);
        this.named = new NamedPeers(
                config.seeding().share() == Share.OFF ? List.of() : config.network().bootstrap(), self);
        this.endpoint = endpoint;
        this.offers = offers;
        this.disk = disk;
        this.reputation = reputation;
        this.settings = endpoint.settings();
        this.light = new LightPeers(self, peers, named, settings.sessionsPerAddress(), LightPeers.most(config, memory));
        this.shared = Serving.Shared.of(memory, Places.mostWithNamed(config, memory), disk, inventories);
        this.dials = new NamedDials(named, endpoint, reputation, timers, context.getSelf());
        this.userDials = new UserDials(self, this::dialForUser);
        this.places = new Places(config, memory, peers, named, reputation, settings);
        if (places.most() < config.network().maxPeers()) {
            context.getLog().info("max_total_peers: there is memory for {}", places.most());
        }
        this.meetings = new Meetings(peers, light, places, address -> endpoint.meet(address, context.getSelf()::tell),
                address -> endpoint.meetNew(address, context.getSelf()::tell),
                address -> endpoint.meetLight(address, context.getSelf()::tell), settings.ticker(),
                endpoint.acquaintances());
        this.arrivals = new Arrivals(endpoint, peers, light, named, places, meetings, dials, reputation, this::welcome,
                context.getSelf()::tell);
        endpoint.start(context.getSelf()::tell);
        named.first().forEach(address -> context.getSelf().tell(new Dial(address)));
    }

    /**
     * The actor.
     *
     * @param endpoint listens already; belongs to the actor from now on
     * @param disk the pool where blocks are read and compressed
     * @param reputation says who is refused and when to dial again, and is told what happens
     * @param memory says how many peers there is room for, and what may be in memory for them
     * @param inventories what peers tell each other that they have
     */
    public static Behavior<Command> create(NodeConfig config, PeerId self, Endpoint endpoint, Offers offers,
            Executor disk, Reputation reputation, MemoryShares memory, InventoryExchange inventories) {
        return Behaviors
                .setup(context -> Behaviors.withTimers(timers -> new Swarm(context, timers, config, self, endpoint,
                        offers, disk, reputation, memory, inventories)));
    }

    @Override
    public Receive<Command> createReceive() {
        return newReceiveBuilder().onAnyMessage(this::receive)
                .onSignal(PostStop.class, stopped -> {
                    endpoint.stop();
                    return this;
                }).build();
    }

    private Behavior<Command> receive(Command command) {
        switch (command) {
            case Subscribe(var subscriber, var first) -> subscribe(subscriber, first);
            case Misbehaved bad -> misbehaved(bad);
            case RelayNews news -> peers.all().forEach(peer -> peer.session().tell(new PeerSession.Tell(news)));
            case Describe ask -> ask.replyTo().tell(new Described(peers.describe(reputation), light.table().size(),
                    endpoint.listening()));
            case Count ask -> ask.replyTo().tell(new Counted(peers.size(), light.table().size(), endpoint.listening()));
            case Dial(var address) -> {
                if (stopping || peers.contains(address.id())) {
                    dials.over(address.id());
                } else {
                    dials.dial(address);
                }
            }
            case DialFailed failed -> dials.failed(failed);
            case DialNow now -> userDials.dial(now, id -> peers.get(id) != null, refusal(now.address().id()));
            case UserDialFailed(var address, var reason) -> userDials.failed(address, reason);
            case TurnedAway(var peer, var reason) -> userDials.turnedAway(peer, reason, peers.contains(peer));
            case Meet meet -> meetings.meet(meet, !stopping && meet.said().filter(this::banned).isEmpty());
            case Neighbour near -> meetings.meet(near,
                    !stopping && !banned(near.peer()) && places.areFree(near));
            case Stranger stranger -> meetings.meet(stranger, !stopping && light.free() + places.free() > 0);
            case CountFree count -> count.answer().accept(light.free() + places.free());
            case FindMissing(var among, var answer) -> answer.accept(among.stream().filter(this::isMissing).toList(),
                    among.stream().filter(this::isConnected).collect(Collectors.toSet()));
            case Moved(var peer, var addresses) -> moved(peer, addresses);
            case NobodyMet nobody -> meetings.failed(nobody);
            case Connected(var connection) -> {
                if (!connection.inbound()) {
                    dials.over(connection.peer());
                }
                arrivals.came(connection);
            }
            case Unsubscribe gone -> subscribers.remove(gone.subscriber());
            case SessionEnded ended -> sessionEnded(ended.peer(), ended.light());
            case Late _ -> {
                // Sessions stop with it, and say goodbye.
                return Behaviors.stopped();
            }
            case Stop stop -> {
                stopping = true;
                arrivals.stop();
                timers.startSingleTimer(new Late(), stop.within());
                endpoint.stop();
                Stream.of(peers, light.table()).flatMap(table -> table.all().stream()).forEach(peer -> peer.session()
                        .tell(new PeerSession.Close(GoodbyeReason.SHUTDOWN, "the node stops")));
            }
        }
        return stopping && peers.size() + light.table().size() == 0 ? Behaviors.stopped() : this;
    }

    private void subscribe(ActorRef<Event> subscriber, Set<PeerId> first) {
        if (subscribers.add(subscriber)) {
            getContext().watchWith(subscriber, new Unsubscribe(subscriber));
        }
        peers.mostGivenFirst(first, reputation).forEach(peer -> subscriber.tell(peer.up()));
        subscriber.tell(new Snapshot());
    }

    private void misbehaved(Misbehaved bad) {
        ban(bad.peer(), bad.offence(), bad.reason());
        for (PeerTable table : List.of(peers, light.table())) {
            PeerTable.Peer peer = table.get(bad.peer());
            if (peer != null) {
                peer.session().tell(new PeerSession.Close(GoodbyeReason.MALFORMED, bad.reason()));
            }
        }
    }

    private void ban(PeerId peer, Offence offence, String reason) {
        Duration ban = reputation.misbehaved(peer, offence);
        getContext().getLog().warn("peer {} is refused for {} min: {}", peer, ban.toMinutes(), reason);
        endpoint.watcher().banned(peer, ban, reason);
    }

    private Optional<String> refusal(PeerId id) {
        return stopping
                ? Optional.of("the node stops")
                : reputation.refusedFor(id)
                        .map(time -> "it is refused for " + time.toMinutes() + " min: it was caught out");
    }

    private void dialForUser(PeerAddress address) {
        ActorRef<Command> self = getContext().getSelf();
        endpoint.dial(address, ended -> self.tell(ended instanceof DialFailed(var there, var reason)
                ? new UserDialFailed(there, reason)
                : ended));
    }

    private boolean banned(PeerId id) {
        return reputation.refusedFor(id).isPresent();
    }

    private boolean isConnected(PeerId id) {
        return peers.contains(id) || light.table().contains(id);
    }

    private boolean isMissing(PeerId id) {
        return !isConnected(id) && !banned(id) && !stopping && (named.contains(id) || places.freeForKnown() > 0);
    }

    private void moved(PeerId id, List<InetSocketAddress> addresses) {
        if (!isMissing(id)) {
            return;
        }
        if (named.contains(id)) {
            dials.moved(id, addresses);
        } else {
            addresses.forEach(address -> meetings.meet(new Neighbour(id, address, Neighbour.Source.TOLD),
                    places.freeForKnown() > 0));
        }
    }

    // Connections.

    private void welcome(PeerConnection connection) {
        PeerId id = connection.peer();
        ActorRef<PeerSession.Command> session = getContext().spawn(
                Behaviors.supervise(
                        PeerSession.create(connection, offers, shared, config.transfers().requestTimeout(), disk,
                                endpoint.acquaintances()))
                        .onFailure(SupervisorStrategy.stop()),
                "peer-" + started++);
        getContext().watchWith(session, new SessionEnded(id, connection.isLight()));
        PeerTable.Peer peer = new PeerTable.Peer(connection, session, settings.ticker().nanos());
        connection.settle();
        getContext().getLog().info("peer {} at {} is connected ({}{})", id, connection.remote(),
                connection.isLight() ? "light, " : "", connection.hello().agent());
        endpoint.welcomed(connection);
        if (connection.isLight()) {
            light.table().add(peer);
        } else {
            peers.add(peer);
            userDials.came(id);
            subscribers.forEach(subscriber -> subscriber.tell(peer.up()));
        }
        meetings.came(connection);
    }

    private void sessionEnded(PeerId id, boolean wasLight) {
        PeerTable table = wasLight ? light.table() : peers;
        PeerTable.Peer peer = Objects.requireNonNull(table.get(id));
        Optional<PeerConnection> next = table.remove(id);
        boolean insteadOfLight = !wasLight && arrivals.wasLight(id);
        if (!wasLight) {
            subscribers.forEach(subscriber -> subscriber.tell(new PeerDown(id)));
        }
        if (peer.connection().brokeProtocol() && !banned(id)) {
            ban(id, Offence.MALFORMED, "it broke the protocol");
        } else if (next.isEmpty()) {
            lasted(peer.connection(), settings.ticker().nanos() - peer.sinceNanos(), insteadOfLight);
        }
        next.ifPresentOrElse(connection -> arrivals.hasPlaceNow(connection, wasLight), () -> dials.later(id));
    }

    /** @param insteadOfLight whether there was a light session before */
    private void lasted(PeerConnection connection, long nanos, boolean insteadOfLight) {
        boolean stable = nanos >= settings.stable().toNanos();
        meetings.left(connection, stable);
        if (stable) {
            reputation.connected(connection.peer());
        } else {
            dials.unused(connection.peer());
            if (insteadOfLight) {
                arrivals.lightAgain(connection);
            }
        }
    }
}
