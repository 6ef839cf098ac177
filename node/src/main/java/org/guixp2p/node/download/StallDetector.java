// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import java.util.ArrayList;
import java.util.List;
import org.guixp2p.node.download.BlockSource.Request;

/**
 * Notices which sources keep others waiting. One that has sent nothing for too long is not waited for: what it owes goes back,
 * though it may still come. Part of a {@link BlockScheduler}.
 *
 * @param <S> what names a source
 */
final class StallDetector<S> {
    private final List<BlockSource<S>> sources;
    private final BlockLedger<S> ledger;
    private final List<BlockScheduler.Slow<S>> slow = new ArrayList<>();
    private long watchedNanos = -1;
    private long delivered;

    /** @param sources as they come and go */
    StallDetector(List<BlockSource<S>> sources, BlockLedger<S> ledger) {
        this.sources = sources;
        this.ledger = ledger;
    }

    /** Looks who has stalled by now. */
    void watch(long now) {
        if (now == watchedNanos) {
            return;
        }
        watchedNanos = now;
        for (BlockSource<S> source : sources) {
            if (now >= source.stallsAt()
                    && (source.othersGoOn(delivered, sources.size()) || anotherIsIdle(source, now))) {
                source.stall(now);
                slow.add(new BlockScheduler.Slow<>(source.id, true));
                ledger.abandon(source);
            }
        }
    }

    private boolean anotherIsIdle(BlockSource<S> source, long now) {
        for (BlockSource<S> other : sources) {
            if (other != source && other.owed() == 0 && other.mayOwe(now)) {
                return true;
            }
        }
        return false;
    }

    /** When it was looked last; 0 before. */
    long watchedNanos() {
        return Math.max(0, watchedNanos);
    }

    /** Something came from a source: if it had stalled, it is on with what nobody else was asked for meanwhile. */
    void heard(BlockSource<S> source, long now) {
        boolean back = source.isStalled();
        source.heard(now);
        if (back) {
            ledger.resume(source);
        }
    }

    /** A block came: those who still owe it may be late. */
    void delivered(int block, long now) {
        delivered++;
        for (Request<S> request = ledger.owing(block); request != null; request = request.other) {
            if (!request.abandoned && now > request.lateAt()) {
                slow.add(new BlockScheduler.Slow<>(request.source.id, false));
            }
        }
    }

    /** Blocks that came so far, from all. */
    long delivered() {
        return delivered;
    }

    /** Those that were slow since this was asked last. */
    List<BlockScheduler.Slow<S>> takeSlow() {
        List<BlockScheduler.Slow<S>> taken = List.copyOf(slow);
        slow.clear();
        return taken;
    }

    /** When a source that has sent nothing is late, or has stalled, or may be asked again; the longest there is if never. */
    long nextChange(long now) {
        long at = Long.MAX_VALUE;
        for (BlockSource<S> source : sources) {
            long stalls = source.stallsAt();
            at = Math.min(at, Math.min(stalls > now ? stalls : Long.MAX_VALUE, source.freeAt(now)));
            Request<S> request = source.oldest();
            while (request != null && now > request.lateAt()) {
                request = request.newer();
            }
            if (request != null) {
                at = Math.min(at, request.lateAt() + 1);
            }
        }
        return at;
    }
}
