// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.bridge;

import java.io.IOException;
import java.net.ConnectException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.GroupPrincipal;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipalNotFoundException;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Pattern;
import org.guixp2p.node.files.IoWords;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A Unix socket in the file system: puts it there with its permissions, in the place of a dead one, and of nothing else. */
final class SocketFile {
    private static final Logger LOG = LoggerFactory.getLogger(SocketFile.class);
    /** Linux would take one more (unix(7)), but the JDK does not. */
    private static final int MOST_BYTES = 106;
    /** What {@link #hidden} makes. */
    private static final Pattern HIDDEN = Pattern.compile("~[0-9a-f]{1,16}");
    /** A node that starts has given its socket a name long before. */
    private static final Duration HIDDEN_FOR = Duration.ofMinutes(1);
    private static final int TYPE = 0170000;
    private static final int SOCKET = 0140000;
    private static final Set<PosixFilePermission> DIRECTORY = PosixFilePermissions.fromString("rwxr-xr-x");
    private static final Set<PosixFilePermission> OWNER = PosixFilePermissions.fromString("rw-------");
    private static final Set<PosixFilePermission> OWNER_AND_GROUP = PosixFilePermissions.fromString("rw-rw----");

    private final Path path;
    private final Path directory;

    /** Binds a socket to a name. */
    interface Binding {
        void bind(Path name) throws IOException;
    }

    SocketFile(Path path) {
        this.path = path;
        this.directory = Objects.requireNonNull(path.toAbsolutePath().getParent(), "a socket lies in a directory");
    }

    /**
     * Makes the directory when it is not there, and removes a socket that nobody serves.
     *
     * @throws IOException in one line for people, when the path cannot be used; nothing was removed then
     */
    void makeRoom() throws IOException {
        int length = bytes(path);
        if (length > MOST_BYTES) {
            throw unusable("a path of " + length + " bytes, and at most " + MOST_BYTES + " can be used", null);
        }
        makeDirectory();
        clearHidden();
        if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        if (!isSocket(path)) {
            throw unusable("it exists and is no socket", null);
        }
        if (isServed(path)) {
            throw unusable("another node serves it", null);
        }
        LOG.info("replacing the socket {}, which nobody serves", path);
        try {
            Files.delete(path);
        } catch (IOException e) {
            throw unusable("a dead socket cannot be removed: " + IoWords.of(e, path), e);
        }
    }

    /** A crash while a socket was being bound has left it under its hidden name. */
    private void clearHidden() {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory,
                file -> HIDDEN.matcher(file.getFileName().toString()).matches() && isSocket(file) && isOld(file)
                        && !isServed(file))) {
            for (Path file : files) {
                Files.delete(file);
                LOG.info("removed the socket {}, which a crash left", file);
            }
        } catch (IOException | DirectoryIteratorException e) {
            LOG.debug("sockets that a crash left in {}: {}", directory, e.toString());
        }
    }

    private static boolean isOld(Path file) throws IOException {
        Instant made = Files.getLastModifiedTime(file, LinkOption.NOFOLLOW_LINKS).toInstant();
        return made.isBefore(Instant.now().minus(HIDDEN_FOR));
    }

    private void makeDirectory() throws IOException {
        try {
            if (!Files.isDirectory(directory)) {
                Files.createDirectories(directory, PosixFilePermissions.asFileAttribute(DIRECTORY));
            }
        } catch (IOException e) {
            throw unusable("its directory cannot be made: " + IoWords.of(e, directory), e);
        }
        try {
            if (Files.getPosixFilePermissions(directory).contains(PosixFilePermission.OTHERS_WRITE)) {
                LOG.warn("socket_path: restorers will not connect, since everybody can write to {}", directory);
            }
        } catch (IOException e) {
            throw unusable("its directory cannot be read: " + IoWords.of(e, directory), e);
        }
    }

    /** Does not wait for whoever serves it: a node that hangs has a full queue, and a connect would hang too. */
    private boolean isServed(Path socket) throws IOException {
        try (SocketChannel probe = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            probe.configureBlocking(false);
            probe.connect(UnixDomainSocketAddress.of(socket));
            return true;
        } catch (ConnectException nobodyListens) {
            return false;
        } catch (IOException e) {
            throw unusable("another node seems to serve it: " + e.getMessage(), e);
        }
    }

    /**
     * Binds a socket and gives it its permissions, then its name: nobody slips in between.
     *
     * @throws IOException in one line for people; nothing was left then
     */
    void bind(Binding socket, Optional<String> group) throws IOException {
        Path hidden = hidden();
        try {
            socket.bind(hidden);
        } catch (IOException e) {
            throw unusable("cannot listen: " + IoWords.of(e, hidden), e);
        }
        try {
            permit(hidden, group);
            // Unlike a rename, a link never takes the place of what another node has put there meanwhile.
            Files.createLink(path, hidden);
        } catch (FileSystemException e) {
            throw unusable("cannot listen: " + IoWords.of(e, path), e);
        } finally {
            deleteSocket(hidden);
        }
    }

    /**
     * Another each time, since two nodes may start at the same moment; and short enough to fit into an address. Where there is
     * not even room for that, nodes may meet.
     */
    private Path hidden() {
        String name = Objects.requireNonNull(path.getFileName(), "a socket has a name").toString();
        int room = MOST_BYTES - bytes(path) + bytes(name);
        String random = "~" + HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong());
        String hidden = random.substring(0, Math.min(random.length(), room));
        return path.resolveSibling(hidden.equals(name) ? "-" + hidden.substring(1) : hidden);
    }

    private static int bytes(Object path) {
        return path.toString().getBytes(StandardCharsets.UTF_8).length;
    }

    private static void deleteSocket(Path file) throws IOException {
        if (isSocket(file)) {
            Files.delete(file);
        }
    }

    private static boolean isSocket(Path file) throws IOException {
        return Files.exists(file, LinkOption.NOFOLLOW_LINKS)
                && ((Integer) Files.getAttribute(file, "unix:mode", LinkOption.NOFOLLOW_LINKS) & TYPE) == SOCKET;
    }

    private void permit(Path socket, Optional<String> group) throws IOException {
        PosixFileAttributeView view = Files.getFileAttributeView(socket, PosixFileAttributeView.class);
        view.setPermissions(OWNER);
        if (group.isEmpty()) {
            return;
        }
        try {
            GroupPrincipal principal = path.getFileSystem().getUserPrincipalLookupService()
                    .lookupPrincipalByGroupName(group.get());
            view.setGroup(principal);
        } catch (UserPrincipalNotFoundException e) {
            throw new IOException("socket_group: there is no group " + group.get(), e);
        } catch (IOException e) {
            throw new IOException("socket_group: " + IoWords.of(e, socket) + " (is the node's user in the group "
                    + group.get() + "?)", e);
        }
        view.setPermissions(OWNER_AND_GROUP);
    }

    private IOException unusable(String why, @Nullable Exception cause) {
        return new IOException("socket_path: " + path + ": " + why, cause);
    }
}
