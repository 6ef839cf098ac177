// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.bridge;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.guixp2p.protocol.bridge.FrameEncoder;
import org.guixp2p.protocol.bridge.FromNode;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The Unix socket that restorers connect to, and a bound on how many do at a time.
 *
 * <p>Who may connect is what the file system says: the node's user and root, and the members of a group if one is named.
 * Any user of the machine can have {@code guix-daemon} start restorers, so what they take of the node is bounded.
 */
public final class BridgeServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(BridgeServer.class);
    private static final long AFTER_FAILURE_NANOS = 100_000_000;

    private final Path path;
    private final ServerSocketChannel server;
    private final SocketFile file;
    private final int most;
    private final Refusal refusal;
    private final Semaphore room;
    private final AtomicBoolean closed = new AtomicBoolean();

    /** What is said to whoever is turned away; it fits into a socket's buffer, so that saying it holds up nobody. */
    public interface Refusal {
        void sayTo(SocketChannel channel) throws IOException;
    }

    private BridgeServer(Path path, ServerSocketChannel server, SocketFile file, int most, Refusal refusal) {
        this.path = path;
        this.server = server;
        this.file = file;
        this.most = most;
        this.refusal = refusal;
        this.room = new Semaphore(most);
    }

    /** Listens for restorers, as the other one does. */
    public static BridgeServer start(Path path, Optional<String> group, int most, Consumer<BridgeConnection> accept)
            throws IOException {
        return start(path, group, most,
                channel -> FrameEncoder.write(new FromNode.Refused("too many connections"), channel), accept);
    }

    /**
     * Listens at {@code path}. A socket that nobody serves any more is replaced.
     *
     * @param group whose members may connect too
     * @param most connections at a time; others are told so and turned away
     * @param refusal tells them
     * @param accept takes each connection, on the accepting thread
     * @throws IOException in one line for people: another node has the socket's place, something else is there, or the
     *         directory cannot be used
     */
    public static BridgeServer start(Path path, Optional<String> group, int most, Refusal refusal,
            Consumer<BridgeConnection> accept) throws IOException {
        ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            SocketFile file = SocketFile.bind(path, group, name -> server.bind(UnixDomainSocketAddress.of(name)));
            BridgeServer bridge = new BridgeServer(path, server, file, most, refusal);
            Thread.ofVirtual().name("bridge-accept").start(() -> bridge.acceptAll(accept));
            return bridge;
        } catch (IOException e) {
            server.close();
            throw e;
        }
    }

    /** The file beside a socket that keeps other nodes from its place; it stays when the node ends. */
    public static Path lockOf(Path socket) {
        return SocketFile.lockOf(socket);
    }

    /** Whether restorers find it. */
    public boolean isListening() {
        return server.isOpen() && file.isThere();
    }

    private void acceptAll(Consumer<BridgeConnection> accept) {
        while (server.isOpen()) {
            try {
                SocketChannel channel = server.accept();
                if (room.tryAcquire()) {
                    accept.accept(new BridgeConnection(channel, room::release));
                } else {
                    turnAway(channel);
                }
            } catch (IOException e) {
                if (server.isOpen()) {
                    LOG.warn("a connection could not be accepted: {}", e.getMessage());
                    // Without file descriptors every attempt fails at once: others get time to close some.
                    LockSupport.parkNanos(AFTER_FAILURE_NANOS);
                }
            }
        }
    }

    private void turnAway(SocketChannel channel) throws IOException {
        LOG.warn("somebody is turned away at {}: {} are connected already", path, most);
        try (channel) {
            refusal.sayTo(channel);
        }
    }

    /** Listens no more; the socket file is gone. Connections go on. */
    @Override
    public void close() throws IOException {
        if (closed.getAndSet(true)) {
            return;
        }
        try {
            // Removed while it is served: afterwards another node's may lie there.
            file.close();
        } finally {
            server.close();
        }
    }
}
