// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.bridge;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.guixp2p.protocol.bridge.FrameEncoder;
import org.guixp2p.protocol.bridge.FromNode;
import org.jspecify.annotations.Nullable;
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
    private final int most;
    private final Semaphore room;
    /** Tells our socket from one that somebody else put in its place. */
    private final @Nullable Object fileKey;
    private final AtomicBoolean closed = new AtomicBoolean();

    private BridgeServer(Path path, ServerSocketChannel server, int most) throws IOException {
        this.path = path;
        this.server = server;
        this.most = most;
        this.room = new Semaphore(most);
        this.fileKey = fileKey(path);
    }

    /**
     * Listens at {@code path}. A socket that nobody serves any more is replaced.
     *
     * @param group whose members may connect too
     * @param most connections at a time; others are told so and turned away
     * @param accept takes each connection, on the accepting thread
     * @throws IOException in one line for people: another node serves the socket, something else is in its place, or the
     *         directory cannot be used
     */
    public static BridgeServer start(Path path, Optional<String> group, int most, Consumer<BridgeConnection> accept)
            throws IOException {
        SocketFile file = new SocketFile(path);
        file.makeRoom();
        ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            file.bind(hidden -> server.bind(UnixDomainSocketAddress.of(hidden)), group);
            BridgeServer bridge = new BridgeServer(path, server, most);
            Thread.ofVirtual().name("bridge-accept").start(() -> bridge.acceptAll(accept));
            return bridge;
        } catch (IOException e) {
            server.close();
            throw e;
        }
    }

    private static @Nullable Object fileKey(Path path) throws IOException {
        return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS).fileKey();
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

    /** What is said fits into the socket's buffer, so saying it holds up nobody. */
    private void turnAway(SocketChannel channel) throws IOException {
        LOG.warn("a restorer is turned away: {} are connected already", most);
        try (channel) {
            FrameEncoder.write(new FromNode.Refused("too many connections"), channel);
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
            if (Files.exists(path, LinkOption.NOFOLLOW_LINKS) && Objects.equals(fileKey, fileKey(path))) {
                Files.delete(path);
            }
        } finally {
            server.close();
        }
    }
}
