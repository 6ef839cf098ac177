// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import org.jspecify.annotations.Nullable;

/**
 * What a {@link BlockScheduler} knows of one source: what it has, what it owes, how it has behaved.
 *
 * @param <S> what names it
 */
final class BlockSource<S> {
    /** A source that has sent nothing for so long, although it owes something, is not waited for. */
    private static final long STALLED_NANOS = 2_000_000_000L;
    private static final int STALLED_LATENESSES = 2;
    private static final int LATEST = 4;
    /** Failures one after another before it is left alone altogether: who fails half of the blocks may give the other. */
    private static final int FAILURES_IN_A_ROW = 8;
    private static final long FIRST_RETRY_NANOS = 100_000_000;
    private static final int RETRY_DOUBLINGS = 6;

    final S id;
    final BlockSet has;
    final boolean complete;
    final Pace pace;
    final Runs.Run run = new Runs.Run();
    /** The blocks that it failed to give. */
    BlockSet failed;
    /** Where to look for the next of these. */
    int againFrom;
    private boolean failedAny;
    /** Of blocks asked for the first time. */
    private int failuresInARow;
    /** Those since there were enough of these to leave it alone. */
    private final Failures tooMany = new Failures();
    /** Of blocks that failed before. */
    private final Failures retriesInVain = new Failures();
    private long retryNanos;
    /** How many of these may be asked for at a time, and how many are. */
    private int retriesAtOnce = 1;
    private int retrying;
    /** It is left alone so long: because it only fails, or because it said that it is busy. */
    private long failsUntilNanos;
    private long busyUntilNanos;
    private long heardNanos;
    private boolean stalled;
    private long stalledNanos;
    /** It had stalled, and is asked for one block to see whether it is there again. */
    private boolean onTrial;
    private long deliveredWhenSilent = -1;
    private int owed;
    private @Nullable Request<S> oldest;
    private @Nullable Request<S> newest;

    /** A block that a source owes. */
    static final class Request<S> {
        final BlockSource<S> source;
        final int block;
        final Pace.Asked asked;
        /** Whether the source failed to give it before. */
        private final boolean again;
        /** Its source has stalled, and the block may be asked of another as if nobody owed it. */
        boolean abandoned;
        /** The next source that owes the same block. */
        @Nullable
        Request<S> other;
        private long deliveredWhenLate = -1;
        private @Nullable Request<S> older;
        private @Nullable Request<S> newer;

        private Request(BlockSource<S> source, int block, Pace.Asked asked) {
            this.source = source;
            this.block = block;
            this.asked = asked;
            this.again = source.failed.get(block);
        }

        /** The request that the same source was made next. */
        @Nullable
        Request<S> newer() {
            return newer;
        }

        /**
         * When its source should have answered: it sends one block after another, so as long as something comes the block
         * may still, within bounds. While nothing is known of the source, there are none: over a slow line its first block
         * takes long.
         */
        long lateAt() {
            long late = source.pace.lateAfter();
            long sinceHeard = Math.max(asked.nanos(), source.heardNanos) + late;
            return source.pace.known() ? Math.min(sinceHeard, asked.nanos() + LATEST * late) : sinceHeard;
        }

        /**
         * Whether it is this source that is late: others have sent enough since this was noticed first. When nothing comes
         * from anybody, the machine or its line has stood still.
         *
         * @param delivered blocks that came so far, from all
         */
        boolean othersGoOn(long delivered, int enough) {
            if (deliveredWhenLate < 0) {
                deliveredWhenLate = delivered;
            }
            return delivered - deliveredWhenLate >= enough;
        }
    }

    /** Failures one after another; those that were asked for together fail together, and are one. */
    private static final class Failures {
        private int count;
        private long lastNanos;

        private void add(Pace.Asked asked, long now) {
            if (asked.nanos() >= lastNanos) {
                count++;
                lastNanos = now;
            }
        }

        private void clear() {
            count = 0;
            lastNanos = 0;
        }

        /** How long to leave the source alone after so many more of them. */
        private long waitAfter(int more) {
            return FIRST_RETRY_NANOS << Math.clamp(count + more - 1, 0, RETRY_DOUBLINGS);
        }
    }

    /**
     * @param has shared by all complete sources
     * @param nothing the empty set
     */
    BlockSource(S id, BlockSet has, boolean complete, int largestWindow, BlockSet nothing) {
        this.id = id;
        this.has = has;
        this.complete = complete;
        this.pace = new Pace(largestWindow);
        this.failed = nothing;
    }

    // What it owes.

