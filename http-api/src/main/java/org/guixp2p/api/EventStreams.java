// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.api;

import java.time.Duration;
import java.util.Optional;
import java.util.function.Predicate;
import org.apache.pekko.NotUsed;
import org.apache.pekko.http.javadsl.model.ws.Message;
import org.apache.pekko.http.javadsl.model.ws.TextMessage;
import org.apache.pekko.japi.Pair;
import org.apache.pekko.stream.BoundedSourceQueue;
import org.apache.pekko.stream.Materializer;
import org.apache.pekko.stream.QueueOfferResult;
import org.apache.pekko.stream.javadsl.Flow;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.stream.javadsl.Source;
import org.apache.pekko.util.ByteString;

/**
 * Events as they happen, to a few readers at a time. A reader that does not keep up is hung up on; it may come again, and say what it
 * has seen last.
 */
final class EventStreams {
    /** Readers at a time. */
    static final int MOST = 16;
    /** Of these, who may change something finds room whatever strangers do. */
    static final int KEPT = 4;
    /** Events that a reader may be behind: a burst of every type is no reason to hang up. */
    static final int QUEUE = 4096;
    /** So that a reader knows that the node is there, and the node that the reader is. */
    static final Duration HEARTBEAT = Duration.ofSeconds(15);
    private static final ByteString BEGINNING = ByteString.fromString(": events of the node\nretry: 2000\n\n");
    private static final ByteString ALIVE = ByteString.fromString(":\n\n");
    private static final String GAP = "{\"type\":\"gap\"}";

    private final EventSource events;
    private final Duration heartbeat;
    private final Places places = new Places();

    /** Who reads. Safe for several threads. */
    private static final class Places {
        private int taken;
        private int byStrangers;

        synchronized boolean isRoom(boolean known) {
            return taken < MOST && (known || byStrangers < MOST - KEPT);
        }

        synchronized boolean take(boolean known) {
            boolean room = isRoom(known);
            if (room) {
                taken++;
                byStrangers += known ? 0 : 1;
            }
            return room;
        }

        synchronized void free(boolean known) {
            taken--;
            byStrangers -= known ? 0 : 1;
        }
    }

    /** Somebody does not read as fast as things happen. */
    private static final class SlowReaderException extends RuntimeException {
        private static final long serialVersionUID = 1;
    }

    /** @param heartbeat how often whoever reads is told that the node is there, when nothing happens */
    EventStreams(EventSource events, Duration heartbeat) {
        this.events = events;
        this.heartbeat = heartbeat;
    }

    /**
     * Whether another reader may come.
     *
     * @param known whether he may change something
     */
    boolean isRoom(boolean known) {
        return places.isRoom(known);
    }

    /** As Server-Sent Events. */
    Source<ByteString, NotUsed> sent(long since, Predicate<NodeEvent> wanted, boolean known) {
        Source<ByteString, NotUsed> all = live(since, wanted, known).map(EventStreams::sent);
        return Source.single(BEGINNING).concat(all.keepAlive(heartbeat, () -> ALIVE));
    }

    private static ByteString sent(Optional<EventRecord> event) {
        return ByteString.fromString(event
                .map(one -> "id: " + one.number() + "\nevent: " + one.event().type() + "\ndata: "
                        + Json.of(one) + "\n\n")
                .orElse("event: gap\ndata: " + GAP + "\n\n"));
    }

    /** As text frames. What the reader says is thrown away. */
    Flow<Message, Message, NotUsed> frames(long since, Predicate<NodeEvent> wanted, boolean known) {
        Source<Message, NotUsed> all = live(since, wanted, known).map(EventStreams::frame);
        Source<Message, NotUsed> kept = all.keepAlive(heartbeat, () -> TextMessage.create("{\"type\":\"alive\"}"));
        // All of it is read: one message that is sent in pieces may have no end.
        Sink<Message, NotUsed> said = Flow.<Message>create().flatMapConcat(EventStreams::content).to(Sink.ignore());
        return Flow.fromSinkAndSourceCoupled(said, kept);
    }

    private static Source<Object, ?> content(Message message) {
        return message.isText()
                ? message.asTextMessage().getStreamedText().map(Object.class::cast)
                : message.asBinaryMessage().getStreamedData().map(Object.class::cast);
    }

    private static Message frame(Optional<EventRecord> event) {
        return TextMessage.create(event.map(one -> Json.of(one).toString()).orElse(GAP));
    }

    /** Nothing stands for events that are not remembered any more. */
    private Source<Optional<EventRecord>, NotUsed> live(long since, Predicate<NodeEvent> wanted,
            boolean known) {
        // Begun when it is read: what nobody reads has nothing to end it.
        return Source.fromMaterializer((materializer, attributes) -> begin(since, wanted, known, materializer))
                .mapMaterializedValue(begun -> NotUsed.getInstance());
    }

    private Source<Optional<EventRecord>, NotUsed> begin(long since, Predicate<NodeEvent> wanted,
            boolean known, Materializer materializer) {
        if (!places.take(known)) {
            return Source.failed(new IllegalStateException("too many readers of events"));
        }
        Pair<BoundedSourceQueue<EventRecord>, Source<EventRecord, NotUsed>> queue = Source
                .<EventRecord>queue(QUEUE).preMaterialize(materializer);
        EventSource.Subscription subscription = events.subscribe(since, wanted, event -> offer(queue.first(), event));
        Source<Optional<EventRecord>, NotUsed> gap = subscription.before().gap()
                ? Source.single(Optional.empty())
                : Source.empty();
        Source<EventRecord, NotUsed> from = Source.from(subscription.before().events()).concat(queue.second());
        return gap.concat(from.map(Optional::of)).watchTermination((_, done) -> {
            done.whenComplete((ok, failure) -> {
                // Whoever sees that it does not listen any more finds room.
                places.free(known);
                subscription.close().run();
            });
            return NotUsed.getInstance();
        });
    }

    private static boolean offer(BoundedSourceQueue<EventRecord> queue, EventRecord event) {
        QueueOfferResult result = queue.offer(event);
        if (result.equals(QueueOfferResult.dropped())) {
            queue.fail(new SlowReaderException());
        }
        return result.isEnqueued();
    }
}
