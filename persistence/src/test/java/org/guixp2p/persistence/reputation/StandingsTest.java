// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.persistence.reputation;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.guixp2p.protocol.swarm.PeerId;
import org.junit.jupiter.api.Test;

class StandingsTest {
    private Instant now = Instant.parse("2026-11-28T00:00:00Z");
    private final Reputation reputation = Reputation.empty(() -> now, new Random(1));

    private static PeerId peer(int number) {
        byte[] key = new byte[PeerId.KEY_BYTES];
        key[0] = (byte) number;
        return PeerId.ofPublicKey(key);
    }

    @Test
    void allPeersAreSortedByTheirScores() {
        assertEquals(new Standings(0, List.of(0, 0, 0, 0)), reputation.standings());
        // Nothing is known of this one but that it is there.
        reputation.connected(peer(0));
        IntStream.range(0, 20)
                .forEach(_ -> reputation.transferred(peer(1), new Transfer(10 << 20, 2_000, 40, 30, 0, 0)));
        reputation.misbehaved(peer(2), Offence.CORRUPT_BLOCK);
        reputation.misbehaved(peer(3), Offence.CORRUPT_BLOCK);
        assertEquals(new Standings(2, List.of(2, 0, 1, 1)), reputation.standings());
        // As of now, not as of the last event: what peers did fades.
        now = now.plus(Duration.ofDays(3650));
        assertEquals(new Standings(0, List.of(0, 0, 4, 0)), reputation.standings());
    }
}
