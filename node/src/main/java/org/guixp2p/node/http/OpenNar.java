// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.http;

import java.net.URI;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.pekko.NotUsed;
import org.apache.pekko.actor.Cancellable;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.japi.pf.PFBuilder;
import org.apache.pekko.stream.Graph;
import org.apache.pekko.stream.SourceShape;
import org.apache.pekko.stream.javadsl.Source;
import org.apache.pekko.util.ByteString;
import org.guixp2p.node.rate.RateLimiter;
import org.guixp2p.node.stages.Stages;
import org.guixp2p.protocol.compress.Compression;
import org.guixp2p.protocol.compress.DecoderMemory;
import org.guixp2p.protocol.compress.MemoryBudget;
import org.guixp2p.protocol.item.NarSize;

/** A NAR on its way. */
final class OpenNar implements NarAnswer.Opened {
    /** Of one file. */
    private static final int MOST_BREAKS = 4;

    private final NarOffer offer;
    private final URI uri;
    private final NarSize size;
    private final HttpSettings settings;
    private final RateLimiter limiter;
    private final NarRoom.Part part;
    private final DecoderMemory memory;
    private final RestOfFile rest;
    private volatile Wire wire;
    private final AtomicBoolean taken = new AtomicBoolean();
    private final AtomicLong received = new AtomicLong();
    private final Cancellable unused;

    /** An answer whose bytes wait to be read. */
    static final class Wire {
        private final HttpResponse response;
        private final Ends ends;
        private final AtomicBoolean begun = new AtomicBoolean();

        Wire(HttpResponse response, Ends ends) {
            this.response = response;
            this.ends = ends;
        }

        /** Nobody will read it. */
        void discard() {
            if (begun.compareAndSet(false, true)) {
                ends.ended(0, Duration.ZERO, false);
            }
        }
    }

    /** Hears how it ended. */
    interface Ends {
        /** Called once: how the reading of the answer ended, if it was read at all. */
        void ended(long received, Duration waited, boolean whole);

        /** The NAR that was in it came to its end, and has the right length. */
        void good();

        /** What came was wrong, or too little. */
        void failed(HttpFault fault);
    }

    /**
     * @param part of the memory for NARs, given back when it has been read or is discarded
     * @param windows what all NARs share outside of the heap
     * @param wire the answer
     * @param rest where to go on when it breaks off
     */
    OpenNar(NarOffer offer, URI uri, NarSize size, HttpSettings settings, RateLimiter limiter, NarRoom.Part part,
            MemoryBudget windows, ActorSystem<?> system, Wire wire, RestOfFile rest) {
        this.offer = offer;
        this.uri = uri;
        this.size = size;
        this.settings = settings;
        this.limiter = limiter;
        this.part = part;
        this.memory = new DecoderMemory(new MemoryBudget(part.decoder()), windows);
        this.wire = wire;
        this.rest = rest;
        this.unused = system.scheduler().scheduleOnce(settings.unusedTimeout(), this::discard,
                system.executionContext());
    }

    @Override
    public NarOffer offer() {
        return offer;
    }

    @Override
    public URI uri() {
        return uri;
    }

    @Override
    public OptionalLong wireSize() {
        return wire.response.entity().getContentLengthOption();
    }

    @Override
    public long received() {
        return received.get();
    }

    @Override
    public Source<ByteString, NotUsed> nar() {
        return Source.lazySource(this::take).watchTermination((value, done) -> {
            // Whoever stops before the first byte is asked for has not taken it.
            done.whenComplete((ok, failure) -> discard());
            return NotUsed.getInstance();
        });
    }

