// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.guixp2p.api.TransferStatus;
import org.guixp2p.node.config.AutoSeed;
import org.guixp2p.node.config.ByteRate;
import org.guixp2p.node.config.Fallback;
import org.guixp2p.node.config.NodeConfig;
import org.guixp2p.node.config.Share;
import org.guixp2p.node.config.SubstitutePolicy;
import org.guixp2p.node.discovery.CompositeDirectory;
import org.guixp2p.node.discovery.InventoryExchange;
import org.guixp2p.node.discovery.ProviderDirectory;
import org.guixp2p.node.identity.NodeIdentity;
import org.guixp2p.node.memory.MemoryShares;
import org.guixp2p.node.seed.OfferWatcher;
import org.guixp2p.node.seed.SeedOffers;
import org.guixp2p.node.seed.Seeds;
import org.guixp2p.node.seed.StoreItems;
import org.guixp2p.node.swarm.Endpoint;
import org.guixp2p.node.swarm.Offers;
import org.guixp2p.node.swarm.Swarm;
import org.guixp2p.node.testing.Eventually;
import org.guixp2p.persistence.addresses.AddressBook;
import org.guixp2p.persistence.addresses.KeyBook;
import org.guixp2p.persistence.nar.KeptNar;
import org.guixp2p.persistence.nar.NarStore;
import org.guixp2p.persistence.nar.StoreSeeds;
import org.guixp2p.persistence.reputation.Reputation;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.swarm.HostAndPort;
import org.guixp2p.protocol.swarm.Manifest;
import org.guixp2p.protocol.swarm.PeerAddress;
import org.guixp2p.protocol.swarm.PeerId;
import org.slf4j.event.Level;

/** A node without its bridge and its metadata: seeds, swarm and downloads, on real sockets and a real disk. */
final class TestSite implements AutoCloseable {
    final Path root;
    /** As in practice. */
    static final Duration GRACE = Duration.ofSeconds(1);

    final NodeIdentity identity = NodeIdentity.generate(new SecureRandom());
    final NodeConfig config;
    final ActorTestKit kit = ActorTestKit.create();
    final ActorRef<Seeds.Command> seeds;
    final ActorRef<Swarm.Command> swarm;
    final ActorRef<Downloads.Command> downloads;
    final Endpoint endpoint;
    final Relays relays;
    private final MemoryShares memory = MemoryShares.of(192L << 20);
    final InventoryExchange inventories = new InventoryExchange(1 << 20, new Random(1), System::nanoTime);
    final BlockBudget budget;
    final Precedence precedence = new Precedence();
    private final Duration grace;
    private final NarStore store;
    final BlockingQueue<KeptNar> kept = new LinkedBlockingQueue<>();
    final BlockingQueue<TransferStatus> finished = new LinkedBlockingQueue<>();
    /** What downloads were when nothing more came. */
    final BlockingQueue<TransferStatus> over = new LinkedBlockingQueue<>();
    /** Why peers came to nothing, each time. */
    final List<PeersOver> peersOver = new CopyOnWriteArrayList<>();
    /** Who gave something else, each time. */
    final List<PeerId> corrupt = new CopyOnWriteArrayList<>();
    /** Who stood for it and gave it no more, each time. */
    final List<PeerId> lost = new CopyOnWriteArrayList<>();
    /** Who was caught out, each time. */
    final List<PeerId> excluded = new CopyOnWriteArrayList<>();
    /** How many blocks of an attempt had to be asked for again, each time that it was told. */
    final List<Long> requeued = new CopyOnWriteArrayList<>();
    /** What is known to be kept here. */
    final Map<NarHash, KeptNar> here = new ConcurrentHashMap<>();
    /** What of that was found to be something else, each time. */
    final List<KeptNar> damaged = new CopyOnWriteArrayList<>();
    /** Why nothing more is kept, when that is so. */
    volatile Optional<String> noRoom = Optional.empty();
    /** Holds back, until it completes, what was kept. */
    volatile CompletableFuture<Void> keepingGate = CompletableFuture.completedFuture(null);
    final Reputation reputation = Reputation.empty(InstantSource.system(), RandomGenerator.getDefault());
    private final StoreSeeds named;
    private final List<Runnable> held = new ArrayList<>();
    private final AtomicInteger done = new AtomicInteger();
    private int beforeHold = Integer.MAX_VALUE;
    private final ExecutorService disk = Executors.newFixedThreadPool(2);
    private final ExecutorService keeping = Executors.newSingleThreadExecutor();

