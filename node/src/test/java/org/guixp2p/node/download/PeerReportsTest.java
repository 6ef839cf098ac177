// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Instant;
import java.util.Optional;
import java.util.Random;
import org.guixp2p.persistence.reputation.PeerRecord;
import org.guixp2p.persistence.reputation.Reputation;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.swarm.BlockLayout;
import org.guixp2p.protocol.swarm.PeerId;
import org.junit.jupiter.api.Test;

/** What of one download is remembered of its peers. */
class PeerReportsTest {
    private static final PeerId PEER = new PeerId(Sha256.hash(new byte[]{1}));
    private static final PeerId OTHER = new PeerId(Sha256.hash(new byte[]{2}));
    private static final int BLOCK = BlockLayout.BLOCK_BYTES;

    private Instant wall = Instant.parse("2026-03-01T12:00:00Z");
    private long millis = 5_000;
    private final Reputation reputation = Reputation.empty(() -> wall, new Random(1));
    private final PeerReports reports = new PeerReports(reputation, () -> millis);

    private void give(PeerId peer, int blocks, long millisEach) {
        for (int i = 0; i < blocks; i++) {
            millis += millisEach;
            reports.stored(peer, BLOCK);
        }
    }

    private PeerRecord end(PeerId peer) {
        reports.end(peer);
        return reputation.known(peer);
    }

    /** The clock may be set meanwhile, by hours. */
    @Test
    void rateAndLatencyAreMeasuredByATimeThatGoesOnEvenly() {
        reports.begin(PEER, 20);
        give(PEER, 1, 30);
        wall = wall.minusSeconds(36_000);
        give(PEER, 7, 50);
        wall = wall.plusSeconds(72_000);
        PeerRecord known = end(PEER);
        assertEquals(50, known.latency());
        assertEquals(8f * BLOCK * 1000 / 400, known.rate());
        assertEquals(8L * BLOCK, known.bytes());
        assertEquals(0, known.bad());
    }

    @Test
    void whoStallsWhileOthersGoOnIsNoted() {
        reports.begin(PEER, 0);
        reports.begin(OTHER, 0);
        give(OTHER, 3, 10);
        reports.stalled(PEER);
        reports.stalled(PEER);
        assertEquals(2, end(PEER).bad());
        assertEquals(0, end(OTHER).bad());
        assertTrue(reputation.known(PEER).score() < reputation.known(OTHER).score());
    }

    /** The time that it took for a block which another one gave in the end is its time. */
    @Test
    void whoLosesToAHedgeIsSlower() {
        reports.begin(PEER, 0);
        give(PEER, 20, 10);
        millis += 800;
        reports.late(PEER);
        PeerRecord known = end(PEER);
        assertEquals(20f * BLOCK * 1000 / 1000, known.rate());
        assertEquals(0, known.bad(), "one of twenty is nothing to speak of");
    }

    @Test
    void whoLosesManyIsNotedOnceADownloadAndNeverRefused() {
        reports.begin(PEER, 0);
        give(PEER, 20, 10);
        for (int i = 0; i < 10; i++) {
            reports.late(PEER);
        }
        assertEquals(1, end(PEER).bad());
        for (int i = 0; i < 100; i++) {
            reports.begin(PEER, 0);
            reports.late(PEER);
            reports.stalled(PEER);
            reports.end(PEER);
        }
        assertEquals(Optional.empty(), reputation.refusedFor(PEER));
        assertEquals(0, reputation.known(PEER).strikes());
    }

    @Test
    void ofWhomNothingIsAskedNothingIsNoted() {
        reports.stalled(PEER);
        reports.late(PEER);
        reports.failed(PEER);
        reports.stored(PEER, BLOCK);
        reports.endAll();
        assertEquals(PeerRecord.UNKNOWN.score(), end(PEER).score());
    }
}
