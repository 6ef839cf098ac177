// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import java.io.IOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyManagementException;
import java.security.NoSuchAlgorithmException;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.security.interfaces.EdECPublicKey;
import java.util.Arrays;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.guixp2p.node.identity.NodeIdentity;
import org.guixp2p.protocol.swarm.PeerId;
import org.jspecify.annotations.Nullable;

/**
 * TLS between peers: version 1.3 alone, a self-signed Ed25519 certificate on both sides, and the key as the only identity.
 */
final class PeerTls {
    /** Application protocol (RFC 7301). */
    static final String PROTOCOL = "guix-p2p/1";

    /** Tickets live for at most a week (RFC 8446, section 4.6.1); the platform makes none for sessions that live longer. */
    private static final int NO_TICKETS_SECONDS = 8 * 24 * 3600;

    private final SSLContext context;

    PeerTls(NodeIdentity identity) {
        try {
            context = SSLContext.getInstance("TLSv1.3");
            context.init(new KeyManager[]{new OwnKey(identity)}, new TrustManager[]{new AnyEd25519()}, null);
            // Each handshake shows both keys anew, and nothing is remembered of strangers.
            context.getServerSessionContext().setSessionTimeout(NO_TICKETS_SECONDS);
            context.getClientSessionContext().setSessionTimeout(NO_TICKETS_SECONDS);
        } catch (NoSuchAlgorithmException | KeyManagementException e) {
            throw new IllegalStateException("every Java platform has TLS 1.3", e);
        }
    }

    /** Shakes hands as the side that dialled. */
    SSLSocket connect(Socket socket) throws IOException {
        return handshake(socket, true);
    }

    /** Shakes hands as the side that was dialled. */
    SSLSocket accept(Socket socket) throws IOException {
        return handshake(socket, false);
    }

    private SSLSocket handshake(Socket socket, boolean client) throws IOException {
        SSLSocket tls = (SSLSocket) context.getSocketFactory().createSocket(socket,
                socket.getInetAddress().getHostAddress(), socket.getPort(), true);
        tls.setUseClientMode(client);
        SSLParameters parameters = tls.getSSLParameters();
        parameters.setProtocols(new String[]{"TLSv1.3"});
        parameters.setApplicationProtocols(new String[]{PROTOCOL});
        if (!client) {
            parameters.setNeedClientAuth(true);
        }
        tls.setSSLParameters(parameters);
        tls.startHandshake();
        if (!PROTOCOL.equals(tls.getApplicationProtocol())) {
            throw new IOException("the other side does not speak " + PROTOCOL);
        }
        return tls;
    }

    /** Whose key the other side has shown. */
    static PeerId peer(SSLSocket socket) throws IOException {
        return PeerId.ofPublicKey(key(socket));
    }

    /** The raw key that the other side has shown. */
    static byte[] key(SSLSocket socket) throws IOException {
        try {
            Certificate[] chain = socket.getSession().getPeerCertificates();
            return rawKey((X509Certificate) chain[0]);
        } catch (SSLPeerUnverifiedException | CertificateException e) {
            throw new IOException("the other side showed no Ed25519 key", e);
        }
    }

    /** An Ed25519 key's 32 bytes are the last of its X.509 encoding (RFC 8410, section 4). */
    private static byte[] rawKey(X509Certificate certificate) throws CertificateException {
        if (!(certificate.getPublicKey() instanceof EdECPublicKey key)
                || !"Ed25519".equals(key.getParams().getName())) {
            throw new CertificateException("the certificate has no Ed25519 key");
        }
        byte[] encoded = key.getEncoded();
        return Arrays.copyOfRange(encoded, encoded.length - PeerId.KEY_BYTES, encoded.length);
    }

    /**
     * Takes any single certificate that is signed by its own Ed25519 key. Names and dates say nothing here: the key is the
     * identity, and who it belongs to is compared with what was dialled after the handshake.
     */
    private static final class AnyEd25519 extends X509ExtendedTrustManager {
        private static void check(X509Certificate[] chain) throws CertificateException {
            if (chain.length != 1) {
                throw new CertificateException("one self-signed certificate expected, found " + chain.length);
            }
            rawKey(chain[0]);
            try {
                chain[0].verify(chain[0].getPublicKey());
            } catch (GeneralSecurityException e) {
                throw new CertificateException("the certificate is not signed by its own key", e);
            }
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket)
                throws CertificateException {
            check(chain);
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket)
                throws CertificateException {
            check(chain);
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine)
                throws CertificateException {
            check(chain);
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine)
                throws CertificateException {
            check(chain);
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) throws CertificateException {
            check(chain);
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) throws CertificateException {
            check(chain);
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }

    /** The node's one key, for whatever is asked. */
    private static final class OwnKey extends X509ExtendedKeyManager {
        private static final String ALIAS = "node";
        private final NodeIdentity identity;

        private OwnKey(NodeIdentity identity) {
            this.identity = identity;
        }

        @Override
        public String[] getClientAliases(String type, Principal @Nullable [] issuers) {
            return new String[]{ALIAS};
        }

        @Override
        public String chooseClientAlias(String[] types, Principal @Nullable [] issuers, @Nullable Socket socket) {
            return ALIAS;
        }

        @Override
        public String[] getServerAliases(String type, Principal @Nullable [] issuers) {
            return new String[]{ALIAS};
        }

        @Override
        public String chooseServerAlias(String type, Principal @Nullable [] issuers, @Nullable Socket socket) {
            return ALIAS;
        }

        @Override
        public X509Certificate[] getCertificateChain(String alias) {
            return new X509Certificate[]{identity.certificate()};
        }

        @Override
        public PrivateKey getPrivateKey(String alias) {
            return identity.keys().getPrivate();
        }
    }
}
