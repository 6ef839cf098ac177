// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

/**
 * Whether a download gets on. Whole blocks count, and so do their parts: over a slow line, shared by several peers, the
 * first block takes long though bytes come all the time. A trickle does not count, nor parts alone for ever: the bytes may be
 * another NAR's, of the same peer. For one thread.
 */
final class Headway {
    /** What has to come within the stall timeout: about 2 KB/s by default. */
    static final long ENOUGH_BYTES = 64 * 1024;

    /** How many stall timeouts may pass without a whole block. */
    static final int TIMEOUTS_BY_PARTS = 4;

    private long blockMillis;
    private long sinceMillis;
    private long bytes;

    /** It has got on by a block, or to another state. */
    void made(long nowMillis) {
        blockMillis = nowMillis;
        sinceMillis = nowMillis;
        bytes = 0;
    }

    /** So many bytes of blocks have come. */
    void received(long count, long nowMillis) {
        bytes += count;
        if (bytes >= ENOUGH_BYTES) {
            sinceMillis = nowMillis;
            bytes = 0;
        }
    }

    /** Whether it has not got on for longer than {@code timeoutMillis}. */
    boolean isStalled(long nowMillis, long timeoutMillis) {
        return nowMillis - sinceMillis > timeoutMillis
                || nowMillis - blockMillis > TIMEOUTS_BY_PARTS * timeoutMillis;
    }
}
