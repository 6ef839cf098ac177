// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node;

import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;
import org.apache.pekko.Done;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Props;
import org.apache.pekko.actor.typed.SpawnProtocol;
import org.guixp2p.node.bridge.Bridge;
import org.guixp2p.node.bridge.BridgeServer;
import org.guixp2p.node.config.NodeConfig;
import org.guixp2p.node.discovery.lan.Lan;
import org.guixp2p.node.download.BlockBudget;
import org.guixp2p.node.download.DownloadContext;
import org.guixp2p.node.download.Downloads;
import org.guixp2p.node.download.Pieces;
import org.guixp2p.node.download.Precedence;
import org.guixp2p.node.download.Relays;
import org.guixp2p.node.events.NodeJournal;
import org.guixp2p.node.files.IoWords;
import org.guixp2p.node.gateway.Gateway;
import org.guixp2p.node.gateway.GatewaySettings;
import org.guixp2p.node.http.HttpSettings;
import org.guixp2p.node.identity.NodeIdentity;
import org.guixp2p.node.memory.MemoryShares;
import org.guixp2p.node.memory.PrefixArray;
import org.guixp2p.node.metadata.Metadata;
import org.guixp2p.node.metadata.NarinfoSearch;
import org.guixp2p.node.metrics.NodeMetrics;
import org.guixp2p.node.portmap.PortMapping;
import org.guixp2p.node.seed.NarinfoShelf;
import org.guixp2p.node.seed.SeedOffers;
import org.guixp2p.node.seed.Seeds;
import org.guixp2p.node.seed.StoreItems;
import org.guixp2p.node.store.OfferedStore;
import org.guixp2p.node.store.StoreSeeder;
import org.guixp2p.node.swarm.Endpoint;
import org.guixp2p.node.swarm.Offers;
import org.guixp2p.node.swarm.Swarm;
import org.guixp2p.persistence.nar.NarStore;
import org.guixp2p.persistence.nar.StoreSeeds;
import org.guixp2p.persistence.reputation.Reputation;
import org.guixp2p.persistence.reputation.ReputationStore;
import org.guixp2p.protocol.swarm.HostAndPort;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A whole node: opens what it keeps on disk, starts the actors and connects them, and listens. Several may run in one
 * process.
 */
public final class Node implements NodeRuntime.Running {
    private static final Logger LOG = LoggerFactory.getLogger(Node.class);
    /** What a node may take to stop in the worst case, to the next start: {@link Shutdown} and closing take less. */
    private static final Duration STOP_WITHIN = Duration.ofMillis(4700);
    /** What a NAR that was fetched may take to be put where it is kept. */
    private static final Duration DISK_WITHIN = Duration.ofMillis(250);
    /** How often it is told what was given. */
    private static final Duration SERVED = Duration.ofSeconds(1);
    /** What the last events of peers may take to be written. */
    private static final Duration JOURNAL_WITHIN = Duration.ofMillis(300);

    private final ActorSystem<SpawnProtocol.Command> system;
    private final NodeRuntime.Addresses addresses;
    private final Ending ending;
    /** What takes up new work from outside. */
    private final Deque<AutoCloseable> accepting;
    private final ReputationStore journal;
    private final ActorRef<Bridge.Command> bridge;
    private final ActorRef<Swarm.Command> swarm;
    private final AtomicBoolean stopping = new AtomicBoolean();

    private Node(ActorSystem<SpawnProtocol.Command> system, NodeRuntime.Addresses addresses, Ending ending,
            Deque<AutoCloseable> accepting, ReputationStore journal, ActorRef<Bridge.Command> bridge,
            ActorRef<Swarm.Command> swarm) {
        this.system = system;
        this.addresses = addresses;
        this.ending = ending;
        this.accepting = accepting;
        this.journal = journal;
        this.bridge = bridge;
        this.swarm = swarm;
        system.getWhenTerminated().whenComplete((done, failure) -> ending.now());
    }

    /** Starts a node; see {@link NodeRuntime#start}. */
    public static Node start(NodeConfig config, NodeIdentity identity) throws StartException {
        return start(config, identity, Stand.USUAL);
    }

    /**
     * What a test may have otherwise in a node.
     *
     * @param giving what the node gives to peers instead of what it has, so that it can lie
     * @param clock of what is remembered across restarts; what is timed has none that can be set
     * @param readAhead {@link DownloadContext#readAhead}
     * @param gateway what its clients may take
     */
    public record Stand(UnaryOperator<Offers> giving, InstantSource clock, long readAhead, GatewaySettings gateway) {
        /** What users have. */
        public static final Stand USUAL = new Stand(offers -> offers, InstantSource.system(),
                DownloadContext.READ_AHEAD);

