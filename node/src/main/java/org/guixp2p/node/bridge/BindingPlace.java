// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.bridge;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A directory beside a socket, for its owner alone, in which the socket is bound and gets its permissions before it gets its
 * name: whatever the process's umask, nobody else can connect in between.
 */
final class BindingPlace implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(BindingPlace.class);
    private static final FileAttribute<Set<PosixFilePermission>> PRIVATE = PosixFilePermissions
            .asFileAttribute(PosixFilePermissions.fromString("rwx------"));
    private static final Pattern NAME = Pattern.compile("~[0-9a-f]{1,16}");
    private static final String SOCKET = "s";
    /** What the shortest name takes, {@code /~0/s}. */
    private static final int LEAST_BYTES = 5;
    private static final int MOST_TRIES = 100;
    /** A node that starts has done with its own long before. */
    private static final Duration LONGEST = Duration.ofMinutes(1);

    private final Path directory;

    private BindingPlace(Path directory) {
        this.directory = directory;
    }

    /**
     * How many bytes the name of a socket's directory may have.
     *
     * @param most how many the name of a socket may have when it is bound
     */
    static int mostDirectoryBytes(int most) {
        return most - LEAST_BYTES;
    }

    /**
     * Makes one, of another name each time, since several sockets may be bound at the same moment.
     *
     * @param most how many bytes the name of a socket may have when it is bound
     */
    static BindingPlace beside(Path socket, int most) throws IOException {
        Path parent = Objects.requireNonNull(socket.getParent(), "a socket lies in a directory");
        int digits = Math.min(16, 1 + mostDirectoryBytes(most) - bytes(parent));
        for (int tries = 1;; tries++) {
            String random = HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong());
            Path directory = parent.resolve("~" + random.substring(0, digits));
            try {
                if (!directory.equals(socket)) {
                    return new BindingPlace(Files.createDirectory(directory, PRIVATE));
                }
            } catch (FileAlreadyExistsException e) {
                if (tries == MOST_TRIES) {
                    throw e;
                }
            }
        }
    }

    static int bytes(Path path) {
        return path.toString().getBytes(StandardCharsets.UTF_8).length;
    }

    /** What a socket is bound to here. */
    Path socket() {
        return directory.resolve(SOCKET);
    }

    @Override
    public void close() throws IOException {
        Files.deleteIfExists(socket());
        Files.delete(directory);
    }

    /** Removes those that crashes have left in the directory of a socket. */
    static void clear(Path parent) {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(parent, BindingPlace::isLeft)) {
            for (Path file : files) {
                remove(file);
            }
        } catch (IOException | DirectoryIteratorException e) {
            LOG.debug("what crashes left in {}: {}", parent, e.toString());
        }
    }

    private static boolean isLeft(Path file) {
        return NAME.matcher(file.getFileName().toString()).matches()
                && Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS);
    }

    /** What cannot be looked at or removed is somebody else's, and keeps nobody from the rest. */
    private static void remove(Path file) {
        try {
            if (isOld(file) && hasDeadSocketOrNothing(file)) {
                new BindingPlace(file).close();
                LOG.info("removed {}, which a crash left", file);
            }
        } catch (IOException | UncheckedIOException e) {
            LOG.debug("what a crash left at {}: {}", file, e.toString());
        }
    }

    private static boolean hasDeadSocketOrNothing(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.toList()) {
                if (!file.endsWith(SOCKET) || !SocketFile.isSocket(file) || SocketFile.isServed(file)) {
                    return false;
                }
            }
            return true;
        }
    }

    private static boolean isOld(Path file) throws IOException {
        Instant made = Files.getLastModifiedTime(file, LinkOption.NOFOLLOW_LINKS).toInstant();
        return made.isBefore(Instant.now().minus(LONGEST));
    }
}
