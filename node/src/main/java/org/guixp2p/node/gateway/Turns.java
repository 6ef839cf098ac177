// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.gateway;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.NotUsed;
import org.apache.pekko.stream.javadsl.Source;
import org.apache.pekko.util.ByteString;

/** Lets so many NARs be read at a time; the others wait, whoever came first being first. Safe for several threads. */
public final class Turns {
    private final Deque<Turn> waiting = new ArrayDeque<>();
    private int free;

    /** That of one NAR. */
    static final class Turn {
        private final CompletableFuture<Boolean> come = new CompletableFuture<>();
        private boolean over;

        /** Ends when it has come, or is waited for no more. */
        CompletionStage<Boolean> whenCome() {
            return come;
        }
    }

    /** @param places at least 1 */
    public Turns(int places) {
        this.free = Math.max(1, places);
    }

    /** {@code bytes} when it is its turn. It takes a place when somebody reads it, and gives it back when nobody does any more. */
    public Source<ByteString, NotUsed> inTurn(Source<ByteString, NotUsed> bytes) {
        return Source.lazySource(() -> {
            Turn turn = take();
            return Source.completionStageSource(turn.come.thenApply(go -> bytes)).watchTermination((later, done) -> {
                done.whenComplete((ok, failure) -> giveBack(turn));
                return NotUsed.getInstance();
            });
        }).mapMaterializedValue(later -> NotUsed.getInstance());
    }

    /** Takes a place, or waits for one; to be given back in any case. */
    synchronized Turn take() {
        Turn turn = new Turn();
        if (free > 0) {
            free--;
            turn.come.complete(true);
        } else {
            waiting.add(turn);
        }
        return turn;
    }

    /** Waits no more, if it does still: then there is nothing to give back. */
    void leave(Turn turn) {
        synchronized (this) {
            if (!waiting.remove(turn)) {
                return;
            }
            turn.over = true;
        }
        turn.come.complete(false);
    }

    /** Gives a place back, once, or waits no more. */
    void giveBack(Turn turn) {
        Turn next;
        synchronized (this) {
            if (turn.over) {
                return;
            }
            turn.over = true;
            if (waiting.remove(turn)) {
                return;
            }
            next = waiting.poll();
            if (next == null) {
                free++;
                return;
            }
        }
        next.come.complete(true);
    }
}