    TestSite(Path root, SubstitutePolicy policy, List<PeerAddress> peers, UnaryOperator<Offers> giving)
            throws IOException {
        this(root, policy, peers, giving, Duration.ofSeconds(5), Duration.ofSeconds(5));
    }

    TestSite(Path root, SubstitutePolicy policy, List<PeerAddress> peers, UnaryOperator<Offers> giving,
            Duration requestTimeout, Duration stallTimeout) throws IOException {
        this(root, config(root, policy, peers, requestTimeout, stallTimeout, 1, 8), giving);
    }

    /** Settings of which only these matter to a download. */
    static NodeConfig config(Path root, SubstitutePolicy policy, List<PeerAddress> peers, Duration requestTimeout,
            Duration stallTimeout, int minProviders, int maxPeersPerDownload) {
        return new NodeConfig(
                new NodeConfig.Substitutes(policy, List.of(), minProviders, root.resolve("acl")),
                new NodeConfig.Seeding(Share.LAN, List.of(), List.of(), AutoSeed.P2P),
                new NodeConfig.Network(List.of(new HostAndPort("127.0.0.1", 0)), List.of(), peers, 50),
                new NodeConfig.Transfers(requestTimeout, stallTimeout, maxPeersPerDownload, ByteRate.UNLIMITED,
                        ByteRate.UNLIMITED),
                new NodeConfig.Files(root.resolve("cache"), root.resolve("state"), root),
                new NodeConfig.Bridge(root.resolve("socket"), Optional.empty(), Fallback.NONE), Optional.empty(),
                Level.INFO);
    }

    TestSite(Path root, NodeConfig config, UnaryOperator<Offers> giving) throws IOException {
        this(root, config, giving, BlockBudget.ofItsOwn(256), GRACE);
    }

    TestSite(Path root, NodeConfig config, UnaryOperator<Offers> giving, BlockBudget budget) throws IOException {
        this(root, config, giving, budget, GRACE);
    }

    /** @param grace how long peers have for their answers while servers stand by */
    TestSite(Path root, NodeConfig config, UnaryOperator<Offers> giving, Duration grace) throws IOException {
        this(root, config, giving, BlockBudget.ofItsOwn(256), grace);
    }

    private TestSite(Path root, NodeConfig config, UnaryOperator<Offers> giving, BlockBudget budget, Duration grace)
            throws IOException {
        this.root = root;
        this.config = config;
        this.budget = budget;
        this.grace = grace;
        Files.createDirectories(root.resolve("state"));
        this.named = StoreSeeds.open(config.files().stateDir());
        this.seeds = kit.spawn(Seeds.create(
                new StoreItems(named, config.files()::locate),
                new Seeds.Threads(disk, disk, disk),
                memory, new OfferWatcher() {
                    @Override
                    public void offered(NarHash nar, NarSize size, long blocks) {
                        inventories.add(nar);
                    }

                    @Override
                    public void withdrawn(NarHash nar) {
                        inventories.remove(nar);
                    }
                }, path -> false));
        this.relays = new Relays(new SeedOffers(seeds, kit.system()), disk);
        this.endpoint = Endpoint.open(config, identity, "test", memory,
                new AddressBook(InstantSource.system()), new KeyBook(InstantSource.system(), List.of(), List.of()));
        this.swarm = kit.spawn(Swarm.create(config, identity.peerId(), endpoint,
                giving.apply(relays), disk, reputation, memory, inventories));
        this.store = NarStore.open(config.files().stateDir());
        this.downloads = kit.spawn(Downloads.create(context(swarm)));
    }

    /** What a download needs, with another swarm and what is found in a directory. */
    DownloadContext context(ActorRef<Swarm.Command> other) {
        return context(other,
                new CompositeDirectory(List.of(), Duration.ZERO, reputation, (delay, action) -> () -> {}));
    }

