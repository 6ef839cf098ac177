// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.nar;

import java.nio.charset.StandardCharsets;
import org.guixp2p.protocol.FormatException;
import org.jspecify.annotations.Nullable;

/**
 * The name of a directory's entry: it stays in its directory wherever it is joined to one. Names compare by their UTF-8
 * bytes, the order in which a NAR has them.
 *
 * @param text 1 to 255 bytes of UTF-8; neither {@code .} nor {@code ..}, without {@code /} and NUL
 */
public record EntryName(String text) implements Comparable<EntryName> {
    /** Longest name in bytes, as in Linux's file systems ({@code NAME_MAX}). */
    public static final int MAX_BYTES = 255;
    private static final String WHAT = "NAR: entry name";

    public EntryName {
        String wrong = fault(text);
        if (wrong != null) {
            throw new IllegalArgumentException(wrong);
        }
    }

    private static @Nullable String fault(String text) {
        if (text.equals(".") || text.equals("..") || text.indexOf('/') >= 0) {
            return WHAT + " would leave its directory: " + FormatException.quote(text);
        }
        return Utf8.fault(WHAT, text, MAX_BYTES);
    }

    /**
     * Reads a name.
     *
     * @throws FormatException when it is no valid one
     */
    public static EntryName parse(String text) throws FormatException {
        String wrong = fault(text);
        if (wrong != null) {
            throw new FormatException(wrong);
        }
        return new EntryName(text);
    }

    /**
     * Reads a name from its bytes.
     *
     * @throws FormatException when they are not UTF-8, or no valid name
     */
    public static EntryName parse(byte[] bytes, int offset, int length) throws FormatException {
        return parse(Utf8.decode(WHAT, bytes, offset, length));
    }

    public byte[] utf8() {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public int compareTo(EntryName other) {
        return Utf8.compare(text, other.text);
    }

    /** The name as it is. */
    @Override
    public String toString() {
        return text;
    }
}
