// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import java.io.IOException;
import java.math.BigInteger;
import java.net.Socket;
import java.net.SocketException;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Date;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedKeyManager;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.guixp2p.protocol.testing.TrustsEverybody;
import org.jspecify.annotations.Nullable;

/** A TLS client that believes everything, and shows what it is told to. */
final class HostileTls {
    private final @Nullable PrivateKey key;
    private final X509Certificate[] chain;
    private String version = "TLSv1.3";
    private String[] protocols = {PeerTls.PROTOCOL};

    /** Shows no certificate. */
    HostileTls() {
        this.key = null;
        this.chain = new X509Certificate[0];
    }

    HostileTls(PrivateKey key, X509Certificate... chain) {
        this.key = key;
        this.chain = chain;
    }

    HostileTls version(String only) {
        version = only;
        return this;
    }

    HostileTls applicationProtocols(String... offered) {
        protocols = offered;
        return this;
    }

    /** A certificate of a key, signed by another or by itself. */
    static X509Certificate certificate(PublicKey subject, KeyPair issuer, String algorithm) throws Exception {
        X500Name name = new X500Name("CN=test");
        var builder = new JcaX509v3CertificateBuilder(name, BigInteger.TWO, Date.from(Instant.EPOCH),
                Date.from(Instant.parse("2100-01-01T00:00:00Z")), name, subject);
        return new JcaX509CertificateConverter()
                .getCertificate(builder.build(new JcaContentSignerBuilder(algorithm).build(issuer.getPrivate())));
    }

    /** Shakes hands, as far as the other side lets it. */
    void handshake(Socket socket) throws IOException {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(key == null ? new KeyManager[0] : new KeyManager[]{new Keys(key, chain)},
                    new TrustManager[]{new TrustsEverybody()}, null);
            SSLSocket tls = (SSLSocket) context.getSocketFactory().createSocket(socket, "127.0.0.1", socket.getPort(),
                    true);
            SSLParameters parameters = tls.getSSLParameters();
            parameters.setProtocols(new String[]{version});
            parameters.setApplicationProtocols(protocols);
            tls.setSSLParameters(parameters);
            tls.startHandshake();
        } catch (SSLException | SocketException e) {
            // The other side may refuse while the handshake runs, or after it.
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    private static final class Keys extends X509ExtendedKeyManager {
        private final PrivateKey key;
        private final X509Certificate[] chain;

        private Keys(PrivateKey key, X509Certificate[] chain) {
            this.key = key;
            this.chain = chain;
        }

        @Override
        public String[] getClientAliases(String type, Principal @Nullable [] issuers) {
            return new String[]{"key"};
        }

        @Override
        public String chooseClientAlias(String[] types, Principal @Nullable [] issuers, @Nullable Socket socket) {
            return "key";
        }

        @Override
        public String[] getServerAliases(String type, Principal @Nullable [] issuers) {
            return new String[]{"key"};
        }

        @Override
        public String chooseServerAlias(String type, Principal @Nullable [] issuers, @Nullable Socket socket) {
            return "key";
        }

        @Override
        public X509Certificate[] getCertificateChain(String alias) {
            return chain.clone();
        }

        @Override
        public PrivateKey getPrivateKey(String alias) {
            return key;
        }
    }
}
