// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.gateway;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;

/**
 * Places for NARs that take memory as long as they are sent. One client has at most half of them, so that no slow one keeps all
 * others waiting. Of those who wait, the first whose client may have one more comes next. Safe for several threads.
 */
final class Turns {
    private final Duration within;
    private final int ofClient;
    private final Map<Object, Integer> taken = new HashMap<>();
    private final Deque<Turn> waiting = new ArrayDeque<>();
    private int free;

    /** That of one NAR. */
    static final class Turn {
        private final Object client;
        private final CompletableFuture<Boolean> come = new CompletableFuture<>();
        private boolean hasPlace;

        private Turn(Object client) {
            this.client = client;
        }

        /** Whether there was a place in time; false, too, when it is waited for no more. */
        CompletionStage<Boolean> whenCome() {
            return come;
        }
    }

    /**
     * @param places at least 1
     * @param within whoever has none by then gets none
     */
    Turns(int places, Duration within) {
        this.within = within;
        this.free = Math.max(1, places);
        this.ofClient = Math.max(1, free / 2);
    }

    /** Takes a place, or waits for one; to be given back in any case. */
    Turn take(Object client) {
        Turn turn = new Turn(client);
        synchronized (this) {
            waiting.add(turn);
        }
        next();
        var _ = turn.come.completeOnTimeout(false, within.toMillis(), TimeUnit.MILLISECONDS)
                .thenRun(() -> leave(turn));
        return turn;
    }

    /** Waits no more, if it does still: then there is nothing to give back. */
    void leave(Turn turn) {
        synchronized (this) {
            if (!waiting.remove(turn)) {
                return;
            }
        }
        turn.come.complete(false);
    }

    /** Gives a place back, once, or waits no more. */
    void giveBack(Turn turn) {
        leave(turn);
        synchronized (this) {
            if (!turn.hasPlace) {
                return;
            }
            turn.hasPlace = false;
            free++;
            taken.computeIfPresent(turn.client, (client, places) -> places > 1 ? places - 1 : null);
        }
        next();
    }

    private void next() {
        List<Turn> come = new ArrayList<>();
        synchronized (this) {
            for (Iterator<Turn> all = waiting.iterator(); free > 0 && all.hasNext();) {
                Turn turn = all.next();
                if (taken.getOrDefault(turn.client, 0) < ofClient) {
                    all.remove();
                    free--;
                    taken.merge(turn.client, 1, Integer::sum);
                    turn.hasPlace = true;
                    come.add(turn);
                }
            }
        }
        // Its time may have been over just before.
        come.stream().filter(turn -> !turn.come.complete(true)).forEach(this::giveBack);
    }
}
