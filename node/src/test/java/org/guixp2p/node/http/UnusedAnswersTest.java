// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.util.ByteString;
import org.junit.jupiter.api.Test;

/** When a connection may read on. */
class UnusedAnswersTest {
    private final List<LaneRequest.Result> passed = new ArrayList<>();
    private final UnusedAnswers unused = new UnusedAnswers(1000);

    private boolean mayReadOnAfter(int bytes) {
        return isDone(pass(bytes));
    }

    private CompletionStage<?> pass(int bytes) {
        return unused.pass(new LaneRequest.Result(new Reply.Answer(200, ByteString.fromArray(new byte[bytes]),
                OptionalLong.empty()), Optional.empty()), passed::add);
    }

    private static boolean isDone(CompletionStage<?> stage) {
        return stage.toCompletableFuture().isDone();
    }

    @Test
    void smallAnswersDoNotWaitForOneAnother() {
        for (int i = 0; i < 50; i++) {
            assertTrue(mayReadOnAfter(10));
        }
        assertFalse(mayReadOnAfter(1));
    }

    @Test
    void whatIsUsedMakesRoom() {
        assertTrue(mayReadOnAfter(400));
        CompletionStage<?> next = pass(900);
        assertFalse(isDone(next));
        passed.getFirst().used().run();
        assertFalse(isDone(next));
        // What is used twice counts once.
        passed.getFirst().used().run();
        assertFalse(isDone(next));
        passed.getLast().used().run();
        assertTrue(isDone(next));
        assertTrue(mayReadOnAfter(500));
        assertFalse(mayReadOnAfter(1));
    }

    @Test
    void whatIsUsedAtOnceTakesNoRoom() {
        for (int i = 0; i < 10; i++) {
            assertTrue(isDone(unused.pass(new LaneRequest.Result(new Reply.Answer(200,
                    ByteString.fromArray(new byte[1000]), OptionalLong.empty()), Optional.empty()),
                    result -> result.used().run())));
        }
        assertEquals(List.of(), passed);
    }

    @Test
    void aFaultTakesNoRoom() {
        assertTrue(mayReadOnAfter(500));
        assertTrue(isDone(unused.pass(LaneRequest.Result.failed(new HttpFault.Stopped()), passed::add)));
    }
}