        /** With the bounds for the gateway's clients that users have. */
        public Stand(UnaryOperator<Offers> giving, InstantSource clock, long readAhead) {
            this(giving, clock, readAhead, GatewaySettings.USUAL);
        }

        /** The same, but for what is given. */
        public Stand giving(UnaryOperator<Offers> other) {
            return new Stand(other, clock, readAhead, gateway);
        }
    }

    /** Starts a node that lies: it gives to peers what {@code giving} makes of its offers. */
    public static Node start(NodeConfig config, NodeIdentity identity, UnaryOperator<Offers> giving)
            throws StartException {
        return start(config, identity, Stand.USUAL.giving(giving));
    }

    /** Starts a node for a test. */
    public static Node start(NodeConfig config, NodeIdentity identity, Stand stand) throws StartException {
        Deque<AutoCloseable> open = new ArrayDeque<>();
        Ending ending = new Ending(open);
        try {
            return new Starter(config, identity, stand, open, ending).start();
        } catch (IOException | StartException | RuntimeException e) {
            Ending.closeAll(open);
            // Of a part that failed the others only see that it is gone.
            Throwable cause = ending.cause().orElse(e);
            if (cause instanceof StartException expected) {
                throw expected;
            }
            throw new StartException(String.valueOf(cause.getMessage()), cause);
        }
    }

    @Override
    public NodeRuntime.Addresses addresses() {
        return addresses;
    }

    @Override
    public void stop() {
        if (stopping.compareAndSet(false, true)) {
            ending.within(STOP_WITHIN);
            Ending.closeAll(accepting);
            system.tell(new SpawnProtocol.Spawn<>(Shutdown.create(bridge, swarm, this::terminate), "shutdown",
                    Props.empty(), system.ignoreRef()));
        }
    }

    private void terminate() {
        CompletionStage<Done> written = journal.close().toCompletableFuture().completeOnTimeout(Done.getInstance(),
                JOURNAL_WITHIN.toMillis(), TimeUnit.MILLISECONDS);
        written.thenRun(system::terminate);
    }

    @Override
    public CompletionStage<Done> whenEnded() {
        return ending.whenEnded();
    }

    /** Where more actors may be started, each of which the node depends on. */
    ActorSystem<SpawnProtocol.Command> system() {
        return system;
    }

    /** The steps of a start; what was opened so far is in {@link #open}. */
    private static final class Starter {
        private final NodeConfig config;
        private final NodeIdentity identity;
        private final Stand stand;
        private final Deque<AutoCloseable> open;
        private final Ending ending;
        private final Deque<AutoCloseable> accepting = new ArrayDeque<>();
        private final Transfers transfers = new Transfers();
        private final NodeJournal events;
        private final NodeMetrics counted = new NodeMetrics(System::nanoTime);
        private final MemoryShares memory;
        private final long forGateway;

        private Starter(NodeConfig config, NodeIdentity identity, Stand stand, Deque<AutoCloseable> open,
                Ending ending) {
            this.config = config;
            this.identity = identity;
            this.stand = stand;
            long heap = Runtime.getRuntime().maxMemory();
            this.forGateway = config.gateway().isPresent() ? GivenByGateway.memory(heap) : 0;
            this.memory = MemoryShares.of(heap,
                    forGateway + (config.seeding().seedsStore() ? StoreSeeder.memory(config.files()) : 0));
            this.open = open;
            this.ending = ending;
            this.events = new NodeJournal(stand.clock());
            if (config.api().isPresent()) {
                events.observe(counted);
            }
            open.push(counted);
        }

