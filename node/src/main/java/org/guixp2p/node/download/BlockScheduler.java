// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/**
 * Decides which block is asked of which source: no I/O, no clock of its own, one thread.
 *
 * <p>Blocks are given out in the order in which the reader needs them. A block whose source fails, refuses or leaves goes
 * back at once and is given to the next source that has it, but not again to the one that failed it while another remains.
 * When nothing is left to give out, an idle source may be asked for a block that another one has owed for longer than the
 * endgame delay, so that one slow source does not hold the last blocks; whoever comes second is counted as duplicate.
 *
 * @param <S> what names a source; compared by {@code equals}
 */
final class BlockScheduler<S> {
    /** Sources that may owe the same block at one time. */
    private static final int MAX_HOLDERS = 2;

    private final int blocks;
    private final long endgameDelayMillis;
    private final BitSet done = new BitSet();
    private final Map<S, Source> sources = new HashMap<>();
    private final Map<Integer, List<Request<S>>> inFlight = new HashMap<>();
    private long requeued;

    /** What a source has, and owes. */
    private static final class Source {
        private final BitSet has;
        private final BitSet failed = new BitSet();
        private final int window;
        private int owed;
        private long notBefore;

        private Source(BitSet has, int window) {
            this.has = has;
            this.window = window;
        }
    }

    private record Request<S>(S source, long since) {}

    /**
     * @param blocks how many blocks the NAR has
     * @param endgameDelayMillis how long a block must have been owed before another source is asked for it too
     */
    BlockScheduler(int blocks, long endgameDelayMillis) {
        this.blocks = blocks;
        this.endgameDelayMillis = endgameDelayMillis;
    }

    /**
     * Adds a source, or replaces what is known of it when it owes nothing.
     *
     * @param has the blocks it can give
     * @param window how many blocks it may owe at one time
     */
    void add(S source, BitSet has, int window) {
        if (!sources.containsKey(source)) {
            sources.put(source, new Source((BitSet) has.clone(), window));
        }
    }

    /** Takes a source away; what it owes goes back. Returns how many blocks went back. */
    int remove(S source) {
        if (sources.remove(source) == null) {
            return 0;
        }
        List<Integer> owed = inFlight.entrySet().stream()
                .filter(e -> e.getValue().stream().anyMatch(r -> r.source().equals(source)))
                .map(Map.Entry::getKey).toList();
        owed.forEach(block -> release(source, block));
        requeued += owed.size();
        return owed.size();
    }

    /**
     * The next block to ask of {@code source}, which from now on owes it; empty when its window is full, it was told to
     * wait, or it has nothing that is wanted.
     */
    OptionalInt next(S source, long nowMillis) {
        Source state = sources.get(source);
        if (state == null || state.owed >= state.window || nowMillis < state.notBefore) {
            return OptionalInt.empty();
        }
        OptionalInt choice = wanted(state);
        if (choice.isEmpty()) {
            choice = overdue(source, state, nowMillis);
        }
        choice.ifPresent(block -> {
            inFlight.computeIfAbsent(block, b -> new ArrayList<>(1)).add(new Request<>(source, nowMillis));
            state.owed++;
        });
        return choice;
    }

    private OptionalInt wanted(Source state) {
        for (int block = done.nextClearBit(0); block < blocks; block = done.nextClearBit(block + 1)) {
            if (state.has.get(block) && !inFlight.containsKey(block) && mayGive(state, block)) {
                return OptionalInt.of(block);
            }
        }
        return OptionalInt.empty();
    }

    /** A source that failed a block gets it again only when nobody else has it: it may have been a passing fault. */
    private boolean mayGive(Source state, int block) {
        return !state.failed.get(block)
                || sources.values().stream().noneMatch(other -> other.has.get(block) && !other.failed.get(block));
    }

    private OptionalInt overdue(S source, Source state, long nowMillis) {
        int choice = -1;
        long oldest = nowMillis - endgameDelayMillis;
        for (Map.Entry<Integer, List<Request<S>>> entry : inFlight.entrySet()) {
            List<Request<S>> holders = entry.getValue();
            int block = entry.getKey();
            if (holders.size() < MAX_HOLDERS && state.has.get(block) && !state.failed.get(block)
                    && holders.getFirst().since() <= oldest && !holders.getFirst().source().equals(source)) {
                oldest = holders.getFirst().since();
                choice = block;
            }
        }
        return choice < 0 ? OptionalInt.empty() : OptionalInt.of(choice);
    }

    /**
     * A block has come, verified and written.
     *
     * @return the other sources that still owe it and may be told not to send it
     */
    List<S> received(S source, int block) {
        release(source, block);
        done.set(block);
        List<S> late = inFlight.getOrDefault(block, List.of()).stream().map(Request::source).toList();
        late.forEach(other -> release(other, block));
        return late;
    }

    /** A block is there from elsewhere (another transport, an earlier run). */
    void have(int block) {
        done.set(block);
    }

    /** A block did not come: it goes back, and {@code source} is the last to be asked for it again. */
    void failed(S source, int block) {
        Source state = sources.get(source);
        if (state != null) {
            state.failed.set(block);
        }
        requeue(source, block);
    }

    /** The source is busy: the block goes back, and nothing is asked of the source before {@code untilMillis}. */
    void busy(S source, int block, long untilMillis) {
        Source state = sources.get(source);
        if (state != null) {
            state.notBefore = Math.max(state.notBefore, untilMillis);
        }
        requeue(source, block);
    }

    private void requeue(S source, int block) {
        if (release(source, block) && !done.get(block)) {
            requeued++;
        }
    }

    private boolean release(S source, int block) {
        List<Request<S>> holders = inFlight.get(block);
        if (holders == null || !holders.removeIf(request -> request.source().equals(source))) {
            return false;
        }
        if (holders.isEmpty()) {
            inFlight.remove(block);
        }
        Source state = sources.get(source);
        if (state != null) {
            state.owed--;
        }
        return true;
    }

    /** The blocks that are there. */
    BitSet done() {
        return (BitSet) done.clone();
    }

    boolean isDone(int block) {
        return done.get(block);
    }

    boolean isComplete() {
        return done.nextClearBit(0) >= blocks;
    }

    /** How many blocks are there from the first on without a gap. */
    int contiguous() {
        return Math.min(done.nextClearBit(0), blocks);
    }

    int doneCount() {
        return done.cardinality();
    }

    boolean hasSources() {
        return !sources.isEmpty();
    }

    /** How often a block had to be asked for again because its source failed, refused or left. */
    long requeued() {
        return requeued;
    }
}
