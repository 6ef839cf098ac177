// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.pki;

import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.guixp2p.protocol.hash.Sha256;

/** The nonces of RFC 6979, section 3.2, with HMAC-SHA-256, for an order of 249 to 256 bits. */
final class Rfc6979 {
    private final BigInteger order;
    private byte[] key = new byte[Sha256.BYTES];
    private byte[] value = new byte[Sha256.BYTES];
    private boolean used;

    Rfc6979(BigInteger order, BigInteger secret, Sha256 hash) {
        this.order = order;
        byte[] secretOctets = octets(secret);
        byte[] hashOctets = octets(bitsToNumber(hash.bytes()).mod(order));
        Arrays.fill(value, (byte) 1);
        for (byte round = 0; round <= 1; round++) {
            key = hmac(value, new byte[]{round}, secretOctets, hashOctets);
            value = hmac(value);
        }
    }

    /** The next candidate between 1 and the order less 1; another only when the signature it gave was unusable. */
    BigInteger next() {
        while (true) {
            if (used) {
                key = hmac(value, new byte[]{0});
                value = hmac(value);
            }
            used = true;
            value = hmac(value);
            BigInteger candidate = bitsToNumber(value);
            if (candidate.signum() > 0 && candidate.compareTo(order) < 0) {
                return candidate;
            }
        }
    }

    private BigInteger bitsToNumber(byte[] bits) {
        return new BigInteger(1, bits).shiftRight(8 * bits.length - order.bitLength());
    }

    /** Big-endian, 32 bytes; the secret is not reduced, as libgcrypt does not either. */
    private static byte[] octets(BigInteger number) {
        return BigNumbers.fixed(number, Sha256.BYTES);
    }

    private byte[] hmac(byte[]... parts) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key, "HmacSHA256"));
            for (byte[] part : parts) {
                mac.update(part);
            }
            return mac.doFinal();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has HMAC-SHA-256", e);
        }
    }
}
