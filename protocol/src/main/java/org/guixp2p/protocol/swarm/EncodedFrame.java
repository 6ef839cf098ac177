// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.swarm;

/**
 * A frame to be written: {@code head}, then {@code payload}. A block's bytes stay in the array that they are in, so that a
 * transport can gather both without a copy.
 */
public record EncodedFrame(byte[] head, byte[] payload) {
    /** Bytes on the wire, before encryption. */
    public int length() {
        return head.length + payload.length;
    }
}