    DownloadContext context(ActorRef<Swarm.Command> other, ProviderDirectory directory) {
        return new DownloadContext(config, identity.peerId(), other, directory, inventories, relays, reputation, store,
                this::onDisk, keeping,
                DownloadContext.READ_AHEAD, keeper(), request -> trace(), budget,
                new Pieces(memory.of(MemoryShares.Holder.PIECES)), precedence, grace);
    }

    private DownloadTrace trace() {
        return new DownloadTrace() {
            @Override
            public void peersOver(PeersOver why, String reason) {
                peersOver.add(why);
            }

            @Override
            public void corrupt(PeerId peer, int block) {
                corrupt.add(peer);
            }

            @Override
            public void excluded(PeerId peer, String reason) {
                excluded.add(peer);
            }

            @Override
            public void lost(PeerId peer, String reason) {
                lost.add(peer);
            }

            @Override
            public void requeued(int attempt, long total) {
                requeued.add(total);
            }

            @Override
            public void over(TransferStatus status) {
                over.add(status);
            }

            @Override
            public void ended(TransferStatus last) {
                finished.add(last);
            }
        };
    }

    private DownloadContext.Keeper keeper() {
        return new DownloadContext.Keeper() {
            @Override
            public Optional<String> makeRoom(NarHash hash, NarSize size) {
                return noRoom;
            }

            @Override
            public Optional<KeptNar> find(NarHash hash) {
                return Optional.ofNullable(here.get(hash));
            }

            @Override
            public void damaged(KeptNar nar) {
                damaged.add(nar);
            }

            @Override
            public void kept(StorePath path, KeptNar nar, Manifest manifest) {
                TestSite.this.kept(path, nar, manifest);
            }
        };
    }

    NarStore store() {
        return store;
    }

    private void onDisk(Runnable task) {
        synchronized (held) {
            if (beforeHold == 0) {
                held.add(task);
                return;
            }
            beforeHold--;
        }
        disk.execute(() -> {
            task.run();
            done.incrementAndGet();
        });
    }

    /** Waits until downloads have done so many things on the disk. */
    void awaitDone(int tasks) {
        Eventually.holds(() -> done.get() >= tasks, () -> "things done on the disk");
    }

    /** Downloads do so many things on the disk, and no more. */
    void holdAfter(int tasks) {
        synchronized (held) {
            beforeHold = tasks;
        }
    }

    void awaitHolding() {
        Eventually.holds(() -> {
            synchronized (held) {
                return !held.isEmpty();
            }
        }, () -> "a task that is held");
    }

    void holdNoMore() {
        synchronized (held) {
            beforeHold = Integer.MAX_VALUE;
            held.forEach(disk::execute);
            held.clear();
        }
    }

    private void kept(StorePath path, KeptNar nar, Manifest manifest) {
        keepingGate.join();
        seeds.tell(new Seeds.AddKept(path, nar, manifest.root()));
        kept.add(nar);
    }

    PeerAddress address() {
        return new PeerAddress(identity.peerId(), endpoint.listening().getFirst());
    }

    /** Offers an item that lies below this site's store, and waits until it was hashed. */
    Seeds.Offered seed(StorePath path) throws IOException {
        named.add(path);
        seeds.tell(new Seeds.AddStoreItems(List.of(path), false));
        TestProbe<Seeds.Described> probe = kit.createTestProbe();
        return probe.awaitAssert(Duration.ofSeconds(20), () -> {
            seeds.tell(new Seeds.Describe(probe.ref()));
            var seed = probe.receiveMessage().seeds().stream().filter(s -> s.storePath().equals(path.path()))
                    .findFirst()
                    .orElseThrow(() -> new AssertionError("not there"));
            if (!seed.state().equals("offered")) {
                throw new AssertionError(seed.state());
            }
            TestProbe<Seeds.Found> found = kit.createTestProbe();
            seeds.tell(new Seeds.Find(hash(seed.narHash()), found.ref()));
            return found.receiveMessage().offered().orElseThrow();
        });
    }

    private static NarHash hash(String text) {
        try {
            return NarHash.parse(text);
        } catch (FormatException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        kit.shutdownTestKit();
        keepingGate.complete(null);
        disk.shutdownNow();
        keeping.shutdownNow();
    }
}
