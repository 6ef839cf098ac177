// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.guixp2p.node.testing.Eventually;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.swarm.BlockPayload;
import org.guixp2p.protocol.swarm.GoodbyeReason;
import org.guixp2p.protocol.swarm.ManifestBuilder;
import org.guixp2p.protocol.swarm.RequestId;
import org.guixp2p.protocol.swarm.SwarmMessage;
import org.junit.jupiter.api.Test;

class OutboxTest {
    private static final NarHash NAR = new NarHash(Sha256.hash(new byte[]{1}));
    private static final SwarmMessage GOODBYE = SwarmMessage.Goodbye.of(GoodbyeReason.SHUTDOWN, "");

    private final FakeTicker ticker = new FakeTicker();
    private final OutboxRoom room = new OutboxRoom(1 << 20, 50);

    private Outbox outbox(int messages, long bytes) {
        return new Outbox(new SwarmSettings(Duration.ZERO, 1, 1, 1, Duration.ZERO, Duration.ZERO, Duration.ZERO,
                Duration.ZERO, Duration.ZERO, messages, bytes, 0, ticker, SwarmSettings.STANDARD.patience()), room);
    }

    private static boolean add(Outbox outbox, SwarmMessage message) {
        return outbox.add(message, () -> {}, () -> {}) == Outbox.Added.TAKEN;
    }

    private static SwarmMessage cancel(int id) {
        return new SwarmMessage.Cancel(new RequestId(id));
    }

    private static SwarmMessage answer(int id) {
        return new SwarmMessage.NotHere(new RequestId(id), NAR);
    }

    private static SwarmMessage page() {
        return new SwarmMessage.ManifestPart(new RequestId(1), new ManifestBuilder(new NarSize(0)).finish().page(0));
    }

    private static SwarmMessage block(int bytes) {
        return new SwarmMessage.Block(new RequestId(1), 0, BlockPayload.raw(new byte[bytes]));
    }

    /** Whoever cancels much is no worse for it: what was dropped waits no more. */
    @Test
    void whatIsDroppedMakesRoom() {
        Outbox outbox = outbox(2, 1 << 20);
        for (int i = 0; i < 10; i++) {
            List<String> told = new ArrayList<>();
            assertEquals(Outbox.Added.TAKEN,
                    outbox.add(block(10), () -> told.add("written"), () -> told.add("dropped")));
            outbox.drop(new RequestId(1));
            assertEquals(List.of("dropped"), told);
        }
        assertTrue(add(outbox, block(10)));
        assertTrue(add(outbox, block(10)));
        assertFalse(add(outbox, block(10)));
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
        add(outbox, answer(1));
        add(outbox, new SwarmMessage.Pong(1));
        add(outbox, answer(2));
        ticker.advance(Duration.ofMillis(999));
        add(outbox, new SwarmMessage.Pong(3));
        ticker.advance(Duration.ofMillis(1));
        add(outbox, new SwarmMessage.Pong(2));
        add(outbox, cancel(3));
        assertEquals(new SwarmMessage.Pong(1), polled(outbox));
        assertEquals(new SwarmMessage.Pong(2), polled(outbox));
        assertEquals(cancel(3), polled(outbox));
        assertEquals(answer(1), polled(outbox));
        assertEquals(answer(2), polled(outbox));
        assertEquals(new SwarmMessage.Pong(3), polled(outbox));
        assertNull(outbox.poll());
    }

    @Test
    void pagesAndThenBlocksComeBehindWhatIsSmall() {
        Outbox outbox = outbox(10, 100_000);
        add(outbox, block(9_000));
        add(outbox, page());
        add(outbox, answer(1));
        add(outbox, block(8_000));
        add(outbox, answer(2));
        assertEquals(answer(1), polled(outbox));
        assertEquals(answer(2), polled(outbox));
        assertEquals(page(), polled(outbox));
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
    void whatWaitsForItsTurnLetsWhatIsSmallerGoBefore() throws InterruptedException {
        Outbox outbox = outbox(10, 40_000);
        add(outbox, block(9_000));
        Outbox.Outgoing block = outbox.take();
        add(outbox, block(8_000));
        long until = ticker.nanos() + 5_000;
        assertNull(outbox.beforeUntil(block, until));
        assertEquals(5_000, ticker.waited());
        add(outbox, answer(1));
        add(outbox, cancel(2));
        assertEquals(cancel(2), before(outbox, block, until + 7_000));
        assertEquals(answer(1), before(outbox, block, until + 7_000));
        add(outbox, answer(3));
        Outbox.Outgoing small = outbox.take();
        add(outbox, answer(4));
        add(outbox, new SwarmMessage.Pong(1));
        assertEquals(new SwarmMessage.Pong(1), before(outbox, small, until + 7_000));
        assertEquals(5_000, ticker.waited());
        assertNull(outbox.beforeUntil(small, until));
        outbox.leave(GOODBYE);
        assertEquals(GOODBYE, before(outbox, small, until + 7_000));
    }

    private static SwarmMessage before(Outbox outbox, Outbox.Outgoing message, long deadline)
            throws InterruptedException {
        Outbox.Outgoing before = outbox.beforeUntil(message, deadline);
        assertNotNull(before);
        assertNotNull(before.message());
        return before.message();
    }

    /** With a real clock: whoever waits for a message, or for its turn, is woken by what comes. */
    @Test
    void waitingEndsWithWhatComes() throws Exception {
        Outbox outbox = new Outbox(SwarmSettings.STANDARD, room);
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
        for (Runnable waking : new Runnable[]{outbox::wake, () -> add(outbox, new SwarmMessage.Pong(1))}) {
            var woken = new CompletableFuture<Void>();
            var waits = new CountDownLatch(1);
            Thread.ofVirtual().start(() -> {
                try {
                    waits.countDown();
                    outbox.beforeUntil(new Outbox.Outgoing(block(1), () -> {}, () -> {}, false, Outbox.Rank.BLOCK),
                            System.nanoTime() + Duration.ofHours(1).toNanos());
                    woken.complete(null);
                } catch (InterruptedException e) {
                    woken.completeExceptionally(e);
                }
            });
            waits.await();
            Eventually.holds(() -> {
                waking.run();
                return woken.isDone();
            }, () -> "it is woken");
        }
    }
}
