// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.persistence.nar;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;

/**
 * Room on the disk for NARs being fetched. Those come before what interrupted downloads left: when it gets narrow that is removed,
 * the oldest first, and only then a download fails. Safe for several threads.
 */
final class DiskRoom {
    /** Below this leftovers go without being asked: the node's journal, and other programs, want to write too. */
    static final long RESERVE = 64L << 20;
    /** How many writes of blocks there are between two looks; the disk may lose 16 MiB meanwhile. */
    private static final int LOOK_EACH = 64;

    private final LongSupplier free;
    private final Leftovers leftovers;
    private final AtomicInteger writes = new AtomicInteger();

    /** @param free how many bytes the disk has left */
    DiskRoom(LongSupplier free, Leftovers leftovers) {
        this.free = free;
        this.leftovers = leftovers;
    }

    /**
     * Makes room for so many bytes.
     *
     * @throws IOException in one line for people, when there is not so much
     */
    void require(long bytes) throws IOException {
        leftovers.makeRoom(bytes);
        long there = free.getAsLong();
        if (bytes > there) {
            throw new IOException("no room for it: " + bytes + " bytes are needed, and " + there + " are free");
        }
    }

    /** A block is about to be written. */
    void writing() throws IOException {
        if (writes.incrementAndGet() % LOOK_EACH == 0) {
            leftovers.makeRoom(RESERVE);
        }
    }

    /**
     * Writing so many bytes has failed.
     *
     * @return whether that was for want of room, of which there is some now
     */
    boolean madeFor(long bytes) throws IOException {
        // More than is needed now, or each block would cost a leftover.
        return free.getAsLong() < bytes + RESERVE && leftovers.makeRoom(bytes + RESERVE);
    }
}
