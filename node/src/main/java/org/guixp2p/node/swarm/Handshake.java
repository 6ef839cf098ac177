// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import javax.net.ssl.SSLSocket;
import org.guixp2p.node.identity.NodeIdentity;
import org.guixp2p.protocol.swarm.FrameDecoder;
import org.guixp2p.protocol.swarm.FrameEncoder;
import org.guixp2p.protocol.swarm.GoodbyeReason;
import org.guixp2p.protocol.swarm.PeerAddress;
import org.guixp2p.protocol.swarm.PeerId;
import org.guixp2p.protocol.swarm.SwarmMessage;

/**
 * From a TCP connection to a peer: TLS, then a hello each way. Blocks; for virtual threads. Each step has a deadline, so that
 * whoever connects and says nothing does not stay.
 */
final class Handshake {
    private static final Duration STEP = Duration.ofSeconds(10);
    private static final int SOCKET_BUFFER = 1 << 20;

    private final NodeIdentity identity;
    private final PeerTls tls;
    private final SwarmMessage.Hello hello;
    private final PeerConnection.Rates rates;

    Handshake(NodeIdentity identity, SwarmMessage.Hello hello, PeerConnection.Rates rates) {
        this.identity = identity;
        this.tls = new PeerTls(identity);
        this.hello = hello;
        this.rates = rates;
    }

    /**
     * Dials a peer at one of its addresses.
     *
     * @throws IOException when nobody answers, or it is somebody else
     */
    PeerConnection dial(PeerAddress peer, InetAddress address) throws IOException {
        Socket socket = new Socket();
        try {
            prepare(socket);
            socket.connect(new InetSocketAddress(address, peer.endpoint().port()), (int) STEP.toMillis());
            return greet(tls.connect(socket), Optional.of(peer.id()), false);
        } catch (IOException | RuntimeException e) {
            socket.close();
            throw e;
        }
    }

    /**
     * Greets whoever has dialled.
     *
     * @throws IOException when it is no peer
     */
    PeerConnection accept(Socket socket) throws IOException {
        try {
            prepare(socket);
            return greet(tls.accept(socket), Optional.empty(), true);
        } catch (IOException | RuntimeException e) {
            socket.close();
            throw e;
        }
    }

    private static void prepare(Socket socket) throws IOException {
        socket.setTcpNoDelay(true);
        socket.setSendBufferSize(SOCKET_BUFFER);
        socket.setSoTimeout((int) STEP.toMillis());
    }

    private PeerConnection greet(SSLSocket socket, Optional<PeerId> expected, boolean inbound) throws IOException {
        PeerId peer = PeerTls.peer(socket);
        if (expected.isPresent() && !expected.get().equals(peer)) {
            throw new IOException("expected peer " + expected.get() + ", found " + peer);
        }
        if (peer.equals(identity.peerId())) {
            throw new IOException("this is the node itself");
        }
        socket.getOutputStream().write(FrameEncoder.encode(hello).head());
        FrameDecoder frames = new FrameDecoder();
        SwarmMessage first = PeerConnection.readMessage(socket.getInputStream(), frames, count -> {});
        switch (first) {
            case SwarmMessage.Hello theirs when theirs.version() >= 1 -> {
                socket.setSoTimeout(0);
                return new PeerConnection(socket, peer, theirs, inbound, frames, rates);
            }
            case SwarmMessage.Goodbye goodbye ->
                throw new IOException("it said goodbye: " + goodbye.reason().token() + " "
                        + goodbye.detail());
            case null -> throw new IOException("it hung up before its hello");
            default -> throw new IOException("its first message is no hello");
        }
    }

    /** The hello of this node. */
    static SwarmMessage.Hello hello(String agent, int listenPort) {
        return new SwarmMessage.Hello(SwarmMessage.VERSION, Set.of(), agent, listenPort, PeerSession.SERVING);
    }

    /** Tells a peer that was greeted why it cannot stay. */
    static void turnAway(PeerConnection connection, GoodbyeReason reason, String detail) {
        connection.start(message -> {}, ended -> connection.close());
        connection.sendLast(SwarmMessage.Goodbye.of(reason, detail));
    }
}
