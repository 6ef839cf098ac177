// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.stages;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.guixp2p.node.testing.Eventually;
import org.junit.jupiter.api.Test;

class RecentTest {
    private long nanos;
    private final Deque<CompletableFuture<Integer>> begun = new ArrayDeque<>();
    private final Recent<Integer> recent = new Recent<>(() -> {
        begun.add(new CompletableFuture<>());
        return begun.getLast();
    }, Duration.ofNanos(10), () -> nanos);

    @Test
    void itIsFoundOutOnceForAllWhoAskMeanwhileAndForAWhileAfter() {
        CompletionStage<Integer> first = recent.get();
        nanos = 1000;
        CompletionStage<Integer> second = recent.get();
        assertEquals(1, begun.size());
        assertFalse(second.toCompletableFuture().isDone());
        begun.getLast().complete(7);
        nanos = 1009;
        CompletionStage<Integer> third = recent.get();
        assertEquals(1, begun.size());
        assertEquals(21, Eventually.get(first) + Eventually.get(second) + Eventually.get(third));
        nanos = 1010;
        CompletionStage<Integer> fourth = recent.get();
        assertEquals(2, begun.size());
        begun.getLast().complete(8);
        assertEquals(8, Eventually.get(fourth));
    }

    @Test
    void whatFailedIsTriedAgain() {
        CompletionStage<Integer> first = recent.get();
        begun.getLast().completeExceptionally(new IllegalStateException("no"));
        assertThrows(CompletionException.class, () -> Eventually.get(first));
        CompletionStage<Integer> second = recent.get();
        begun.getLast().complete(3);
        assertEquals(3, Eventually.get(second));
    }

    /** One of those who ask cannot end it for the others. */
    @Test
    void nobodyCompletesItForOthers() {
        CompletionStage<Integer> mine = recent.get();
        mine.toCompletableFuture().complete(99);
        CompletionStage<Integer> other = recent.get();
        begun.getLast().complete(1);
        assertEquals(1, Eventually.get(other));
    }
}
