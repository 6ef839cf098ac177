// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import java.util.HashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import org.guixp2p.persistence.reputation.Reputation;
import org.guixp2p.persistence.reputation.Transfer;
import org.guixp2p.protocol.swarm.PeerId;

/** What each peer gives to one download, told to the node's memory of peers when the peer is asked for nothing more. */
final class PeerReports {
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

        private Report(long since) {
            this.since = since;
        }

        private Transfer transfer() {
            return new Transfer(bytes, lastMillis, blocks, firstMillis, failed, stalled);
        }
    }

    /** @param millis goes on evenly when the clock is set */
    PeerReports(Reputation reputation, LongSupplier millis) {
        this.reputation = reputation;
        this.millis = millis;
    }

    /** The peer is asked for blocks from now on, or was asked for the first ones so many milliseconds ago. */
    void begin(PeerId peer, long agoMillis) {
        open.putIfAbsent(peer, new Report(millis.getAsLong() - agoMillis));
    }

    /** A block came and was right. */
    void stored(PeerId peer, int bytes) {
        Report report = open.get(peer);
        if (report != null) {
            report.lastMillis = Math.max(report.lastMillis, millis.getAsLong() - report.since);
            report.firstMillis = report.blocks == 0 ? report.lastMillis : report.firstMillis;
            report.bytes += bytes;
            report.blocks++;
        }
    }

    /** A block did not come that the peer had offered. */
    void failed(PeerId peer) {
        Report report = open.get(peer);
        if (report != null) {
            report.failed++;
        }
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
