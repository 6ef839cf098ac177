// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.compress;

import java.io.IOException;

/**
 * Memory that several users of it may have together, in bytes. A file's header says how much it takes to decompress it,
 * and whoever wrote the header need not be honest; so what is not left is not allocated. Thread-safe.
 */
public final class MemoryBudget {
    private final long bytes;
    private long taken;

    public MemoryBudget(long bytes) {
        this.bytes = bytes;
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
    public synchronized void take(String what, long more) throws ExhaustedException {
        if (more > bytes - taken) {
            throw new ExhaustedException(what + " takes " + more + " bytes of memory, and of " + bytes
                    + " that decompressing may take, " + (bytes - taken) + " are left");
        }
        taken += more;
    }

    /** Gives back what was taken. */
    public synchronized void giveBack(long bytesTaken) {
        taken -= bytesTaken;
    }

    /** What is taken now. */
    public synchronized long taken() {
        return taken;
    }
}