        private Node start() throws IOException, StartException {
            directory("cache_dir", config.files().cacheDir());
            directory("state_dir", config.files().stateDir());
            open.push(StateLock.take(config.files().stateDir()));
            NarStore nars = inState(NarStore::open);
            StoreSeeds known = inState(StoreSeeds::open);
            RememberedPeers remembered = RememberedPeers.open(config, stand.clock());
            open.push(remembered);
            Endpoint endpoint = Endpoint.open(config, identity, Version.AGENT, memory, remembered.book(),
                    remembered.keys());
            endpoint.watch(events.peers());
            // Peers are still given to while the node drains; the rest of the endpoint closes with everything else.
            accepting.push(endpoint::stop);
            open.push(endpoint);

            if (!memory.fit()) {
                LOG.warn("a heap of {} MiB is too small for all that may come at once",
                        Runtime.getRuntime().maxMemory() >> 20);
            }
            ExecutorService disk = Pools.open(open, "disk",
                    PrefixArray.threads(Runtime.getRuntime().availableProcessors()),
                    DISK_WITHIN);
            ExecutorService background = Pools.open(open, "hash", 1, Duration.ZERO);
            ExecutorService asked = Pools.open(open, "hash-asked", 2, Duration.ZERO);
            // What the user names may be long: peers who ask do not wait for it.
            ExecutorService naming = Pools.open(open, "hash-named", 1, Duration.ZERO);
            ActorSystem<SpawnProtocol.Command> system = ActorSystem.create(Guardian.create(ending::because), "guix-p2p",
                    ConfigFactory.parseResources("node-actors.conf").withFallback(ConfigFactory.load()));
            open.push(() -> {
                // The journal is closed with it, and its directory must be free when the lock on it is.
                system.terminate();
                system.getWhenTerminated().toCompletableFuture().get(1, TimeUnit.SECONDS);
            });
            ReputationStore journal = ReputationStore.open(system, config.files().stateDir(), stand.clock(),
                    RandomGenerator.getDefault());
            Reputation reputation = journal.reputation();

            Directories directories = Directories.open(config, identity, endpoint.listening(), system,
                    (actor, name) -> Actors.spawn(system, actor, name), reputation, disk, memory, remembered.routers(),
                    stand.clock());
            accepting.push(directories::stop);
            open.push(directories);
            directories.inDht().ifPresent(dht -> dht.watch(events.announcements()));
            KeptForOthers kept = KeptForOthers.open(config, nars, stand.clock(), directories::others);
            open.push(kept);
            StoreItems items = new StoreItems(known, config.files()::locate);
            ActorRef<Seeds.Command> seeds = Actors.spawn(system, Seeds.create(items,
                    new Seeds.Threads(disk, background, naming), memory,
                    events.watching(kept.watching(directories.announcing(events::watching)),
                            task -> {
                                var _ = system.scheduler().scheduleWithFixedDelay(SERVED, SERVED, task,
                                        system.executionContext());
                            }),
                    config.seeding().store()::comesFirst),
                    "seeds");
            KnownMirrors servers = KnownMirrors.open(config, stand.clock());
            open.push(servers);
            FoundServers found = new FoundServers(config, servers.mirrors(), System::nanoTime);
            HttpSettings http = HttpSettings.of(config.transfers().requestTimeout(), config.transfers().stallTimeout(),
                    Version.AGENT).wary(found);
            ActorRef<NarinfoSearch.Command> search = Actors.spawn(system, NarinfoSearch.create(disk), "narinfos");
            servers.begin(system, disk);
            HttpSources sources = new HttpSources(config, system, http, memory, servers.mirrors());
            Metadata metadata = sources.metadata(disk, background, NarinfoSearch.of(search), stand.clock());
            metadata.watchVerdicts(events.narinfos());
            NarinfoShelf narinfos = new OfferedNarinfos(metadata, config.substitutes().urls());
            Offers named = new SeedOffers(seeds, system, narinfos, disk);
            Optional<StoreSeeder> store = new StoreStart(config, metadata, new StoreSeeder.Surroundings(
                    seeding -> Actors.spawn(system, seeding, "store"), seeds, narinfos, disk, background, asked,
                    stand.clock()),
                    open).begin(named);
            Optional<OfferedStore> offeredStore = store.map(seeder -> seeder);
            Offers own = store.map(StoreSeeder::offers).orElse(named);
            Relays relays = new Relays(own, disk);
            relays.watch(events::givenOfPart);
            Offers offers = stand.giving().apply(relays);
            ActorRef<Swarm.Command> swarm = Actors.spawn(system,
                    Swarm.create(config, identity.peerId(), endpoint, offers, disk, reputation, memory,
                            directories.inventories()),
                    "swarm");
            search.tell(new NarinfoSearch.Begin(swarm));
            directories.meet(swarm, endpoint);
            Optional<Lan> lan = Nearby.begin(config, identity.peerId(), directories.nearby(swarm, endpoint), found);
            lan.ifPresent(there -> {
                accepting.push(there::stop);
                open.push(there);
            });
            remembered.begin(swarm, system, disk, directories.inDht());
            OwnAddressWatch.begin(system, directories, disk, endpoint.reachability()::addressChanged);
            ExecutorService keeping = Pools.open(open, "keep", 1, DISK_WITHIN);
            DownloadContext context = new DownloadContext(config, identity.peerId(), swarm,
                    events.watching(directories.all()),
                    directories.inventories(), relays, reputation, nars, disk, keeping, stand.readAhead(), kept,
                    events.downloads(transfers::ended), new BlockBudget(memory.blocks()),
                    new Pieces(memory.of(MemoryShares.Holder.PIECES)), new Precedence(), DownloadContext.GRACE);
            ActorRef<Downloads.Command> downloads = Actors.spawn(system, Downloads.create(context), "downloads");
            Actors actors = new Actors(system, swarm, seeds, downloads);

            KeptBack keptBack = KeptBack.of(config, store.map(StoreSeeder::exclusions));
            OfferedAtStart offered = new OfferedAtStart(known, nars, metadata, seeds, kept.shelf(), keptBack);
            kept.begin(new KeptForOthers.Others(seeds, offered::prove, keptBack,
                    some -> offeredStore.map(there -> there.whole(some))
                            .orElse(CompletableFuture.completedFuture(Set.of()))),
                    system, keeping);
            offered.begin(config.seeding().paths(), background);
            var _ = offered.lookUp(config.seeding(), config.substitutes().urls());
            CurrentPolicy policy = new CurrentPolicy(config.substitutes().policy());
            Answering answering = Answering.begin(context, keptBack, policy, metadata,
                    sources.nars(endpoint.limits(), open::push), found::besides, events.claims(), memory, actors,
                    system);
            ActorRef<Bridge.Command> bridge = Actors.spawn(system, answering.bridge(events::daemonAsked), "bridge");
            BridgeServer bridgeServer = listen(bridge);
            LiveView view = new LiveView(config, policy, identity.peerId(), actors, transfers, endpoint.limits(),
                    directories::dht, () -> LiveView.connectivity(endpoint.reachability()),
                    servers.mirrors(), events,
                    new SeedPages(offeredStore), () -> directories.mapped().map(PortMapping.State::external));
            NodeAnswers.OfSeeds seeding = new SeedAnswers(config, known, offeredStore, keptBack, kept, metadata, view,
                    seeds,
                    directories, disk, new SeedVerification(known, items, offeredStore, kept.shelf(), seeds,
                            Pools.open(open, "verify", 1, Duration.ZERO)))::answer;
            Listeners listeners = new Listeners(config, system, this::accepting);
            Optional<ApiServer> api = listeners.api(view, new LiveControls(config, policy, endpoint.limits(), actors,
                    view, seeding),
                    () -> Insight.begin(config, view, new Readiness(config, bridgeServer::isListening,
                            endpoint::isListening, view::status), counted, reputation, metadata, offeredStore, events,
                            directories.inventories(), Pools.open(open, "insight", 1, Duration.ZERO)));
            listeners.control(endpoint.limits(), new NodeAnswers(config, view, directories.knowing(), directories::dht,
                    directories::mapped, metadata, reputation, seeding, api.map(server -> server::link)));
            Optional<HostAndPort> gateway = listeners.gateway(new GivenByGateway(metadata,
                    config.substitutes().urls(), own, answering.substitutes().ofNamedServers(), events::givenOnItsWay,
                    system),
                    stand.gateway(),
                    new Gateway.Means(Pools.open(open, "compress", 2, Duration.ZERO),
                            GivenByGateway.reading(forGateway), GivenByGateway.pages(forGateway)));
            lan.ifPresent(there -> gateway.ifPresent(address -> Nearby.advertise(config, there, address)));
            return new Node(system, new NodeRuntime.Addresses(identity.peerId(), endpoint.listening(),
                    api.map(ApiServer::address), gateway), ending, accepting, journal, bridge, swarm);
        }

        private static void directory(String key, Path directory) throws StartException {
            try {
                Files.createDirectories(directory);
            } catch (IOException e) {
                throw new StartException(key + ": cannot be made: " + IoWords.of(e, directory), e);
            }
        }

        /** Opens something below the state directory. */
        private interface Opening<T> {
            T open(Path stateDirectory) throws IOException;
        }

        private <T> T inState(Opening<T> opening) throws StartException {
            Path state = config.files().stateDir();
            try {
                return opening.open(state);
            } catch (IOException e) {
                throw new StartException("state_dir: " + IoWords.of(e, state), e);
            }
        }

        /** Closed first when the node stops, and with the rest when it does not even start. */
        private void accepting(AutoCloseable listener) {
            accepting.push(listener);
            open.push(listener);
        }

        private BridgeServer listen(ActorRef<Bridge.Command> bridge) throws IOException {
            BridgeServer server = BridgeServer.start(config.bridge().socketPath(), config.bridge().socketGroup(),
                    Bridge.mostConnections(memory), connection -> bridge.tell(new Bridge.Connected(connection)));
            accepting(server);
            return server;
        }
    }
}
