// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.stream.IntStream;
import org.guixp2p.node.testing.Eventually;
import org.junit.jupiter.api.Test;

class ThrottleTest {
    private final Throttle throttle = new Throttle(2);
    private final List<Integer> begun = new ArrayList<>();
    private final List<CompletableFuture<Integer>> works = IntStream.range(0, 5)
            .mapToObj(i -> new CompletableFuture<Integer>()).toList();

    private CompletionStage<Integer> take(int work) {
        return throttle.take(() -> {
            begun.add(work);
            return works.get(work);
        });
    }

    @Test
    void whoeverComesFirstIsFirstAndNoMoreThanSoManyAtATime() {
        List<CompletionStage<Integer>> answers = IntStream.range(0, 5).mapToObj(this::take).toList();
        assertEquals(List.of(0, 1), begun);
        works.get(1).complete(11);
        assertEquals(List.of(0, 1, 2), begun);
        works.get(0).complete(10);
        works.get(3).complete(13);
        assertEquals(List.of(0, 1, 2, 3, 4), begun);
        works.get(2).complete(12);
        works.get(4).complete(14);
        for (int i = 0; i < 5; i++) {
            assertEquals(10 + i, Eventually.get(answers.get(i)));
        }
    }

    @Test
    void aFailureEndsATurnToo() {
        CompletionStage<Integer> thrown = throttle.take(() -> {
            throw new IllegalStateException("at once");
        });
        assertThrows(CompletionException.class, () -> Eventually.get(thrown));
        List<CompletionStage<Integer>> answers = IntStream.range(0, 4).mapToObj(this::take).toList();
        works.get(0).completeExceptionally(new IllegalStateException("later"));
        works.get(1).completeExceptionally(new IllegalStateException("later"));
        assertEquals(List.of(0, 1, 2, 3), begun);
        assertThrows(CompletionException.class, () -> Eventually.get(answers.get(0)));
        works.get(2).complete(1);
        works.get(3).complete(1);
        take(4);
        assertEquals(List.of(0, 1, 2, 3, 4), begun);
    }
}
