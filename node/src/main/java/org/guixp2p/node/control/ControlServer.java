// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.control;

import com.typesafe.config.Config;
import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.guixp2p.node.bridge.BridgeConnection;
import org.guixp2p.node.bridge.BridgeServer;
import org.guixp2p.node.rate.RateLimits;
import org.guixp2p.protocol.FormatException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes the user's wishes and questions while the node runs. */
public final class ControlServer implements AutoCloseable {
    /** Put behind the name of the restorers' socket. */
    private static final String ENDING = ".control";
    static final int MOST_CONNECTIONS = 16;
    static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final Logger LOG = LoggerFactory.getLogger(ControlServer.class);

    static final String END = "end";

    private final RateLimits limits;
    private final Answering answering;
    private final Duration patience;
    private final BridgeServer server;

    private ControlServer(Path path, RateLimits limits, Answering answering, Duration patience) throws IOException {
        this.limits = limits;
        this.answering = answering;
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
     * @param answering knows what is asked
     * @throws IOException in one line for people, when that cannot be
     */
    public static ControlServer start(Path path, RateLimits limits, Answering answering) throws IOException {
        return start(path, limits, answering, PATIENCE);
    }

    static ControlServer start(Path path, RateLimits limits, Answering answering, Duration patience)
            throws IOException {
        return new ControlServer(path, limits, answering, patience);
    }

    private void serve(BridgeConnection connection) {
        try (SocketChannel channel = connection.channel()) {
            Optional<ControlQuestion> question;
            try (Deadline _ = new Deadline(channel, patience)) {
                question = take(channel);
            }
            if (question.isPresent()) {
                try (Deadline _ = new Deadline(channel, question.get().within())) {
                    answer(channel, question.get());
                }
            }
        } catch (IOException e) {
            LOG.warn("a request of the user came to nothing: {}", e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            connection.closed().run();
        }
    }

    /** Reads a request. What is no question is answered. */
    private Optional<ControlQuestion> take(SocketChannel channel) throws IOException {
        String answer;
        try {
            Config request = LimitsRequest.object(ControlLine.read(channel));
            if (request.hasPath(ControlQuestion.ASK)) {
                return Optional.of(ControlQuestion.parse(request));
            }
            answer = LimitsRequest.answer(limits.change(LimitsRequest.parse(request)::applyTo));
        } catch (FormatException e) {
            answer = LimitsRequest.refusal(String.valueOf(e.getMessage()));
        }
        ControlLine.write(channel, answer);
        return Optional.empty();
    }

    /** Whoever knows the answer does not wait for whoever reads it, unless it is a very long one. */
    private void answer(SocketChannel channel, ControlQuestion question) throws IOException, InterruptedException {
        Lines lines = new Lines();
        CompletableFuture<?> answer = answering.answer(question, lines);
        var _ = answer.whenComplete((done, failure) -> lines.end());
        try {
            for (var line = lines.take(); line.isPresent(); line = lines.take()) {
                ControlLine.write(channel, LimitsRequest.render(line.get()));
            }
            ControlLine.write(channel, answer.isCompletedExceptionally()
                    ? LimitsRequest.refusal("the node cannot say: " + answer.exceptionNow().getMessage())
                    : LimitsRequest.render(Map.of(END, true)));
        } finally {
            lines.close();
            answer.cancel(false);
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}
