// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.http;

import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import org.apache.pekko.actor.Cancellable;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.stream.javadsl.Sink;
import org.guixp2p.node.config.ByteRate;
import org.guixp2p.node.rate.RateLimiter;
import org.guixp2p.node.stages.Stages;
import org.guixp2p.persistence.mirrors.Fault;
import org.guixp2p.persistence.mirrors.Mirrors;
import org.guixp2p.protocol.compress.DecoderMemory;
import org.guixp2p.protocol.compress.MemoryBudget;
import org.guixp2p.protocol.item.NarSize;

/** NARs from substitute servers, decompressed as they come. Safe for use by many threads. */
public final class HttpNarSource implements AutoCloseable {
    /** The body of an answer that is no NAR, read so that the connection can serve again. */
    private static final long LONGEST_REFUSAL = 64 * 1024;

    private final ActorSystem<?> system;
    private final HttpSettings settings;
    private final RateLimiter limiter;
    private final NarRoom room;
    private final MemoryBudget windows = DecoderMemory.outsideOfHeap();
    private final NarConnections connections;
    private final Mirrors mirrors;

    /** An answer, and the connection on which its entity waits to be read. */
    private record Lease(Origin origin, URI uri, NarConnection connection, HttpResponse response, Duration firstByte) {}

    /** How far a question has got. */
    interface Progress {
        /** There is memory; now it waits for other NARs to give a connection to the server. */
        void waits();

        /**
         * It is written.
         *
         * @param connection says whether there is one to the server by now, or was
         */
        void asked(BooleanSupplier connection);

        /** Nobody is told. */
        Progress UNWATCHED = new Progress() {
            @Override
            public void waits() {}

            @Override
            public void asked(BooleanSupplier connection) {}
        };
    }

    /**
     * @param limiter what comes is kept to
     * @param heap for all NARs that are under way at a time, in bytes; further ones wait
     * @param mirrors is told how servers do
     */
    public HttpNarSource(ActorSystem<?> system, HttpSettings settings, RateLimiter limiter, long heap,
            Mirrors mirrors) {
        this(system, settings, limiter, new NarRoom(heap), mirrors);
    }

    HttpNarSource(ActorSystem<?> system, HttpSettings settings, RateLimiter limiter, NarRoom room, Mirrors mirrors) {
        this.mirrors = mirrors;
        this.system = system;
        this.settings = settings;
        this.limiter = limiter;
        this.room = room;
        this.connections = new NarConnections(system, settings);
    }

    /**
     * Asks for the files one after another until one comes; the stage never fails.
     *
     * @param offers best first, as {@link NarRanking} puts them; those of a server that is out of reach are skipped
     * @param size of the NAR, which is all that is read of it
     */
    public CompletionStage<NarAnswer> open(List<NarOffer> offers, NarSize size) {
        return open(offers.iterator(), size, new ArrayList<>());
    }

    /** What one file should take, from the question to its last byte; empty when none as large came from its server lately. */
    public OptionalDouble expectedSeconds(NarOffer offer, NarSize size) {
        OptionalDouble alone = mirrors.isMeasuredLately(offer.server(), NarRanking.fileBytes(offer, size))
                ? NarRanking.expectedSeconds(offer, size, mirrors)
                : OptionalDouble.empty();
        ByteRate limit = limiter.rate();
        return limit.isUnlimited() || alone.isEmpty()
                ? alone
                : OptionalDouble.of(Math.max(alone.getAsDouble(),
                        (double) NarRanking.fileBytes(offer, size) / limit.bytesPerSecond()));
    }

    private CompletionStage<NarAnswer> open(Iterator<NarOffer> offers, NarSize size,
            List<NarAnswer.Attempt> failed) {
        while (offers.hasNext()) {
            NarOffer offer = offers.next();
            boolean out = failed.stream().anyMatch(attempt -> attempt.fault().isOutage()
                    && attempt.offer().server().equals(offer.server()));
            if (!out) {
                return open(offer, size).thenCompose(answer -> switch (answer) {
                    case NarAnswer.Opened opened -> CompletableFuture.completedStage(opened);
                    case NarAnswer.Unavailable unavailable -> {
                        failed.addAll(unavailable.attempts());
                        yield open(offers, size, failed);
                    }
                });
            }
        }
        return CompletableFuture.completedStage(new NarAnswer.Unavailable(failed));
    }

    /**
     * Asks for one file, as soon as there is memory for it; when there is none for as long as a NAR may make no headway, others
     * may have it sooner elsewhere. The answer never fails; whoever wants it no more cancels it.
     */
    public CompletableFuture<NarAnswer> open(NarOffer offer, NarSize size) {
        return open(offer, size, GoingOn.NOWHERE);
    }

    /** The same; when the connection breaks midway the rest is asked for where {@code goingOn} says. */
    public CompletableFuture<NarAnswer> open(NarOffer offer, NarSize size, GoingOn goingOn) {
        return open(offer, size, goingOn, Progress.UNWATCHED);
    }

