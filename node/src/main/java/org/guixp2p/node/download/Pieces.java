// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * How much of a NAR is read at a time for whoever has it restored: the more readers there are, of all downloads, the
 * less each. Safe for several threads.
 */
public final class Pieces {
    /** Each piece goes from thread to thread several times, so few large ones are better. */
    private static final int LARGEST = 256 * 1024;
    private static final int SMALLEST = 4 * 1024;
    /** One is being written while the next one is read. */
    private static final int EACH = 2;

    private final long memory;
    private final AtomicInteger readers = new AtomicInteger();

    /** @param memory for the pieces of all readers, in bytes */
    public Pieces(long memory) {
        this.memory = memory;
    }

    /** There is one more reader. */
    void opened() {
        readers.incrementAndGet();
    }

    /** One is gone. */
    void closed() {
        readers.decrementAndGet();
    }

    /** How many bytes to read now. */
    int bytes() {
        return Math.clamp(memory / EACH / Math.max(1, readers.get()), SMALLEST, LARGEST);
    }
}
