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

    /** In bytes a second; 0 as long as there is nothing to compare with. */
    double of(Sample.Transfer transfer) {
        if (moments.size() < 2 || transfer.isOver()) {
            return 0;
        }
        Moment first = moments.getFirst();
        long nanos = moments.getLast().nanos - first.nanos;
        long came = transfer.receivedBytes() - first.received.getOrDefault(transfer.id(), 0L);
        return nanos <= 0 ? 0 : Math.max(0, came) * 1e9 / nanos;
    }

    /** Of all downloads together, in bytes a second: those too that have ended since, as far as they are still told of. */
    double ofAll(Sample sample) {
        return sample.transfers().stream().mapToDouble(this::of).sum();
    }
}