    /**
     * Asks for one file, and for one of another server as well when the first byte is late: whoever begins first sends it.
     *
     * @param joined run when the other one is asked
     */
    public CompletableFuture<NarAnswer> open(NarOffer offer, NarOffer spare, NarSize size, GoingOn goingOn,
            Runnable joined) {
        return new Hedge(this, mirrors, offer, spare, size, goingOn, joined).begin(system);
    }

    /** @param progress hears how far the question has got; again each time when the server sends us elsewhere */
    CompletableFuture<NarAnswer> open(NarOffer offer, NarSize size, GoingOn goingOn, Progress progress) {
        URI uri = URI.create(offer.uri().toASCIIString());
        CompletableFuture<NarAnswer> answer = new CompletableFuture<>();
        CompletableFuture<NarRoom.Part> part = room.part(offer.compression(), OpenNar.bound(size));
        var _ = part.orTimeout(settings.stallTimeout().toMillis(), TimeUnit.MILLISECONDS);
        var _ = answer.whenComplete((got, failure) -> {
            if (failure != null) {
                part.cancel(false);
                // It may have come already, and wait for a connection that is long in coming.
                var _ = part.thenAccept(NarRoom.Part::giveBack);
            }
        });
        // Only the wait for memory can fail: it lasted too long, or nobody wants the answer.
        var _ = part.thenCompose(mine -> open(offer, uri, size, mine, goingOn, answer, progress))
                .exceptionally(late -> unavailable(offer,
                        new HttpFaultException(new HttpFault.Overloaded("other NARs have the memory for it"))))
                .thenAccept(got -> {
                    if (!answer.complete(got) && got instanceof NarAnswer.Opened opened) {
                        opened.discard();
                    }
                });
        return answer;
    }

    /**
     * The stage never fails.
     *
     * @param answer is over when nobody wants the NAR any more
     */
    private CompletionStage<NarAnswer> open(NarOffer offer, URI uri, NarSize size, NarRoom.Part part,
            GoingOn goingOn, CompletableFuture<NarAnswer> answer, Progress progress) {
        Instant begun = mirrors.now();
        return Stages.begin(() -> fetch(uri, Range.WHOLE, new Redirects(uri, settings.strangers()), answer, progress))
                .<NarAnswer>thenApply(lease -> {
                    // What comes, rather than what a narinfo tells that nobody vouches for.
                    long fileBytes = lease.response().entity().getContentLengthOption()
                            .orElse(NarRanking.fileBytes(offer, size));
                    mirrors.began(offer.server(), fileBytes, lease.firstByte());
                    return new OpenNar(offer, lease.uri(), size, settings, limiter, part, windows,
                            system, new OpenNar.Wire(lease.response(), ends(offer, fileBytes, begun, lease)),
                            rest(offer, lease, fileBytes, goingOn));
                })
                .exceptionally(failure -> {
                    part.giveBack();
                    if (!answer.isDone()) {
                        Faults.of(failure).ofServer()
                                .ifPresent(fault -> mirrors.failed(offer.server(), Mirrors.Use.NARS, fault, begun));
                    }
                    return unavailable(offer, failure);
                });
    }

    private RestOfFile rest(NarOffer begun, Lease lease, long fileBytes, GoingOn goingOn) {
        return new RestOfFile(begun, lease.response().entity().getContentLengthOption().orElse(0), goingOn, mirrors,
                (offer, range, wanted) -> {
                    Instant asked = mirrors.now();
                    URI uri = URI.create(offer.uri().toASCIIString());
                    return Stages
                            .begin(() -> fetch(uri, range, new Redirects(uri, settings.strangers()), wanted,
                                    Progress.UNWATCHED))
                            .thenApply(part -> new OpenNar.Wire(part.response(), ends(offer, fileBytes, asked, part)))
                            .whenComplete((wire, failure) -> {
                                if (failure != null && !wanted.isDone()) {
                                    Optional.of(Faults.of(failure)).filter(HttpFault::isOutage)
                                            .flatMap(HttpFault::ofServer).ifPresent(fault -> mirrors
                                                    .failed(offer.server(), Mirrors.Use.NARS, fault, asked));
                                }
                            });
                });
    }

    private OpenNar.Ends ends(NarOffer offer, long fileBytes, Instant begun, Lease lease) {
        return new OpenNar.Ends() {
            @Override
            public void ended(long received, Duration waited, boolean whole) {
                if (received > 0) {
                    mirrors.came(offer.server(), fileBytes, received, waited, whole);
                }
                end(lease, whole);
            }

            @Override
            public void good() {
                mirrors.gave(offer.server());
            }

            @Override
            public void failed(HttpFault fault) {
                // It has begun, so it was there.
                fault.ofServer().map(known -> known == Fault.CONNECT ? Fault.BROKEN : known)
                        .ifPresent(known -> mirrors.failed(offer.server(), Mirrors.Use.NARS, known, begun));
            }
        };
    }

    private static NarAnswer unavailable(NarOffer offer, Throwable failure) {
        return new NarAnswer.Unavailable(List.of(new NarAnswer.Attempt(offer, Faults.of(failure))));
    }

    /** Closes every connection; NARs that are being read fail. */
    @Override
    public void close() {
        connections.stop();
    }

