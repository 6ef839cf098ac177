// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import java.io.IOException;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * Lets the writes of one lane into the partial file until the lane ends. When another kind of source takes over, what it
 * wrote and the node has verified must not be written over by what was still under way. Safe for several threads.
 */
final class WriteGate {
    private final ReadWriteLock lock = new ReentrantReadWriteLock();
    private boolean closed;

    /** Writes one block. */
    interface Write {
        void run() throws IOException;
    }

    /** Whether the gate was open, and {@code write} done. */
    boolean pass(Write write) throws IOException {
        Lock open = lock.readLock();
        open.lock();
        try {
            if (closed) {
                return false;
            }
            write.run();
            return true;
        } finally {
            open.unlock();
        }
    }

    /** Lets nobody in any more. Waits for those that are in: a block or two on their way to the page cache. */
    void close() {
        Lock closing = lock.writeLock();
        closing.lock();
        try {
            closed = true;
        } finally {
            closing.unlock();
        }
    }
}
