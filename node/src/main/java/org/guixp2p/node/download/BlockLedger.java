// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntPredicate;
import org.guixp2p.node.download.BlockSource.Request;
import org.jspecify.annotations.Nullable;

/**
 * The books of a {@link BlockScheduler}: which blocks are there, which are owed, and by whom. A block is there, or held, or owed
 * by somebody who is waited for, or open.
 *
 * @param <S> what names a source
 */
final class BlockLedger<S> {
    private final int blocks;
    private final BitSet done = new BitSet();
    private final BlockSet open;
    /** Those that are not there. */
    private final BlockSet missing;
    private int openCount;
    /** Those that are here of somebody who is gone, and have not come to an outcome. */
    private final BitSet held = new BitSet();
    /** The first of those who owe a block; the others follow it. */
    private final Map<Integer, Request<S>> owing = new HashMap<>();
    private int underWay;
    private long requeued;

    BlockLedger(int blocks) {
        this.blocks = blocks;
        this.open = BlockSet.all(blocks);
        this.openCount = blocks;
        this.missing = BlockSet.all(blocks);
    }

    /** The blocks that are neither there nor owed by anybody who is waited for. Changes. */
    BlockSet open() {
        return open;
    }

    /** The blocks that are not there. Changes. */
    BlockSet missing() {
        return missing;
    }

    /** How many blocks are open. */
    int openCount() {
        return openCount;
    }

    /** Whether no block is open. */
    boolean allGiven() {
        return openCount == 0;
    }

    private void close(int block) {
        if (open.get(block)) {
            open.clear(block);
            openCount--;
        }
    }

    /** A block was asked for. */
    void enter(Request<S> request) {
        request.other = owing.put(request.block, request);
        underWay++;
        close(request.block);
    }

    /** What a source was asked for a block, if it owes it. */
    @Nullable
    Request<S> find(BlockSource<S> source, int block) {
        Request<S> request = owing.get(block);
        while (request != null && request.source != source) {
            request = request.other;
        }
        return request;
    }

    /** The first of those who owe a block; the others follow it. */
    @Nullable
    Request<S> owing(int block) {
        return owing.get(block);
    }

    /** Whether nobody else was asked for the same block. */
    boolean isAlone(Request<S> request) {
        return request.other == null && owing.get(request.block) == request;
    }

    /** Takes a request out, whatever becomes of its block. */
    void forget(Request<S> request) {
        request.source.forget(request);
        underWay -= request.abandoned ? 0 : 1;
        Request<S> before = owing.get(request.block);
        if (before != request) {
            while (before != null && before.other != request) {
                before = before.other;
            }
            if (before != null) {
                before.other = request.other;
            }
        } else if (request.other == null) {
            owing.remove(request.block);
        } else {
            owing.put(request.block, request.other);
        }
    }

    /** Takes a request out that came to nothing. */
    void giveBack(Request<S> request) {
        forget(request);
        if (!request.abandoned) {
            requeue(request.block);
        }
    }

    /** Takes out all that a source owes, and holds what is here of it. */
    void leave(BlockSource<S> source, IntPredicate here) {
        for (Request<S> request = source.oldest(); request != null; request = source.oldest()) {
            if (here.test(request.block)) {
                forget(request);
                held.set(request.block);
                close(request.block);
            } else {
                giveBack(request);
            }
        }
    }

    /** Takes out all that sources owe, and lets go of what is held: of nobody because it came to nothing, so that does not count. */
    void leaveAll(List<BlockSource<S>> sources) {
        long counted = requeued;
        sources.forEach(source -> leave(source, block -> false));
        for (int block = held.nextSetBit(0); block >= 0; block = held.nextSetBit(block + 1)) {
            release(block);
        }
        requeued = counted;
    }

    /** What was held came to nothing. */
    void release(int block) {
        if (held.get(block)) {
            held.clear(block);
            requeue(block);
        }
    }

    /** A block is there: takes all requests for it out. Returns whose they were. */
    List<S> have(int block) {
        done.set(block);
        held.clear(block);
        missing.clear(block);
        close(block);
        List<S> losers = owing.containsKey(block) ? new ArrayList<>(1) : List.of();
        for (Request<S> request = owing.get(block); request != null; request = owing.get(block)) {
            losers.add(request.source.id);
            forget(request);
        }
        return losers;
    }

    /** A source is not waited for any longer, though what it owes may still come. */
    void abandon(BlockSource<S> source) {
        for (Request<S> request = source.oldest(); request != null; request = request.newer()) {
            if (!request.abandoned) {
                request.abandoned = true;
                underWay--;
                requeue(request.block);
            }
        }
    }

    /** A source is waited for again, for what nobody else was asked for meanwhile. */
    void resume(BlockSource<S> source) {
        for (Request<S> request = source.oldest(); request != null; request = request.newer()) {
            if (request.abandoned && open.get(request.block)) {
                request.abandoned = false;
                underWay++;
                close(request.block);
            }
        }
    }

    /** Opens a block that nobody who is waited for owes. One who had stalled, and is back, may still be on it. */
    private void requeue(int block) {
        if (done.get(block) || held.get(block)) {
            return;
        }
        Request<S> back = null;
        for (Request<S> request = owing.get(block); request != null; request = request.other) {
            if (!request.abandoned) {
                return;
            }
            back = request.source.isStalled() ? back : request;
        }
        requeued++;
        if (back == null) {
            open.set(block);
            openCount++;
        } else {
            back.abandoned = false;
            underWay++;
        }
    }

    BitSet done() {
        return (BitSet) done.clone();
    }

    boolean isDone(int block) {
        return done.get(block);
    }

    int doneCount() {
        return done.cardinality();
    }

    /** How many blocks are there from the first on without a gap. */
    int contiguous() {
        return Math.min(done.nextClearBit(0), blocks);
    }

    /** How many requests are under way, at sources that are waited for. */
    int underWay() {
        return underWay;
    }

    /** How often a block was opened again. */
    long requeued() {
        return requeued;
    }
}
