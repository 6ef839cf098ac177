// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.metadata;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.guixp2p.node.http.HttpFault;
import org.guixp2p.node.http.PipelinedClient;
import org.guixp2p.node.http.Reply;
import org.guixp2p.node.http.Urgency;
import org.guixp2p.persistence.mirrors.Mirrors;
import org.guixp2p.persistence.narinfo.CacheTimes;
import org.guixp2p.persistence.narinfo.CachedAnswer;
import org.guixp2p.persistence.narinfo.NarinfoCache;
import org.guixp2p.persistence.narinfo.ServerUrl;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.narinfo.Narinfo;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Narinfos as servers give them, unverified: from the cache while they hold, else by HTTP. Safe for several threads. */
final class ServerAnswers {
    private static final Logger LOG = LoggerFactory.getLogger(ServerAnswers.class);
    /** Longest signature with the lines below it, which anybody can add to what somebody else has signed. */
    private static final int MOST_UNSIGNED = 8 * 1024;

    private final PipelinedClient client;
    private final NarinfoCache cache;
    private final Executor blocking;
    private final InstantSource clock;
    private final Mirrors mirrors;
    private final Probes probes;

    /**
     * What a server says.
     *
     * @param narinfo none when it has none, or cannot be asked
     * @param expires when it is to be asked again
     * @param spoke whether it could be asked, now or before
     * @param isFresh whether it says so still, as far as is known: it is not out, nor ill
     */
    record ServerAnswer(Optional<Narinfo> narinfo, Instant expires, boolean spoke, boolean isFresh) {
        /** What one that spoke says is fresh. */
        ServerAnswer(Optional<Narinfo> narinfo, Instant expires, boolean spoke) {
            this(narinfo, expires, spoke, spoke);
        }
    }

    ServerAnswers(PipelinedClient client, NarinfoCache cache, Executor blocking, InstantSource clock,
            Metadata.Timer timer, Mirrors mirrors) {
        this.client = client;
        this.cache = cache;
        this.blocking = blocking;
        this.clock = clock;
        this.mirrors = mirrors;
        this.probes = new Probes(mirrors, clock, timer);
    }

    /**
     * What {@code server} says about {@code path}, or said before where that still holds, or it is out of reach now; never fails.
     *
     * @param all who are asked, this one too
     */
    CompletionStage<ServerAnswer> ask(ServerUrl server, Collection<ServerUrl> all, StorePath path, Urgency urgency) {
        return ask(server, all, path, urgency, true, Optional.empty());
    }

    /**
     * Like {@link #ask}, for whoever promises what is said: a server of which it is not known that it answers is asked anew about
     * what it has, however long that was to hold.
     *
     * @param meanwhile hears then what it said before, ahead of the answer; may block
     */
    CompletionStage<ServerAnswer> askAnew(ServerUrl server, Collection<ServerUrl> all, StorePath path,
            Urgency urgency, Consumer<ServerAnswer> meanwhile) {
        return ask(server, all, path, urgency, true, Optional.of(meanwhile));
    }

    /** Like {@link #ask}, for whoever asks about so much that it would push everything else out of the cache. */
    CompletionStage<ServerAnswer> glance(ServerUrl server, Collection<ServerUrl> all, StorePath path) {
        return ask(server, all, path, Urgency.ahead(), false, Optional.empty());
    }

    private CompletionStage<ServerAnswer> ask(ServerUrl server, Collection<ServerUrl> all, StorePath path,
            Urgency urgency, boolean cached, Optional<Consumer<ServerAnswer>> meanwhile) {
        CompletableFuture<Void> start = CompletableFuture.completedFuture(null);
        return start.thenApplyAsync(go -> cache.find(server, path), blocking).thenCompose(known -> {
            Optional<ServerAnswer> held = held(server, path, known);
            boolean anew = meanwhile.isPresent() && isHit(known) && !answers(server);
            if (anew) {
                // When that is to be asked again is for what follows to say.
                meanwhile.get().accept(remembered(server, path, known, Instant.MAX, held.isPresent(), false));
            } else if (held.isPresent()) {
                return CompletableFuture.completedFuture(held.get());
            }
            return probes.ask(server, all,
                    // Another question may have found out meanwhile that it answers.
                    () -> held.isPresent() && answers(server)
                            ? CompletableFuture.completedFuture(held.get())
                            : get(server, path, urgency, known, cached),
                    until -> remembered(server, path, known, until, false, false));
        });
    }

    /** What it said, where that still holds. */
    private Optional<ServerAnswer> held(ServerUrl server, StorePath path, Optional<CachedAnswer> known) {
        return known.filter(answer -> answer.isFresh(clock.instant()))
                .map(answer -> remembered(server, path, known, answer.expires(), hasSpoken(answer), true));
    }

    private static boolean isHit(Optional<CachedAnswer> known) {
        return known.filter(CachedAnswer.Hit.class::isInstance).isPresent();
    }

    /** Whether nothing says that it does not: it would be asked for no NAR either. */
    private boolean answers(ServerUrl server) {
        return mirrors.lookupFailed(server).isEmpty() && !mirrors.isOut(server, Mirrors.Use.NARS);
    }

