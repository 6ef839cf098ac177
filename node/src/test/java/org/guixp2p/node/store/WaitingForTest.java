// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.junit.jupiter.api.Test;

class WaitingForTest {
    private final WaitingFor waiting = new WaitingFor();

    private static NarHash nar(int i) {
        return new NarHash(Sha256.hash(("nar " + i).getBytes(StandardCharsets.US_ASCII)));
    }

    private List<CompletableFuture<Boolean>> full() {
        List<CompletableFuture<Boolean>> answers = new ArrayList<>();
        for (int i = 0; i < WaitingFor.MOST; i++) {
            answers.add(new CompletableFuture<>());
            assertTrue(waiting.isFirst(nar(i), answers.getLast(), false));
        }
        return answers;
    }

    @Test
    void oneTooManyGetsNoAnswerUnlessItNeedNotBeHashed() {
        full();
        CompletableFuture<Boolean> late = new CompletableFuture<>();
        assertFalse(waiting.isFirst(nar(-1), late, false));
        assertTrue(late.isCompletedExceptionally());
        CompletableFuture<Boolean> soon = new CompletableFuture<>();
        assertTrue(waiting.isFirst(nar(-2), soon, true));
        waiting.answer(nar(-2), true);
        assertEquals(true, soon.join());
    }

    @Test
    void whoeverHasGoneTakesNoRoomAndIsNotWaitedFor() {
        List<CompletableFuture<Boolean>> answers = full();
        answers.get(3).completeExceptionally(new TimeoutException());
        answers.get(4).completeExceptionally(new TimeoutException());
        assertFalse(waiting.isWaiting(nar(3)));
        assertTrue(waiting.isWaiting(nar(5)));
        assertTrue(waiting.isFirst(nar(-1), new CompletableFuture<>(), false));
        assertTrue(waiting.isFirst(nar(-2), new CompletableFuture<>(), false));
        assertFalse(waiting.isFirst(nar(-3), new CompletableFuture<>(), false));
    }
}
