// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class WriteGateTest {
    private final WriteGate gate = new WriteGate();
    private final List<String> happened = new CopyOnWriteArrayList<>();

    @Test
    void nothingIsWrittenOnceItIsClosed() throws IOException {
        assertTrue(gate.pass(() -> happened.add("written")));
        gate.close();
        assertFalse(gate.pass(() -> happened.add("written late")));
        assertEquals(List.of("written"), happened);
    }

    @Test
    void closingWaitsForWhatIsBeingWritten() throws Exception {
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        CompletableFuture<Boolean> written = new CompletableFuture<>();
        CompletableFuture<Void> closed = new CompletableFuture<>();
        Thread.ofVirtual().start(() -> {
            try {
                written.complete(gate.pass(() -> {
                    inside.countDown();
                    awaitQuietly(release);
                    happened.add("written");
                }));
            } catch (IOException e) {
                written.completeExceptionally(e);
            }
        });
        assertTrue(inside.await(20, TimeUnit.SECONDS));
        Thread closer = Thread.ofPlatform().start(() -> {
            gate.close();
            happened.add("closed");
            closed.complete(null);
        });
        while (closer.getState() != Thread.State.WAITING) {
            assertTrue(closer.isAlive(), "it did not wait");
            Thread.onSpinWait();
        }
        release.countDown();
        assertTrue(written.get(20, TimeUnit.SECONDS));
        closed.get(20, TimeUnit.SECONDS);
        assertEquals(List.of("written", "closed"), happened);
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void aDiskThatFailsIsReportedAndLeavesTheGateAsItWas() throws IOException {
        assertThrows(IOException.class, () -> gate.pass(() -> {
            throw new IOException("full");
        }));
        assertTrue(gate.pass(() -> happened.add("written")));
        gate.close();
    }
}
