// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

/**
 * Whether a download gets on. Whole blocks count, and so do their parts: over a slow line, shared by several peers, the
 * first block takes long though bytes come all the time. A trickle does not count. For one thread.
 */
final class Headway {
    /** What has to come within the stall timeout: about 2 KB/s by default. */
    static final long ENOUGH_BYTES = 64 * 1024;

    private long sinceMillis;
    private long bytes;

    /** It has got on. */
    void made(long nowMillis) {
        sinceMillis = nowMillis;
        bytes = 0;
    }

    /** So many bytes of blocks have come. */
    void received(long count, long nowMillis) {
        bytes += count;
        if (bytes >= ENOUGH_BYTES) {
            made(nowMillis);
        }
    }

    /** Whether it has not got on for longer than {@code timeoutMillis}. */
    boolean isStalled(long nowMillis, long timeoutMillis) {
        return nowMillis - sinceMillis > timeoutMillis;
    }
}