    private void end(Lease lease, boolean whole) {
        if (whole) {
            connections.giveBack(lease.origin(), lease.connection());
        } else {
            connections.drop(lease.origin(), lease.connection());
        }
    }

    private CompletionStage<Lease> fetch(URI uri, Range range, Redirects redirects, CompletableFuture<NarAnswer> answer,
            Progress progress) {
        if (answer.isDone()) {
            return CompletableFuture.failedStage(new CancellationException("nobody wants it any more"));
        }
        Origin origin;
        try {
            origin = Origin.of(uri);
        } catch (HttpFaultException e) {
            return CompletableFuture.failedStage(e);
        }
        CompletableFuture<NarConnection> turn = connections.take(origin);
        var _ = answer.whenComplete((got, failure) -> {
            if (failure != null) {
                turn.cancel(false);
            }
        });
        if (!turn.isDone()) {
            progress.waits();
            if (range.from() > 0) {
                endWaiting(turn);
            }
        }
        return turn.thenCompose(connection -> {
            progress.asked(connection::isConnected);
            return ask(origin, new HttpWire.Question(uri, range.from()), connection, connection.isUsed(), answer);
        }).thenCompose(lease -> settle(lease, range, redirects, answer, progress));
    }

    /** Whoever waits in the middle of a file may have it sooner from its beginning, elsewhere. */
    private void endWaiting(CompletableFuture<NarConnection> turn) {
        Cancellable timer = system.scheduler().scheduleOnce(settings.requestTimeout(),
                () -> turn.completeExceptionally(new HttpFaultException(
                        new HttpFault.Overloaded("other NARs have the connections to this server"))),
                system.executionContext());
        var _ = turn.whenComplete((connection, failure) -> timer.cancel());
    }

    /** Asks once more on a fresh connection when a kept one turns out to be closed. */
    private CompletionStage<Lease> ask(Origin origin, HttpWire.Question question, NarConnection connection,
            boolean again,
            CompletableFuture<NarAnswer> answer) {
        CompletableFuture<Lease> result = new CompletableFuture<>();
        // Whoever takes it has the connection: the answer, the lack of one in time, or whoever does not want it any more.
        AtomicBoolean taken = new AtomicBoolean();
        long asked = System.nanoTime();
        Cancellable timer = system.scheduler().scheduleOnce(settings.requestTimeout(), () -> hangUp(origin, connection,
                taken, result, new HttpFault.TimedOut(settings.requestTimeout())), system.executionContext());
        var _ = answer.whenComplete((got, failure) -> {
            if (failure != null) {
                timer.cancel();
                hangUp(origin, connection, taken, result, new HttpFault.Stopped());
            }
        });
        var _ = connection.request(question).whenComplete((response, failure) -> {
            timer.cancel();
            boolean inTime = taken.compareAndSet(false, true);
            if (failure == null) {
                if (!inTime || !result.complete(new Lease(origin, question.uri(), connection, response,
                        Duration.ofNanos(System.nanoTime() - asked)))) {
                    response.entity().getDataBytes().runWith(Sink.cancelled(), system);
                }
            } else if (inTime) {
                if (again) {
                    Stages.into(connections.replace(origin, connection)
                            .thenCompose(fresh -> ask(origin, question, fresh, false, answer)), result);
                } else if (result.completeExceptionally(failure)) {
                    connections.drop(origin, connection);
                }
            }
        });
        return result;
    }

    private void hangUp(Origin origin, NarConnection connection, AtomicBoolean taken, CompletableFuture<Lease> result,
            HttpFault why) {
        if (taken.compareAndSet(false, true)) {
            result.completeExceptionally(new HttpFaultException(why));
            connections.drop(origin, connection);
        }
    }

    private CompletionStage<Lease> settle(Lease lease, Range range, Redirects redirects,
            CompletableFuture<NarAnswer> answer, Progress progress) {
        int status = lease.response().status().intValue();
        Optional<String> encoding = Answers.header(lease.response(), "content-encoding");
        Optional<HttpFault> wrong = range.fault(lease.response());
        HttpFault fault;
        if (Redirects.isRedirect(status)) {
            refuse(lease);
            try {
                return fetch(redirects.follow(lease.uri(), Answers.header(lease.response(), "location")), range,
                        redirects, answer, progress);
            } catch (HttpFaultException e) {
                fault = e.fault();
            }
        } else if (wrong.isPresent()) {
            refuse(lease);
            fault = wrong.get();
        } else if (encoding.isPresent() && !encoding.get().equalsIgnoreCase("identity")) {
            refuse(lease);
            fault = new HttpFault.Malformed("a Content-Encoding that was not asked for");
        } else {
            return CompletableFuture.completedStage(lease);
        }
        return CompletableFuture.failedStage(new HttpFaultException(fault));
    }

    /** Reads what is short, so that the connection stays; closes it where that would take long. */
    private void refuse(Lease lease) {
        WholeBody.of(lease.response().entity().withSizeLimit(LONGEST_REFUSAL))
                .completionTimeout(settings.requestTimeout())
                .runWith(Sink.ignore(), system)
                .whenComplete((done, failure) -> end(lease, failure == null));
    }
}
