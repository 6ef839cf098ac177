// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.guixp2p.persistence.reputation.PeerRecord;
import org.guixp2p.persistence.reputation.Reputation;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.swarm.BlockLayout;
import org.guixp2p.protocol.swarm.PeerId;
import org.junit.jupiter.api.Test;

/** What of one download is remembered of its peers. */
class PeerReportsTest {
    private static final int LANE = 0;
    private static final int OTHER = 1;
    private static final List<PeerId> PEERS = Stream.of(LANE, OTHER)
            .map(lane -> new PeerId(Sha256.hash(new byte[]{lane.byteValue()}))).toList();
    private static final int BLOCK = BlockLayout.BLOCK_BYTES;

    private Instant wall = Instant.parse("2026-03-01T12:00:00Z");
    private long millis = 5_000;
    private final Reputation reputation = Reputation.empty(() -> wall, new Random(1));
    private final PeerReports reports = new PeerReports(reputation, () -> millis);

    private void give(int lane, int blocks, long millisEach) {
        for (int i = 0; i < blocks; i++) {
            millis += millisEach;
            reports.stored(lane, BLOCK);
        }
    }

    private void begin(int lane, long agoMillis) {
        reports.begin(lane, PEERS.get(lane), agoMillis);
    }

    private PeerRecord end(int lane) {
        reports.endBut(other -> other != lane);
        return known(lane);
    }

    private PeerRecord known(int lane) {
        return reputation.known(PEERS.get(lane));
    }

    /** What is collected while it is given is nobody's fault; a block may still be verified when the peer says so. */
    @Test
    void whoHasItNoMoreFailsOnlyWhereNothingCame() {
        begin(LANE, 0);
        begin(OTHER, 0);
        reports.notHere(LANE);
        reports.notHere(OTHER);
        give(LANE, 1, 30);
        assertEquals(0, end(LANE).bad());
        assertEquals(1, end(OTHER).bad());
    }

    /** The clock may be set meanwhile, by hours. */
    @Test
    void rateAndLatencyAreMeasuredByATimeThatGoesOnEvenly() {
        begin(LANE, 20);
        give(LANE, 1, 30);
        wall = wall.minusSeconds(36_000);
        give(LANE, 7, 50);
        wall = wall.plusSeconds(72_000);
        PeerRecord known = end(LANE);
        assertEquals(50, known.latency());
        assertEquals(8f * BLOCK * 1000 / 400, known.rate());
        assertEquals(8L * BLOCK, known.bytes());
        assertEquals(0, known.bad());
    }

    @Test
    void whoStallsWhileOthersGoOnIsNoted() {
        begin(LANE, 0);
        begin(OTHER, 0);
        give(OTHER, 3, 10);
        reports.stalled(LANE);
        reports.stalled(LANE);
        assertEquals(2, end(LANE).bad());
        assertEquals(0, end(OTHER).bad());
        assertTrue(known(LANE).score() < known(OTHER).score());
    }

    /** The time that it took for a block which another one gave in the end is its time. */
    @Test
    void whoLosesToAHedgeIsSlower() {
        begin(LANE, 0);
        give(LANE, 20, 10);
        millis += 800;
        reports.late(LANE);
        PeerRecord known = end(LANE);
        assertEquals(20f * BLOCK * 1000 / 1000, known.rate());
        assertEquals(0, known.bad(), "one of twenty is nothing to speak of");
    }

    @Test
    void whoLosesManyIsNotedOnceADownloadAndNeverRefused() {
        begin(LANE, 0);
        give(LANE, 20, 10);
        for (int i = 0; i < 10; i++) {
            reports.late(LANE);
        }
        assertEquals(1, end(LANE).bad());
        for (int i = 0; i < 100; i++) {
            begin(LANE, 0);
            reports.late(LANE);
            reports.stalled(LANE);
            end(LANE);
        }
        assertEquals(Optional.empty(), reputation.refusedFor(PEERS.get(LANE)));
        assertEquals(0, known(LANE).strikes());
    }

    @Test
    void ofWhomNothingIsAskedNothingIsNoted() {
        reports.stalled(LANE);
        reports.late(LANE);
        reports.failed(LANE);
        reports.stored(LANE, BLOCK);
        reports.endBut(lane -> false);
        assertEquals(PeerRecord.UNKNOWN.score(), end(LANE).score());
    }
}
