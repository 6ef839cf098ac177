// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.persistence.nar;

import java.io.IOException;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.guixp2p.protocol.item.NarSize;

/**
 * Room on the disk for NARs being fetched. What each has yet to write is promised to it. All come before what interrupted
 * downloads left: when it gets narrow that is removed, the oldest first, and only then a download fails. Safe for several
 * threads.
 */
final class DiskRoom {
    /** Below this leftovers go without being asked: the node's journal, and other programs, want to write too. */
    static final long RESERVE = 64L << 20;
    /** How many writes of blocks there are between two looks; the disk may lose 16 MiB meanwhile. */
    private static final int LOOK_EACH = 64;

    private final Disk disk;
    private final Leftovers leftovers;
    private final Set<PartialNar> underWay = new HashSet<>();
    private final AtomicInteger writes = new AtomicInteger();

    /** Opens the file of a NAR. */
    interface Opening {
        PartialNar open() throws IOException;
    }

    DiskRoom(Disk disk, Leftovers leftovers) {
        this.disk = disk;
        this.leftovers = leftovers;
    }

    /**
     * Opens the file of a NAR when it fits beside what the others have yet to write; no two take the same room.
     *
     * @param earlier the file, when there is something in it already
     * @throws IOException in one line for people, when there is not so much room; nothing was removed then, unless others took
     *         meanwhile what that had made free
     */
    synchronized PartialNar begin(NarSize size, Optional<PartialNar> earlier, Opening opening) throws IOException {
        long most = underWay.stream().mapToLong(nar -> nar.size().bytes()).sum() + size.bytes();
        // That bound will mostly do: how much is there exactly may take long to find out.
        if (most > disk.free()) {
            require(earlier.isPresent() ? earlier.get().toCome(disk) : size.bytes());
        }
        return enter(opening.open());
    }

    private void require(long bytes) throws IOException {
        long promised = underWay.stream().mapToLong(nar -> nar.toCome(disk)).sum();
        refuseUnless(bytes, disk.free() + leftovers.bytes(), promised);
        leftovers.makeRoom(bytes + promised);
        refuseUnless(bytes, disk.free(), promised);
    }

    private static void refuseUnless(long bytes, long free, long promised) throws IOException {
        if (bytes > free - promised) {
            throw new IOException("no room for it: " + bytes + " bytes are needed, and "
                    + Math.max(0, free - promised) + " are free"
                    + (promised > 0 ? " beside what others are yet to write" : ""));
        }
    }

    /** The file takes room from now on, whether that is there or not. */
    synchronized PartialNar enter(PartialNar nar) {
        underWay.add(nar);
        return nar;
    }

    /** Nothing more is written to the file. */
    synchronized void leave(PartialNar nar) {
        underWay.remove(nar);
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
        return disk.free() < bytes + RESERVE && leftovers.makeRoom(bytes + RESERVE);
    }
}
