// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.control;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import org.guixp2p.node.config.Rates;
import org.guixp2p.protocol.FormatException;

/** Tells a node that runs what the user wants. */
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
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
                Deadline deadline = new Deadline(channel, patience)) {
            try {
                channel.connect(UnixDomainSocketAddress.of(path));
                return LimitsRequest.parseAnswer(ask(channel, request.toJson()));
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

    private static String ask(SocketChannel channel, String question) throws IOException {
        try {
            ControlLine.write(channel, question);
        } catch (IOException e) {
            return answerOfWhoHungUp(channel, e);
        }
        return ControlLine.read(channel);
    }

    /** A node that turns somebody away does not wait for the question. */
    private static String answerOfWhoHungUp(SocketChannel channel, IOException failure) throws IOException {
        try {
            return ControlLine.read(channel);
        } catch (IOException nothing) {
            failure.addSuppressed(nothing);
            throw failure;
        }
    }
}
