// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.guixp2p.node.stages.Stages;

/** Has so many works under way at a time; others wait for their turn, whoever comes first first. Safe for several threads. */
final class Throttle {
    private final Deque<Runnable> waiting = new ArrayDeque<>();
    private int free;

    /** @param atOnce how many works, at least 1 */
    Throttle(int atOnce) {
        this.free = atOnce;
    }

    /** Begins a work now or later; completes as it does. */
    <T> CompletionStage<T> take(Supplier<CompletionStage<T>> work) {
        CompletableFuture<T> done = new CompletableFuture<>();
        Runnable turn = () -> Stages.into(Stages.begin(work).whenComplete((value, failure) -> next()), done);
        synchronized (this) {
            if (free == 0) {
                waiting.add(turn);
                return done;
            }
            free--;
        }
        turn.run();
        return done;
    }

    private void next() {
        Runnable turn;
        synchronized (this) {
            turn = waiting.poll();
            if (turn == null) {
                free++;
                return;
            }
        }
        turn.run();
    }
}
