// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.api;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.http.javadsl.model.ws.Message;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.stream.javadsl.Source;
import org.apache.pekko.util.ByteString;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is sent when nothing happens; the rest is tested with a journal and sockets. */
@Timeout(60)
class EventStreamsTest {
    private final ActorTestKit kit = ActorTestKit.create();

    private final EventStreams streams = new EventStreams(new EventSource() {
        @Override
        public Some after(long number, Predicate<NodeEvent> wanted, int most) {
            return new Some(List.of(), false, 1);
        }

        @Override
        public Subscription subscribe(long number, Predicate<NodeEvent> wanted, Listener listener) {
            return new Subscription(after(number, wanted, 1), () -> {});
        }
    }, Duration.ofMillis(10));

    @AfterEach
    void stop() {
        kit.shutdownTestKit();
    }

    @Test
    void whoReadsHearsThatTheNodeIsThere() throws Exception {
        List<String> sent = streams.sent(0, event -> true, false).map(ByteString::utf8String).take(3)
                .runWith(Sink.seq(), kit.system()).toCompletableFuture().get(20, TimeUnit.SECONDS);
        assertEquals(List.of(": events of the node\nretry: 2000\n\n", ":\n\n", ":\n\n"), sent);
        Source<Message, ?> silent = Source.maybe();
        List<String> frames = silent.via(streams.frames(0, event -> true, false)).take(1)
                .map(frame -> frame.asTextMessage().getStrictText())
                .runWith(Sink.seq(), kit.system()).toCompletableFuture().get(20, TimeUnit.SECONDS);
        assertEquals(List.of("{\"type\":\"alive\"}"), frames);
    }
}
