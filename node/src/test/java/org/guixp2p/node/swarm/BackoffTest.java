// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.Random;
import java.util.stream.Stream;
import org.guixp2p.protocol.swarm.PeerId;
import org.junit.jupiter.api.Test;

class BackoffTest {
    private static final PeerId ONE = TestPeer.someone().peerId();
    private static final PeerId OTHER = TestPeer.someone().peerId();

    private static void assertWithin(long most, Duration wait) {
        assertTrue(wait.toMillis() >= most / 2 && wait.toMillis() <= most, wait + ", at most " + most + " ms");
    }

    @Test
    void twiceAsLongEachTimeWithinLimits() {
        Backoff backoff = new Backoff(new Random(7));
        for (long most : new long[]{1000, 2000, 4000, 8000, 16_000, 32_000, 64_000, 128_000, 256_000, 300_000,
            300_000}) {
            assertWithin(most, backoff.next(ONE));
        }
        for (int i = 0; i < 100; i++) {
            assertWithin(300_000, backoff.next(ONE));
        }
    }

    @Test
    void eachPeerHasItsOwn() {
        Backoff backoff = new Backoff(new Random(7));
        backoff.next(ONE);
        backoff.next(ONE);
        assertWithin(1000, backoff.next(OTHER));
        assertWithin(4000, backoff.next(ONE));
    }

    @Test
    void successBeginsAnew() {
        Backoff backoff = new Backoff(new Random(7));
        for (int i = 0; i < 10; i++) {
            backoff.next(ONE);
        }
        backoff.succeeded(ONE);
        assertWithin(1000, backoff.next(ONE));
    }

    /** Nodes that lost the same peer at the same moment must not come back at the same moment. */
    @Test
    void chanceSpreadsIt() {
        Backoff backoff = new Backoff(new Random(7));
        long different = Stream.generate(() -> {
            backoff.succeeded(ONE);
            return backoff.next(ONE);
        }).limit(100).distinct().count();
        assertTrue(different > 50, different + " of 100");
        assertEquals(new Backoff(new Random(9)).next(ONE), new Backoff(new Random(9)).next(OTHER));
    }
}
