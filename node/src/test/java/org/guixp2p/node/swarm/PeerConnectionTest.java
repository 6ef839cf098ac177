// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.stream.LongStream;
import javax.net.ssl.SSLSocket;
import org.guixp2p.node.identity.NodeIdentity;
import org.guixp2p.node.rate.RateLimits;
import org.guixp2p.node.testing.Eventually;
import org.guixp2p.protocol.swarm.FrameDecoder;
import org.guixp2p.protocol.swarm.FrameEncoder;
import org.guixp2p.protocol.swarm.SwarmMessage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A peer has sent something and is gone, which whoever writes to it notices before that is read. */
class PeerConnectionTest {
    private static final List<SwarmMessage> SENT = LongStream.range(0, 100)
            .<SwarmMessage>mapToObj(SwarmMessage.Ping::new).toList();

    private final BlockingQueue<SwarmMessage> received = new LinkedBlockingQueue<>();
    /** Why it ended, and how much had been received before. */
    private final CompletableFuture<PeerConnection.End> end = new CompletableFuture<>();
    private final CompletableFuture<Integer> before = new CompletableFuture<>();
    /** What is received is taken from here on. */
    private final CountDownLatch taken = new CountDownLatch(1);

    @AfterEach
    void nobodyWaits() {
        taken.countDown();
    }

    /** Once nothing can be written, it is waited like this for what there is to read. */
    private PeerConnection lost(SwarmSettings.Patience patience) throws IOException {
        SwarmSettings usual = SwarmSettings.STANDARD;
        SwarmSettings settings = new SwarmSettings(usual.greeting(), usual.greetings(), usual.greetingsPerAddress(),
                usual.sessionsPerAddress(), usual.pingAfter(), usual.deadAfter(), usual.lastWord(), usual.stable(),
                usual.idle(), usual.waitingMessages(), usual.waitingBytes(), usual.takenAMinute(), usual.ticker(),
                patience);
        try (ServerSocket server = TestPeer.listen()) {
            NodeIdentity peer = TestPeer.someone();
            Socket dialling = new Socket(InetAddress.getLoopbackAddress(), server.getLocalPort());
            CompletableFuture<SSLSocket> dialled = CompletableFuture.supplyAsync(() -> connect(peer, dialling));
            Socket tcp = server.accept();
            SSLSocket tls = new PeerTls(TestPeer.someone()).accept(tcp);
            PeerConnection connection = new PeerConnection(new PeerConnection.Sockets(tcp, tls),
                    new Greeted(peer.publicKey(), TestPeer.hello(), true, false), new FrameDecoder(),
                    RateLimits.none(), new OutboxRoom(1 << 20, 50), settings);
            ByteArrayOutputStream frames = new ByteArrayOutputStream();
            SENT.forEach(message -> frames.writeBytes(FrameEncoder.encode(message).head()));
            // All is on its way at once, and then the kernel resets the connection.
            dialling.setTcpNoDelay(true);
            Eventually.get(dialled).getOutputStream().write(frames.toByteArray());
            dialling.setSoLinger(true, 0);
            dialling.close();
            connection.start(this::take, why -> {
                before.complete(received.size());
                end.complete(why);
            });
            connection.send(new SwarmMessage.Ping(0));
            return connection;
        }
    }

    private static SSLSocket connect(NodeIdentity peer, Socket socket) {
        try {
            return new PeerTls(peer).connect(socket);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private void take(SwarmMessage message) {
        try {
            taken.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
        received.add(message);
    }

    @Test
    void whatItSentIsReadBeforeItIsGone() throws IOException {
        CompletableFuture<Void> unwritable = new CompletableFuture<>();
        try (PeerConnection connection = lost((done, time) -> {
            unwritable.complete(null);
            done.await();
            return true;
        })) {
            Eventually.get(CompletableFuture.anyOf(unwritable, end));
            // It leaves its answers unread, which is no offence.
            for (int i = 0; i <= SwarmSettings.STANDARD.waitingMessages(); i++) {
                connection.send(new SwarmMessage.Pong(i));
            }
            taken.countDown();
            assertEquals(SENT.size(), Eventually.get(before));
            assertEquals(SENT, List.copyOf(received));
            assertInstanceOf(PeerConnection.End.Lost.class, Eventually.get(end));
        }
    }

    @Test
    void itIsGoneThoughWhatItSentIsNotReadInTime() throws IOException {
        CompletableFuture<Duration> waited = new CompletableFuture<>();
        try (PeerConnection connection = lost((done, time) -> {
            waited.complete(time);
            return false;
        })) {
            assertEquals(SwarmSettings.STANDARD.lastWord(), Eventually.get(waited));
            assertInstanceOf(PeerConnection.End.Lost.class, Eventually.get(end));
            assertEquals(0, Eventually.get(before));
            connection.leave(null);
            Eventually.get(connection.whenClosed());
        }
    }
}
