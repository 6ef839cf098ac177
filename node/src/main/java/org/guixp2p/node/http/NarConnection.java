// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.http;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.Done;
import org.apache.pekko.NotUsed;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.stream.BoundedSourceQueue;
import org.apache.pekko.stream.KillSwitches;
import org.apache.pekko.stream.SharedKillSwitch;
import org.apache.pekko.stream.javadsl.Keep;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.stream.javadsl.Source;

/** One connection for answers that are streamed, one after another. */
final class NarConnection {
    private final SharedKillSwitch killSwitch = KillSwitches.shared("connection");
    private final BoundedSourceQueue<HttpWire.Question> requests;
    private final CompletionStage<Done> done;
    private volatile boolean connected;
    private volatile Exchange current = new Exchange();
    private volatile boolean used;

    /** One request: its answer, and when that was read to its end. */
    private static final class Exchange {
        private final CompletableFuture<HttpResponse> response = new CompletableFuture<>();
        private final CompletableFuture<Done> read = new CompletableFuture<>();
    }

    NarConnection(Origin origin, HttpSettings settings, ActorSystem<?> system) {
        var running = Source.<HttpWire.Question>queue(1)
                .via(killSwitch.flow())
                .via(HttpWire.connect(origin, settings, HttpConfig.NARS, system).mapMaterializedValue(connecting -> {
                    var _ = connecting.thenAccept(connection -> connected = true);
                    return NotUsed.getInstance();
                }))
                .via(killSwitch.flow())
                .mapAsync(1, response -> {
                    Exchange exchange = current;
                    exchange.response.complete(response);
                    return exchange.read;
                })
                .toMat(Sink.ignore(), Keep.both())
                .addAttributes(HttpWire.QUIET)
                .run(system);
        this.requests = running.first();
        this.done = running.second();
        var _ = done.whenComplete((end, failure) -> {
            current.response.completeExceptionally(failure == null
                    ? new HttpFaultException(new HttpFault.Unreachable("the server closed the connection"))
                    : failure);
            // A server whose answer is refused is not told so by the stream's end: its half of the connection stays open.
            killSwitch.abort(new HttpFaultException(new HttpFault.Stopped()));
        });
    }

    /**
     * Asks; the last answer must have been read to its end. The stage fails when the connection ends before an answer
     * comes; whoever gets one reads its entity and then calls {@link #readToEnd}, or {@link #abort}.
     */
    CompletionStage<HttpResponse> request(HttpWire.Question question) {
        Exchange exchange = new Exchange();
        current = exchange;
        var _ = requests.offer(question);
        if (done.toCompletableFuture().isDone()) {
            exchange.response.completeExceptionally(
                    new HttpFaultException(new HttpFault.Unreachable("the server closed the connection")));
        }
        return exchange.response;
    }

    /** The connection is free for the next request. */
    void readToEnd() {
        used = true;
        current.read.complete(Done.getInstance());
    }

    /** Whether there was a connection at all, so that the server is there. */
    boolean isConnected() {
        return connected;
    }

    /** Whether an earlier request was answered on it, so that the server may have closed it in its own good time. */
    boolean isUsed() {
        return used;
    }

    void abort() {
        killSwitch.abort(new HttpFaultException(new HttpFault.Stopped()));
        current.read.complete(Done.getInstance());
    }

    /** Completes when the connection has ended, with a failure when it ended badly. */
    CompletionStage<Done> done() {
        return done;
    }
}
