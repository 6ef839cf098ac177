// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.persistence.reputation;

import java.time.Duration;
import java.util.random.RandomGenerator;

/** How long to wait before a peer is dialled again: twice as long each time, within limits, and never to the second. */
final class Backoff {
    static final Duration FIRST = Duration.ofSeconds(1);
    static final Duration LONGEST = Duration.ofMinutes(5);

    private Backoff() {}

    /**
     * Between half of what it would be and all of it, so that nodes which lost a peer at the same moment do not come back at
     * the same moment.
     *
     * @param streak dials in a row that came to nothing
     */
    static Duration delay(int streak, RandomGenerator random) {
        int doublings = Math.clamp(streak - 1L, 0, PeerRecord.MAX_STREAK);
        long millis = Math.min(LONGEST.toMillis(), FIRST.toMillis() << doublings);
        return Duration.ofMillis(millis / 2 + random.nextLong(millis / 2 + 1));
    }
}
