// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.http;

import java.net.URI;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.pekko.NotUsed;
import org.apache.pekko.actor.Cancellable;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.http.javadsl.model.HttpResponse;
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
    private final NarOffer offer;
    private final URI uri;
    private final NarSize size;
    private final HttpSettings settings;
    private final RateLimiter limiter;
    private final NarRoom.Part part;
    private final DecoderMemory memory;
    private final HttpResponse response;
    private final Ends ends;
    private final AtomicBoolean taken = new AtomicBoolean();
    private final AtomicLong received = new AtomicLong();
    private final AtomicLong waitedNanos = new AtomicLong();
    private final Cancellable unused;

    /** Hears how it ended. */
    interface Ends {
        /** Called once: how the reading of the answer ended, if it was read at all. */
        void ended(long received, Duration waited, boolean whole);

        /** What came was wrong, or too little. */
        void failed(HttpFault fault);
    }

    /**
     * @param part of the memory for NARs, given back when it has been read or is discarded
     * @param windows what all NARs share outside of the heap
     * @param ends hears of it once nothing more is read
     */
    OpenNar(NarOffer offer, URI uri, NarSize size, HttpSettings settings, RateLimiter limiter, NarRoom.Part part,
            MemoryBudget windows, ActorSystem<?> system, HttpResponse response, Ends ends) {
        this.offer = offer;
        this.uri = uri;
        this.size = size;
        this.settings = settings;
        this.limiter = limiter;
        this.part = part;
        this.memory = new DecoderMemory(new MemoryBudget(part.decoder()), windows);
        this.response = response;
        this.ends = ends;
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
        return response.entity().getContentLengthOption();
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
        Source<ByteString, ?> wire = WholeBody.of(response.entity().withoutSizeLimit())
                .mapMaterializedValue(value -> NotUsed.getInstance())
                .mapError(Throwable.class, failure -> new HttpFaultException(Faults.of(failure)))
                .via(new WireMeter(settings.stallTimeout(), System::nanoTime, (bytes, nanos) -> {
                    received.addAndGet(bytes);
                    waitedNanos.addAndGet(nanos);
                }, this::ended))
                .via(new Paced(limiter));
        CompletableFuture<Void> decoded = new CompletableFuture<>();
        Source<ByteString, ?> plain;
        if (offer.compression() == Compression.NONE) {
            plain = wire;
            decoded.complete(null);
        } else {
            plain = Inflation.inflate(wire, offer.compression(), bound(size), memory, () -> decoded.complete(null));
        }
        return plain.via(new ExactLength(size.bytes())).watchTermination((value, done) -> {
            // A decoder whose stream was stopped has its dictionary until it notices.
            done.whenComplete((ok, failure) -> {
                var _ = decoded.thenRun(part::giveBack);
                if (failure != null && Stages.cause(failure) instanceof HttpFaultException fault) {
                    ends.failed(fault.fault());
                }
            });
            return NotUsed.getInstance();
        });
    }

    private void ended(boolean whole) {
        ends.ended(received.get(), Duration.ofNanos(waitedNanos.get()), whole);
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
            ended(false);
        }
    }
}
