// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.bridge;

import java.io.IOException;
import org.guixp2p.protocol.bridge.BridgeMessage;
import org.guixp2p.protocol.bridge.FromRestorer;
import org.jspecify.annotations.Nullable;

/**
 * The way to the node over the life of the process: connects when a command comes, keeps the connection while it is good,
 * and gives a node up that is silent again and again. A hung node must not cost a build half a minute an item.
 */
final class NodeLink implements AutoCloseable {
    private static final long SECOND_CHANCE_MILLIS = 1000;
    private static final int MOST_SILENCES = 3;

    private final Settings settings;
    private final FromRestorer.Mode mode;
    private final String nixOptions;
    private @Nullable NodeConnection connection;
    private int silences;

    NodeLink(Settings settings, FromRestorer.Mode mode, String nixOptions) {
        this.settings = settings;
        this.mode = mode;
        this.nixOptions = nixOptions;
    }

    /**
     * A connection on which {@code command} has been sent.
     *
     * @throws NodeFailure when there is none to be had
     */
    NodeConnection request(String command) throws NodeFailure {
        if (silences >= MOST_SILENCES) {
            throw new NodeFailure("the node was silent " + silences + " times in a row and is left alone");
        }
        if (connection != null && connection.isStale()) {
            close();
        }
        NodeConnection kept = connection;
        if (kept != null && isTaken(command, kept)) {
            return kept;
        }
        // One that was kept may just have been the last node's.
        close();
        NodeConnection fresh = connect();
        connection = fresh;
        fresh.send(new FromRestorer.Hello(BridgeMessage.VERSION, mode, ParentProcess.find(), nixOptions));
        if (silences > 0) {
            fresh.awaitWelcome(SECOND_CHANCE_MILLIS);
        }
        fresh.send(new FromRestorer.Command(command));
        return fresh;
    }

    /** Sends the command; false when the connection ends before there is a byte of an answer. */
    private static boolean isTaken(String command, NodeConnection kept) throws NodeFailure {
        try {
            kept.send(new FromRestorer.Command(command));
            return kept.awaitAnswer();
        } catch (NodeFailure.Gone e) {
            return false;
        }
    }

    private NodeConnection connect() throws NodeFailure {
        try {
            return NodeConnection.open(settings.socket(), new SocketGuard(settings.user()), settings.silenceMillis());
        } catch (NodeFailure e) {
            throw e;
        } catch (IOException e) {
            throw new NodeFailure("cannot look up the node's user", e);
        }
    }

    /** The progress of a request that begins now. */
    Progress progress() {
        return new Progress(settings.patienceMillis());
    }

    /** Says that the node has answered a request. */
    void succeeded() {
        silences = 0;
    }

    /** Says that the node is of no use for the request under way: the connection ends, and with it whatever it does. */
    void failed(IOException why) {
        if (why instanceof NodeFailure.Silence) {
            silences++;
        } else if (silences < MOST_SILENCES) {
            silences = 0;
        }
        close();
    }

    @Override
    public void close() {
        if (connection != null) {
            connection.close();
            connection = null;
        }
    }
}
