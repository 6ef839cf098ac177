// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.identity;

import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Date;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.CertIOException;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.guixp2p.protocol.dht.Octets;
import org.guixp2p.protocol.swarm.PeerId;

/**
 * This node's key, its name, and the certificate that shows the key in a TLS handshake.
 *
 * @param certificate self-signed; peers look at its key alone, so its dates say "always" (RFC 5280, section 4.1.2.5) and
 *         the same key always gives the same certificate
 */
public record NodeIdentity(KeyPair keys, PeerId peerId, X509Certificate certificate) {
    private static final Date ALWAYS_BEFORE = Date.from(Instant.parse("2020-01-01T00:00:00Z"));
    private static final Date NEVER_AFTER = Date.from(Instant.parse("9999-12-31T23:59:59Z"));

    /** The identity that this Ed25519 pair is. */
    public static NodeIdentity of(KeyPair keys) {
        try {
            PeerId id = PeerId.ofPublicKey(Ed25519Keys.raw(keys.getPublic()));
            return new NodeIdentity(keys, id, certificate(keys, id));
        } catch (GeneralSecurityException | CertIOException | OperatorCreationException e) {
            throw new IllegalArgumentException("not a pair of Ed25519 keys", e);
        }
    }

    /** A new identity, which nothing keeps. */
    public static NodeIdentity generate(SecureRandom random) {
        return of(Ed25519Keys.generate(random));
    }

    /** The raw public key, of which the peer id is the hash. */
    public Octets publicKey() {
        try {
            return Octets.of(Ed25519Keys.raw(keys.getPublic()));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("an identity is an Ed25519 key", e);
        }
    }

    private static X509Certificate certificate(KeyPair keys, PeerId id)
            throws GeneralSecurityException, CertIOException, OperatorCreationException {
        X500Name name = new X500Name("CN=" + id);
        var builder = new JcaX509v3CertificateBuilder(name, BigInteger.ONE, ALWAYS_BEFORE, NEVER_AFTER, name,
                keys.getPublic());
        builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature));
        builder.addExtension(Extension.extendedKeyUsage, false, new ExtendedKeyUsage(
                new KeyPurposeId[]{KeyPurposeId.id_kp_serverAuth, KeyPurposeId.id_kp_clientAuth}));
        var signer = new JcaContentSignerBuilder("Ed25519").build(keys.getPrivate());
        return new JcaX509CertificateConverter().getCertificate(builder.build(signer));
    }

    /** The peer id alone: a private key must not end in a log. */
    @Override
    public String toString() {
        return peerId.toString();
    }
}
