// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.nar;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.guixp2p.protocol.FormatException;
import org.jspecify.annotations.Nullable;

/** UTF-8 without replacement characters: what cannot be said in it is refused, so that bytes come back as they were. */
final class Utf8 {
    private Utf8() {}

    /**
     * Decodes {@code length} bytes.
     *
     * @throws FormatException when they are not UTF-8; {@code what} begins its message
     */
    static String decode(String what, byte[] bytes, int offset, int length) throws FormatException {
        if (isAscii(bytes, offset, length)) {
            return new String(bytes, offset, length, StandardCharsets.ISO_8859_1);
        }
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes, offset, length)).toString();
        } catch (CharacterCodingException e) {
            String shown = new String(bytes, offset, length, StandardCharsets.UTF_8);
            throw new FormatException(what + " is not UTF-8: " + FormatException.quote(shown), e);
        }
    }

    private static boolean isAscii(byte[] bytes, int offset, int length) {
        for (int i = offset; i < offset + length; i++) {
            if (bytes[i] < 0) {
                return false;
            }
        }
        return true;
    }

    /** The number of bytes that {@code text} takes, or -1 when it holds half of a surrogate pair. */
    static int length(String text) {
        int bytes = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < 0x80) {
                bytes++;
            } else if (c < 0x800) {
                bytes += 2;
            } else if (!Character.isSurrogate(c)) {
                bytes += 3;
            } else if (Character.isHighSurrogate(c) && i + 1 < text.length()
                    && Character.isLowSurrogate(text.charAt(i + 1))) {
                bytes += 4;
                i++;
            } else {
                return -1;
            }
        }
        return bytes;
    }

    /** What is wrong with {@code text} as a string of 1 to {@code maximum} bytes without NUL, or null. */
    static @Nullable String fault(String what, String text, int maximum) {
        if (text.isEmpty()) {
            return what + " is empty";
        }
        if (text.indexOf('\0') >= 0) {
            return what + " holds a NUL: " + FormatException.quote(text);
        }
        int length = length(text);
        if (length < 0) {
            return what + " is not Unicode text: " + FormatException.quote(text);
        }
        return length > maximum ? what + " is longer than " + maximum + " bytes: " + FormatException.quote(text) : null;
    }

    /** Compares as the UTF-8 bytes compare, which {@link String#compareTo} does not. */
    static int compare(String one, String other) {
        int common = Math.min(one.length(), other.length());
        for (int i = 0; i < common; i++) {
            char a = one.charAt(i);
            char b = other.charAt(i);
            if (a != b) {
                return Integer.compare(rank(a), rank(b));
            }
        }
        return Integer.compare(one.length(), other.length());
    }

    /** Surrogates stand for code points above every other {@code char}, so they rank above U+FFFF. */
    private static int rank(char c) {
        return Character.isSurrogate(c) ? c + 0x10000 : c;
    }
}
