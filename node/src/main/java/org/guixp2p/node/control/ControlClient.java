// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.control;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import org.guixp2p.node.config.Rates;
import org.guixp2p.protocol.FormatException;

/** Tells a node that runs what the user wants. */
public final class ControlClient {
    private ControlClient() {}

    /**
     * Changes the limits of the node at {@code path}.
     *
     * @return those that hold now
     * @throws IOException in one line for people, when no node takes it
     */
    public static Rates change(Path path, LimitsRequest request) throws IOException {
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.connect(UnixDomainSocketAddress.of(path));
            ControlLine.write(channel, request.toJson());
            return LimitsRequest.parseAnswer(ControlLine.read(channel));
        } catch (FormatException e) {
            throw new IOException("the node says: " + e.getMessage(), e);
        } catch (IOException e) {
            throw new IOException("no node answers at " + path + ": " + e.getMessage(), e);
        }
    }
}
