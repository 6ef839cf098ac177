// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class OneAtATimeTest {
    private final OneAtATime turn = new OneAtATime();

    @Test
    void whatAnActionBringsComesAfterIt() {
        List<String> done = new ArrayList<>();
        turn.run(() -> {
            turn.run(() -> done.add("inner"));
            done.add("outer");
        });
        turn.run(() -> done.add("last"));
        assertEquals(List.of("outer", "inner", "last"), done);
    }

    @Test
    void whoeverComesMeanwhileDoesNotWait() throws InterruptedException {
        List<Thread> ran = new ArrayList<>();
        CountDownLatch running = new CountDownLatch(1);
        CountDownLatch brought = new CountDownLatch(1);
        Thread first = Thread.ofVirtual().start(() -> turn.run(() -> {
            running.countDown();
            awaitZero(brought);
            ran.add(Thread.currentThread());
        }));
        running.await();
        turn.run(() -> ran.add(Thread.currentThread()));
        brought.countDown();
        first.join();
        assertEquals(List.of(first, first), ran);
    }

    /** Without turns some of the sums would be lost. */
    @Test
    void whatOnlyActionsTouchNeedsNoLock() throws InterruptedException {
        int[] sum = new int[1];
        List<Thread> threads = IntStream.range(0, 8).mapToObj(i -> Thread.ofPlatform().start(() -> {
            for (int n = 0; n < 10_000; n++) {
                turn.run(() -> sum[0]++);
            }
        })).toList();
        for (Thread thread : threads) {
            thread.join();
        }
        assertEquals(80_000, sum[0]);
    }

    private static void awaitZero(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
