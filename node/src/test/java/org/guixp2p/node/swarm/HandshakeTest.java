// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.guixp2p.node.rate.RateLimits;
import org.guixp2p.node.testing.Eventually;
import org.junit.jupiter.api.Test;

/** What two nodes say first. */
class HandshakeTest {
    /** One that tells the other side's port, as that is what two connections differ by here. */
    private static Handshake handshake() {
        return new Handshake(TestPeer.someone(), socket -> Handshake.hello("node", socket.getPort()), RateLimits.none(),
                new OutboxRoom(1 << 20, 50), new OutboxRoom(1 << 20, 50), SwarmSettings.STANDARD);
    }

    private static PeerConnection accept(ServerSocket server) {
        try {
            return handshake().accept(server.accept());
        } catch (IOException e) {
            throw new CompletionException(e);
        }
    }

    @Test
    void eachIsGreetedAsSuitsHim() throws IOException {
        try (ServerSocket server = TestPeer.listen()) {
            CompletableFuture<PeerConnection> accepted = CompletableFuture.supplyAsync(() -> accept(server),
                    task -> Thread.ofVirtual().start(task));
            try (PeerConnection dialled = handshake().dialLight(peer -> false,
                    new InetSocketAddress("127.0.0.1", server.getLocalPort()), new Socket());
                    PeerConnection other = Eventually.get(accepted)) {
                assertEquals(dialled.tcp().getLocalPort(), dialled.hello().listenPort());
                assertEquals(server.getLocalPort(), other.hello().listenPort());
                assertTrue(dialled.isLight() && other.isLight());
            }
        }
    }
}
