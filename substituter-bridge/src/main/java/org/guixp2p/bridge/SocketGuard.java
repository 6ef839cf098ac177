// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.bridge;

import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.UserPrincipal;
import java.nio.file.attribute.UserPrincipalNotFoundException;
import jdk.net.ExtendedSocketOptions;
import org.jspecify.annotations.Nullable;

/** Refuses sockets that somebody else than root or the node's user could stand behind. */
final class SocketGuard {
    private static final int WRITABLE_FOR_ALL = 0002;

    private final UserPrincipal root;
    private final @Nullable UserPrincipal nodeUser;

    /** Trusts root, and {@code user} when there is one of that name. */
    SocketGuard(String user) throws IOException {
        root = FileFacts.root();
        UserPrincipal found;
        try {
            found = FileFacts.users().lookupPrincipalByName(user);
        } catch (UserPrincipalNotFoundException e) {
            found = null;
        }
        nodeUser = found;
    }

    /**
     * Looks at the socket and its directory.
     *
     * @throws NodeFailure when they are not as they must be
     */
    void check(Path socket) throws NodeFailure {
        Path directory = socket.getParent();
        if (directory == null) {
            throw new NodeFailure(socket + " is no socket");
        }
        try {
            checkFile(directory, FileFacts.DIRECTORY, "directory");
            checkFile(socket, FileFacts.SOCKET, "socket", LinkOption.NOFOLLOW_LINKS);
        } catch (NodeFailure e) {
            throw e;
        } catch (IOException e) {
            throw new NodeFailure("no node listens at " + socket + ": " + reason(e));
        }
    }

    /** The JDK's own message is often the bare path. */
    private static String reason(IOException failure) {
        return switch (failure) {
            case NoSuchFileException _ -> "no such file or directory";
            case AccessDeniedException _ -> "permission denied";
            case FileSystemException other when other.getReason() != null -> other.getReason();
            default -> String.valueOf(failure.getMessage());
        };
    }

    private void checkFile(Path file, int type, String what, LinkOption... options) throws IOException {
        FileFacts facts = FileFacts.of(file, options);
        if (!facts.isKind(type)) {
            throw new NodeFailure(file + " is no " + what);
        }
        if (!isTrusted(facts.owner())) {
            throw new NodeFailure(file + " belongs to " + facts.owner()
                    + ", neither to root nor to the node's user");
        }
        if (facts.isWritableFor(WRITABLE_FOR_ALL)) {
            throw new NodeFailure(file + " can be written by everybody");
        }
    }

    /**
     * Looks at who listens on a connected socket.
     *
     * @throws NodeFailure when it is neither root nor the node's user
     */
    void check(SocketChannel channel) throws NodeFailure {
        UserPrincipal peer;
        try {
            peer = channel.getOption(ExtendedSocketOptions.SO_PEERCRED).user();
        } catch (UnsupportedOperationException e) {
            return;
        } catch (IOException e) {
            throw new NodeFailure("cannot tell who listens", e);
        }
        if (!isTrusted(peer)) {
            throw new NodeFailure("who listens is " + peer + ", neither root nor the node's user");
        }
    }

    private boolean isTrusted(UserPrincipal owner) {
        return root.equals(owner) || (nodeUser != null && nodeUser.equals(owner));
    }
}
