// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.top;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** How fast things come and go, by what was counted within the last seconds. One thread. */
final class Speeds {
    /** Over how long: blocks come in bursts. */
    static final Duration WINDOW = Duration.ofSeconds(5);

    private final Deque<Moment> moments = new ArrayDeque<>();

    /** What something is counted by: the node as a whole, a download, or a peer. */
    private sealed interface Counter {
        record OfNode(boolean up) implements Counter {}

        record OfDownload(long id) implements Counter {}

        record OfPeer(String peerId, boolean up) implements Counter {}
    }

    private record Moment(long nanos, Map<Counter, Long> counted) {}

    /** Takes note of a sample, which is later than those before. */
    void note(Sample sample) {
        Map<Counter, Long> counted = new HashMap<>();
        counted.put(new Counter.OfNode(false), sample.summary().receivedBytes());
        counted.put(new Counter.OfNode(true), sample.summary().givenBytes());
        sample.transfers().stream().filter(transfer -> !transfer.isOver())
                .forEach(transfer -> counted.put(new Counter.OfDownload(transfer.id()), transfer.receivedBytes()));
        for (Sample.Peer peer : sample.peers()) {
            counted.put(new Counter.OfPeer(peer.peerId(), false), peer.receivedBytes());
            counted.put(new Counter.OfPeer(peer.peerId(), true), peer.sentBytes());
        }
        moments.addLast(new Moment(sample.nanos(), counted));
        while (moments.size() > 2 && sample.nanos() - moments.getFirst().nanos > WINDOW.toNanos()) {
            moments.removeFirst();
        }
    }

    /** In bytes a second; 0 as long as there is nothing to compare with, and of what is over. */
    double of(Sample.Transfer transfer) {
        return transfer.isOver() ? 0 : of(new Counter.OfDownload(transfer.id()));
    }

    /** The same of what came from a peer, or goes to it. */
    double of(Sample.Peer peer, boolean up) {
        return of(new Counter.OfPeer(peer.peerId(), up));
    }

    /** The same of all that came, or was given. */
    double ofAll(boolean up) {
        return of(new Counter.OfNode(up));
    }

    /** Since it was first seen within that time: what came before that may be old. */
    private double of(Counter counter) {
        Optional<Moment> first = moments.stream().filter(moment -> moment.counted.containsKey(counter)).findFirst();
        if (first.isEmpty()) {
            return 0;
        }
        Moment last = moments.getLast();
        long nanos = last.nanos - first.get().nanos;
        long came = last.counted.getOrDefault(counter, 0L) - first.get().counted.getOrDefault(counter, 0L);
        return nanos <= 0 ? 0 : Math.max(0, came) * 1e9 / nanos;
    }
}
