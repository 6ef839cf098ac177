// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.hash;

import java.util.Arrays;
import org.guixp2p.protocol.FormatException;

/**
 * The base-32 notation of Nix and Guix: digits without {@code e o t u}, the least significant five bits at the right
 * end (Guix: {@code guix/base32.scm}).
 */
public final class NixBase32 {
    private static final String ALPHABET = "0123456789abcdfghijklmnpqrsvwxyz";
    private static final byte[] VALUES = new byte[128];

    static {
        Arrays.fill(VALUES, (byte) -1);
        for (int i = 0; i < ALPHABET.length(); i++) {
            VALUES[ALPHABET.charAt(i)] = (byte) i;
        }
    }

    private NixBase32() {}

    /** Number of digits that {@code byteCount} bytes take. */
    public static int encodedLength(int byteCount) {
        return (byteCount * 8 + 4) / 5;
    }

    public static String encode(byte[] bytes) {
        int length = encodedLength(bytes.length);
        StringBuilder text = new StringBuilder(length);
        for (int digit = length - 1; digit >= 0; digit--) {
            int bit = digit * 5;
            int index = bit / 8;
            int shift = bit % 8;
            int value = (bytes[index] & 0xff) >>> shift;
            if (index + 1 < bytes.length) {
                value |= (bytes[index + 1] & 0xff) << (8 - shift);
            }
            text.append(ALPHABET.charAt(value & 0x1f));
        }
        return text.toString();
    }

    /** Whether {@code c} is one of the 32 digits. */
    public static boolean isDigit(char c) {
        return c < VALUES.length && VALUES[c] >= 0;
    }

    /**
     * Decodes exactly {@code byteCount} bytes.
     *
     * @throws FormatException when the length is wrong, a character is no digit, or bits beyond the last byte are set
     */
    public static byte[] decode(CharSequence text, int byteCount) throws FormatException {
        int length = encodedLength(byteCount);
        if (text.length() != length) {
            throw new FormatException("nix-base32: " + length + " digits expected for " + byteCount + " bytes, found "
                    + text.length());
        }
        byte[] bytes = new byte[byteCount];
        for (int digit = 0; digit < length; digit++) {
            char c = text.charAt(length - 1 - digit);
            if (!isDigit(c)) {
                throw new FormatException("nix-base32: not a digit: " + FormatException.quote(String.valueOf(c)));
            }
            int bit = digit * 5;
            int index = bit / 8;
            int value = VALUES[c] << (bit % 8);
            bytes[index] |= (byte) value;
            int carry = value >>> 8;
            if (index + 1 < byteCount) {
                bytes[index + 1] |= (byte) carry;
            } else if (carry != 0) {
                throw new FormatException("nix-base32: digits name more than " + byteCount + " bytes: "
                        + FormatException.quote(text));
            }
        }
        return bytes;
    }
}
