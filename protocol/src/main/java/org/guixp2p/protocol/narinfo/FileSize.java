// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.narinfo;

import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.item.NarSize;

/**
 * The size in bytes of a compressed NAR, as a server says.
 *
 * @param bytes from 0 to {@link NarSize#MAX_BYTES}
 */
public record FileSize(long bytes) {
    public FileSize {
        if (bytes < 0 || bytes > NarSize.MAX_BYTES) {
            throw new IllegalArgumentException("file size out of range: " + bytes);
        }
    }

    /**
     * Reads a decimal number without sign.
     *
     * @throws FormatException when it is none, or too large
     */
    public static FileSize parse(String text) throws FormatException {
        return new FileSize(NarSize.parse(text).bytes());
    }

    /** The number of bytes in decimal. */
    @Override
    public String toString() {
        return Long.toString(bytes);
    }
}
