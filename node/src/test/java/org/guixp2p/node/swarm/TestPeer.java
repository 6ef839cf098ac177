// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.security.SecureRandom;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import org.guixp2p.node.identity.NodeIdentity;
import org.guixp2p.protocol.swarm.EncodedFrame;
import org.guixp2p.protocol.swarm.FrameDecoder;
import org.guixp2p.protocol.swarm.FrameEncoder;
import org.guixp2p.protocol.swarm.GoodbyeReason;
import org.guixp2p.protocol.swarm.HostAndPort;
import org.guixp2p.protocol.swarm.PeerAddress;
import org.guixp2p.protocol.swarm.PeerId;
import org.guixp2p.protocol.swarm.SwarmMessage;
import org.jspecify.annotations.Nullable;

/**
 * The other end of a connection, in the hands of a test: real TLS, and then whatever the test wants to send. Nothing is
 * answered by itself.
 */
public final class TestPeer implements AutoCloseable {
    private static final int PATIENCE_MILLIS = 10_000;

    /** Those that no test has closed yet. */
    private static final Set<TestPeer> OPEN = ConcurrentHashMap.newKeySet();

    final NodeIdentity identity;
    final Socket tcp;
    final SSLSocket tls;
    private final FrameDecoder decoder = new FrameDecoder();

    private TestPeer(NodeIdentity identity, Socket tcp, SSLSocket tls) {
        this.identity = identity;
        this.tcp = tcp;
        this.tls = tls;
        OPEN.add(this);
    }

    /** Hangs up on behalf of tests that have not. */
    static void closeAll() {
        for (TestPeer peer : OPEN) {
            try {
                peer.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    static NodeIdentity someone() {
        return NodeIdentity.generate(new SecureRandom());
    }

    /** Somebody whose id is lower, or higher, than that of another. */
    static NodeIdentity someone(PeerId than, boolean lower) {
        NodeIdentity identity = someone();
        while (identity.peerId().compareTo(than) < 0 != lower) {
            identity = someone();
        }
        return identity;
    }

    static SwarmMessage.Hello hello() {
        return new SwarmMessage.Hello(1, Set.of(), "test peer", 0, 8);
    }

    /** Connects over TCP alone. */
    static Socket connect(SwarmNode node, String from) throws IOException {
        return connect(node.port(), from);
    }

    private static Socket connect(int port, String from) throws IOException {
        Socket socket = new Socket();
        // So that the other side notices soon when this one does not read.
        socket.setReceiveBufferSize(32 * 1024);
        socket.bind(new InetSocketAddress(InetAddress.getByName(from), 0));
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), PATIENCE_MILLIS);
        socket.setSoTimeout(PATIENCE_MILLIS);
        return socket;
    }

    /** Dials a node up to the end of the TLS handshake. */
    static TestPeer dialTls(SwarmNode node, NodeIdentity identity, String from) throws IOException {
        Socket tcp = connect(node, from);
        return new TestPeer(identity, tcp, new PeerTls(identity).connect(tcp));
    }

    /** Dials a node and exchanges hellos. */
    static TestPeer dial(SwarmNode node, NodeIdentity identity, String from) throws IOException {
        TestPeer peer = dialTls(node, identity, from);
        peer.greet();
        return peer;
    }

    /** Dials a node and greets it so; what it answers has these features. */
    static TestPeer dial(SwarmNode node, NodeIdentity identity, SwarmMessage.Hello hello, String... features)
            throws IOException {
        TestPeer peer = dialTls(node, identity, "127.0.0.1");
        peer.send(hello);
        SwarmMessage.Hello answer = assertInstanceOf(SwarmMessage.Hello.class, peer.next());
        assertTrue(answer.features().containsAll(List.of(features)), answer::toString);
        return peer;
    }

    /** Dials whoever listens there and greets it so. */
    public static TestPeer dial(int port, SwarmMessage.Hello hello) throws IOException {
        NodeIdentity identity = someone();
        Socket tcp = connect(port, "127.0.0.1");
        TestPeer peer = new TestPeer(identity, tcp, new PeerTls(identity).connect(tcp));
        peer.send(hello);
        assertInstanceOf(SwarmMessage.Hello.class, peer.next());
        return peer;
    }

    static TestPeer dial(SwarmNode node, NodeIdentity identity) throws IOException {
        return dial(node, identity, "127.0.0.1");
    }

    static TestPeer dial(SwarmNode node) throws IOException {
        return dial(node, someone());
    }

    /** Where a test waits to be dialled. */
    static ServerSocket listen() throws IOException {
        return listen(0);
    }

    static ServerSocket listen(int port) throws IOException {
        ServerSocket server = new ServerSocket(port, 16, InetAddress.getLoopbackAddress());
        server.setSoTimeout(PATIENCE_MILLIS);
        return server;
    }

    static PeerAddress address(ServerSocket server, PeerId id) {
        return new PeerAddress(id, new HostAndPort("127.0.0.1", server.getLocalPort()));
    }

    /** Takes a node's dial up to the end of the TLS handshake. */
    static TestPeer acceptTls(ServerSocket server, NodeIdentity identity) throws IOException {
        Socket tcp = server.accept();
        tcp.setSoTimeout(PATIENCE_MILLIS);
        return new TestPeer(identity, tcp, new PeerTls(identity).accept(tcp));
    }

    static TestPeer accept(ServerSocket server, NodeIdentity identity) throws IOException {
        TestPeer peer = acceptTls(server, identity);
        peer.greet();
        return peer;
    }

    PeerId id() {
        return identity.peerId();
    }

    private void greet() throws IOException {
        send(hello());
        assertInstanceOf(SwarmMessage.Hello.class, next());
    }

    void send(SwarmMessage... messages) throws IOException {
        for (SwarmMessage message : messages) {
            EncodedFrame frame = FrameEncoder.encode(message);
            OutputStream out = tls.getOutputStream();
            out.write(frame.head());
            out.write(frame.payload());
        }
    }

    void sendRaw(int... bytes) throws IOException {
        byte[] raw = new byte[bytes.length];
        for (int i = 0; i < raw.length; i++) {
            raw[i] = (byte) bytes[i];
        }
        tls.getOutputStream().write(raw);
    }

    /** The next message; null when the other side has hung up. */
    public @Nullable SwarmMessage next() throws IOException {
        return FrameReader.next(tls.getInputStream(), decoder, count -> {});
    }

    /** What comes next is a goodbye, and then nothing. */
    String expectGoodbye(GoodbyeReason reason) throws IOException {
        var goodbye = assertInstanceOf(SwarmMessage.Goodbye.class, next());
        assertEquals(reason, goodbye.reason(), goodbye.detail());
        assertNull(next());
        return goodbye.detail();
    }

    /** Reads until the other side has hung up, in whatever way. */
    void expectEnd() throws IOException {
        try {
            while (next() != null) {
                // What was on its way comes first.
            }
        } catch (SocketException | SSLException e) {
            // A reset is an end too.
        }
    }

    @Override
    public void close() throws IOException {
        OPEN.remove(this);
        tcp.close();
    }
}
