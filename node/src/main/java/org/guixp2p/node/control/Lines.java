// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.control;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Lines of an answer that wait for whoever reads it; whoever says many waits with more when too many do. */
final class Lines implements Consumer<Map<String, ?>> {
    /** Answers that are not lists have fewer. */
    static final int MOST = 4_096;
    private static final long LOOK_MILLIS = 100;

    private final BlockingQueue<Optional<Map<String, ?>>> queue = new LinkedBlockingQueue<>(MOST);
    private volatile boolean over;

    @Override
    public void accept(Map<String, ?> line) {
        put(Optional.of(line));
    }

    /** There are no more. */
    void end() {
        put(Optional.empty());
    }

    private void put(Optional<Map<String, ?>> line) {
        try {
            // Whoever has hung up reads none of them.
            for (boolean put = over; !put;) {
                put = queue.offer(line, LOOK_MILLIS, TimeUnit.MILLISECONDS) || over;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** The next one; nothing at the end. */
    Optional<Map<String, ?>> take() throws InterruptedException {
        return queue.take();
    }

    /** Nobody reads any more. */
    void close() {
        over = true;
    }
}
