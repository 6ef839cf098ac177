// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import java.util.List;
import org.guixp2p.protocol.swarm.BlockLayout;
import org.jspecify.annotations.Nullable;

/**
 * Gives each source whose answers compress some blocks in a row: it can compress one with those before it only for whoever has
 * them, or gets them from it too. While a reader waits, runs of several sources lie one after another before it, none
 * longer than its source takes two seconds for, so that nothing that the reader needs is left to a slow one while others
 * could give it. Part of the {@link BlockScheduler}.
 *
 * @param <S> what names a source
 */
final class Runs<S> {
    /** Of sixteen blocks two cannot be compressed with those before. */
    static final int LONGEST = 16;
    /** Blocks of all runs together: as many as are fetched in the order of the reader. */
    private static final int ALL = (int) (Readers.AHEAD_BYTES / BlockLayout.BLOCK_BYTES);
    private static final double LONGEST_SECONDS = 2;
    /** What compresses is mixed with what does not. */
    private static final int RAW_IN_A_ROW = 16;

    private final List<BlockSource<S>> sources;
    private final BlockLedger<S> ledger;
    private final Rarity rarity;

    /** The run of one source. */
    static final class Run {
        private int next;
        private int end;
        private int rarity;
        private int raw = RAW_IN_A_ROW;

        /** The source gave a block. */
        void answered(boolean compressed) {
            raw = compressed ? 0 : Math.min(raw + 1, RAW_IN_A_ROW);
        }

        /** The source does not give what it was asked for: whoever can, may go on where it was. */
        void stop() {
            end = 0;
        }

        /** Whether what it gives compresses; not before it has given something that does. */
        boolean isOfUse() {
            return raw < RAW_IN_A_ROW;
        }

        private boolean has(int block) {
            return next <= block && block < end;
        }
    }

    Runs(List<BlockSource<S>> sources, BlockLedger<S> ledger, Rarity rarity) {
        this.sources = sources;
        this.ledger = ledger;
        this.rarity = rarity;
    }

    /**
     * The next block of the run of a source; -1 when it has none, or that has come to its end.
     *
     * @param before block from which on none is asked for
     */
    int goOn(BlockSource<S> source, int before) {
        Run run = source.run;
        if (run.next >= Math.min(run.end, before) || !run.isOfUse() || !ledger.open().get(run.next)
                || !source.couldGive(run.next)
                || rarity.of(run.next) > run.rarity) {
            run.stop();
            return -1;
        }
        return run.next++;
    }

    /**
     * Where, in the order of the reader, a new run of a source may begin; -1 when it has none, or those of others lie
     * everywhere.
     *
     * @param before block from which on none is asked for
     */
    int first(BlockSource<S> source, int before) {
        if (!source.run.isOfUse() || sources.size() == 1) {
            return -1;
        }
        int block = open(source, ledger.contiguous(), before);
        for (BlockSource<S> other = inTheWay(source, block); other != null; other = inTheWay(source, block)) {
            block = open(source, other.run.end, before);
        }
        return block;
    }

    private int open(BlockSource<S> source, int from, int before) {
        return ledger.open().first(source.has, source.failed, from, before);
    }

    private @Nullable BlockSource<S> inTheWay(BlockSource<S> source, int block) {
        for (BlockSource<S> other : sources) {
            if (other != source && !other.isStalled() && other.run.has(block)) {
                return other;
            }
        }
        return null;
    }

    /** A source is asked for a block that is not of its run: a new one begins with it. None is -1. Returns the block. */
    int begin(BlockSource<S> source, int block) {
        Run run = source.run;
        if (block >= 0 && run.isOfUse()) {
            run.next = block + 1;
            run.end = block + longest(source);
            run.rarity = rarity.of(block);
        }
        return block;
    }

    private int longest(BlockSource<S> source) {
        double inTime = LONGEST_SECONDS * source.pace.bytesPerSecond() / BlockLayout.BLOCK_BYTES;
        int share = Math.max(1, ALL / sources.size());
        return (int) Math.clamp(inTime, 1, Math.min(LONGEST, share));
    }
}
