// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.doctor;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.guixp2p.node.control.ControlServer;
import org.guixp2p.protocol.bridge.BridgeMessage;
import org.guixp2p.protocol.bridge.FrameDecoder;
import org.guixp2p.protocol.bridge.FrameEncoder;
import org.guixp2p.protocol.bridge.FromNode;
import org.guixp2p.protocol.bridge.FromRestorer;

/** Whether a node runs, and answers guix-daemon's substituter and its user. */
final class NodeCheck implements Check {
    @Override
    public String subject() {
        return "node";
    }

    @Override
    public List<Finding> examine(Patient patient) {
        Path socket = patient.config().bridge().socketPath();
        return List.of(restorers(socket, patient.patience()), user(socket, patient));
    }

    private Finding restorers(Path socket, Duration patience) {
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
            CompletableFuture<Boolean> late = new CompletableFuture<Boolean>().completeOnTimeout(true,
                    patience.toMillis(), TimeUnit.MILLISECONDS);
            var _ = late.thenAccept(isLate -> close(channel, isLate));
            FrameEncoder.write(new FromRestorer.Hello(BridgeMessage.VERSION, FromRestorer.Mode.QUERY, null, ""),
                    channel);
            FromNode answer = FrameDecoder.ofNode().read(channel);
            late.complete(false);
            return answer instanceof FromNode.Welcome welcome
                    ? Finding.ok(subject(), welcome.agent() + " answers the substituter at " + socket)
                    : Finding.error(subject(), "who answers at " + socket + " does not welcome the substituter",
                            "restart the node");
        } catch (IOException e) {
            return Finding.error(subject(), "no node answers the substituter at " + socket + ": " + e.getMessage(),
                    "start it: 'systemctl start guix-p2p', or 'guix-p2p node'; its log says why it ended");
        }
    }

    private static void close(SocketChannel channel, boolean isLate) {
        try {
            if (isLate) {
                channel.close();
            }
        } catch (IOException e) {
            // it is gone
        }
    }

    private Finding user(Path socket, Patient patient) {
        Path control = ControlServer.beside(socket);
        return patient.node()
                .map(node -> Finding.ok(subject(), "it has run for " + node.uptimeSeconds() + " s, answers at "
                        + control + ", and its peers are " + node.peers()))
                .orElseGet(() -> Finding.warning(subject(), "it does not answer its user at " + control,
                        "start it, or run this as its user or root"));
    }
}
