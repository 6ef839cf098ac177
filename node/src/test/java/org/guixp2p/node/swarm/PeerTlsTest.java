// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLSocket;
import org.guixp2p.node.identity.NodeIdentity;
import org.junit.jupiter.api.Test;

/** Two that mean well; HostileHandshakeTest has those who do not. */
class PeerTlsTest {
    private final NodeIdentity alice = TestPeer.someone();
    private final NodeIdentity bob = TestPeer.someone();
    private final PeerTls ofAlice = new PeerTls(alice);
    private final PeerTls ofBob = new PeerTls(bob);

    private interface Check {
        void of(SSLSocket dialled, SSLSocket accepted) throws Exception;
    }

    private void shakeHands(ServerSocket server, Check check) throws Exception {
        CompletableFuture<SSLSocket> accepted = new CompletableFuture<>();
        Thread.ofVirtual().start(() -> {
            try {
                accepted.complete(ofBob.accept(server.accept()));
            } catch (IOException e) {
                accepted.completeExceptionally(e);
            }
        });
        try (SSLSocket dialled = ofAlice.connect(new Socket(InetAddress.getLoopbackAddress(), server.getLocalPort()));
                SSLSocket other = accepted.get(10, TimeUnit.SECONDS)) {
            // Tickets, if there were any, would come with the first bytes.
            other.getOutputStream().write(1);
            assertEquals(1, dialled.getInputStream().read());
            check.of(dialled, other);
        }
    }

    @Test
    void eachKnowsTheOther() throws Exception {
        try (ServerSocket server = TestPeer.listen()) {
            shakeHands(server, (dialled, accepted) -> {
                assertEquals(bob.peerId(), PeerTls.peer(dialled));
                assertEquals(alice.peerId(), PeerTls.peer(accepted));
                assertEquals("TLSv1.3", dialled.getSession().getProtocol());
                assertEquals("guix-p2p/1", dialled.getApplicationProtocol());
            });
        }
    }

    /** A resumed session would have what was noted in the one before, and that one's certificates. */
    @Test
    void eachHandshakeShowsBothKeysAnew() throws Exception {
        try (ServerSocket server = TestPeer.listen()) {
            for (int i = 0; i < 2; i++) {
                shakeHands(server, (dialled, accepted) -> {
                    assertNull(dialled.getSession().getValue("noted"));
                    dialled.getSession().putValue("noted", true);
                });
            }
        }
    }
}
