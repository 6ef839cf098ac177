// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.metadata;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.guixp2p.persistence.mirrors.Mirrors;
import org.guixp2p.persistence.mirrors.Mirrors.Use;
import org.guixp2p.persistence.narinfo.ServerUrl;

/**
 * Whether a server is asked for a narinfo now. One that answers is, always. One that was out of reach is left alone for as long as {@link Mirrors}
 * says; when all others of a question were out as well, for half a minute only. Whether it is back is found out by a probe, for which nobody waits
 * who has others to ask: so it costs one timeout, and not one an item. Where nobody else can answer, one question finds it out, and all
 * others wait for what comes of that. Safe for several threads.
 */
final class Probes {
    /** Where nobody else can answer, a server is asked again after this long. */
    static final Duration ALONE = Duration.ofSeconds(30);
    /** So long before a server may be asked again its probe begins: a question that came between them would be one. */
    static final Duration BEFORE = Duration.ofSeconds(1);
    /** As many as servers that {@link Mirrors} knows; whoever names more of them has them asked as questions come. */
    private static final int MOST_WATCHED = 64;

    private final Mirrors mirrors;
    private final InstantSource clock;
    private final Metadata.Timer timer;
    private final Probe probe;
    private final Map<ServerUrl, Asked> underWay = new ConcurrentHashMap<>();
    private final Set<ServerUrl> watched = ConcurrentHashMap.newKeySet();

    /** Asks a server for something that each has. */
    interface Probe {
        /**
         * Ends when {@link Mirrors} knows what came of it.
         *
         * @param begun when it counts as asked
         */
        CompletionStage<?> of(ServerUrl server, Instant begun);
    }

    /** @param unasked whether nobody waits for it */
    private record Asked(CompletableFuture<Void> done, boolean unasked) {}

    Probes(Mirrors mirrors, InstantSource clock, Metadata.Timer timer, Probe probe) {
        this.mirrors = mirrors;
        this.clock = clock;
        this.timer = timer;
        this.probe = probe;
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
        Asked mine = new Asked(new CompletableFuture<>(), false);
        Asked other = underWay.putIfAbsent(server, mine);
        if (other != null && other.unasked() && !isAlone(server, all)) {
            return CompletableFuture.completedFuture(leave.until(clock.instant().plus(ALONE)));
        }
        if (other != null) {
            return other.done().thenCompose(done -> ask(server, all, ask, leave));
        }
        return ask.get().whenComplete((answer, failure) -> over(server, mine));
    }

    private void over(ServerUrl server, Asked mine) {
        underWay.remove(server, mine);
        mine.done().complete(null);
    }

    /** A lookup of a server's failed: from now on probes find out whether it is back. */
    void watch(ServerUrl server) {
        if (watched.size() < MOST_WATCHED && watched.add(server)) {
            probeLater(server);
        }
    }

    private void probeLater(ServerUrl server) {
        Duration left = Duration.between(clock.instant(), mirrors.outUntil(server, Use.LOOKUPS)).minus(BEFORE);
        // It may not be out: what failed was this machine's own fault, or does not count.
        timer.after(left.isPositive() ? left : ALONE, () -> probe(server));
    }

    private void probe(ServerUrl server) {
        if (mirrors.lookupFailed(server).isEmpty()) {
            watched.remove(server);
            return;
        }
        Instant until = mirrors.outUntil(server, Use.LOOKUPS);
        Instant now = clock.instant();
        Asked mine = new Asked(new CompletableFuture<>(), true);
        // Somebody may have asked meanwhile, and it may be out for longer.
        if (until.isAfter(now.plus(BEFORE)) || underWay.putIfAbsent(server, mine) != null) {
            probeLater(server);
            return;
        }
        var _ = probe.of(server, until.isAfter(now) ? until : now).whenComplete((answer, failure) -> {
            over(server, mine);
            probeLater(server);
        });
    }

    private boolean isAlone(ServerUrl server, Collection<ServerUrl> all) {
        return all.stream().allMatch(other -> other.equals(server) || mirrors.isOut(other, Use.LOOKUPS));
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
