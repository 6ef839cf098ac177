// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import org.guixp2p.protocol.swarm.BlockLayout;

/** What connections take of the heap, in bytes. */
final class ConnectionMemory {
    /** Buffers of TLS and of ours, and a block being read. */
    private static final int FULL = BlockLayout.BLOCK_BYTES + 64 * 1024;
    /** Buffers of TLS and of ours, and a control frame being read. */
    private static final int LIGHT = 128 * 1024;
    /** Of that, for what the peer of a light session has yet to read. */
    static final int LIGHT_OUTBOX = 4 * 1024;

    private ConnectionMemory() {}

    /** How many there may be in so many bytes. */
    static int most(long bytes) {
        return Math.toIntExact(bytes / FULL);
    }

    /** How many light ones. */
    static int mostLight(long bytes) {
        return Math.toIntExact(bytes / LIGHT);
    }
}
