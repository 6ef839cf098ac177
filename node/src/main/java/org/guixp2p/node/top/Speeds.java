// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.top;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;

/** How fast downloads are, by what came within the last seconds. One thread. */
final class Speeds {
    /** Over how long: blocks come in bursts. */
    static final Duration WINDOW = Duration.ofSeconds(5);

    private final Deque<Moment> moments = new ArrayDeque<>();

    private record Moment(long nanos, Map<Long, Long> received) {}

    /** Takes note of a sample, which is later than those before. */
    void note(Sample sample) {
        Map<Long, Long> received = new HashMap<>();
        sample.transfers().forEach(transfer -> received.put(transfer.id(), transfer.receivedBytes()));
        moments.addLast(new Moment(sample.nanos(), received));
        while (moments.size() > 2 && sample.nanos() - moments.getFirst().nanos > WINDOW.toNanos()) {
            moments.removeFirst();
        }
    }

    /** In bytes a second; 0 as long as there is nothing to compare with, and of what is over. */
    double of(Sample.Transfer transfer) {
        return transfer.isOver() ? 0 : came(transfer);
    }

    private double came(Sample.Transfer transfer) {
        if (moments.size() < 2) {
            return 0;
        }
        Moment first = moments.getFirst();
        long nanos = moments.getLast().nanos - first.nanos;
        Long before = first.received.get(transfer.id());
        // What was not told of then has begun since, unless it is older than what was.
        boolean isNew = first.received.keySet().stream().allMatch(id -> id < transfer.id());
        long came = before != null ? transfer.receivedBytes() - before : isNew ? transfer.receivedBytes() : 0;
        return nanos <= 0 ? 0 : Math.max(0, came) * 1e9 / nanos;
    }

    /** Of all downloads together, in bytes a second: those too that have ended since, as far as they are still told of. */
    double ofAll(Sample sample) {
        return sample.transfers().stream().mapToDouble(this::came).sum();
    }
}
