// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.http;

import java.net.URI;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** One request on its way through a {@link Lane}; only the lane's thread touches it until its result is there. */
final class LaneRequest {
    private final URI uri;
    private final Urgency urgency;
    private final CompletableFuture<Result> result = new CompletableFuture<>();
    private int attempts;

    /**
     * An answer before redirections are followed, or a fault.
     *
     * @param used to be called when the answer need not be held any longer
     */
    record Result(Reply reply, Optional<String> location, Runnable used) {
        Result(Reply reply, Optional<String> location) {
            this(reply, location, () -> {});
        }

        static Result failed(HttpFault fault) {
            return new Result(new Reply.Failed(fault), Optional.empty());
        }
    }

    LaneRequest(URI uri, Urgency urgency) {
        this.uri = uri;
        this.urgency = urgency;
    }

    URI uri() {
        return uri;
    }

    /** Whether somebody waits for it; may change from no to yes at any time. */
    boolean isAsked() {
        return urgency.isAsked();
    }

    /** Calls {@code listener} when somebody comes to wait for it, until it has its result. */
    void onRaise(Runnable listener) {
        urgency.onRaise(listener);
        var _ = result.whenComplete((outcome, failure) -> urgency.forget(listener));
    }

    CompletionStage<Result> result() {
        return result;
    }

    void complete(Result outcome) {
        result.complete(outcome);
    }

    /** Counts a connection that ended while this request was the one to be answered next. */
    int countAttempt() {
        return ++attempts;
    }
}
