// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.identity;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.interfaces.EdECPrivateKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import org.bouncycastle.asn1.edec.EdECObjectIdentifiers;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.crypto.params.Ed25519PrivateKeyParameters;
import org.bouncycastle.crypto.util.PrivateKeyInfoFactory;

/** Ed25519 keys (RFC 8032) between the JDK's types, their standard encodings and their raw bytes (RFC 8410). */
public final class Ed25519Keys {
    /** Length in bytes of a raw public key, and of the seed that a private key is. */
    public static final int RAW_BYTES = 32;

    private static final AlgorithmIdentifier ED25519 = new AlgorithmIdentifier(EdECObjectIdentifiers.id_Ed25519);

    private Ed25519Keys() {}

    /** A new key. */
    public static KeyPair generate(SecureRandom random) {
        Ed25519PrivateKeyParameters secret = new Ed25519PrivateKeyParameters(random);
        try {
            return fromPkcs8(PrivateKeyInfoFactory.createPrivateKeyInfo(secret).getEncoded());
        } catch (IOException | GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform since 15 reads Ed25519 keys", e);
        }
    }

    /**
     * The pair of a private key; the public half is computed from it, not believed.
     *
     * @throws GeneralSecurityException when {@code der} is not the PKCS #8 encoding of an Ed25519 key
     */
    public static KeyPair fromPkcs8(byte[] der) throws GeneralSecurityException {
        KeyFactory keys = KeyFactory.getInstance("Ed25519");
        PrivateKey secret = keys.generatePrivate(new PKCS8EncodedKeySpec(der));
        byte[] seed = ((EdECPrivateKey) secret).getBytes()
                .orElseThrow(() -> new GeneralSecurityException("the key has no seed"));
        byte[] raw = new Ed25519PrivateKeyParameters(seed).generatePublicKey().getEncoded();
        return new KeyPair(publicKey(raw), secret);
    }

    /**
     * The public key with these raw bytes.
     *
     * @throws GeneralSecurityException when there is none
     */
    public static PublicKey publicKey(byte[] raw) throws GeneralSecurityException {
        try {
            byte[] der = new SubjectPublicKeyInfo(ED25519, raw).getEncoded();
            return KeyFactory.getInstance("Ed25519").generatePublic(new X509EncodedKeySpec(der));
        } catch (IOException e) {
            throw new GeneralSecurityException(e);
        }
    }

    /**
     * The raw bytes of a public key, such as one from a certificate.
     *
     * @throws GeneralSecurityException when it is not an Ed25519 key
     */
    public static byte[] raw(PublicKey key) throws GeneralSecurityException {
        byte[] der = key.getEncoded();
        if (der == null) {
            throw new GeneralSecurityException("the key has no encoding");
        }
        SubjectPublicKeyInfo info = SubjectPublicKeyInfo.getInstance(der);
        byte[] raw = info.getPublicKeyData().getOctets();
        if (!info.getAlgorithm().equals(ED25519) || raw.length != RAW_BYTES) {
            throw new GeneralSecurityException("not an Ed25519 key: " + key.getAlgorithm());
        }
        return raw;
    }
}