    Request<S> ask(int block, long now) {
        Request<S> request = new Request<>(this, block, pace.asked(owed, now));
        request.older = newest;
        if (newest == null) {
            oldest = request;
        } else {
            newest.newer = request;
        }
        newest = request;
        owed++;
        retrying += request.again ? 1 : 0;
        if (stalled) {
            heard(now);
            onTrial = true;
        }
        return request;
    }

    void forget(Request<S> request) {
        if (request.older == null) {
            oldest = request.newer;
        } else {
            request.older.newer = request.newer;
        }
        if (request.newer == null) {
            newest = request.older;
        } else {
            request.newer.older = request.older;
        }
        owed--;
        retrying -= request.again ? 1 : 0;
    }

    int owed() {
        return owed;
    }

    /** What it was asked for first of all that it owes. */
    @Nullable
    Request<S> oldest() {
        return oldest;
    }

    // How it behaves.

    /** Something came from it. */
    void heard(long now) {
        heardNanos = now;
        stalled = false;
        onTrial = false;
        deliveredWhenSilent = -1;
    }

    void delivered(Request<S> request, int bytes, long now) {
        failuresInARow = 0;
        tooMany.clear();
        failsUntilNanos = 0;
        if (request.again) {
            retriesInVain.clear();
            retriesAtOnce = Math.min(2 * retriesAtOnce, BlockScheduler.MOST_UNDER_WAY);
            retryNanos = now;
        }
        pace.delivered(request.asked, bytes, now);
    }

    void failed(Request<S> request, int blocks, long now) {
        if (!failedAny) {
            failedAny = true;
            failed = BlockSet.none(blocks);
        }
        run.stop();
        // What it will never give says nothing of the rest.
        if (request.again) {
            retriesInVain.add(request.asked, now);
            retriesAtOnce = 1;
        } else {
            failed.set(request.block);
            pace.pushedBack(request.asked, owed + 1, now);
            failuresInARow++;
        }
        retryNanos = now + retriesInVain.waitAfter(1);
        if (failuresInARow >= FAILURES_IN_A_ROW) {
            tooMany.add(request.asked, now);
            failsUntilNanos = now + tooMany.waitAfter(0);
        }
    }

    void busy(Request<S> request, long until, long now) {
        pace.pushedBack(request.asked, owed + 1, now);
        run.stop();
        busyUntilNanos = Math.max(busyUntilNanos, until);
    }

    boolean isStalled() {
        return stalled;
    }

    void stall(long now) {
        stalled = true;
        stalledNanos = now;
        onTrial = false;
    }

    /** Whether it has not been heard of since it stalled. */
    boolean isDoubtful() {
        return stalled || onTrial;
    }

    /** What it was asked for before came from others, and it was told so: it may have nothing to say until it is asked. */
    private boolean mayBeTried(long now) {
        return stalled && owed == 0 && now - stalledNanos >= STALLED_NANOS;
    }

    /** As of a late request: whether it is this source that is silent. */
    boolean othersGoOn(long delivered, int enough) {
        if (deliveredWhenSilent < 0) {
            deliveredWhenSilent = delivered;
        }
        return delivered - deliveredWhenSilent >= enough;
    }

    /** When it is stalled if nothing comes; the longest there is when it owes nothing, or is so already. */
    long stallsAt() {
        return oldest == null || stalled
                ? Long.MAX_VALUE
                : Math.max(heardNanos, oldest.asked.nanos())
                        + Math.max(STALLED_NANOS, STALLED_LATENESSES * pace.lateAfter());
    }

    /** Whether it may be asked for another block. */
    boolean mayOwe(long now) {
        return (stalled ? mayBeTried(now) : !onTrial || owed == 0) && now >= notBefore() && owed < pace.window();
    }

    private long notBefore() {
        return Math.max(failsUntilNanos, busyUntilNanos);
    }

    /** Whether it may be asked again for what it failed to give. */
    boolean mayRetry(long now) {
        return failedAny && now >= retryNanos;
    }

    /** It is asked again for what it failed to give: for one block, and for twice as many with each that it gives. */
    void retries(int block, long now) {
        againFrom = block + 1;
        if (retrying + 1 >= retriesAtOnce) {
            retryNanos = now + retriesInVain.waitAfter(1);
        }
    }

    boolean couldGive(int block) {
        return has.get(block) && !failed.get(block);
    }

    /** When it may be asked again, if it was told to wait; the longest there is otherwise. */
    long freeAt(long now) {
        long free = notBefore() > now ? notBefore() : Long.MAX_VALUE;
        if (stalled && owed == 0 && stalledNanos + STALLED_NANOS > now) {
            free = Math.min(free, stalledNanos + STALLED_NANOS);
        }
        return failedAny && retryNanos > now ? Math.min(free, retryNanos) : free;
    }
}
