// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;
import org.guixp2p.node.config.NodeConfig;
import org.guixp2p.node.config.Share;
import org.guixp2p.node.identity.NodeIdentity;
import org.guixp2p.node.memory.MemoryShares;
import org.guixp2p.node.rate.RateLimits;
import org.guixp2p.persistence.addresses.AddressBook;
import org.guixp2p.persistence.addresses.KeyBook;
import org.guixp2p.protocol.dht.AddressFamily;
import org.guixp2p.protocol.swarm.HostAndPort;
import org.guixp2p.protocol.swarm.PeerAddress;
import org.guixp2p.protocol.swarm.PeerId;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The node's sockets towards peers: those that listen, those of strangers being greeted, dials, and those that the swarm has
 * taken. Everything blocks on virtual threads.
 */
public final class Endpoint implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Endpoint.class);
    private static final long AFTER_FAILURE_NANOS = 100_000_000;

    private final Share share;
    private final Handshake handshake;
    private final ListeningSockets listening;
    private final SwarmSettings settings;
    private final OwnPort port;
    private final Greetings greetings;
    /** Sockets that nobody has taken yet: they end with the endpoint. */
    private final Set<Socket> unclaimed = ConcurrentHashMap.newKeySet();
    /** Connections that the swarm has taken: it says goodbye on them. */
    private final Set<PeerConnection> claimed = ConcurrentHashMap.newKeySet();
    /** Strangers who were dialled and answered, and whom the swarm has not welcomed yet. */
    private final Set<PeerId> meeting = ConcurrentHashMap.newKeySet();
    /** Likewise, of those that nobody waits for: these are in nobody's way. */
    private final Set<PeerId> meetingUnasked = ConcurrentHashMap.newKeySet();
    private final Acquaintances acquaintances;
    private volatile boolean stopped;

    /** Of sockets that listen already. */
    Endpoint(Share share, Handshake handshake, List<ServerSocket> listening, SwarmSettings settings, AddressBook book,
            KeyBook keys, OwnPort port) {
        this.share = share;
        this.port = port;
        this.acquaintances = new Acquaintances(share, book, keys, new AddressChecks(this::look, settings.ticker()),
                new Reachability(settings.ticker(), RandomGenerator.getDefault()),
                peer -> port.of(AddressFamily.of(peer)));
        this.handshake = handshake;
        this.listening = new ListeningSockets(listening);
        this.settings = settings;
        this.greetings = new Greetings(settings);
    }

    /**
     * Listens as configured, unless nothing is shared.
     *
     * @param agent what the node calls itself
     * @param memory for what peers have yet to read
     * @param book is told where peers answer
     * @param keys is told by which keys they are to be found elsewhere
     * @throws IOException in one line for people: an address is in use or not this machine's
     */
    public static Endpoint open(NodeConfig config, NodeIdentity identity, String agent, MemoryShares memory,
            AddressBook book, KeyBook keys) throws IOException {
        return open(config, identity, agent, memory, book, keys, SwarmSettings.STANDARD);
    }

    static Endpoint open(NodeConfig config, NodeIdentity identity, String agent, MemoryShares memory,
            AddressBook book, KeyBook keys, SwarmSettings settings) throws IOException {
        Share share = config.seeding().share();
        List<ServerSocket> sockets = share == Share.OFF
                ? List.of()
                : ListeningSockets.open(config.network().listen());
        int port = sockets.isEmpty() ? 0 : sockets.getFirst().getLocalPort();
        RateLimits limits = new RateLimits(config.transfers().rates(), settings.ticker()::nanos);
        OutboxRoom outboxes = new OutboxRoom(memory.of(MemoryShares.Holder.OUTBOXES),
                Places.mostWithNamed(config, memory));
        int light = LightPeers.most(config, memory);
        OutboxRoom lightOutboxes = new OutboxRoom((long) light * ConnectionMemory.LIGHT_OUTBOX, Math.max(1, light));
        OwnPort own = new OwnPort(config.network().external(), port, config.mapsPort());
        return new Endpoint(share,
                new Handshake(identity,
                        socket -> Handshake.hello(agent, own.seenBy(socket.getInetAddress(), socket.getLocalAddress())),
                        limits, outboxes, lightOutboxes, settings),
                sockets, settings, book, keys, own);
    }

    /**
     * Where peers elsewhere get through by IPv4 from now on, as a router says.
     *
     * @param told nothing when it lets nobody in, or none was asked
     */
    public void mapped(OptionalInt told) {
        if (port.mapped(told)) {
            reachability().addressChanged();
        }
    }

    /** Whether peers elsewhere get through to this node. */
    public Reachability reachability() {
        return acquaintances.reachability();
    }

    /** Has {@code watcher} hear of who comes and goes. */
    public void watch(PeerWatcher watcher) {
        acquaintances.watch(watcher);
    }

    /** Who hears of that. */
    PeerWatcher watcher() {
        return acquaintances.watcher();
    }

    /** A connection has a session. */
    void welcomed(PeerConnection connection) {
        watcher().connected(connection.peer(), connection.remote(), connection.hello().agent(), connection.inbound(),
                connection.isLight());
    }

    /** What its connections teach of where peers are. */
    Acquaintances acquaintances() {
        return acquaintances;
    }

    SwarmSettings settings() {
        return settings;
    }

    /** The limits on traffic; of what does not go through this endpoint too. */
    public RateLimits limits() {
        return handshake.limits();
    }

    /** Where connections are accepted, with the ports that the system chose. */
    public List<HostAndPort> listening() {
        return listening.addresses();
    }

    /** Whether peers may connect at all these addresses. */
    public boolean isListening() {
        return listening.all().stream().noneMatch(ServerSocket::isClosed);
    }

    /** The port on which peers on a network nearby may connect to this address of this machine; 0 when they may not. */
    public int portNearby(InetAddress own) {
        return listening.portNearby(share, own);
    }

    /** Begins to accept. */
    void start(Consumer<Swarm.Command> swarm) {
        acquaintances.begin(swarm);
        for (ServerSocket socket : listening.all()) {
            Thread.ofVirtual().name("swarm-accept").start(() -> accept(socket, swarm));
        }
    }

    private void accept(ServerSocket server, Consumer<Swarm.Command> swarm) {
        while (!stopped) {
            greetings.awaitPlace();
            try {
                Socket socket = server.accept();
                Thread.ofVirtual().name("swarm-greet").start(() -> greet(socket, swarm));
            } catch (IOException e) {
                greetings.givePlaceBack();
                if (!stopped) {
                    LOG.warn("a peer's connection could not be accepted: {}", e.getMessage());
                    // Without file descriptors every attempt fails at once: others get time to close some.
                    LockSupport.parkNanos(AFTER_FAILURE_NANOS);
                }
            }
        }
    }

    private void greet(Socket socket, Consumer<Swarm.Command> swarm) {
        String from = socket.getInetAddress().getHostAddress();
        String source = Reach.source(socket.getInetAddress());
        int others = greetings.begin(source);
        String refusal;
        try {
            take(socket);
            if (!Reach.allows(share, socket.getInetAddress())) {
                refusal = "not talked to: share is " + share;
            } else if (greetings.isTooMany(others)) {
                refusal = "not talked to: " + others + " of its connections have not said who they are";
            } else {
                PeerConnection connection = handshake.accept(socket);
                connection.whenSettled().thenRun(() -> greetings.over(source));
                swarm.accept(new Swarm.Connected(connection));
                return;
            }
        } catch (IOException | RuntimeException e) {
            refusal = "no peer: " + e.getMessage();
        }
        drop(socket);
        greetings.over(source);
        LOG.info("{} is {}", from, refusal);
    }

    /** Dials a peer at each address of its host until one answers. */
    void dial(PeerAddress peer, Consumer<Swarm.Command> swarm) {
        Thread.ofVirtual().name("swarm-dial").start(() -> {
            String reason = "no address";
            try {
                for (InetAddress address : InetAddress.getAllByName(peer.endpoint().host())) {
                    if (!Reach.allows(share, address)) {
                        reason = address.getHostAddress() + " is not talked to: share is " + share;
                        continue;
                    }
                    InetSocketAddress there = new InetSocketAddress(address, peer.endpoint().port());
                    watcher().dialled(Optional.of(peer.id()), there);
                    try {
                        swarm.accept(new Swarm.Connected(connect(Optional.of(peer.id()), id -> false, there)));
                        return;
                    } catch (IOException e) {
                        reason = String.valueOf(e.getMessage());
                        watcher().dialFailed(Optional.of(peer.id()), there, reason);
                    }
                }
            } catch (IOException e) {
                reason = "no such host: " + e.getMessage();
            }
            swarm.accept(new Swarm.DialFailed(peer, reason));
        });
    }

    /** Dials whoever is at an address, and hangs up on one who is connected, or is being met elsewhere, before he is greeted. */
    void meet(InetSocketAddress address, Consumer<Swarm.Command> swarm) {
        meet(address, false, (there, socket) -> handshake.dial(Optional.empty(), there, address, socket), swarm);
    }

    /** Likewise, and on one with whom there is a light session. */
    void meetNew(InetSocketAddress address, Consumer<Swarm.Command> swarm) {
        meet(address, true, (there, socket) -> handshake.dial(Optional.empty(), there, address, socket), swarm);
    }

    /** Likewise, for a light session. */
    void meetLight(InetSocketAddress address, Consumer<Swarm.Command> swarm) {
        meet(address, true, (there, socket) -> handshake.dialLight(there, address, socket), swarm);
    }

    private interface Meeting {
        PeerConnection dial(Predicate<PeerId> there, Socket socket) throws IOException;
    }

    /** @param unasked whether nobody waits for it, so that a light session is enough */
    private void meet(InetSocketAddress address, boolean unasked, Meeting dialling, Consumer<Swarm.Command> swarm) {
        Set<PeerId> those = unasked ? meetingUnasked : meeting;
        Thread.ofVirtual().name("swarm-dial").start(() -> {
            AtomicReference<@Nullable PeerId> met = new AtomicReference<>();
            try {
                if (!Reach.allows(share, address.getAddress())) {
                    throw new IOException("not talked to: share is " + share);
                }
                watcher().dialled(Optional.empty(), address);
                PeerConnection connection = connect(socket -> dialling.dial(peer -> {
                    boolean there = isClaimed(peer, unasked) || (unasked && meeting.contains(peer))
                            || !those.add(peer);
                    met.set(there ? null : peer);
                    return there;
                }, socket));
                connection.whenSettled().thenRun(() -> those.remove(connection.peer()));
                swarm.accept(new Swarm.Connected(connection));
            } catch (IOException e) {
                Optional.ofNullable(met.get()).ifPresent(those::remove);
                watcher().dialFailed(Optional.empty(), address, String.valueOf(e.getMessage()));
                swarm.accept(new Swarm.NobodyMet(address, e));
            }
        });
    }

    /** Dials a peer to see whether it answers there, and hangs up when TLS has shown that. */
    private void look(PeerId peer, InetSocketAddress address, Consumer<Boolean> told) {
        Thread.ofVirtual().name("swarm-dial").start(() -> told.accept(answers(peer, address)));
    }

    private boolean answers(PeerId peer, InetSocketAddress address) {
        try {
            connect(Optional.of(peer), shown -> true, address).close();
            return true;
        } catch (Handshake.AlreadyThereException e) {
            return true;
        } catch (IOException e) {
            LOG.debug("peer {} does not answer at {}: {}", peer, address, e.getMessage());
            return false;
        }
    }

    /** @param light whether a light session counts */
    private boolean isClaimed(PeerId peer, boolean light) {
        return claimed.stream()
                .anyMatch(connection -> connection.peer().equals(peer) && (light || !connection.isLight())
                        && !connection.whenClosed().toCompletableFuture().isDone());
    }

    private PeerConnection connect(Optional<PeerId> expected, Predicate<PeerId> there, InetSocketAddress address)
            throws IOException {
        return connect(socket -> handshake.dial(expected, there, address, socket));
    }

    /** What is done with a socket that is not connected yet. */
    private interface Dialling {
        PeerConnection dial(Socket socket) throws IOException;
    }

    private PeerConnection connect(Dialling dialling) throws IOException {
        Socket socket = new Socket();
        try {
            take(socket);
            return dialling.dial(socket);
        } catch (IOException e) {
            drop(socket);
            throw e;
        } catch (RuntimeException e) {
            drop(socket);
            throw new IOException(String.valueOf(e.getMessage()), e);
        }
    }

    private void take(Socket socket) throws IOException {
        unclaimed.add(socket);
        if (stopped) {
            throw new IOException("the node stops");
        }
    }

    private void drop(Socket socket) {
        unclaimed.remove(socket);
        close(socket);
    }

    /** The connection is the caller's from now on, who has to close it. */
    void claim(PeerConnection connection) {
        claimed.add(connection);
        connection.whenClosed().thenRun(() -> claimed.remove(connection));
        unclaimed.remove(connection.tcp());
    }

    /** Listens and dials no more, and hangs up on whoever was not claimed. */
    public void stop() {
        stopped = true;
        listening.all().forEach(Endpoint::close);
        // Whoever waits to accept another finds that it is over.
        greetings.stop();
        unclaimed.forEach(this::drop);
    }

    private static void close(Closeable socket) {
        try {
            socket.close();
        } catch (IOException e) {
            LOG.debug("closing a socket: {}", e.getMessage());
        }
    }

    /** Like {@link #stop}; then waits a moment for last words on connections that were claimed, and closes them. */
    @Override
    public void close() {
        stop();
        long until = System.nanoTime() + settings.lastWord().toNanos();
        for (PeerConnection connection : claimed) {
            try {
                connection.whenClosed().toCompletableFuture().get(Math.max(0, until - System.nanoTime()),
                        TimeUnit.NANOSECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } catch (ExecutionException | TimeoutException e) {
                LOG.debug("peer {} did not hear our goodbye", connection.peer());
            }
            connection.close();
        }
    }
}
