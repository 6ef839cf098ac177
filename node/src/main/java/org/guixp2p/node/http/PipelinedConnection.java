// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.http;

import java.net.URI;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.apache.pekko.Done;
import org.apache.pekko.actor.ClassicActorSystemProvider;
import org.apache.pekko.stream.BoundedSourceQueue;
import org.apache.pekko.stream.KillSwitches;
import org.apache.pekko.stream.Materializer;
import org.apache.pekko.stream.SharedKillSwitch;
import org.apache.pekko.stream.javadsl.Keep;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.stream.javadsl.Source;
import org.apache.pekko.stream.javadsl.Tcp;

/** One connection for answers that are small enough to be read whole, as many under way as its user likes. */
final class PipelinedConnection {
    private final BoundedSourceQueue<HttpWire.Question> requests;
    private final SharedKillSwitch killSwitch;
    private final CompletionStage<Tcp.OutgoingConnection> connected;
    private final CompletionStage<Done> done;

    private PipelinedConnection(SharedKillSwitch killSwitch, BoundedSourceQueue<HttpWire.Question> requests,
            CompletionStage<Tcp.OutgoingConnection> connected, CompletionStage<Done> done) {
        this.killSwitch = killSwitch;
        this.requests = requests;
        this.connected = connected;
        this.done = done;
        // A server whose answer is refused is not told so by the stream's end: its half of the connection stays open.
        var _ = done.whenComplete((end, failure) -> abort());
    }

    /**
     * Connects.
     *
     * @param mostBytes no answer may be longer; of those that are not used yet there is half of it when the next is read
     * @param answers hears each answer, in the order of the requests, on a thread of the stream
     */
    static PipelinedConnection open(Origin origin, HttpSettings settings, long mostBytes,
            Consumer<LaneRequest.Result> answers, ClassicActorSystemProvider system, Materializer materializer) {
        SharedKillSwitch killSwitch = KillSwitches.shared("connection");
        UnusedAnswers unused = new UnusedAnswers(mostBytes);
        var running = Source.<HttpWire.Question>queue(HttpWire.MOST_UNDER_WAY)
                .via(killSwitch.flow())
                .viaMat(HttpWire.connect(origin, settings, HttpConfig.small(mostBytes), system), Keep.both())
                .via(killSwitch.flow())
                .mapAsync(1, response -> Answers.read(response, mostBytes, materializer)
                        .thenCompose(result -> unused.pass(result, answers)))
                .toMat(Sink.ignore(), Keep.both())
                .addAttributes(HttpWire.QUIET)
                .run(materializer);
        return new PipelinedConnection(killSwitch, running.first().first(), running.first().second(),
                running.second());
    }

    /** Writes a request, after those before it. One that comes after the connection's end is dropped unsaid. */
    void send(URI uri) {
        var _ = requests.offer(HttpWire.Question.whole(uri));
    }

    void abort() {
        killSwitch.abort(new HttpFaultException(new HttpFault.Stopped()));
    }

    CompletionStage<?> connected() {
        return connected;
    }

    /** Completes when the connection has ended, with a failure when it ended badly. */
    CompletionStage<Done> done() {
        return done;
    }
}
