// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.memory;

import java.util.stream.Stream;

/**
 * Divides the heap between all who hold what others send or ask for. The node itself comes first; then everybody gets
 * what it cannot do without, and the rest goes out in parts of one {@value #PARTS}th. Each keeps to its share, so all
 * of them may be full at once.
 */
public final class MemoryShares {
    private static final long KIB = 1 << 10;
    private static final long MIB = 1 << 20;
    private static final long GIB = 1 << 30;
    /**
     * What the node needs for itself, in bytes: 22 MiB when nothing happens, and 64 strangers being greeted, ten thousand peers
     * remembered, the working arrays of threads. Items that the user named, and those that were kept, come on top, with half a
     * KiB each.
     */
    static final long RESERVE = 32 * MIB;
    static final int PARTS = 64;
    /** With less than so much there is no room for all. */
    private static final long NEEDED = RESERVE + Stream.of(Holder.values()).mapToLong(Holder::least).sum();

    /** Who has a share. */
    public enum Holder {
        /** Blocks, those that peers owe to downloads and those being given to peers: each side leaves some for the other. */
        BLOCKS(26, 25 * MIB, GIB),
        /** NARs that servers send: the largest dictionary of lzip under {@code -Xmx192m}, and some NARs besides. */
        DECODERS(15, 16 * MIB + 768 * KIB, 256 * MIB),
        /** Connections of peers: buffers, and the block being read, which nobody may have asked for. */
        CONNECTIONS(6, 8 * MIB + 512 * KIB, 256 * MIB),
        /** Narinfos that were looked up, and questions for them. */
        NARINFOS(1, 4 * MIB, 64 * MIB),
        /** What daemons were told that they can have: half a KiB an item. A system with a desktop has some 3,000. */
        WALKS(2, 0, 32 * MIB),
        /** Connections of restorers, and the large commands of the daemon's clients. */
        RESTORERS(1, 13 * MIB + 512 * KIB, 32 * MIB),
        /** Blocks that were compressed, for the next ones who ask. */
        PREPARED(1, 2 * MIB, 128 * MIB),
        /** Blocks being compressed with those before them. */
        PREFIXED(1, 11 * 256 * KIB, 16 * MIB),
        /** Indices of the items that peers fetch. */
        SEEDS(4, MIB + 512 * KIB, 64 * MIB),
        /** Items of the store that were opened because somebody asked. */
        OPENED(1, 0, 16 * MIB),
        /** Pieces of NARs on their way to restorers. */
        PIECES(1, MIB, 64 * MIB),
        /** Small answers that peers have yet to read. */
        OUTBOXES(1, MIB + 256 * KIB, 16 * MIB),
        /** What peers say that they have: the inventories of 1,000, of 50,000 items each, take 115 MB. */
        INVENTORIES(2, 128 * KIB, 256 * MIB),
        /** Sessions that exchange inventories and nothing else. */
        LIGHT_SESSIONS(1, 128 * KIB, 128 * MIB),
        /** What nodes of the DHT have this one remember. */
        DHT(1, 512 * KIB, 128 * MIB);

        private final int parts;
        private final long least;
        private final long most;

        /**
         * @param least without which it is of no use, in bytes
         * @param most that it has a use for, in bytes
         */
        Holder(int parts, long least, long most) {
            this.parts = parts;
            this.least = least;
            this.most = most;
        }

        long least() {
            return least;
        }
    }

    private final long shared;
    private final BlockPool blocks;

    private MemoryShares(long shared) {
        this.shared = shared;
        this.blocks = BlockPool.of(of(Holder.BLOCKS));
    }

    /**
     * The shares of one node.
     *
     * @param heap the most that it may become, in bytes, as {@link Runtime#maxMemory}
     */
    public static MemoryShares of(long heap) {
        return of(heap, 0);
    }

    /**
     * The shares of one node that has something else to hold, of which nobody outside can make it hold more.
     *
     * @param besides in bytes
     */
    public static MemoryShares of(long heap, long besides) {
        return new MemoryShares(heap - besides);
    }

    /** What somebody may have, in bytes. */
    public long of(Holder holder) {
        return Math.min(holder.most, holder.least + Math.max(0, shared - NEEDED) / PARTS * holder.parts);
    }

    /** The room for blocks, which both sides of a transfer share. */
    public BlockPool blocks() {
        return blocks;
    }

    /** Whether the heap has room for all shares: in a smaller one each still has what it cannot do without. */
    public boolean fit() {
        return shared >= NEEDED;
    }
}
