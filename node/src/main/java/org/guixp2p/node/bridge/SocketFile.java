// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.bridge;

import java.io.IOException;
import java.net.ConnectException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.GroupPrincipal;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipalNotFoundException;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.guixp2p.node.files.IoWords;
import org.guixp2p.node.files.LockFile;
import org.guixp2p.node.files.UnixSockets;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A Unix socket in the file system, put there with its permissions, in the place of a dead one and of nothing else. A lock
 * beside it keeps other nodes from the same place, from before it is looked at until after the socket is gone.
 */
final class SocketFile implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SocketFile.class);
    private static final int TYPE = 0170000;
    private static final int SOCKET = 0140000;
    private static final Set<PosixFilePermission> DIRECTORY = PosixFilePermissions.fromString("rwxr-xr-x");
    private static final Set<PosixFilePermission> OWNER = PosixFilePermissions.fromString("rw-------");
    private static final Set<PosixFilePermission> OWNER_AND_GROUP = PosixFilePermissions.fromString("rw-rw----");

    private final Path path;
    private final LockFile lock;
    /** Tells our socket from one that somebody else put in its place. */
    private final @Nullable Object key;

    /** Binds a socket to a name. */
    interface Binding {
        void bind(Path name) throws IOException;
    }

    private SocketFile(Path path, LockFile lock) throws IOException {
        this.path = path;
        this.lock = lock;
        this.key = key(path);
    }

    /**
     * Binds a socket where nobody else can reach it, gives it its permissions, then its name. The directory is made when it is
     * not there, and a socket that nobody serves is removed.
     *
     * @param group whose members may connect too
     * @throws IOException in one line for people: another node has the place, something else is there, or it cannot be used;
     *         nothing but a dead socket was removed then, and nothing was left but the lock's file
     */
    static SocketFile bind(Path path, Optional<String> group, Binding socket) throws IOException {
        Path absolute = path.toAbsolutePath();
        Path directory = Objects.requireNonNull(absolute.getParent(), "a socket lies in a directory");
        checkLength(absolute, directory);
        makeDirectory(absolute, directory);
        LockFile lock = lock(absolute);
        try {
            BindingPlace.clear(directory);
            removeDead(absolute);
            return put(absolute, group, socket, lock);
        } catch (IOException e) {
            lock.close();
            throw e;
        }
    }

    /** The file that keeps other nodes away; it stays when the node ends. */
    static Path lockOf(Path path) {
        return path.resolveSibling(path.getFileName() + ".lock");
    }

    private static void checkLength(Path path, Path directory) throws IOException {
        int length = BindingPlace.bytes(path);
        if (length > UnixSockets.MOST_PATH_BYTES) {
            throw unusable(path, "a path of " + length + " bytes, and at most " + UnixSockets.MOST_PATH_BYTES
                    + " can be used", null);
        }
        int beside = BindingPlace.bytes(directory);
        int most = BindingPlace.mostDirectoryBytes(UnixSockets.MOST_PATH_BYTES);
        if (beside > most) {
            throw unusable(path, "a directory of " + beside + " bytes, and at most " + most + " can be used", null);
        }
    }

    private static void makeDirectory(Path path, Path directory) throws IOException {
        try {
            if (!Files.isDirectory(directory)) {
                Files.createDirectories(directory, PosixFilePermissions.asFileAttribute(DIRECTORY));
            }
        } catch (IOException e) {
            throw unusable(path, "its directory cannot be made: " + IoWords.of(e, directory), e);
        }
        try {
            if (Files.getPosixFilePermissions(directory).contains(PosixFilePermission.OTHERS_WRITE)) {
                LOG.warn("socket_path: restorers will not connect, since everybody can write to {}", directory);
            }
        } catch (IOException e) {
            throw unusable(path, "its directory cannot be read: " + IoWords.of(e, directory), e);
        }
    }

    private static LockFile lock(Path path) throws IOException {
        Path file = lockOf(path);
        Optional<LockFile> lock;
        try {
            lock = LockFile.take(file);
        } catch (IOException e) {
            throw unusable(path, "it cannot be locked: " + IoWords.of(e, file), e);
        }
        return lock.orElseThrow(() -> unusable(path, "another node serves it", null));
    }

    /** What has no lock may be served all the same, by another program or after somebody removed the lock. */
    private static void removeDead(Path path) throws IOException {
        if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        if (!isSocket(path)) {
            throw unusable(path, "it exists and is no socket", null);
        }
        boolean served;
        try {
            served = isServed(path);
        } catch (IOException e) {
            throw unusable(path, "another node seems to serve it: " + e.getMessage(), e);
        }
        if (served) {
            throw unusable(path, "another node serves it", null);
        }
        LOG.info("replacing the socket {}, which nobody serves", path);
        try {
            Files.delete(path);
        } catch (IOException e) {
            throw unusable(path, "a dead socket cannot be removed: " + IoWords.of(e, path), e);
        }
    }

    static boolean isSocket(Path file) throws IOException {
        return Files.exists(file, LinkOption.NOFOLLOW_LINKS)
                && ((Integer) Files.getAttribute(file, "unix:mode", LinkOption.NOFOLLOW_LINKS) & TYPE) == SOCKET;
    }

    /**
     * Whether anybody listens at a socket that is there. Does not wait for whoever does: a node that hangs has a full queue,
     * and a connect would hang too.
     *
     * @throws IOException when that cannot be said
     */
    static boolean isServed(Path socket) throws IOException {
        try (SocketChannel probe = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            probe.configureBlocking(false);
            probe.connect(UnixDomainSocketAddress.of(socket));
            return true;
        } catch (ConnectException nobodyListens) {
            return false;
        }
    }

    private static SocketFile put(Path path, Optional<String> group, Binding socket, LockFile lock)
            throws IOException {
        boolean linked = false;
        try {
            try (BindingPlace place = BindingPlace.beside(path, UnixSockets.MOST_PATH_BYTES)) {
                socket.bind(place.socket());
                permit(place.socket(), group);
                // Unlike a rename, a link never takes the place of what somebody has put there meanwhile.
                Files.createLink(path, place.socket());
                linked = true;
            }
            SocketFile file = new SocketFile(path, lock);
            linked = false;
            return file;
        } catch (GroupException e) {
            throw e;
        } catch (IOException e) {
            throw unusable(path, "cannot listen: " + IoWords.of(e, path), e);
        } finally {
            if (linked) {
                // Nobody will serve it.
                Files.deleteIfExists(path);
            }
        }
    }

    private static void permit(Path socket, Optional<String> group) throws IOException {
        PosixFileAttributeView view = Files.getFileAttributeView(socket, PosixFileAttributeView.class);
        view.setPermissions(OWNER);
        if (group.isEmpty()) {
            return;
        }
        try {
            GroupPrincipal principal = socket.getFileSystem().getUserPrincipalLookupService()
                    .lookupPrincipalByGroupName(group.get());
            view.setGroup(principal);
        } catch (UserPrincipalNotFoundException e) {
            throw new GroupException("there is no group " + group.get(), e);
        } catch (IOException e) {
            throw new GroupException(IoWords.of(e, socket) + " (is the node's user in the group " + group.get() + "?)",
                    e);
        }
        view.setPermissions(OWNER_AND_GROUP);
    }

    /** It is not the path that is at fault. */
    private static final class GroupException extends IOException {
        private static final long serialVersionUID = 1L;

        GroupException(String why, Exception cause) {
            super("socket_group: " + why, cause);
        }
    }

    private static IOException unusable(Path path, String why, @Nullable Exception cause) {
        return new IOException("socket_path: " + path + ": " + why, cause);
    }

    private static @Nullable Object key(Path path) throws IOException {
        return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS).fileKey();
    }

    /** Whether it still has its name: what is removed, or in whose place something else is, nobody finds. */
    boolean isThere() {
        try {
            return Files.exists(path, LinkOption.NOFOLLOW_LINKS) && Objects.equals(key, key(path));
        } catch (IOException e) {
            return false;
        }
    }

    /** Removes the socket, which is still served, and then the lock on its place. */
    @Override
    public void close() throws IOException {
        try (lock) {
            if (isThere()) {
                Files.delete(path);
            }
        }
    }
}
