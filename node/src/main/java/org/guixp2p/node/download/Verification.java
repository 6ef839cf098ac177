// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.guixp2p.protocol.FormatException;

/**
 * Verifies a NAR in order as its blocks join up, off the dispatcher: what comes of it is told to the {@link Download} as
 * {@link Advanced} or {@link AdvanceFailed}. Part of that actor, on its thread.
 */
final class Verification {
    /** Blocks that are hashed and parsed in one go, so that readers get on while a large gap is being closed. */
    private static final int STEP = 16;

    /** The NAR is right up to a block, exclusive. */
    record Advanced(int attempt, int to) implements Download.Command {}

    /**
     * It could not be verified further.
     *
     * @param wrongBytes whether that is the NAR's fault, and not this machine's
     */
    record AdvanceFailed(int attempt, boolean wrongBytes, String reason) implements Download.Command {}

    private final ActorContext<Download.Command> context;
    private final Executor disk;

    Verification(ActorContext<Download.Command> context, Executor disk) {
        this.context = context;
        this.disk = disk;
    }

    /** Goes on, if there is something to verify and it is not at it. */
    void advance(Attempt attempt) {
        if (!attempt.beginAdvance()) {
            return;
        }
        int from = attempt.verified();
        int to = Math.min(attempt.scheduler().contiguous(), from + STEP);
        context.pipeToSelf(CompletableFuture.supplyAsync(() -> verify(attempt, from, to), disk),
                (outcome, crash) -> crash == null
                        ? outcome
                        : new AdvanceFailed(attempt.number(), false, String.valueOf(crash.getMessage())));
    }

    private static Download.Command verify(Attempt attempt, int from, int to) {
        try {
            attempt.verifier().advance(from, to);
            return new Advanced(attempt.number(), to);
        } catch (FormatException e) {
            return new AdvanceFailed(attempt.number(), true, String.valueOf(e.getMessage()));
        } catch (IOException e) {
            return new AdvanceFailed(attempt.number(), false,
                    "cannot read the partial NAR: " + e.getMessage());
        }
    }
}