    private CompletionStage<ServerAnswer> get(ServerUrl server, StorePath path, Urgency urgency,
            Optional<CachedAnswer> known, boolean cached) {
        Instant begun = clock.instant();
        long begunNanos = System.nanoTime();
        return client.get(server.narinfo(path), urgency, reply -> {
            Duration took = Duration.ofNanos(System.nanoTime() - begunNanos);
            ServerAnswer answer = answered(server, path, reply, known, cached);
            switch (reply) {
                // It may be so for one item alone, and is no reason not to ask about others.
                case Reply.Answer told when HttpFault.isIll(told.status()) -> mirrors.reached(server);
                case Reply.Answer told ->
                    mirrors.looked(server, took, told.status() == 200 && answer.narinfo().isPresent());
                case Reply.Failed failed -> failed(server, failed.fault(), begun);
            }
            return answer;
        }, blocking);
    }

    private void failed(ServerUrl server, HttpFault fault, Instant begun) {
        if (fault.isOutage()) {
            fault.ofServer().ifPresent(known -> mirrors.failed(server, Mirrors.Use.LOOKUPS, known, begun));
        } else if (!fault.isOurs()) {
            mirrors.reached(server);
        }
    }

    /** Whether {@code server} has said what still holds at {@code now}, be it that it has no narinfo; blocks on the disk. */
    boolean hasSpoken(ServerUrl server, StorePath path, Instant now) {
        return cache.find(server, path).filter(known -> known.isFresh(now)).filter(ServerAnswers::hasSpoken)
                .isPresent();
    }

    /** The narinfo that {@code server} gave for {@code path}, from the cache; blocks on the disk. */
    Optional<Narinfo> cached(ServerUrl server, StorePath path) {
        return narinfo(server, path, cache.find(server, path));
    }

    private static boolean hasSpoken(CachedAnswer known) {
        return !(known instanceof CachedAnswer.Miss miss && HttpFault.isIll(miss.status()));
    }

    /** Keeps what was learnt otherwise. Blocks on the disk. */
    void keep(ServerUrl source, StorePath path, Narinfo narinfo) {
        Instant now = clock.instant();
        cache.put(source, path, new CachedAnswer.Hit(narinfo.raw(), now, now.plus(CacheTimes.HIT)));
    }

    private ServerAnswer answered(ServerUrl server, StorePath path, Reply reply, Optional<CachedAnswer> known,
            boolean cached) {
        Instant now = clock.instant();
        return switch (reply) {
            case Reply.Failed failed -> {
                LOG.warn("{}: {}", server.uri(), failed.fault().reason());
                yield remembered(server, path, known, failed.fault().isOutage() ? now.plus(Probes.ALONE) : now, false,
                        false);
            }
            case Reply.Answer answer ->
                HttpFault.isIll(answer.status()) && isHit(known)
                        ? remembered(server, path, known, now.plus(CacheTimes.ERROR), true, false)
                        : keep(server, path, answer, now, cached);
        };
    }

    private ServerAnswer keep(ServerUrl server, StorePath path, Reply.Answer answer, Instant now, boolean cached) {
        Instant expires = now.plus(CacheTimes.holds(answer.status(), answer.maxAge()));
        if (answer.status() != 200) {
            if (cached) {
                cache.put(server, path, new CachedAnswer.Miss(answer.status(), now, expires));
            }
            return new ServerAnswer(Optional.empty(), expires, !HttpFault.isIll(answer.status()));
        }
        byte[] body = answer.body().toArrayUnsafe();
        Optional<Narinfo> narinfo = parse(server, path, body);
        // What is no narinfo is an error, whatever the server calls it and for however long it wants it to be kept.
        Instant holds = narinfo.isPresent() ? expires : now.plus(CacheTimes.ERROR);
        if (cached) {
            cache.put(server, path, new CachedAnswer.Hit(body, now, holds));
        }
        return new ServerAnswer(narinfo, holds, true);
    }

    /** A narinfo does not become wrong with time: an old one is better than none. */
    private static ServerAnswer remembered(ServerUrl server, StorePath path, Optional<CachedAnswer> known,
            Instant expires, boolean spoke, boolean isFresh) {
        return new ServerAnswer(narinfo(server, path, known), expires, spoke, isFresh);
    }

    private static Optional<Narinfo> narinfo(ServerUrl server, StorePath path, Optional<CachedAnswer> known) {
        return known.flatMap(answer -> switch (answer) {
            case CachedAnswer.Hit hit -> parse(server, path, hit.narinfo());
            case CachedAnswer.Miss miss -> Optional.<Narinfo>empty();
        });
    }

    private static Optional<Narinfo> parse(ServerUrl server, StorePath path, byte[] text) {
        try {
            Narinfo narinfo = Narinfo.parse(text);
            if (narinfo.isSigned() && text.length - narinfo.signedPart().length > MOST_UNSIGNED) {
                throw new FormatException("narinfo: more than " + MOST_UNSIGNED + " bytes from the signature on");
            }
            return Optional.of(narinfo);
        } catch (FormatException e) {
            LOG.warn("{} gave no narinfo for {}: {}", server.uri(), path, e.getMessage());
            return Optional.empty();
        }
    }
}
