// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.bridge;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.bridge.BridgeMessage;
import org.guixp2p.protocol.bridge.FrameDecoder;
import org.guixp2p.protocol.bridge.FrameEncoder;
import org.guixp2p.protocol.bridge.FrameType;
import org.guixp2p.protocol.bridge.FromNode;
import org.guixp2p.protocol.bridge.FromRestorer;
import org.jspecify.annotations.Nullable;

/** One connection to the node, on which no wait is longer than the node may be silent. */
final class NodeConnection implements AutoCloseable {
    private final SocketChannel channel;
    private final Selector selector;
    private final SelectionKey key;
    private final long silenceMillis;
    private final FrameDecoder<FromNode> decoder = FrameDecoder.ofNode();
    private boolean welcomed;

    private NodeConnection(SocketChannel channel, Selector selector, SelectionKey key, long silenceMillis) {
        this.channel = channel;
        this.selector = selector;
        this.key = key;
        this.silenceMillis = silenceMillis;
    }

    /**
     * Connects, when {@code guard} lets it.
     *
     * @throws NodeFailure when nobody listens there, or somebody who must not
     */
    static NodeConnection open(Path socket, SocketGuard guard, long silenceMillis) throws NodeFailure {
        guard.check(socket);
        SocketChannel channel = null;
        try {
            channel = SocketChannel.open(StandardProtocolFamily.UNIX);
            // Not blocking, here already: a node whose queue is full would keep a blocking one forever.
            channel.configureBlocking(false);
            if (!channel.connect(UnixDomainSocketAddress.of(socket))) {
                throw new NodeFailure("the node takes no more connections");
            }
            guard.check(channel);
            Selector selector = Selector.open();
            return new NodeConnection(channel, selector, channel.register(selector, 0), silenceMillis);
        } catch (IOException | UnsupportedOperationException e) {
            closeQuietly(channel);
            throw e instanceof NodeFailure failure ? failure : new NodeFailure("cannot connect to " + socket, e);
        }
    }

    private static void closeQuietly(@Nullable SocketChannel channel) {
        try {
            if (channel != null) {
                channel.close();
            }
        } catch (IOException e) {
            // It was of no use anyway.
        }
    }

    /** Whether the node has ended the connection, or said something unasked, since the last request. */
    boolean isStale() {
        try {
            return decoder.holdsPart() || decoder.fill(channel) != 0;
        } catch (IOException e) {
            return true;
        }
    }

    /** Sends a message, whole. */
    void send(FromRestorer message) throws NodeFailure {
        ByteBuffer[] buffers = FrameEncoder.encode(message);
        long deadline = deadline(silenceMillis);
        try {
            while (buffers[buffers.length - 1].hasRemaining()) {
                if (channel.write(buffers) == 0 && !await(SelectionKey.OP_WRITE, deadline)) {
                    throw new NodeFailure.Silence(silenceMillis);
                }
            }
        } catch (NodeFailure e) {
            throw e;
        } catch (IOException e) {
            throw new NodeFailure.Gone("the node takes no command", e);
        }
    }

    /** Waits for the first byte of an answer; false when the node ends the connection instead. */
    boolean awaitAnswer() throws NodeFailure {
        try {
            int count = decoder.fill(channel);
            if (count == 0 && !await(SelectionKey.OP_READ, deadline(silenceMillis))) {
                throw new NodeFailure.Silence(silenceMillis);
            }
            return (count == 0 ? decoder.fill(channel) : count) >= 0;
        } catch (NodeFailure e) {
            throw e;
        } catch (IOException e) {
            return false;
        }
    }

    /**
     * The next message that says something about the request.
     *
     * @throws NodeFailure when there is none: silence, no progress, a malformed frame, a refusal, the end of the connection
     */
    FromNode next(Progress progress) throws NodeFailure {
        if (!welcomed) {
            awaitWelcome(silenceMillis);
        }
        while (true) {
            if (progress.isOverdue()) {
                throw new NodeFailure.Silence("the node does not get on");
            }
            FromNode message = read(silenceMillis);
            if (message.type() == FrameType.WELCOME) {
                throw unexpected(message);
            }
            if (message.type() != FrameType.ALIVE) {
                return message;
            }
        }
    }

    /** Waits for the first frame, which must be a welcome of our version. */
    void awaitWelcome(long millis) throws NodeFailure {
        FromNode first = read(millis);
        if (!(first instanceof FromNode.Welcome welcome)) {
            throw unexpected(first);
        }
        if (welcome.version() != BridgeMessage.VERSION) {
            throw new NodeFailure("the node speaks version " + welcome.version() + " of the bridge protocol, not "
                    + BridgeMessage.VERSION);
        }
        welcomed = true;
    }

    static NodeFailure unexpected(FromNode message) {
        return new NodeFailure("the node sent a '" + message.type() + "' frame where none belongs");
    }

    private FromNode read(long millis) throws NodeFailure {
        long deadline = deadline(millis);
        try {
            while (true) {
                FromNode message = decoder.next();
                if (message instanceof FromNode.Refused refused) {
                    throw new NodeFailure("the node refuses: " + refused.reason());
                }
                if (message != null) {
                    return message;
                }
                int count = decoder.fill(channel);
                if (count < 0) {
                    throw new NodeFailure.Gone("the node ended the connection");
                }
                if (count == 0 && !await(SelectionKey.OP_READ, deadline)) {
                    throw new NodeFailure.Silence(millis);
                }
            }
        } catch (NodeFailure e) {
            throw e;
        } catch (FormatException e) {
            throw new NodeFailure("the node sent nonsense", e);
        } catch (IOException e) {
            throw new NodeFailure.Gone("the connection to the node broke", e);
        }
    }

    private static long deadline(long millis) {
        return System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
    }

    /** Waits until the channel is ready; false when it is not in time. */
    private boolean await(int operation, long deadline) throws IOException {
        key.interestOps(operation);
        while (true) {
            long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
            if (left <= 0) {
                return false;
            }
            int ready = selector.select(left);
            selector.selectedKeys().clear();
            if (ready > 0) {
                return true;
            }
        }
    }

    @Override
    public void close() {
        closeQuietly(channel);
        try {
            selector.close();
        } catch (IOException e) {
            // It was of no use anyway.
        }
    }
}
