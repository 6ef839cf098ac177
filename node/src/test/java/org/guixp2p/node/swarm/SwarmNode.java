// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.FishingOutcomes;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.guixp2p.api.PeerStatus;
import org.guixp2p.node.config.AutoSeed;
import org.guixp2p.node.config.ByteRate;
import org.guixp2p.node.config.DhtMode;
import org.guixp2p.node.config.Fallback;
import org.guixp2p.node.config.NodeConfig;
import org.guixp2p.node.config.Share;
import org.guixp2p.node.config.SubstitutePolicy;
import org.guixp2p.node.discovery.InventoryExchange;
import org.guixp2p.node.identity.NodeIdentity;
import org.guixp2p.node.memory.MemoryShares;
import org.guixp2p.persistence.addresses.AddressBook;
import org.guixp2p.persistence.addresses.KeyBook;
import org.guixp2p.persistence.reputation.Reputation;
import org.guixp2p.protocol.swarm.HostAndPort;
import org.guixp2p.protocol.swarm.PeerAddress;
import org.guixp2p.protocol.swarm.PeerId;
import org.guixp2p.protocol.swarm.RequestId;
import org.guixp2p.protocol.swarm.SwarmMessage;
import org.slf4j.event.Level;

/** The swarm of a node on loopback, with offers that lie in memory. */
final class SwarmNode implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private static final int DISK_THREADS = 2;

    private static final AtomicInteger OPEN = new AtomicInteger();

    final NodeIdentity identity;
    final MemoryOffers offers = new MemoryOffers();
    final MemoryOffers.Nar nar = offers.add(700_000, 11);
    final Endpoint endpoint;
    final ActorRef<Swarm.Command> swarm;
    final TestProbe<Swarm.Event> events;
    final Reputation reputation;
    final MemoryShares memory;
    final InventoryExchange inventories;
    private final ActorTestKit kit;
    private final ExecutorService disk = Executors.newFixedThreadPool(DISK_THREADS);

    /** What a test wants to be different. */
    static final class Setup {
        NodeIdentity identity = NodeIdentity.generate(new SecureRandom());
        Duration greeting = Duration.ofSeconds(10);
        Duration lastWord = SwarmSettings.STANDARD.lastWord();
        int greetings = 64;
        int greetingsPerAddress = 16;
        int waitingMessages = SwarmSettings.STANDARD.waitingMessages();
        long waitingBytes = SwarmSettings.STANDARD.waitingBytes();
        long takenAMinute = SwarmSettings.STANDARD.takenAMinute();
        Ticker ticker = Ticker.SYSTEM;
        SwarmSettings.Patience patience = SwarmSettings.STANDARD.patience();
        List<PeerAddress> bootstrap = new ArrayList<>();
        List<HostAndPort> listen = List.of(new HostAndPort("127.0.0.1", 0));
        int maxPeers = 50;
        int maxLight = NodeConfig.Network.LIGHT;
        long heap = 192L << 20;
        ByteRate up = ByteRate.UNLIMITED;
        ByteRate down = ByteRate.UNLIMITED;
        Duration requestTimeout = Duration.ofHours(1);
        Share share = Share.LAN;
        boolean portMapping;
        AddressBook book = new AddressBook(InstantSource.system());
        KeyBook keys = new KeyBook(InstantSource.system(), List.of(), List.of());

        private SwarmSettings settings() {
            SwarmSettings usual = SwarmSettings.STANDARD;
            return new SwarmSettings(greeting, greetings, greetingsPerAddress, usual.sessionsPerAddress(),
                    usual.pingAfter(), usual.deadAfter(), lastWord, usual.stable(), usual.idle(),
                    waitingMessages, waitingBytes, takenAMinute, ticker, patience);
        }

        NodeConfig config() {
            Path nowhere = Path.of("/nonexistent");
            return new NodeConfig(new NodeConfig.Substitutes(SubstitutePolicy.P2P_ONLY, List.of(), 1, nowhere),
                    new NodeConfig.Seeding(share, List.of(), List.of(), AutoSeed.P2P),
                    new NodeConfig.Network(listen, List.of(), bootstrap, portMapping, maxPeers, maxLight, true,
                            new NodeConfig.Dht(DhtMode.OFF, List.of(), NodeConfig.Dht.RATE)),
                    new NodeConfig.Transfers(requestTimeout, Duration.ofSeconds(5), 8, up, down),
                    new NodeConfig.Files(nowhere, nowhere, nowhere),
                    new NodeConfig.Bridge(nowhere, Optional.empty(), Fallback.NONE), Optional.empty(), Level.INFO);
        }

        SwarmNode start(ActorTestKit kit) throws IOException {
            return new SwarmNode(this, kit);
        }
    }

    private SwarmNode(Setup setup, ActorTestKit kit) throws IOException {
        this.kit = kit;
        this.identity = setup.identity;
        this.memory = MemoryShares.of(setup.heap);
        this.inventories = new InventoryExchange(memory.of(MemoryShares.Holder.INVENTORIES), new Random(1),
                setup.ticker::nanos);
        NodeConfig config = setup.config();
        endpoint = Endpoint.open(config, identity, "node", memory, setup.book, setup.keys, setup.settings());
        reputation = Reputation.empty(time(setup.ticker), RandomGenerator.getDefault());
        swarm = kit.spawn(Swarm.create(config, identity.peerId(), endpoint, offers, disk, reputation,
                memory, inventories));
        OPEN.incrementAndGet();
        events = kit.createTestProbe();
        swarm.tell(new Swarm.Subscribe(events.ref()));
        await(Swarm.Snapshot.class::isInstance);
    }

    /** The same time for bans as for all else. */
    private static InstantSource time(Ticker ticker) {
        long start = ticker.nanos();
        return () -> Instant.ofEpochSecond(1_800_000_000).plusNanos(ticker.nanos() - start);
    }

    PeerAddress address() {
        return new PeerAddress(identity.peerId(), endpoint.listening().getFirst());
    }

    int port() {
        return endpoint.listening().getFirst().port();
    }

    /** Waits until this peer is connected, and gives its session. */
    ActorRef<PeerSession.Command> up(PeerId peer) {
        ActorRef<PeerSession.Command> session = ((Swarm.PeerUp) await(
                event -> event instanceof Swarm.PeerUp up && up.peer().equals(peer))).session();
        // It is told of before it has set its timers.
        TestProbe<String> started = kit.createTestProbe();
        session.tell(new PeerSession.Served(() -> started.ref().tell("started")));
        started.expectMessage(PATIENCE, "started");
        return session;
    }

    /** Waits until this peer is gone, and the swarm has done what it does then. */
    void down(PeerId peer) {
        await(new Swarm.PeerDown(peer)::equals);
        connected();
    }

    /** The next event of this kind; those about other peers are passed over. */
    private Swarm.Event await(Predicate<Swarm.Event> wanted) {
        return events.fishForMessage(PATIENCE, event -> wanted.test(event)
                ? FishingOutcomes.complete()
                : FishingOutcomes.continueAndIgnore()).getLast();
    }

    /** Who is connected at this moment. */
    List<String> connected() {
        TestProbe<Swarm.Described> probe = kit.createTestProbe();
        swarm.tell(new Swarm.Describe(probe.ref()));
        return probe.receiveMessage(PATIENCE).peers().stream().map(PeerStatus::peerId).toList();
    }

    /** What happens while the disk does nothing else. */
    interface Meanwhile {
        void run() throws IOException;
    }

    /** Nothing that goes to the disk, or wants its threads, gets on meanwhile. */
    void whileDiskIsBusy(Meanwhile meanwhile) throws IOException {
        CountDownLatch done = new CountDownLatch(1);
        for (int i = 0; i < DISK_THREADS; i++) {
            disk.execute(() -> {
                try {
                    done.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });
        }
        try {
            meanwhile.run();
        } finally {
            done.countDown();
        }
    }

    /** An honest peer comes, asks for a NAR with its first page and a block, and gets them all. */
    void servesAnHonestPeer() throws IOException {
        try (TestPeer peer = TestPeer.dial(this)) {
            peer.send(new SwarmMessage.Query(new RequestId(100), List.of(nar.hash()), true, 1));
            var offer = assertInstanceOf(SwarmMessage.Offer.class, peer.next());
            assertEquals(nar.manifest().root(), offer.root());
            boolean page = false;
            boolean block = false;
            while (!page || !block) {
                switch (peer.next()) {
                    case SwarmMessage.ManifestPart part -> {
                        assertEquals(nar.manifest().page(0), part.page());
                        page = true;
                    }
                    case SwarmMessage.Block part -> {
                        assertArrayEquals(nar.block(0), part.payload().block());
                        block = true;
                    }
                    case null, default -> throw new AssertionError("neither page nor block");
                }
            }
        }
    }

    @Override
    public void close() {
        TestPeer.closeAll();
        kit.stop(swarm, PATIENCE);
        endpoint.close();
        disk.shutdownNow();
        if (OPEN.decrementAndGet() == 0) {
            awaitNoThreads();
        }
    }

    /** So that no test sees what another one has left. */
    private static void awaitNoThreads() {
        try {
            Leftovers.awaitNoThreads("swarm-");
            Leftovers.awaitNoThreads("peer-");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
