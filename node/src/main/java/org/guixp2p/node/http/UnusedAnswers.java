// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.http;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.apache.pekko.Done;

/**
 * The answers of one connection that nobody has used yet: the connection reads on when they are few enough. One whose
 * connection ended is nobody's any more, so one that is never used holds up nothing else. Safe for several threads.
 */
final class UnusedAnswers {
    private final long mostBytes;
    private long bytes;
    private CompletableFuture<Done> room = CompletableFuture.completedFuture(Done.getInstance());

    UnusedAnswers(long mostBytes) {
        this.mostBytes = mostBytes;
    }

    /** Passes an answer on; completes when there is room for the next one, which is not to come before. */
    CompletionStage<Done> pass(LaneRequest.Result result, Consumer<LaneRequest.Result> answers) {
        long size = result.reply() instanceof Reply.Answer answer ? answer.body().size() : 0;
        CompletionStage<Done> next = add(size);
        AtomicBoolean used = new AtomicBoolean();
        answers.accept(new LaneRequest.Result(result.reply(), result.location(), () -> {
            if (used.compareAndSet(false, true)) {
                remove(size);
            }
        }));
        return next;
    }

    private synchronized CompletionStage<Done> add(long size) {
        bytes += size;
        // Half: with the next answer, which is as long as it may be at most, it is the bound and a half.
        if (bytes > mostBytes / 2 && room.isDone()) {
            room = new CompletableFuture<>();
        }
        return room;
    }

    private synchronized void remove(long size) {
        bytes -= size;
        if (bytes <= mostBytes / 2) {
            room.complete(Done.getInstance());
        }
    }
}
