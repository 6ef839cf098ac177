// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.multinode;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.security.cert.Certificate;
import java.util.List;
import java.util.Set;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import org.guixp2p.node.identity.NodeIdentity;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.swarm.EncodedFrame;
import org.guixp2p.protocol.swarm.FrameDecoder;
import org.guixp2p.protocol.swarm.FrameEncoder;
import org.guixp2p.protocol.swarm.PeerAddress;
import org.guixp2p.protocol.swarm.RequestId;
import org.guixp2p.protocol.swarm.SwarmMessage;
import org.guixp2p.protocol.testing.TrustsEverybody;

/** A connection to a node as docs/wire-protocol.md has it, on which nothing is said or read but what a test wants. */
final class BarePeer implements AutoCloseable {
    private static final String PROTOCOL = "guix-p2p/1";
    private static final int PATIENCE_MILLIS = 20_000;
    private static final char[] NO_PASSWORD = new char[0];

    private final Socket tcp;
    private final SSLSocket tls;
    private final FrameDecoder frames = new FrameDecoder();

    /** Dials a node under a new identity, and exchanges hellos. */
    BarePeer(PeerAddress node) throws IOException, GeneralSecurityException {
        tcp = new Socket();
        // The kernel takes little for one who does not read.
        tcp.setReceiveBufferSize(32 * 1024);
        tcp.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), node.endpoint().port()), PATIENCE_MILLIS);
        tcp.setSoTimeout(PATIENCE_MILLIS);
        tls = (SSLSocket) context(NodeIdentity.generate(new SecureRandom())).getSocketFactory().createSocket(tcp,
                node.endpoint().host(), node.endpoint().port(), true);
        SSLParameters parameters = tls.getSSLParameters();
        parameters.setApplicationProtocols(new String[]{PROTOCOL});
        tls.setSSLParameters(parameters);
        tls.startHandshake();
        send(new SwarmMessage.Hello(SwarmMessage.VERSION, Set.of(), "bare peer", 0, 8));
        next(SwarmMessage.Hello.class);
    }

    private static SSLContext context(NodeIdentity identity) throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, NO_PASSWORD);
        store.setKeyEntry("peer", identity.keys().getPrivate(), NO_PASSWORD,
                new Certificate[]{identity.certificate()});
        KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
        keys.init(store, NO_PASSWORD);
        SSLContext context = SSLContext.getInstance("TLSv1.3");
        context.init(keys.getKeyManagers(), new TrustManager[]{new TrustsEverybody()}, null);
        return context;
    }

    void send(SwarmMessage message) throws IOException {
        EncodedFrame frame = FrameEncoder.encode(message);
        tls.getOutputStream().write(frame.head());
        tls.getOutputStream().write(frame.payload());
    }

    /** Asks for what the node has of a NAR, which it must have. */
    SwarmMessage.Offer offer(NarHash nar) throws IOException {
        send(new SwarmMessage.Query(new RequestId(0), List.of(nar), false, 0));
        return next(SwarmMessage.Offer.class);
    }

    /** The next message of this kind; others before it are passed over. */
    <M extends SwarmMessage> M next(Class<M> kind) throws IOException {
        SwarmMessage message = next();
        while (!kind.isInstance(message)) {
            message = next();
        }
        return kind.cast(message);
    }

    private SwarmMessage next() throws IOException {
        SwarmMessage message = null;
        while (message == null) {
            ByteBuffer space = frames.space();
            int count = tls.getInputStream().read(space.array(), space.arrayOffset() + space.position(),
                    space.remaining());
            if (count < 0) {
                throw new IOException("the node hung up");
            }
            space.position(space.position() + count);
            message = frames.advance();
        }
        return message;
    }

    @Override
    public void close() throws IOException {
        tcp.close();
    }
}
