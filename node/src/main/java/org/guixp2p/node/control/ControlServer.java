// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.control;

import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.guixp2p.node.bridge.BridgeConnection;
import org.guixp2p.node.bridge.BridgeServer;
import org.guixp2p.node.config.Rates;
import org.guixp2p.node.rate.RateLimits;
import org.guixp2p.protocol.FormatException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes the user's wishes while the node runs. */
public final class ControlServer implements AutoCloseable {
    /** Put behind the name of the restorers' socket. */
    private static final String ENDING = ".control";
    static final int MOST_CONNECTIONS = 16;
    static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final Logger LOG = LoggerFactory.getLogger(ControlServer.class);

    private final RateLimits limits;
    private final Duration patience;
    private final BridgeServer server;

    private ControlServer(Path path, RateLimits limits, Duration patience) throws IOException {
        this.limits = limits;
        this.patience = patience;
        this.server = BridgeServer.start(path, Optional.empty(), MOST_CONNECTIONS,
                channel -> ControlLine.write(channel, LimitsRequest.refusal("too many ask at a time; try again")),
                connection -> Thread.ofVirtual().name("control").start(() -> serve(connection)));
    }

    /** Where a node whose restorers connect to {@code socket} is told what to do. */
    public static Path beside(Path socket) {
        return socket.resolveSibling(socket.getFileName() + ENDING);
    }

    /**
     * Listens at {@code path}.
     *
     * @throws IOException in one line for people, when that cannot be
     */
    public static ControlServer start(Path path, RateLimits limits) throws IOException {
        return start(path, limits, PATIENCE);
    }

    static ControlServer start(Path path, RateLimits limits, Duration patience) throws IOException {
        return new ControlServer(path, limits, patience);
    }

    private void serve(BridgeConnection connection) {
        try (SocketChannel channel = connection.channel(); Deadline _ = new Deadline(channel, patience)) {
            answer(channel);
        } catch (IOException e) {
            LOG.warn("a request of the user came to nothing: {}", e.getMessage());
        } finally {
            connection.closed().run();
        }
    }

    private void answer(SocketChannel channel) throws IOException {
        String answer;
        try {
            LimitsRequest request = LimitsRequest.parse(ControlLine.read(channel));
            answer = LimitsRequest.answer(change(request));
        } catch (FormatException e) {
            answer = LimitsRequest.refusal(String.valueOf(e.getMessage()));
        }
        ControlLine.write(channel, answer);
    }

    /** Of two who change something at the same time, neither undoes what the other did. */
    private synchronized Rates change(LimitsRequest request) throws FormatException {
        Rates before = limits.rates();
        Rates after = request.applyTo(before);
        if (!after.equals(before)) {
            limits.set(after);
            LOG.info("the limits are now, in bytes per second: {}", LimitsRequest.values(after));
        }
        return after;
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}
