// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.metadata;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.guixp2p.persistence.mirrors.Mirrors;
import org.guixp2p.persistence.mirrors.Mirrors.Use;
import org.guixp2p.persistence.narinfo.ServerUrl;

/**
 * Whether a server is asked for a narinfo now. One that answers is, always. One that was out of reach is left alone for as long as {@link Mirrors}
 * says; when all others of a question were out as well, for half a minute only. Then one question finds out whether it is back, and all others wait
 * for what comes of that: those who have others to ask as long as one that is back needs, so that a dead one costs one timeout and not one an
 * item. Safe for several threads.
 */
final class Probes {
    /** Where nobody else can answer, a server is asked again after this long. */
    static final Duration ALONE = Duration.ofSeconds(30);

    /** Whoever has others to ask waits so long for one that was out of reach. */
    static final Duration PATIENCE = Duration.ofSeconds(2);

    private final Mirrors mirrors;
    private final InstantSource clock;
    private final Metadata.Timer timer;
    private final Map<ServerUrl, CompletableFuture<Void>> underWay = new ConcurrentHashMap<>();

    Probes(Mirrors mirrors, InstantSource clock, Metadata.Timer timer) {
        this.mirrors = mirrors;
        this.clock = clock;
        this.timer = timer;
    }

    /**
     * Asks, or says until when not to.
     *
     * @param all who are asked the same
     * @param ask ends when {@link Mirrors} knows what came of it
     * @param leave what the answer is while the server is left alone, until then
     */
    <T> CompletionStage<T> ask(ServerUrl server, Collection<ServerUrl> all, Supplier<CompletionStage<T>> ask,
            Leave<T> leave) {
        Optional<Instant> failed = mirrors.lookupFailed(server);
        if (failed.isEmpty()) {
            return ask.get();
        }
        Optional<Instant> until = leftAlone(server, all, failed.get());
        if (until.isPresent()) {
            return CompletableFuture.completedFuture(leave.until(until.get()));
        }
        CompletionStage<T> answer = tried(server, all, ask, leave);
        return isAlone(server, all) ? answer : withinPatience(answer, leave);
    }

    private <T> CompletionStage<T> tried(ServerUrl server, Collection<ServerUrl> all, Supplier<CompletionStage<T>> ask,
            Leave<T> leave) {
        CompletableFuture<Void> mine = new CompletableFuture<>();
        CompletableFuture<Void> other = underWay.putIfAbsent(server, mine);
        if (other != null) {
            return other.thenCompose(done -> ask(server, all, ask, leave));
        }
        return ask.get().whenComplete((answer, failure) -> {
            underWay.remove(server, mine);
            mine.complete(null);
        });
    }

    private <T> CompletionStage<T> withinPatience(CompletionStage<T> answer, Leave<T> leave) {
        CompletableFuture<T> first = new CompletableFuture<>();
        answer.whenComplete((told, failure) -> {
            if (failure == null) {
                first.complete(told);
            } else {
                first.completeExceptionally(failure);
            }
        });
        timer.after(PATIENCE, () -> {
            if (!first.isDone()) {
                first.complete(leave.until(clock.instant().plus(ALONE)));
            }
        });
        return first;
    }

    /** Whether nobody else is known to answer: one that may be back, which nobody has found out so far, is not. */
    private boolean isAlone(ServerUrl server, Collection<ServerUrl> all) {
        return all.stream().allMatch(other -> other.equals(server) || mirrors.lookupFailed(other).isPresent());
    }

    /** What becomes of a question that is not asked. */
    interface Leave<T> {
        T until(Instant again);
    }

    private Optional<Instant> leftAlone(ServerUrl server, Collection<ServerUrl> all, Instant failed) {
        Instant now = clock.instant();
        if (!mirrors.isOut(server, Use.LOOKUPS)) {
            return Optional.empty();
        }
        Instant until = isAlone(server, all) ? failed.plus(ALONE) : mirrors.outUntil(server, Use.LOOKUPS);
        // One that lies further ahead is from before the clock was set back.
        return now.isBefore(until) && !failed.isAfter(now) ? Optional.of(until) : Optional.empty();
    }
}
