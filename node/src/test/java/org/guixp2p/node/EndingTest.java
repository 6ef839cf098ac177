// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class EndingTest {
    private static final long PATIENCE_SECONDS = 20;

    private final Deque<AutoCloseable> open = new ArrayDeque<>();
    private final Ending ending = new Ending(open);

    private void await() throws Exception {
        ending.whenEnded().toCompletableFuture().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    @Test
    void whatWasOpenedLastIsClosedFirstAndAFaultHoldsUpNothing() throws Exception {
        List<String> closed = Collections.synchronizedList(new ArrayList<>());
        open.push(() -> closed.add("first"));
        open.push(() -> {
            throw new IOException("it does not close");
        });
        open.push(() -> closed.add("last"));
        assertFalse(ending.whenEnded().toCompletableFuture().isDone());
        ending.now();
        await();
        assertEquals(List.of("last", "first"), closed);
        ending.now();
        assertEquals(List.of("last", "first"), closed);
    }

    @Test
    void theFirstFailureIsTheEnd() {
        IllegalStateException cause = new IllegalStateException("a top actor failed");
        ending.because(cause);
        ending.because(new IllegalStateException("and another because of that"));
        ending.now();
        assertSame(cause, assertThrows(ExecutionException.class, this::await).getCause());
    }

    /** Whoever waits is told in time, though something does not close; and other nodes end meanwhile. */
    @Test
    void nothingHoldsUpTheEndForLong() throws Exception {
        CountDownLatch stuck = new CountDownLatch(1);
        CompletableFuture<String> closing = new CompletableFuture<>();
        CompletableFuture<String> closed = new CompletableFuture<>();
        open.push(() -> closed.complete("closed"));
        open.push(() -> {
            closing.complete("begun");
            stuck.await();
        });
        Thread.ofVirtual().start(ending::now);
        closing.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        new Ending(new ArrayDeque<>(List.of(() -> {}))).now();
        assertFalse(ending.whenEnded().toCompletableFuture().isDone());
        ending.within(Duration.ofMillis(20));
        await();
        assertFalse(closed.isDone());
        stuck.countDown();
        assertEquals("closed", closed.get(PATIENCE_SECONDS, TimeUnit.SECONDS));
    }
}
