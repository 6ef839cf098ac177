// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import java.util.BitSet;
import java.util.List;
import org.guixp2p.node.download.BlockSource.Request;
import org.jspecify.annotations.Nullable;

/**
 * Decides which block that one source owes is asked of a second one too: the only way to get a block twice on purpose. Part of a
 * {@link BlockScheduler}.
 *
 * @param <S> what names a source
 */
final class SecondSource<S> {
    /** One block in so many may be asked for twice, and a few in any case. */
    private static final int BLOCKS_PER_SECOND_SOURCE = 100;
    private static final int FEW_HEDGES = 2;
    private static final int FEW_RACES = 4;
    /** Nothing moves any more when so many that were meant to, and a hundredth, have come twice: cancels come too late. */
    private static final int FEW_TWICE = 2;
    private static final int WORTH_IT = 2;
    /** What a race has to be worth where a block that comes twice takes the place of one that somebody needs next. */
    private static final int WORTH_A_BLOCK = 8;
    /** What the first answer of a relay may take. */
    private static final long UNKNOWN_NANOS = 100_000_000;

    private final int most;
    private final List<BlockSource<S>> sources;
    private final BlockLedger<S> ledger;
    private int hedged;
    private int raced;
    private int raceWorth = WORTH_IT;
    /** Blocks that were asked of a second source on purpose: hedged, moved, or raced for. */
    private final BitSet meant = new BitSet();
    private int twice;

    /** @param sources as they come and go */
    SecondSource(int blocks, List<BlockSource<S>> sources, BlockLedger<S> ledger) {
        this.most = blocks / BLOCKS_PER_SECOND_SOURCE;
        this.sources = sources;
        this.ledger = ledger;
    }

    /**
     * The first block that another source owes for longer than it should, to be asked of {@code source}; or -1.
     *
     * @param delivered blocks that came so far, from all
     */
    int hedge(BlockSource<S> source, long now, long delivered) {
        if (hedged >= FEW_HEDGES + most) {
            return -1;
        }
        int choice = -1;
        for (BlockSource<S> holder : sources) {
            for (Request<S> late = holder.oldest(); late != null && now > late.lateAt(); late = late.newer()) {
                boolean others = late.othersGoOn(delivered, sources.size()) || source.owed() == 0;
                if (others && (choice < 0 || late.block < choice) && mayJoin(source, late)
                        && (!source.pace.known()
                                || source.pace.expectedNanos(source.owed()) < now - late.asked.nanos())) {
                    choice = late.block;
                }
            }
        }
        hedged += choice < 0 ? 0 : 1;
        return choice;
    }

    /** Whether links have something else to do. */
    void spareLinks(boolean spare) {
        raceWorth = spare ? WORTH_A_BLOCK : WORTH_IT;
    }

    /**
     * The block that will take its source longest, when {@code source} would most likely have it in half of that, or in an eighth
     * where links have something else to do; or -1.
     *
     * @param last whether the last blocks of all are under way; otherwise some races are kept for these
     */
    int endgame(BlockSource<S> source, boolean last, long now) {
        long expected = source.pace.expectedNanos(source.owed());
        int kept = last ? 0 : FEW_RACES;
        if (expected == Long.MAX_VALUE || (raced + kept >= FEW_RACES && hedged + raced + kept >= most)) {
            return -1;
        }
        // What is cancelled may be on its way already, so a small gain is not worth a block.
        Request<S> slowest = slowest(source, raceWorth * expected, false, now);
        raced += slowest == null ? 0 : 1;
        return slowest == null ? -1 : slowest.block;
    }

    /**
     * What a source that has all will have sent last of what a relay could give in half of that time; null when there is
     * nothing. It is then asked of the relay alone, so that the other source has time for what no relay has.
     */
    @Nullable
    Request<S> move(BlockSource<S> relay, long now) {
        // What is on its way from the other source comes all the same: where that happens, it is left as it is.
        if (twice >= Math.max(FEW_TWICE, most) || (!relay.pace.known() && relay.owed() > 0)) {
            return null;
        }
        long expected = relay.pace.known() ? relay.pace.expectedNanos(relay.owed()) : UNKNOWN_NANOS;
        return slowest(relay, WORTH_IT * expected, true, now);
    }

    /**
     * What another source will take longest for, of what {@code source} may be asked for too; null when there is none.
     *
     * @param nanos how long it has to take at least
     * @param ofComplete whether only those that have all are looked at
     */
    private @Nullable Request<S> slowest(BlockSource<S> source, long nanos, boolean ofComplete, long now) {
        long longest = nanos;
        Request<S> choice = null;
        for (BlockSource<S> holder : sources) {
            int ahead = 0;
            Request<S> request = holder.complete || !ofComplete ? holder.oldest() : null;
            for (; request != null; request = request.newer()) {
                long left = holder.pace.leftNanos(ahead++, request.asked, now);
                if (left > longest && mayJoin(source, request)) {
                    longest = left;
                    choice = request;
                }
            }
        }
        return choice;
    }

    /** A block is about to be asked of a source. What those still send who had stalled says nothing of cancels. */
    void asked(int block, BlockScheduler.Reason reason) {
        if (reason != BlockScheduler.Reason.FRESH) {
            meant.set(block);
        } else if (ledger.owing(block) != null) {
            meant.clear(block);
        }
    }

    /** A block came that another source has given, or is to give. It counts when that was asked on purpose. */
    void cameTwice(int block) {
        twice += meant.get(block) ? 1 : 0;
    }

    private boolean mayJoin(BlockSource<S> source, Request<S> holder) {
        return !holder.abandoned && holder.source != source && source.couldGive(holder.block)
                && ledger.isAlone(holder);
    }

    /** How many blocks were given by {@link #hedge}. */
    int hedged() {
        return hedged;
    }

    /** How many blocks were given by {@link #endgame}. */
    int raced() {
        return raced;
    }
}
