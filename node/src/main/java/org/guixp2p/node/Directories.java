// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.IntConsumer;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.apache.pekko.actor.Cancellable;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.guixp2p.node.config.NodeConfig;
import org.guixp2p.node.config.Share;
import org.guixp2p.node.discovery.Alarm;
import org.guixp2p.node.discovery.CompositeDirectory;
import org.guixp2p.node.discovery.InventoryDirectory;
import org.guixp2p.node.discovery.InventoryExchange;
import org.guixp2p.node.discovery.ProviderDirectory;
import org.guixp2p.node.discovery.SeenProviders;
import org.guixp2p.node.discovery.dht.Dht;
import org.guixp2p.node.discovery.dht.DhtDirectory;
import org.guixp2p.node.discovery.dht.DhtSettings;
import org.guixp2p.node.discovery.dht.DhtStatus;
import org.guixp2p.node.discovery.dht.RecordPublisher;
import org.guixp2p.node.discovery.dht.Rendezvous;
import org.guixp2p.node.discovery.lan.LanDirectory;
import org.guixp2p.node.discovery.lan.LanPeers;
import org.guixp2p.node.discovery.lan.LanService;
import org.guixp2p.node.discovery.lan.PeersNearby;
import org.guixp2p.node.identity.NodeIdentity;
import org.guixp2p.node.memory.MemoryShares;
import org.guixp2p.node.portmap.PortMapping;
import org.guixp2p.node.seed.OfferWatcher;
import org.guixp2p.node.swarm.Endpoint;
import org.guixp2p.node.swarm.Reachability;
import org.guixp2p.node.swarm.Swarm;
import org.guixp2p.persistence.reputation.Reputation;
import org.guixp2p.protocol.dht.AddressFamily;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.swarm.BlockLayout;
import org.guixp2p.protocol.swarm.HostAndPort;
import org.guixp2p.protocol.swarm.PeerId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Where a node finds providers that it is not connected to, and tells others what it has. */
final class Directories implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Directories.class);
    /** What one that is near may take before one that is farther is asked too. */
    private static final Duration HEAD_START = Duration.ofMillis(50);
    private static final Duration STOP_WITHIN = Duration.ofSeconds(1);

    private final NodeConfig config;
    private final PeerId self;
    private final InventoryExchange inventories;
    private final Optional<LanPeers> near;
    private final Optional<Dht> dht;
    private final Optional<RecordPublisher> record;
    private final Optional<Rendezvous> rendezvous;
    private final ProviderDirectory all;
    private final ProviderDirectory knowing;
    private final SeenProviders seen = new SeenProviders(System::nanoTime);
    private final AtomicBoolean stopped = new AtomicBoolean();
    private volatile Optional<PortMapping> mapping = Optional.empty();
    private volatile Predicate<AddressFamily> isReached = family -> false;

    private Directories(NodeConfig config, PeerId self, InventoryExchange inventories, Optional<LanPeers> near,
            Optional<Dht> dht, Optional<RecordPublisher> record, Optional<Rendezvous> rendezvous, ProviderDirectory all,
            ProviderDirectory knowing) {
        this.config = config;
        this.knowing = seen.watching(knowing);
        this.self = self;
        this.inventories = inventories;
        this.near = near;
        this.dht = dht;
        this.record = record;
        this.rendezvous = rendezvous;
        this.all = seen.watching(all);
    }

    /**
     * Opens those that are configured.
     *
     * @param listening where the node accepts peers
     * @param disk where what is learnt is kept
     * @param memory for what peers tell
     * @param remembered where peers have answered
     * @param clock of what is remembered across restarts
     * @throws IOException in one line for people: an address is in use
     */
    static Directories open(NodeConfig config, NodeIdentity identity, List<HostAndPort> listening,
            ActorSystem<?> system, Dht.Spawner spawner, Reputation reputation, Executor disk, MemoryShares memory,
            List<HostAndPort> remembered, InstantSource clock) throws IOException {
        PeerId self = identity.peerId();
        Alarm alarm = alarm(system);
        List<ProviderDirectory> nearestFirst = new ArrayList<>();
        Optional<LanPeers> near = Optional.empty();
        if (config.network().lan() && config.seeding().share() != Share.OFF) {
            near = Optional.of(new LanPeers(self, System::nanoTime));
            nearestFirst.add(new LanDirectory(near.get(), alarm));
        }
        InventoryExchange inventories = new InventoryExchange(memory.of(MemoryShares.Holder.INVENTORIES),
                new SecureRandom(), System::nanoTime);
        nearestFirst.add(new InventoryDirectory(inventories, alarm));
        Optional<DhtSettings> settings = DhtSettings.of(config, listening, remembered);
        Optional<Dht> dht = Optional.empty();
        Optional<RecordPublisher> record = Optional.empty();
        Optional<Rendezvous> rendezvous = Optional.empty();
        if (settings.isPresent()) {
            dht = Optional.of(Dht.start(settings.get(), memory.of(MemoryShares.Holder.DHT), system, spawner, disk));
            record = Optional.of(new RecordPublisher(dht.get(), identity.keys().getPrivate(), identity.publicKey(),
                    settings.get().directory(), clock));
            DhtDirectory directory = dht.get().directory(alarm);
            nearestFirst.add(directory);
            rendezvous = Optional.of(Rendezvous.in(directory, alarm, RandomGenerator.getDefault()));
        }
        return new Directories(config, self, inventories, near, dht, record, rendezvous,
                new CompositeDirectory(nearestFirst, HEAD_START, reputation, alarm),
                new CompositeDirectory(nearestFirst.stream().filter(ProviderDirectory::knowsWhoHasIt).toList(),
                        HEAD_START,
                        reputation, alarm));
    }

    private static Alarm alarm(ActorSystem<?> system) {
        return (delay, action) -> {
            Cancellable alarm = system.scheduler().scheduleOnce(delay, action, system.executionContext());
            return alarm::cancel;
        };
    }

    /**
     * Meets whoever is where all meet in the DHT, and has the router let others in.
     *
     * @param endpoint accepts those who hear of this node
     */
    void meet(ActorRef<Swarm.Command> swarm, Endpoint endpoint) {
        rendezvous.ifPresent(place -> place.begin(new Rendezvous.Room() {
            @Override
            public void count(IntConsumer answer) {
                swarm.tell(new Swarm.CountFree(answer));
            }

            @Override
            public void meet(InetSocketAddress address) {
                swarm.tell(new Swarm.Stranger(address));
            }
        }));
        // In a family in which others cannot reach this node, it only asks: nobody is to be led to where he cannot connect.
        dht.ifPresent(all -> endpoint.reachability()
                .whenChanged((family, verdict) -> all.readOnly(family, verdict == Reachability.Verdict.UNREACHABLE)));
        isReached = family -> endpoint.reachability().of(family) == Reachability.Verdict.REACHABLE;
        mapping = PortMapping.start(config, endpoint.listening(), external -> {
            OptionalInt port = external.stream().mapToInt(HostAndPort::port).findFirst();
            dht.ifPresent(known -> known.port(port));
            endpoint.mapped(port);
        });
        if (mapping.isEmpty()) {
            endpoint.mapped(OptionalInt.empty());
        }
    }

    /**
     * What networks nearby are told of this node as a peer, and how it meets others there; nothing when it is not to.
     *
     * @param endpoint accepts those who hear of this node
     */
    Optional<LanService> nearby(ActorRef<Swarm.Command> swarm, Endpoint endpoint) {
        return near.map(peers -> new PeersNearby(self, endpoint::portNearby, peers,
                (peer, address) -> swarm.tell(new Swarm.Neighbour(peer, address, Swarm.Neighbour.Source.NEARBY))));
    }

    /** What peers that are connected tell each other. */
    InventoryExchange inventories() {
        return inventories;
    }

    /** How many providers lookups found. */
    SeenProviders seen() {
        return seen;
    }

    /** How many others have a NAR, by what is known without asking anybody. */
    int others(NarHash nar) {
        return Math.max(inventories.named(nar).size(), seen.last(nar).map(SeenProviders.Seen::providers).orElse(0));
    }

    /** All of them as one, the near ones first. */
    ProviderDirectory all() {
        return all;
    }

    /** Those that know who has what. */
    ProviderDirectory knowing() {
        return knowing;
    }

    /**
     * This is how the DHT is doing: what this node says there of where it is follows from that. Blocks for a moment.
     *
     * @param families empty when it is too busy to say so
     */
    void publish(List<DhtStatus> families) {
        if (families.isEmpty()) {
            return;
        }
        List<HostAndPort> external = Stream.concat(config.network().external().stream(),
                mapped().map(PortMapping.State::external).stream()).toList();
        record.ifPresent(own -> own.look(families, external, isReached));
    }

    /** This node's part in the DHT, if it has one. */
    Optional<Dht> inDht() {
        return dht;
    }

    /** What the router maps; nothing when it maps nothing. */
    Optional<PortMapping.State> mapped() {
        return mapping.flatMap(PortMapping::state);
    }

    /** How the DHT of each family is doing; of none when there is none. */
    CompletionStage<List<DhtStatus>> dht() {
        return dht.map(Dht::describe).orElseGet(() -> CompletableFuture.completedFuture(List.of()));
    }

    /**
     * Announces what is offered.
     *
     * @param watching what hears of that
     */
    OfferWatcher announcing(UnaryOperator<ProviderDirectory> watching) {
        ProviderDirectory told = watching.apply(all);
        return new OfferWatcher() {
            @Override
            public void offered(NarHash nar, NarSize size, long blocks) {
                long times = blocks / new BlockLayout(size).count();
                told.announce(new ProviderDirectory.Announcement(nar, size.bytes(),
                        Math.clamp(times, 0, Integer.MAX_VALUE)));
            }

            @Override
            public void withdrawn(NarHash nar) {
                told.withdraw(nar);
            }
        };
    }

    /** Others are told that this node goes, and what was learnt is kept; nothing is told or found any more. */
    void stop() {
        mapping.ifPresent(PortMapping::stop);
        rendezvous.ifPresent(Rendezvous::close);
        if (dht.isPresent() && stopped.compareAndSet(false, true)) {
            try {
                dht.get().stop().toCompletableFuture().get(STOP_WITHIN.toMillis(), TimeUnit.MILLISECONDS);
            } catch (ExecutionException | TimeoutException e) {
                LOG.warn("dht: it has not ended in time: {}", e.toString());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    @Override
    public void close() {
        stop();
        dht.ifPresent(Dht::close);
        mapping.ifPresent(PortMapping::close);
    }
}
