// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import java.util.List;
import java.util.random.RandomGenerator;

/**
 * Decides which block that nobody owes a source is asked for. Part of a {@link BlockScheduler}, which says in what order.
 *
 * @param <S> what names a source
 */
final class FirstSource<S> {
    private static final int FEW_TRIES = 64;
    /** The reader's next block has not come for so long, though so many behind it have. */
    private static final long STARVING_NANOS = 1_000_000_000;
    private static final int BEYOND_FRONT = 16;
    private static final long STARVED_NANOS = 10_000_000_000L;
    /** Relays that have got nothing for so long are not waited for. */
    private static final long NEWS_NANOS = 1_000_000_000;

    private final RandomGenerator random;
    private final List<BlockSource<S>> sources;
    private final BlockLedger<S> ledger;
    private final Rarity rarity;
    private final Runs<S> runs;
    private final BlockSet everything;
    private final BlockSet nothing;
    /** What falls to this node first, what second, and so on. */
    private List<BlockSet> shares;
    /** Blocks from here on are asked of nobody yet. */
    private int horizon;
    private boolean scattered;
    private long newsNanos;
    private int front;
    private long frontNanos;
    private long starvingUntil;

    /** @param sources as they come and go */
    FirstSource(int blocks, RandomGenerator random, List<BlockSource<S>> sources, BlockLedger<S> ledger,
            Rarity rarity) {
        this.horizon = blocks;
        this.random = random;
        this.sources = sources;
        this.ledger = ledger;
        this.rarity = rarity;
        this.everything = BlockSet.all(blocks);
        this.runs = new Runs<>(sources, ledger, rarity);
        this.nothing = BlockSet.none(blocks);
        this.shares = List.of(everything);
    }

    /** The blocks for which those who have all are asked first, second, and so on. */
    void share(List<BlockSet> mine) {
        shares = List.copyOf(mine);
    }

    /** From block {@code end} on nothing is asked for, for now. */
    void askBefore(int end) {
        horizon = end;
    }

    /** Others may begin at this moment too: what is asked for before they are known is best not what they ask for. */
    void scatter() {
        scattered = true;
    }

    /** A relay has come, or has got what none had. */
    void news(long now) {
        newsNanos = now;
    }

    /** A block for a source; -1 when it has nothing that is to be asked of it now. */
    int choose(BlockSource<S> source, long now, boolean readerWaits) {
        if (horizon == 0) {
            return -1;
        }
        int relays = 0;
        for (BlockSource<S> each : sources) {
            relays += each.complete || each.isDoubtful() ? 0 : 1;
        }
        if (relays > 0) {
            // It would keep others from what this source is not asked for any more.
            source.run.stop();
        }
        int fresh = relays > 0 ? fresh(source, now, readerWaits, relays) : inARow(source, now, readerWaits);
        return fresh < 0 && source.mayRetry(now) ? again(source, now) : fresh;
    }

    /** Where nobody else fetches the same, each may be given some in a row. */
    private int inARow(BlockSource<S> source, long now, boolean readerWaits) {
        int next = runs.goOn(source, horizon);
        return next >= 0 ? next : runs.begin(source, fresh(source, now, readerWaits, 0));
    }

    private int fresh(BlockSource<S> source, long now, boolean readerWaits, int relays) {
        if (relays > 0 && source.complete) {
            return ofAll(source, now, readerWaits, relays);
        }
        if (scattered && relays == 0 && !source.pace.known()) {
            return any(source, everything);
        }
        boolean rarest = !readerWaits || (relays > 0 && random.nextInt(sources.size()) < relays);
        if (!rarest) {
            int run = relays > 0 ? -1 : runs.first(source, horizon);
            return run >= 0 ? run : ledger.open().first(source.has, source.failed, 0, horizon);
        }
        for (BlockSet equallyRare : rarity.rarestFirst()) {
            int block = any(source, equallyRare);
            if (block >= 0) {
                return block;
            }
        }
        return -1;
    }

    /** A block of these that is open, by chance. */
    private int any(BlockSource<S> source, BlockSet wanted) {
        int start = random.nextInt(horizon);
        int block = ledger.open().first(source.has, wanted, source.failed, start, horizon);
        return block >= 0 ? block : ledger.open().first(source.has, wanted, source.failed, 0, start);
    }

    /** What to ask of a source that has all, where there are relays. */
    private int ofAll(BlockSource<S> source, long now, boolean readerWaits, int relays) {
        BlockSet atNoRelay = rarity.rarestFirst().getFirst();
        int own = readerWaits && isStarving(now) && random.nextInt(relays + 1) == 0
                ? ledger.open().first(everything, source.failed, 0, horizon)
                : ledger.open().first(shares.getFirst(), atNoRelay, source.failed, 0, horizon);
        if (own >= 0) {
            return own;
        }
        // Others are at the rest: of what is asked for in advance, most comes twice.
        boolean othersGoOn = now - newsNanos <= NEWS_NANOS;
        if (source.owed() > 0 && othersGoOn) {
            return -1;
        }
        for (BlockSet share : shares) {
            int helping = ledger.open().first(share, atNoRelay, source.failed, random.nextInt(horizon), horizon);
            if (helping >= 0) {
                return helping;
            }
        }
        int others = othersGoOn && shares.size() > 1 ? -1 : any(source, atNoRelay);
        return others >= 0 ? others : beyondRelays(source, now);
    }

    /**
     * Each asks for its share in the reader's order, so what is first comes first. But a relay may never fetch what falls to
     * it, and the reader would wait for that until the end.
     */
    private boolean isStarving(long now) {
        if (ledger.contiguous() > front) {
            front = ledger.contiguous();
            frontNanos = now;
        } else if (now - frontNanos > STARVING_NANOS && ledger.doneCount() - front >= BEYOND_FRONT) {
            starvingUntil = now + STARVED_NANOS;
        }
        return now < starvingUntil;
    }

    /** A block that relays have, but none of them may be asked for it now. */
    private int beyondRelays(BlockSource<S> source, long now) {
        int block = ledger.open().first(source.has, source.failed, 0, horizon);
        for (int tries = 0; block >= 0 && tries < FEW_TRIES; tries++) {
            if (!relaysCouldGive(block, now)) {
                return block;
            }
            block = ledger.open().first(source.has, source.failed, block + 1, horizon);
        }
        return -1;
    }

    private boolean relaysCouldGive(int block, long now) {
        for (BlockSource<S> other : sources) {
            if (!other.complete && other.couldGive(block) && other.mayOwe(now)) {
                return true;
            }
        }
        return false;
    }

    /** What the source failed before, in turn: it may have been a passing fault, and nobody else can be asked. */
    private int again(BlockSource<S> source, long now) {
        int block = failedOpen(source, source.againFrom, horizon, now);
        if (block < 0) {
            block = failedOpen(source, 0, Math.min(source.againFrom, horizon), now);
        }
        if (block >= 0) {
            source.retries(block, now);
        }
        return block;
    }

    private int failedOpen(BlockSource<S> source, int from, int to, long now) {
        int block = ledger.open().first(source.has, source.failed, nothing, from, to);
        while (block >= 0 && othersCouldGive(source, block, now)) {
            block = ledger.open().first(source.has, source.failed, nothing, block + 1, to);
        }
        return block;
    }

    private boolean othersCouldGive(BlockSource<S> source, int block, long now) {
        for (BlockSource<S> other : sources) {
            if (other != source && other.couldGive(block) && other.mayOwe(now)) {
                return true;
            }
        }
        return false;
    }
}
