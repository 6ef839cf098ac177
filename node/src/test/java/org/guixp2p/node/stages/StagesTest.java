// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.stages;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;

class StagesTest {
    private static Throwable failure(CompletionStage<?> stage) {
        return Objects.requireNonNull(
                assertThrows(CompletionException.class, stage.toCompletableFuture()::join).getCause());
    }

    @Test
    void aWorkEndsAsItsStageDoes() {
        CompletableFuture<String> work = new CompletableFuture<>();
        assertSame(work, Stages.begin(() -> work));
    }

    @Test
    void aWorkThatThrowsHasFailed() {
        IllegalStateException thrown = new IllegalStateException("no");
        assertSame(thrown, failure(Stages.begin(() -> {
            throw thrown;
        })));
    }

    @Test
    void howAWorkEndsIsPassedOn() {
        CompletableFuture<String> work = new CompletableFuture<>();
        CompletableFuture<String> end = new CompletableFuture<>();
        Stages.into(work, end);
        assertFalse(end.isDone());
        work.complete("done");
        assertEquals("done", end.join());
        IOException broken = new IOException("broken");
        CompletableFuture<String> fails = new CompletableFuture<>();
        Stages.into(CompletableFuture.failedFuture(broken), fails);
        assertSame(broken, failure(fails));
    }

    @Test
    void theCauseIsWhatWasThrown() {
        IOException why = new IOException("why");
        assertSame(why, Stages.cause(why));
        assertSame(why, Stages.cause(new CompletionException(new UncheckedIOException(why))));
        CompletionException alone = new CompletionException("alone", null);
        assertSame(alone, Stages.cause(alone));
    }
}
