// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.guixp2p.protocol.swarm.BlockPayload;
import org.guixp2p.protocol.swarm.GoodbyeReason;
import org.guixp2p.protocol.swarm.RequestId;
import org.guixp2p.protocol.swarm.SwarmMessage;
import org.junit.jupiter.api.Test;

class OutboxTest {
    private static final SwarmMessage GOODBYE = SwarmMessage.Goodbye.of(GoodbyeReason.SHUTDOWN, "");

    private final FakeTicker ticker = new FakeTicker();

    private Outbox outbox(int messages, long bytes) {
        return new Outbox(new SwarmSettings(Duration.ZERO, 1, 1, 1, Duration.ZERO, Duration.ZERO, Duration.ZERO,
                Duration.ZERO, messages, bytes, ticker, SwarmSettings.STANDARD.patience()));
    }

    private static boolean add(Outbox outbox, SwarmMessage message) {
        return outbox.add(message, () -> {});
    }

    private static SwarmMessage cancel(int id) {
        return new SwarmMessage.Cancel(new RequestId(id));
    }

    private static SwarmMessage block(int bytes) {
        return new SwarmMessage.Block(new RequestId(1), 0, BlockPayload.raw(new byte[bytes]));
    }

    private static SwarmMessage polled(Outbox outbox) {
        Outbox.Outgoing next = outbox.poll();
        assertNotNull(next);
        SwarmMessage message = next.message();
        assertNotNull(message);
        return message;
    }

    @Test
    void inOrderButAPongASecondFirst() {
        Outbox outbox = outbox(10, 100_000);
        add(outbox, cancel(1));
        add(outbox, new SwarmMessage.Pong(1));
        add(outbox, cancel(2));
        ticker.advance(Duration.ofMillis(999));
        add(outbox, new SwarmMessage.Pong(3));
        ticker.advance(Duration.ofMillis(1));
        add(outbox, new SwarmMessage.Pong(2));
        assertEquals(new SwarmMessage.Pong(1), polled(outbox));
        assertEquals(new SwarmMessage.Pong(2), polled(outbox));
        assertEquals(cancel(1), polled(outbox));
        assertEquals(cancel(2), polled(outbox));
        assertEquals(new SwarmMessage.Pong(3), polled(outbox));
        assertNull(outbox.poll());
    }

    @Test
    void blocksComeBehindWhatIsSmall() {
        Outbox outbox = outbox(10, 100_000);
        add(outbox, block(9_000));
        add(outbox, cancel(1));
        add(outbox, block(8_000));
        add(outbox, cancel(2));
        assertEquals(cancel(1), polled(outbox));
        assertEquals(cancel(2), polled(outbox));
        assertEquals(block(9_000), polled(outbox));
        assertEquals(block(8_000), polled(outbox));
        assertNull(outbox.poll());
    }

    @Test
    void noMoreMessagesThanItHolds() {
        Outbox outbox = outbox(3, 100_000);
        assertTrue(add(outbox, cancel(1)));
        assertTrue(add(outbox, new SwarmMessage.Pong(1)));
        assertTrue(add(outbox, cancel(2)));
        assertFalse(add(outbox, cancel(3)));
        assertFalse(add(outbox, new SwarmMessage.Pong(3)));
        polled(outbox);
        assertTrue(add(outbox, cancel(4)));
        assertFalse(add(outbox, cancel(5)));
    }

    @Test
    void noMoreBytesThanItHolds() {
        Outbox outbox = outbox(100, 20_000);
        assertTrue(add(outbox, block(9_000)));
        assertTrue(add(outbox, block(9_000)));
        assertFalse(add(outbox, block(9_000)));
        assertTrue(add(outbox, cancel(1)));
        assertEquals(cancel(1), polled(outbox));
        assertEquals(block(9_000), polled(outbox));
        assertTrue(add(outbox, block(9_000)));
    }

    @Test
    void theLastWordComesInsteadOfAllElse() {
        Outbox outbox = outbox(2, 20_000);
        add(outbox, block(9_000));
        add(outbox, block(9_000));
        outbox.leave(GOODBYE);
        outbox.leave(null);
        assertTrue(add(outbox, cancel(1)));
        Outbox.Outgoing last = outbox.poll();
        assertNotNull(last);
        assertTrue(last.last());
        assertEquals(GOODBYE, last.message());
        assertNull(outbox.poll());
    }

    @Test
    void theEndWithoutAWord() throws InterruptedException {
        Outbox outbox = outbox(2, 20_000);
        outbox.leave(null);
        Outbox.Outgoing end = outbox.take();
        assertTrue(end.last());
        assertNull(end.message());
    }

    @Test
    void aTurnIsWaitedForUnlessThereIsSomethingUrgent() throws InterruptedException {
        Outbox outbox = outbox(10, 20_000);
        add(outbox, cancel(1));
        long until = ticker.nanos() + 5_000;
        assertNull(outbox.urgentUntil(until));
        assertEquals(5_000, ticker.waited());
        add(outbox, new SwarmMessage.Pong(1));
        Outbox.Outgoing urgent = outbox.urgentUntil(until + 7_000);
        assertNotNull(urgent);
        assertEquals(new SwarmMessage.Pong(1), urgent.message());
        assertEquals(5_000, ticker.waited());
        outbox.leave(GOODBYE);
        Outbox.Outgoing last = outbox.urgentUntil(until + 7_000);
        assertNotNull(last);
        assertEquals(GOODBYE, last.message());
    }

    /** With a real clock: whoever waits for a message, or for its turn, is woken by what comes. */
    @Test
    void waitingEndsWithWhatComes() throws Exception {
        Outbox outbox = new Outbox(SwarmSettings.STANDARD);
        var taken = new CompletableFuture<Outbox.Outgoing>();
        Thread.ofVirtual().start(() -> {
            try {
                taken.complete(outbox.take());
            } catch (InterruptedException e) {
                taken.completeExceptionally(e);
            }
        });
        add(outbox, cancel(1));
        assertEquals(cancel(1), taken.get(10, TimeUnit.SECONDS).message());
        var urgent = new CompletableFuture<Outbox.Outgoing>();
        Thread.ofVirtual().start(() -> {
            try {
                urgent.complete(outbox.urgentUntil(System.nanoTime() + Duration.ofHours(1).toNanos()));
            } catch (InterruptedException e) {
                urgent.completeExceptionally(e);
            }
        });
        add(outbox, cancel(2));
        add(outbox, new SwarmMessage.Pong(1));
        assertEquals(new SwarmMessage.Pong(1), urgent.get(10, TimeUnit.SECONDS).message());
    }
}