    private Source<ByteString, NotUsed> take() {
        unused.cancel();
        if (!taken.compareAndSet(false, true)) {
            return Source
                    .failed(new HttpFaultException(new HttpFault.Unreachable("it was not read in time, or twice")));
        }
        AtomicLong passed = new AtomicLong();
        Source<ByteString, ?> whole = read(wire)
                .recoverWithRetries(MOST_BREAKS,
                        new PFBuilder<Throwable, Graph<SourceShape<ByteString>, NotUsed>>()
                                .match(HttpFaultException.class, why -> isBreak(why) && rest.isThere(passed.get(), why),
                                        why -> goOn(passed.get(), why))
                                .build())
                .map(bytes -> {
                    passed.addAndGet(bytes.size());
                    return bytes;
                })
                .via(new Paced(limiter));
        CompletableFuture<Void> decoded = new CompletableFuture<>();
        Source<ByteString, ?> plain;
        if (offer.compression() == Compression.NONE) {
            plain = whole;
            decoded.complete(null);
        } else {
            plain = Inflation.inflate(whole, offer.compression(), bound(size), memory, () -> decoded.complete(null));
        }
        return plain.via(new ExactLength(size.bytes(), () -> wire.ends.good())).watchTermination((value, done) -> {
            // A decoder whose stream was stopped has its dictionary until it notices.
            done.whenComplete((ok, failure) -> {
                var _ = decoded.thenRun(part::giveBack);
                if (failure != null && Stages.cause(failure) instanceof HttpFaultException fault) {
                    wire.ends.failed(fault.fault());
                }
            });
            return NotUsed.getInstance();
        });
    }

    private Source<ByteString, NotUsed> read(Wire from) {
        AtomicLong bytes = new AtomicLong();
        AtomicLong waited = new AtomicLong();
        return WholeBody.of(from.response.entity().withoutSizeLimit())
                .mapMaterializedValue(value -> {
                    from.begun.set(true);
                    return NotUsed.getInstance();
                })
                .mapError(Throwable.class, failure -> new HttpFaultException(Faults.of(failure)))
                .via(new WireMeter(settings.stallTimeout(), System::nanoTime, (count, nanos) -> {
                    received.addAndGet(count);
                    bytes.addAndGet(count);
                    waited.addAndGet(nanos);
                }, whole -> from.ends.ended(bytes.get(), Duration.ofNanos(waited.get()), whole)));
    }

    /** Whether the connection is at fault, so that the rest may still be had. */
    private static boolean isBreak(HttpFaultException why) {
        return switch (why.fault()) {
            case HttpFault.Truncated fault -> true;
            case HttpFault.Unreachable fault -> true;
            case HttpFault.Stalled fault -> true;
            case HttpFault.TimedOut fault -> false;
            case HttpFault.Status fault -> false;
            case HttpFault.BadRedirect fault -> false;
            case HttpFault.Malformed fault -> false;
            case HttpFault.TooLarge fault -> false;
            case HttpFault.Overloaded fault -> false;
            case HttpFault.Own fault -> false;
            case HttpFault.Stopped fault -> false;
        };
    }

    /** The rest, from wherever it can be had. Those who read notice nothing of it. */
    private Source<ByteString, NotUsed> goOn(long from, HttpFaultException why) {
        wire.ends.failed(why.fault());
        CompletableFuture<NarAnswer> wanted = new CompletableFuture<>();
        CompletionStage<Wire> next = rest.after(from, why, wanted);
        return Source.completionStageSource(next.thenApply(found -> {
            wire = found;
            return read(found);
        })).mapError(Throwable.class, failure -> new HttpFaultException(Faults.of(failure)))
                .watchTermination((value, done) -> {
                    done.whenComplete((ok, failure) -> {
                        wanted.cancel(false);
                        var _ = next.thenAccept(Wire::discard);
                    });
                    return NotUsed.getInstance();
                });
    }

    /** One byte more than there may be, so that it is seen to be too many. */
    static NarSize bound(NarSize size) {
        return new NarSize(Math.min(size.bytes() + 1, NarSize.MAX_BYTES));
    }

    @Override
    public void discard() {
        unused.cancel();
        if (taken.compareAndSet(false, true)) {
            part.giveBack();
            wire.discard();
        }
    }
}
