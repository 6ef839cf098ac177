// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.bridge;

import java.util.concurrent.TimeUnit;

/**
 * How long a node may still be at work on a request without getting on. Signs of life cost a node nothing, and neither does
 * a byte now and then; so within its patience a restorer wants {@value #LEAST_BYTES} bytes of a NAR, or a frame of an
 * answer to a query.
 */
final class Progress {
    static final int LEAST_BYTES = 65_536;

    private final long patienceNanos;
    private long deadline;
    private int bytes;

    /** The progress of a request that begins now. */
    Progress(long patienceMillis) {
        patienceNanos = TimeUnit.MILLISECONDS.toNanos(patienceMillis);
        deadline = System.nanoTime() + patienceNanos;
    }

    /** Notes a part of the answer that counts by itself; there cannot be many of these. */
    void made() {
        deadline = System.nanoTime() + patienceNanos;
        bytes = 0;
    }

    /** Notes that so many bytes of the NAR have come. */
    void made(int more) {
        bytes += more;
        if (bytes >= LEAST_BYTES) {
            made();
        }
    }

    boolean isOverdue() {
        return System.nanoTime() - deadline > 0;
    }
}
