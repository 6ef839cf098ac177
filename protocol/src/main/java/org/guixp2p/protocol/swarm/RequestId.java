// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.swarm;

/**
 * What ties answers to a question on one connection: 32 bits, chosen by whoever asks.
 *
 * @param bits to be read as unsigned
 */
public record RequestId(int bits) {
    /** The id that stands {@code distance} after this one; after the highest comes 0. */
    public RequestId plus(int distance) {
        return new RequestId(bits + distance);
    }

    /** From 0 to 2^32 − 1. */
    public long value() {
        return Integer.toUnsignedLong(bits);
    }

    @Override
    public String toString() {
        return Integer.toUnsignedString(bits);
    }
}
