// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.control;

import com.typesafe.config.Config;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Consumer;
import org.guixp2p.node.config.Rates;
import org.guixp2p.protocol.FormatException;

/** Tells a node that runs what the user wants, and asks it. */
public final class ControlClient {
    /** A node has the answer at once; one that was stopped or hangs never has. */
    public static final Duration PATIENCE = Duration.ofSeconds(10);

    private ControlClient() {}

    /**
     * Changes the limits of the node at {@code path}.
     *
     * @param patience how long to wait for its answer
     * @return those that hold now
     * @throws IOException in one line for people, when no node takes it
     */
    public static Rates change(Path path, LimitsRequest request, Duration patience) throws IOException {
        return talk(path, patience, channel -> LimitsRequest.parseAnswer(ask(channel, request.toJson()).next()));
    }

    /**
     * Asks the node at {@code path}.
     *
     * @param line takes each object of the answer, as it comes
     * @throws IOException in one line for people, when no node answers to the end
     */
    public static void ask(Path path, ControlQuestion question, Consumer<Config> line) throws IOException {
        talk(path, question.within(), channel -> {
            ControlLine.Reader answer = ask(channel, question.toJson());
            for (Config object = LimitsRequest.object(answer.next()); !object
                    .hasPath(ControlServer.END); object = LimitsRequest.object(answer.next())) {
                if (object.hasPath(LimitsRequest.ERROR)) {
                    throw new FormatException(object.getString(LimitsRequest.ERROR));
                }
                line.accept(object);
            }
            return true;
        });
    }

    private interface Talk<T> {
        T with(SocketChannel channel) throws IOException;
    }

    private static <T> T talk(Path path, Duration patience, Talk<T> talk) throws IOException {
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
                Deadline deadline = new Deadline(channel, patience)) {
            try {
                channel.connect(UnixDomainSocketAddress.of(path));
                return talk.with(channel);
            } catch (FormatException e) {
                throw new IOException("the node says: " + e.getMessage(), e);
            } catch (IOException e) {
                throw deadline.isPassed()
                        ? new IOException("the node at " + path + " does not answer within " + patience.toSeconds()
                                + " s", e)
                        : new IOException("no node answers at " + path + ": " + e.getMessage(), e);
            }
        }
    }

    private static ControlLine.Reader ask(SocketChannel channel, String question) throws IOException {
        try {
            ControlLine.write(channel, question);
        } catch (IOException e) {
            throw refusalOfWhoHungUp(channel, e);
        }
        return new ControlLine.Reader(channel, ControlLine.MOST_ANSWERED);
    }

    /** A node that turns somebody away does not wait for the question. */
    private static IOException refusalOfWhoHungUp(SocketChannel channel, IOException failure) {
        Config refusal;
        try {
            refusal = LimitsRequest.object(ControlLine.read(channel));
        } catch (IOException nothing) {
            failure.addSuppressed(nothing);
            return failure;
        }
        return refusal.hasPath(LimitsRequest.ERROR)
                ? new FormatException(refusal.getString(LimitsRequest.ERROR))
                : failure;
    }
}
