// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.bridge;

import java.io.IOException;
import java.net.ConnectException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.GroupPrincipal;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The Unix socket that restorers connect to.
 *
 * <p>Who may connect is what the file system says: the node's user and root, and the members of a group if one is named.
 */
public final class BridgeServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(BridgeServer.class);

    private static final long AFTER_FAILURE_NANOS = 100_000_000;

    private final Path path;
    private final ServerSocketChannel server;

    private BridgeServer(Path path, ServerSocketChannel server) {
        this.path = path;
        this.server = server;
    }

    /**
     * Listens at {@code path}. A socket that nobody serves any more is replaced.
     *
     * @param group whose members may connect too
     * @param accept takes each connection, on the accepting thread
     * @throws IOException in one line for people: another node serves the socket, something else is in its place, or the
     *         directory cannot be used
     */
    public static BridgeServer start(Path path, Optional<String> group, Consumer<SocketChannel> accept)
            throws IOException {
        Path directory = Objects.requireNonNull(path.toAbsolutePath().getParent(), "a socket lies in a directory");
        if (!Files.isDirectory(directory)) {
            Files.createDirectories(directory);
        }
        removeStale(path);
        ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            bind(server, path, group);
        } catch (IOException e) {
            server.close();
            throw new IOException("socket_path: cannot listen at " + path + ": " + e.getMessage(), e);
        }
        BridgeServer bridge = new BridgeServer(path, server);
        Thread.ofVirtual().name("bridge-accept").start(() -> bridge.acceptAll(accept));
        return bridge;
    }

    private static void removeStale(Path path) throws IOException {
        if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        if (Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS) || Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)
                || Files.isSymbolicLink(path)) {
            throw new IOException("socket_path: " + path + " exists and is no socket");
        }
        if (isServed(path)) {
            throw new IOException("socket_path: another node serves " + path);
        }
        LOG.info("replacing the socket {}, which nobody serves", path);
        Files.delete(path);
    }

    private static boolean isServed(Path path) throws IOException {
        try (SocketChannel probe = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            return probe.connect(UnixDomainSocketAddress.of(path));
        } catch (ConnectException nobodyListens) {
            return false;
        }
    }

    /** The socket gets its final name only when its permissions are set: nobody slips in between. */
    private static void bind(ServerSocketChannel server, Path path, Optional<String> group) throws IOException {
        Path hidden = path.resolveSibling(".new-" + ProcessHandle.current().pid());
        Files.deleteIfExists(hidden);
        try {
            server.bind(UnixDomainSocketAddress.of(hidden));
            PosixFileAttributeView view = Files.getFileAttributeView(hidden, PosixFileAttributeView.class);
            view.setPermissions(PosixFilePermissions.fromString("rw-------"));
            if (group.isPresent()) {
                GroupPrincipal principal = path.getFileSystem().getUserPrincipalLookupService()
                        .lookupPrincipalByGroupName(group.get());
                view.setGroup(principal);
                view.setPermissions(PosixFilePermissions.fromString("rw-rw----"));
            }
            Files.move(hidden, path);
        } finally {
            Files.deleteIfExists(hidden);
        }
    }

    private void acceptAll(Consumer<SocketChannel> accept) {
        while (server.isOpen()) {
            try {
                accept.accept(server.accept());
            } catch (IOException e) {
                if (server.isOpen()) {
                    LOG.warn("a connection could not be accepted: {}", e.getMessage());
                    // Without file descriptors every attempt fails at once: others get time to close some.
                    LockSupport.parkNanos(AFTER_FAILURE_NANOS);
                }
            }
        }
    }

    /** Listens no more; the socket file is gone. Connections go on. */
    @Override
    public void close() throws IOException {
        server.close();
        Files.deleteIfExists(path);
    }
}
