// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.guixp2p.protocol.swarm.PeerId;

/** How long to wait before a peer is dialled again: twice as long each time, within limits, and never to the second. */
final class Backoff {
    private static final Duration FIRST = Duration.ofSeconds(1);
    private static final Duration LONGEST = Duration.ofMinutes(5);
    private static final int MAX_DOUBLINGS = 20;

    private final Map<PeerId, Integer> failures = new HashMap<>();
    private final RandomGenerator random;

    Backoff(RandomGenerator random) {
        this.random = random;
    }

    /** Notes a failure; the time to wait is between half of what it would be and all of it. */
    Duration next(PeerId peer) {
        int count = Math.min(failures.merge(peer, 1, Integer::sum), MAX_DOUBLINGS);
        long millis = Math.min(LONGEST.toMillis(), FIRST.toMillis() << (count - 1));
        return Duration.ofMillis(millis / 2 + random.nextLong(millis / 2 + 1));
    }

    void succeeded(PeerId peer) {
        failures.remove(peer);
    }
}
