// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.stream.Attributes;
import org.apache.pekko.stream.BoundedSourceQueue;
import org.apache.pekko.stream.javadsl.Keep;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.stream.javadsl.SinkQueueWithCancel;
import org.apache.pekko.stream.javadsl.Source;
import org.apache.pekko.util.ByteString;
import org.guixp2p.node.testing.Eventually;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class WireMeterTest {
    private static final Duration TIMEOUT = Duration.ofMillis(8);

    private static ActorTestKit kit;

    private final AtomicLong now = new AtomicLong();
    private final AtomicInteger looks = new AtomicInteger();
    private final AtomicLong received = new AtomicLong();
    private final CompletableFuture<Boolean> ended = new CompletableFuture<>();
    private final BoundedSourceQueue<ByteString> wire;
    private final SinkQueueWithCancel<ByteString> reader;

    @BeforeAll
    static void start() {
        kit = ActorTestKit.create();
    }

    @AfterAll
    static void stop() {
        kit.shutdownTestKit();
    }

    WireMeterTest() {
        var running = Source.<ByteString>queue(16)
                .via(new WireMeter(TIMEOUT, this::look, (bytes, nanos) -> received.addAndGet(bytes), ended::complete))
                .toMat(Sink.<ByteString>queue(1).withAttributes(Attributes.inputBuffer(1, 1)), Keep.both())
                .run(kit.system());
        wire = running.first();
        reader = running.second();
    }

    private long look() {
        looks.incrementAndGet();
        return now.get();
    }

    private void pass(Duration time) {
        now.addAndGet(time.toNanos());
    }

    private void send(int bytes) {
        wire.offer(ByteString.fromArray(new byte[bytes]));
    }

    private void awaitReceived(long bytes) {
        Eventually.holds(() -> received.get() == bytes, () -> bytes + " bytes, not " + received);
    }

    /** Waits until the meter has looked at the clock several times with somebody waiting. */
    private void awaitChecks() {
        int before = looks.get();
        Eventually.holds(() -> looks.get() > before + 5, () -> "checks");
    }

    private void assertStalls() {
        CompletionException failure = assertThrows(CompletionException.class, () -> {
            while (Eventually.get(reader.pull()).isPresent()) {
                // What came before the stall.
                awaitReceived(received.get());
            }
        });
        assertEquals(new HttpFault.Stalled(TIMEOUT),
                assertInstanceOf(HttpFaultException.class, failure.getCause()).fault());
        assertFalse(Eventually.get(ended));
    }

    @Test
    void silenceIsAStallOnlyAfterTheTimeout() {
        awaitChecks();
        pass(TIMEOUT.minusNanos(1));
        awaitChecks();
        assertFalse(ended.isDone());
        pass(Duration.ofNanos(1));
        assertStalls();
    }

    @Test
    void aReaderMayRestForAsLongAsItLikes() throws Exception {
        send(2000);
        awaitReceived(2000);
        // The reader's one place is taken, so it asks for nothing while an hour goes by.
        pass(Duration.ofHours(1));
        assertEquals(2000, Eventually.get(reader.pull()).orElseThrow().size());
        awaitChecks();
        assertFalse(ended.isDone());
        CompletionStage<Optional<ByteString>> next = reader.pull();
        send(5);
        assertEquals(5, next.toCompletableFuture().get(20, TimeUnit.SECONDS).orElseThrow().size());
        awaitChecks();
        pass(TIMEOUT);
        assertStalls();
    }

    @Test
    void aByteNowAndThenIsNoHeadway() {
        for (int i = 1; i <= 3; i++) {
            awaitChecks();
            pass(TIMEOUT.dividedBy(4));
            send(WireMeter.LEAST_BYTES / 4);
            awaitReceived((long) i * WireMeter.LEAST_BYTES / 4);
            Eventually.get(reader.pull());
        }
        awaitChecks();
        assertFalse(ended.isDone());
        pass(TIMEOUT.dividedBy(4));
        assertStalls();
    }

    @Test
    void headwayBeginsTheTimeAnew() {
        for (int i = 1; i <= 6; i++) {
            awaitChecks();
            pass(TIMEOUT.dividedBy(2));
            send(WireMeter.LEAST_BYTES);
            awaitReceived((long) i * WireMeter.LEAST_BYTES);
            Eventually.get(reader.pull());
        }
        assertFalse(ended.isDone());
        wire.complete();
        assertEquals(Optional.empty(), Eventually.get(reader.pull()));
        assertEquals(true, Eventually.get(ended));
    }

    @Test
    void whatIsLeftUnreadIsNotComplete() {
        send(10);
        awaitReceived(10);
        reader.cancel();
        assertFalse(Eventually.get(ended));
    }

    @Test
    void whatFailsIsNotComplete() {
        wire.fail(new IllegalStateException("cut"));
        assertThrows(CompletionException.class, () -> Eventually.get(reader.pull()));
        assertFalse(Eventually.get(ended));
    }

    @Test
    void everyByteIsCounted() {
        List.of(1, 2, 3).forEach(this::send);
        for (int i = 0; i < 3; i++) {
            Eventually.get(reader.pull());
        }
        awaitReceived(6);
    }
}
