// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.dht;

import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.interfaces.EdECPublicKey;
import java.security.spec.X509EncodedKeySpec;
import java.util.HexFormat;
import java.util.Set;

/** Signatures by Ed25519 (RFC 8032) with raw keys, verified by the platform. */
final class Ed25519 {
    static final String ALGORITHM = "Ed25519";

    /** What stands before the raw bytes in the X.509 encoding (RFC 8410, section 4). */
    private static final byte[] X509_HEAD = HexFormat.of().parseHex("302a300506032b6570032100");

    /** The size of the field: 2²⁵⁵ − 19. */
    private static final BigInteger P = BigInteger.TWO.pow(255).subtract(BigInteger.valueOf(19));
    /** One y of the points of order 8; the other is its negative. */
    private static final BigInteger OF_ORDER_8 = new BigInteger(
            "2707385501144840649318225287225658788936804267575313519463743609750303402022");
    /** The y of all points of which a multiple by 8 is neutral: of order 1, 2, 4 and 8. */
    private static final Set<BigInteger> OF_SMALL_ORDER = Set.of(BigInteger.ONE, P.subtract(BigInteger.ONE),
            BigInteger.ZERO,
            OF_ORDER_8, P.subtract(OF_ORDER_8));

    private Ed25519() {}

    /**
     * Whether {@code signature} is one of {@code message}; it is not when {@code publicKey} is none, or one of small order:
     * anybody signs for those.
     */
    static boolean verify(byte[] publicKey, byte[] message, byte[] signature) {
        try {
            PublicKey key = key(publicKey);
            Signature verifier = Signature.getInstance(ALGORITHM);
            verifier.initVerify(key);
            verifier.update(message);
            return !isOfSmallOrder(key) && verifier.verify(signature);
        } catch (GeneralSecurityException e) {
            // Not a point of the curve, or not a number below its order: whoever sent it decides on both.
            return false;
        }
    }

    private static PublicKey key(byte[] raw) throws GeneralSecurityException {
        byte[] encoded = new byte[X509_HEAD.length + raw.length];
        System.arraycopy(X509_HEAD, 0, encoded, 0, X509_HEAD.length);
        System.arraycopy(raw, 0, encoded, X509_HEAD.length, raw.length);
        return KeyFactory.getInstance(ALGORITHM).generatePublic(new X509EncodedKeySpec(encoded));
    }

    /** By y alone, since x and −x have the same order; y may be written as a number that is not below the field's size. */
    private static boolean isOfSmallOrder(PublicKey key) {
        return key instanceof EdECPublicKey point && OF_SMALL_ORDER.contains(point.getPoint().getY().mod(P));
    }
}
