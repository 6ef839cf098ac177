// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.pki;

import java.math.BigInteger;
import java.util.Arrays;
import java.util.HexFormat;
import org.guixp2p.protocol.hash.Sha256;

/** EMSA-PKCS1-v1_5 of a SHA-256 (RFC 8017, section 9.2). */
final class Pkcs1 {
    /** DER of DigestInfo up to the digest itself. */
    private static final byte[] SHA_256_INFO = HexFormat.of().parseHex("3031300d060960864801650304020105000420");

    private Pkcs1() {}

    /** Bytes that the modulus takes. */
    static int length(BigInteger n) {
        return (n.bitLength() + 7) / 8;
    }

    /** 00 01 FF … FF 00 DigestInfo, as long as the modulus. */
    static byte[] encode(Sha256 hash, BigInteger n) {
        byte[] message = new byte[length(n)];
        int digest = message.length - Sha256.BYTES;
        int info = digest - SHA_256_INFO.length;
        message[1] = 1;
        Arrays.fill(message, 2, info - 1, (byte) 0xff);
        System.arraycopy(SHA_256_INFO, 0, message, info, SHA_256_INFO.length);
        hash.copyTo(message, digest);
        return message;
    }
}
