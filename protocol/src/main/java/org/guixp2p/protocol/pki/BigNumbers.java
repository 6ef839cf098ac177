// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.pki;

import java.math.BigInteger;

/** Big-endian unsigned octets of numbers. */
final class BigNumbers {
    private BigNumbers() {}

    /** Exactly {@code length} bytes, zeros first. */
    static byte[] fixed(BigInteger number, int length) {
        byte[] shortest = number.toByteArray();
        int skip = shortest.length > length ? shortest.length - length : 0;
        if (number.signum() < 0 || number.bitLength() > 8 * length) {
            throw new IllegalArgumentException("a number of " + number.bitLength() + " bits for " + length + " bytes");
        }
        byte[] bytes = new byte[length];
        int used = shortest.length - skip;
        System.arraycopy(shortest, skip, bytes, length - used, used);
        return bytes;
    }

    /** The shortest form, as libgcrypt writes r and s: without the zero that would tell a high bit from a sign. */
    static byte[] shortest(BigInteger number) {
        return fixed(number, Math.max(1, (number.bitLength() + 7) / 8));
    }
}
