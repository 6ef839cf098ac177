// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.http;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import org.apache.pekko.actor.Cancellable;
import org.apache.pekko.actor.typed.ActorSystem;
import org.guixp2p.persistence.mirrors.Mirrors;
import org.guixp2p.protocol.item.NarSize;
import org.jspecify.annotations.Nullable;

/**
 * One NAR of two servers: the first is asked, and the second one too when the first byte is later than it should be. Whoever answers first
 * sends it, and the other one is hung up on. Safe for several threads.
 */
final class Hedge {
    /** So many times what was expected is late. */
    private static final int LATE = 3;
    private static final Duration SHORTEST = Duration.ofMillis(250);
    /** What is late where nothing was measured, and in any case. */
    private static final Duration LONGEST = Duration.ofSeconds(3);
    private static final long NANOS_A_MICRO = 1000;

    private final HttpNarSource source;
    private final Mirrors mirrors;
    private final NarOffer offer;
    private final NarOffer spare;
    private final NarSize size;
    private final GoingOn goingOn;
    private final Runnable joined;
    private final CompletableFuture<NarAnswer> answer = new CompletableFuture<>();
    private final List<CompletableFuture<NarAnswer>> asked = new ArrayList<>();
    private final List<NarAnswer.Attempt> failed = new ArrayList<>();
    private @Nullable Cancellable timer;
    private volatile @Nullable Question question;
    private volatile boolean firstFailed;
    private boolean both;
    private int open = 1;

    /**
     * What was asked of the first one.
     *
     * @param connection says whether there is one
     */
    private record Question(Instant begun, long nanos, Duration patience, BooleanSupplier connection) {}

    /** @param joined run when the second one is asked */
    Hedge(HttpNarSource source, Mirrors mirrors, NarOffer offer, NarOffer spare, NarSize size, GoingOn goingOn,
            Runnable joined) {
        this.source = source;
        this.mirrors = mirrors;
        this.offer = offer;
        this.spare = spare;
        this.size = size;
        this.goingOn = goingOn;
        this.joined = joined;
    }

    /** How long the first byte of an offer may take before another server is asked too. */
    static Duration patience(Mirrors mirrors, NarOffer offer, NarSize size) {
        return mirrors.firstByteMicros(offer.server(), NarRanking.fileBytes(offer, size)).stream()
                .mapToObj(micros -> Duration.ofNanos(micros * NANOS_A_MICRO * LATE))
                .map(late -> late.compareTo(SHORTEST) < 0 ? SHORTEST : late)
                .filter(late -> late.compareTo(LONGEST) < 0).findFirst().orElse(LONGEST);
    }

    /** As {@link HttpNarSource#open(NarOffer, NarSize)}. */
    CompletableFuture<NarAnswer> begin(ActorSystem<?> system) {
        var _ = answer.whenComplete((got, failure) -> over());
        ask(offer, new HttpNarSource.Progress() {
            @Override
            public void waits() {
                waitsForATurn(system);
            }

            @Override
            public void asked(BooleanSupplier connection) {
                canBeLate(system, connection);
            }
        });
        return answer;
    }

    /** Whoever calls it has counted it as open. */
    private void ask(NarOffer one, HttpNarSource.Progress progress) {
        CompletableFuture<NarAnswer> asking = source.open(one, size, goingOn, progress);
        synchronized (this) {
            asked.add(asking);
        }
        if (answer.isDone()) {
            asking.cancel(false);
        }
        var _ = asking.thenAccept(got -> {
            if (got instanceof NarAnswer.Opened opened) {
                win(opened);
            } else if (got instanceof NarAnswer.Unavailable none) {
                lose(none);
            }
        });
    }

    /** Other NARs have the connections to the first one's server, perhaps for long: that is not its fault. */
    private synchronized void waitsForATurn(ActorSystem<?> system) {
        if (timer == null && !answer.isDone()) {
            timer = system.scheduler().scheduleOnce(LONGEST, this::join, system.executionContext());
        }
    }

    /** The first one's question is written: from now on it can be late. */
    private void canBeLate(ActorSystem<?> system, BooleanSupplier connection) {
        Duration patience = patience(mirrors, offer, size);
        synchronized (this) {
            if (question != null || answer.isDone()) {
                return;
            }
            question = new Question(mirrors.now(), System.nanoTime(), patience, connection);
            if (timer != null) {
                timer.cancel();
            }
            timer = system.scheduler().scheduleOnce(patience, this::join, system.executionContext());
        }
    }

    private void join() {
        synchronized (this) {
            if (both || answer.isDone() || open == 0) {
                return;
            }
            both = true;
            open++;
        }
        joined.run();
        ask(spare, HttpNarSource.Progress.UNWATCHED);
    }

    private void win(NarAnswer.Opened opened) {
        // Asked before it is hung up on.
        Question first = question;
        boolean connected = first != null && first.connection().getAsBoolean();
        if (!answer.complete(opened)) {
            opened.discard();
        } else if (first != null && !opened.offer().equals(offer) && !firstFailed) {
            Duration after = Duration.ofNanos(System.nanoTime() - first.nanos());
            if (after.compareTo(first.patience()) >= 0) {
                mirrors.late(offer.server(), NarRanking.fileBytes(offer, size), after, connected, first.begun());
            }
        }
    }

    private void lose(NarAnswer.Unavailable none) {
        List<NarAnswer.Attempt> all;
        synchronized (this) {
            failed.addAll(none.attempts());
            if (none.attempts().stream().anyMatch(attempt -> attempt.offer().equals(offer))) {
                firstFailed = true;
            }
            open--;
            all = open == 0 ? List.copyOf(failed) : List.of();
        }
        if (!all.isEmpty()) {
            answer.complete(new NarAnswer.Unavailable(all));
        }
    }

    /** Somebody sends it, or nobody does, or nobody wants it any more. */
    private void over() {
        List<CompletableFuture<NarAnswer>> all;
        synchronized (this) {
            if (timer != null) {
                timer.cancel();
            }
            all = List.copyOf(asked);
        }
        // Those that have come are not touched by it.
        all.forEach(each -> each.cancel(false));
    }
}
