// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.nar;

import java.nio.charset.StandardCharsets;
import org.guixp2p.protocol.FormatException;

/**
 * What a symlink points to. It may point anywhere, out of the item too: the references of an item often are symlinks.
 *
 * @param text 1 to 4095 bytes of UTF-8 without NUL, otherwise as it is: {@code a//b/} is not {@code a/b}
 */
public record LinkTarget(String text) {
    /** Longest target in bytes that Linux can hold: {@code PATH_MAX} less its NUL. */
    public static final int MAX_BYTES = 4095;
    private static final String WHAT = "NAR: symlink target";

    public LinkTarget {
        String wrong = Utf8.fault(WHAT, text, MAX_BYTES);
        if (wrong != null) {
            throw new IllegalArgumentException(wrong);
        }
    }

    /**
     * Reads a target.
     *
     * @throws FormatException when it is empty, too long, or holds what no target can hold
     */
    public static LinkTarget parse(String text) throws FormatException {
        String wrong = Utf8.fault(WHAT, text, MAX_BYTES);
        if (wrong != null) {
            throw new FormatException(wrong);
        }
        return new LinkTarget(text);
    }

    /**
     * Reads a target from its bytes.
     *
     * @throws FormatException when they are not UTF-8, or no valid target
     */
    public static LinkTarget parse(byte[] bytes, int offset, int length) throws FormatException {
        return parse(Utf8.decode(WHAT, bytes, offset, length));
    }

    public byte[] utf8() {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** The target as it is. */
    @Override
    public String toString() {
        return text;
    }
}
