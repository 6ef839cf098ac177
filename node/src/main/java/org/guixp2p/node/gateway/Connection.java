// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.gateway;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.apache.pekko.Done;
import org.apache.pekko.NotUsed;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.stream.FlowShape;
import org.apache.pekko.stream.KillSwitches;
import org.apache.pekko.stream.SharedKillSwitch;
import org.apache.pekko.stream.UniformFanOutShape;
import org.apache.pekko.stream.javadsl.Broadcast;
import org.apache.pekko.stream.javadsl.Flow;
import org.apache.pekko.stream.javadsl.GraphDSL;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.stream.javadsl.Source;
import org.apache.pekko.stream.scaladsl.TcpAttributes;
import org.apache.pekko.util.ByteString;
import org.guixp2p.node.listen.HttpListener;
import org.guixp2p.node.stages.Stages;

/**
 * One client's connection: when something was last asked for and given, so that idle ones can be closed, and whose turn it is to
 * send a NAR. An idle-timeout of the connection would close it, too, while a NAR is slow to come. Safe for several threads.
 */
final class Connection {
    /** What a client has to take between two looks at whether it takes anything. */
    private static final int WRITTEN_BYTES = 1 << 18;
    /** More is asked for when all that was given is written; else Pekko would ask while up to 16 KiB wait. */
    private static final int NO_BYTES_BUFFERED = 1;

    private final Clients.Client client;
    private final LongSupplier nanoTime;
    private final SharedKillSwitch end = KillSwitches.shared("gateway");
    private final SharedKillSwitch cut = KillSwitches.shared("gateway-wire");
    /** What ends when a NAR was sent, of those whose turn is, or is to come. */
    private final Map<Long, CompletableFuture<Done>> pending = new ConcurrentHashMap<>();
    private final AtomicLong turns = new AtomicLong();
    private volatile boolean closed;
    /** Ends when the NAR that was asked for last was sent. */
    private final AtomicReference<CompletableFuture<Done>> lastNar = new AtomicReference<>(
            CompletableFuture.completedFuture(Done.getInstance()));
    private final CompletableFuture<Done> quiet = new CompletableFuture<>();
    private int underWay;
    private boolean lastRead;
    private long since;

    Connection(Clients.Client client, LongSupplier nanoTime) {
        this.client = client;
        this.nanoTime = nanoTime;
        this.since = nanoTime.getAsLong();
    }

    Clients.Client client() {
        return client;
    }

    /**
     * What goes to the client, and comes from it. It is cut off when it takes nothing of what is there for it: be that a NAR, or
     * answers that it lets lie, to the last byte of the last one. That there is nothing yet is no reason.
     *
     * @param wire a connection of TCP
     * @param stalled so long
     */
    Flow<ByteString, ByteString, NotUsed> bounded(Flow<ByteString, ByteString, ?> wire, Duration stalled) {
        return Flow.of(ByteString.class)
                .mapConcat(bytes -> HttpListener.pieces(bytes, WRITTEN_BYTES))
                .batchWeighted(WRITTEN_BYTES, bytes -> (long) bytes.size(), bytes -> bytes, ByteString::concat)
                // It ends when it is asked for more: Pekko writes what is left when it has ended without a bound on the time.
                .concatLazy(Source.lazySource(() -> Source.<ByteString>empty()))
                .via(cut.flow()).backpressureTimeout(stalled)
                .via(wire.addAttributes(TcpAttributes.tcpWriteBufferSize(NO_BYTES_BUFFERED))).via(untilItLeaves());
    }

    /** Whoever has hung up waits for nothing more; that is seen, too, when no more questions are read, as after the last one. */
    private Flow<ByteString, ByteString, NotUsed> untilItLeaves() {
        return Flow.fromGraph(GraphDSL.create(builder -> {
            UniformFanOutShape<ByteString, ByteString> read = builder.add(Broadcast.create(2, false));
            builder.from(read.out(1)).to(builder.add(Sink.<ByteString>onComplete(
                    end -> cut.abort(new GatewayException("the client has gone")))));
            return FlowShape.of(read.in(), read.out(0));
        }));
    }

    /**
     * Answers requests until the connection is to end. The answers' stream ends when all of the last one was sent: what the client
     * takes up is counted as long as that.
     *
     * @param parallel how many are answered at a time
     */
    Flow<HttpRequest, HttpResponse, NotUsed> answering(int parallel,
            Function<HttpRequest, CompletionStage<HttpResponse>> answer) {
        return Flow.of(HttpRequest.class).via(end.flow()).mapAsync(parallel, request -> {
            begun();
            return answer.apply(request);
        }).concatLazy(Source.lazyCompletionStage(this::whenQuiet).mapConcat(done -> List.<HttpResponse>of()));
    }

    private synchronized void begun() {
        underWay++;
    }

    /** All of an answer was sent, or cannot be. */
    synchronized void over() {
        underWay--;
        since = nanoTime.getAsLong();
        if (underWay == 0 && lastRead) {
            quiet.complete(Done.getInstance());
        }
    }

    private synchronized CompletionStage<Done> whenQuiet() {
        lastRead = true;
        if (underWay == 0) {
            quiet.complete(Done.getInstance());
        }
        return quiet;
    }

    /**
     * Begins with a NAR when the one before it was sent: a client may ask for many behind one another, and reads one at a time. To be
     * called in the order of the questions, in which answers are sent. When the connection has ended nothing more is begun, and
     * what is returned does not end.
     *
     * @param sent ends when this one was
     */
    <T> CompletionStage<T> inTurn(CompletableFuture<Done> sent, Supplier<CompletionStage<T>> begin) {
        long turn = turns.incrementAndGet();
        pending.put(turn, sent);
        var _ = sent.thenRun(() -> pending.remove(turn));
        if (closed) {
            sent.complete(Done.getInstance());
        }
        return lastNar.getAndSet(sent)
                .thenCompose(before -> closed ? new CompletableFuture<>() : Stages.begin(begin));
    }

    /** Ends it, when nothing was under way for so long. */
    synchronized void endIfIdle(long nanos) {
        if (underWay == 0 && nanoTime.getAsLong() - since >= nanos) {
            end.shutdown();
        }
    }

    /** Ends it, whatever is under way. */
    void end() {
        cut.abort(new GatewayException("the node is stopping"));
    }

    /** Nothing more is answered; the last bytes may still be on their way. */
    void ended() {
        closed = true;
        pending.values().forEach(one -> one.complete(Done.getInstance()));
    }
}
