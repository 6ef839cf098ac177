// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
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
        shakeHands(server, new Socket(InetAddress.getLoopbackAddress(), server.getLocalPort()), check);
    }

    private void shakeHands(ServerSocket server, Socket dialling, Check check) throws Exception {
        CompletableFuture<SSLSocket> accepted = new CompletableFuture<>();
        Thread.ofVirtual().start(() -> {
            try {
                accepted.complete(ofBob.accept(server.accept()));
            } catch (IOException e) {
                accepted.completeExceptionally(e);
            }
        });
        try (SSLSocket dialled = ofAlice.connect(dialling);
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

    /** Its records are what a socket is given one after another. */
    private static final class Records extends Socket {
        private final List<Integer> sizes = new ArrayList<>();

        private Records(ServerSocket server) throws IOException {
            super(InetAddress.getLoopbackAddress(), server.getLocalPort());
        }

        @Override
        public OutputStream getOutputStream() throws IOException {
            return new FilterOutputStream(super.getOutputStream()) {
                @Override
                public void write(byte[] bytes, int offset, int length) throws IOException {
                    sizes.add(length);
                    out.write(bytes, offset, length);
                }
            };
        }
    }

    /** Longer ones would be cut in two, each with its own header, cipher and call of the kernel. */
    @Test
    void whatFramesAreGatheredIntoIsOneRecord() throws Exception {
        try (ServerSocket server = TestPeer.listen()) {
            Records records = new Records(server);
            shakeHands(server, records, (dialled, accepted) -> {
                records.sizes.clear();
                dialled.getOutputStream().write(new byte[FrameWriter.RECORD]);
                assertEquals(1, records.sizes.size(), records.sizes::toString);
                dialled.getOutputStream().write(new byte[FrameWriter.RECORD + 1]);
                assertEquals(3, records.sizes.size(), records.sizes::toString);
            });
        }
    }
}
