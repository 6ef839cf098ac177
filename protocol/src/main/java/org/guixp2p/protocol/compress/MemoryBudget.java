// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.compress;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Memory that several users of it may have together, in bytes. A file's header says how much it takes to decompress it,
 * and whoever wrote the header need not be honest; so what is not left is not allocated. Thread-safe.
 */
public final class MemoryBudget {
    /** Whoever has memory may keep it for as long as a server sends anything, and others have other servers. */
    private static final long PATIENCE_NANOS = 30_000_000_000L;

    private final long bytes;
    private final long patienceNanos;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Deque<Object> waiting = new ArrayDeque<>();
    private long taken;

    public MemoryBudget(long bytes) {
        this(bytes, PATIENCE_NANOS);
    }

    /** @param patienceNanos how long to wait for memory that others have */
    MemoryBudget(long bytes, long patienceNanos) {
        this.bytes = bytes;
        this.patienceNanos = patienceNanos;
    }

    /** There is too little left at the moment; the input may be fine. */
    public static final class ExhaustedException extends IOException {
        private static final long serialVersionUID = 1L;

        private ExhaustedException(String message) {
            super(message);
        }
    }

    /**
     * Takes {@code more} bytes.
     *
     * @param what needs them, for the message
     * @throws ExhaustedException when fewer are left
     */
    public void take(String what, long more) throws ExhaustedException {
        lock.lock();
        try {
            if (more > bytes - taken) {
                throw new ExhaustedException(what + " takes " + more + " bytes of memory, and of " + bytes
                        + " that decompressing may take, " + (bytes - taken) + " are left");
            }
            taken += more;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Takes {@code more} bytes, and waits for them behind those who wait already. Whoever waits should have none of these
     * bytes yet, or those who wait could wait for each other.
     *
     * @param what needs them, for the message
     * @throws ExhaustedException when there never are as many, or not for half a minute
     */
    void await(String what, long more) throws ExhaustedException, InterruptedException {
        Object turn = new Object();
        lock.lockInterruptibly();
        try {
            waiting.add(turn);
            long left = patienceNanos;
            while (more <= bytes && left > 0 && (waiting.peek() != turn || more > bytes - taken)) {
                left = changed.awaitNanos(left);
            }
            if (left <= 0 && waiting.peek() != turn) {
                throw new ExhaustedException(what + " takes " + more + " bytes of memory, and others wait before it");
            }
            take(what, more);
        } finally {
            waiting.remove(turn);
            changed.signalAll();
            lock.unlock();
        }
    }

    /** Gives back what was taken. */
    public void giveBack(long bytesTaken) {
        lock.lock();
        try {
            taken -= bytesTaken;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** What is taken now. */
    public long taken() {
        lock.lock();
        try {
            return taken;
        } finally {
            lock.unlock();
        }
    }
}
