// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.guixp2p.persistence.reputation.Reputation;
import org.guixp2p.persistence.reputation.Transfer;
import org.guixp2p.protocol.swarm.PeerId;

/** What each peer gives to one download, told to the node's memory of peers when the peer is asked for nothing more. */
final class PeerReports {
    /** Of the blocks of one peer, as many that another one gave first since they were late make it a slow one. */
    private static final int LATE_SHARE = 10;

    private final Reputation reputation;
    private final LongSupplier millis;
    private final Map<PeerId, Report> open = new HashMap<>();

    private static final class Report {
        private final long since;
        private long bytes;
        private int blocks;
        private long firstMillis;
        private long lastMillis;
        private int failed;
        private int stalled;
        private int late;

        private Report(long since) {
            this.since = since;
        }

        private Transfer transfer() {
            boolean slow = late > 0 && (long) late * LATE_SHARE >= blocks;
            return new Transfer(bytes, lastMillis, blocks, firstMillis, failed, slow ? stalled + 1 : stalled);
        }
    }

    /** @param millis time that goes on evenly when the clock is set */
    PeerReports(Reputation reputation, LongSupplier millis) {
        this.reputation = reputation;
        this.millis = millis;
    }

    /** The peer is asked for blocks from now on, or was asked for the first ones so many milliseconds ago. */
    void begin(PeerId peer, long agoMillis) {
        open.putIfAbsent(peer, new Report(millis.getAsLong() - agoMillis));
    }

    private Optional<Report> of(PeerId peer) {
        return Optional.ofNullable(open.get(peer));
    }

    /** A block came and was right. */
    void stored(PeerId peer, int bytes) {
        of(peer).ifPresent(report -> {
            report.lastMillis = Math.max(report.lastMillis, millis.getAsLong() - report.since);
            report.firstMillis = report.blocks == 0 ? report.lastMillis : report.firstMillis;
            report.bytes += bytes;
            report.blocks++;
        });
    }

    /** A block did not come that the peer had offered. */
    void failed(PeerId peer) {
        of(peer).ifPresent(report -> report.failed++);
    }

    /** The peer gave nothing for so long, while others did, that what it owes is asked of them. */
    void stalled(PeerId peer) {
        of(peer).ifPresent(report -> report.stalled++);
    }

    /** A block was late, and another one gave it first. The time that the peer took for it counts. */
    void late(PeerId peer) {
        of(peer).ifPresent(report -> {
            report.late++;
            report.lastMillis = Math.max(report.lastMillis, millis.getAsLong() - report.since);
        });
    }

    /** No peer gave anything for so long that the download turns elsewhere. */
    void allStalled() {
        open.values().forEach(report -> report.stalled++);
    }

    /** The peer is asked for nothing more. */
    void end(PeerId peer) {
        Report report = open.remove(peer);
        if (report != null) {
            reputation.transferred(peer, report.transfer());
        }
    }

    /** Nobody is asked for anything more. */
    void endAll() {
        open.forEach((peer, report) -> reputation.transferred(peer, report.transfer()));
        open.clear();
    }
}
