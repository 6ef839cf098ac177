// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.item;

import org.guixp2p.protocol.FormatException;

/**
 * The size in bytes of a NAR.
 *
 * @param bytes from 0 to {@link #MAX_BYTES}
 */
public record NarSize(long bytes) implements Comparable<NarSize> {
    /** 1 TiB: far above any real item, and low enough that a block index fits an {@code int}. */
    public static final long MAX_BYTES = 1L << 40;

    public NarSize {
        if (bytes < 0 || bytes > MAX_BYTES) {
            throw new IllegalArgumentException("NAR size out of range: " + bytes);
        }
    }

    /**
     * Reads a decimal number without sign.
     *
     * @throws FormatException when it is none, or above {@link #MAX_BYTES}
     */
    public static NarSize parse(String text) throws FormatException {
        if (text.isEmpty() || text.length() > 13 || !isDecimal(text)) {
            throw new FormatException("NAR size: a decimal number expected, found " + FormatException.quote(text));
        }
        long bytes = Long.parseLong(text);
        if (bytes > MAX_BYTES) {
            throw new FormatException("NAR size: above " + MAX_BYTES + ": " + text);
        }
        return new NarSize(bytes);
    }

    private static boolean isDecimal(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) < '0' || text.charAt(i) > '9') {
                return false;
            }
        }
        return true;
    }

    @Override
    public int compareTo(NarSize other) {
        return Long.compare(bytes, other.bytes);
    }

    /** The number of bytes in decimal. */
    @Override
    public String toString() {
        return Long.toString(bytes);
    }
}
