// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.http;
import java.net.URI;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.apache.pekko.NotUsed;
import org.apache.pekko.actor.Cancellable;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.stream.javadsl.Source;
import org.apache.pekko.util.ByteString;
import org.guixp2p.node.rate.RateLimiter;
import org.guixp2p.protocol.compress.Compression;
import org.guixp2p.protocol.compress.DecoderMemory;
import org.guixp2p.protocol.compress.MemoryBudget;
import org.guixp2p.protocol.item.NarSize;

/** A NAR on its way. */
final class OpenNar implements NarAnswer.Opened {
    /**
     * What it takes of the heap: buffers, and two blocks that are cut from it. lzip takes them together with its dictionary: of
     * many that wait for that none may have what keeps the first one from it.
     */
    private static final long BUFFERS = 512 * 1024;

    private final NarOffer offer;
    private final URI uri;
    private final NarSize size;
    private final HttpSettings settings;
    private final RateLimiter limiter;
    private final DecoderMemory memory;
    private final HttpResponse response;
    private final Consumer<Boolean> end;
    private final AtomicBoolean taken = new AtomicBoolean();
    private final AtomicLong received = new AtomicLong();
    private final Cancellable unused;

    /**
     * @param end called once: whether the answer was read to its end
     */
    OpenNar(NarOffer offer, URI uri, NarSize size, HttpSettings settings, RateLimiter limiter, DecoderMemory memory,
            ActorSystem<?> system, HttpResponse response, Consumer<Boolean> end) {
        this.offer = offer;
        this.uri = uri;
        this.size = size;
        this.settings = settings;
        this.limiter = limiter;
        this.memory = memory;
        this.response = response;
        this.end = end;
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
        return Source.lazySource(this::take).mapMaterializedValue(value -> NotUsed.getInstance());
    }

    private Source<ByteString, NotUsed> take() {
        unused.cancel();
        if (!taken.compareAndSet(false, true)) {
            return Source
                    .failed(new HttpFaultException(new HttpFault.Unreachable("it was not read in time, or twice")));
        }
        long buffers = offer.compression() == Compression.LZIP ? 0 : BUFFERS;
        try {
            memory.heap().take("a NAR from a server", buffers);
        } catch (MemoryBudget.ExhaustedException e) {
            end.accept(false);
            return Source.failed(new HttpFaultException(Faults.of(e)));
        }
        Source<ByteString, ?> wire = WholeBody.of(response.entity().withoutSizeLimit())
                .mapMaterializedValue(value -> NotUsed.getInstance())
                .mapError(Throwable.class, failure -> new HttpFaultException(Faults.of(failure)))
                .via(new WireMeter(settings.stallTimeout(), System::nanoTime, received::addAndGet, end))
                .via(new Paced(limiter));
        Source<ByteString, ?> plain = offer.compression() == Compression.NONE
                ? wire
                // One byte more than there may be, so that it is seen to be too many.
                : Inflation.inflate(wire, offer.compression(),
                        new NarSize(Math.min(size.bytes() + 1, NarSize.MAX_BYTES)),
                        memory.waiting(settings.requestTimeout()));
        return plain.via(new ExactLength(size.bytes())).watchTermination((value, done) -> {
            done.whenComplete((ok, failure) -> memory.heap().giveBack(buffers));
            return NotUsed.getInstance();
        });
    }

    @Override
    public void discard() {
        unused.cancel();
        if (taken.compareAndSet(false, true)) {
            end.accept(false);
        }
    }
}
