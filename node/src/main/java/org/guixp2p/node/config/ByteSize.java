// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.config;

import org.guixp2p.protocol.FormatException;

/**
 * An upper bound on what lies on a disk.
 *
 * @param bytes 0 means that there is no bound
 */
public record ByteSize(long bytes) {
    public ByteSize {
        if (bytes < 0) {
            throw new IllegalArgumentException("negative size: " + bytes);
        }
    }

    public boolean isUnlimited() {
        return bytes == 0;
    }

    /**
     * Reads a number with an optional suffix, as {@link ByteRate#parse}.
     *
     * @throws FormatException when it is anything else, below one byte without being 0, or above 1 PiB
     */
    public static ByteSize parse(String text) throws FormatException {
        return new ByteSize(ByteRate.number(text, "size").longValueExact());
    }

    /** The number of bytes, in decimal. */
    @Override
    public String toString() {
        return Long.toString(bytes);
    }
}
