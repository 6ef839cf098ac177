// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.guixp2p.node.config.NodeConfig;
import org.guixp2p.node.config.Share;
import org.guixp2p.node.identity.NodeIdentity;
import org.guixp2p.protocol.swarm.HostAndPort;
import org.guixp2p.protocol.swarm.PeerAddress;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The node's sockets towards peers: those that listen, and dials. Everything blocks on virtual threads. */
public final class Endpoint implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Endpoint.class);
    /** Strangers being greeted at a time; more wait in the kernel. */
    private static final int GREETING = 64;
    private static final int BACKLOG = 128;
    private static final long AFTER_FAILURE_NANOS = 100_000_000;

    private final Share share;
    private final Handshake handshake;
    private final List<ServerSocket> sockets;
    private final Semaphore greeting = new Semaphore(GREETING);

    private Endpoint(Share share, Handshake handshake, List<ServerSocket> sockets) {
        this.share = share;
        this.handshake = handshake;
        this.sockets = sockets;
    }

    /**
     * Listens as configured, unless nothing is shared.
     *
     * @param agent what the node calls itself
     * @throws IOException in one line for people: an address is in use or not this machine's
     */
    public static Endpoint open(NodeConfig config, NodeIdentity identity, String agent) throws IOException {
        List<ServerSocket> sockets = new ArrayList<>();
        Share share = config.seeding().share();
        try {
            if (share != Share.OFF) {
                for (HostAndPort address : config.network().listen()) {
                    sockets.add(listen(address));
                }
            }
        } catch (IOException e) {
            for (ServerSocket socket : sockets) {
                socket.close();
            }
            throw e;
        }
        int port = sockets.isEmpty() ? 0 : sockets.getFirst().getLocalPort();
        long now = System.nanoTime();
        var rates = new PeerConnection.Rates(new TokenBucket(config.transfers().maxUpload(), now),
                new TokenBucket(config.transfers().maxDownload(), now));
        return new Endpoint(share, new Handshake(identity, Handshake.hello(agent, port), rates), List.copyOf(sockets));
    }

    private static ServerSocket listen(HostAndPort address) throws IOException {
        ServerSocket socket = new ServerSocket();
        try {
            socket.setReceiveBufferSize(1 << 20);
            socket.bind(new InetSocketAddress(InetAddress.getByName(address.host()), address.port()), BACKLOG);
            return socket;
        } catch (IOException e) {
            socket.close();
            throw new IOException("listen_address: cannot listen at " + address + ": " + e.getMessage(), e);
        }
    }

    /** Where connections are accepted, with the ports that the system chose. */
    public List<HostAndPort> listening() {
        return sockets.stream()
                .map(socket -> new HostAndPort(socket.getInetAddress().getHostAddress(), socket.getLocalPort()))
                .toList();
    }

    /** Begins to accept. */
    void start(Consumer<Swarm.Command> swarm) {
        for (ServerSocket socket : sockets) {
            Thread.ofVirtual().name("swarm-accept").start(() -> accept(socket, swarm));
        }
    }

    private void accept(ServerSocket server, Consumer<Swarm.Command> swarm) {
        while (!server.isClosed()) {
            greeting.acquireUninterruptibly();
            try {
                Socket socket = server.accept();
                Thread.ofVirtual().name("swarm-greet").start(() -> greet(socket, swarm));
            } catch (IOException e) {
                greeting.release();
                if (!server.isClosed()) {
                    LOG.warn("a peer's connection could not be accepted: {}", e.getMessage());
                    // Without file descriptors every attempt fails at once: others get time to close some.
                    LockSupport.parkNanos(AFTER_FAILURE_NANOS);
                }
            }
        }
    }

    private void greet(Socket socket, Consumer<Swarm.Command> swarm) {
        try {
            if (Reach.allows(share, socket.getInetAddress())) {
                swarm.accept(new Swarm.Connected(handshake.accept(socket)));
            } else {
                socket.close();
                LOG.info("{} is not talked to: share is {}", socket.getInetAddress().getHostAddress(), share);
            }
        } catch (IOException e) {
            LOG.info("{} is no peer: {}", socket.getInetAddress().getHostAddress(), e.getMessage());
        } finally {
            greeting.release();
        }
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
                    try {
                        swarm.accept(new Swarm.Connected(handshake.dial(peer, address)));
                        return;
                    } catch (IOException e) {
                        reason = String.valueOf(e.getMessage());
                    }
                }
            } catch (IOException e) {
                reason = "no such host: " + e.getMessage();
            }
            swarm.accept(new Swarm.DialFailed(peer, reason));
        });
    }

    /** Listens no more. */
    @Override
    public void close() {
        for (ServerSocket socket : sockets) {
            try {
                socket.close();
            } catch (IOException e) {
                LOG.debug("closing a listening socket: {}", e.getMessage());
            }
        }
    }
}
