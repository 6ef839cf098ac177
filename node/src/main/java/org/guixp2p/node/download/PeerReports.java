// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntPredicate;
import java.util.function.LongSupplier;
import org.guixp2p.persistence.reputation.Reputation;
import org.guixp2p.persistence.reputation.Transfer;
import org.guixp2p.protocol.swarm.PeerId;

/**
 * What each peer gives to one download over one {@link PeerLane}, told to the node's memory of peers when nothing more comes of
 * that.
 */
final class PeerReports {
    /** Of the blocks of one peer, as many that another one gave first since they were late make it a slow one. */
    private static final int LATE_SHARE = 10;

    private final Reputation reputation;
    private final LongSupplier millis;
    /** By the number of the lane. */
    private final Map<Integer, Report> open = new HashMap<>();

    private static final class Report {
        private final PeerId peer;
        private final long since;
        private long bytes;
        private int blocks;
        private long firstMillis;
        private long lastMillis;
        private int failed;
        private int stalled;
        private int late;
        private boolean notHere;

        private Report(PeerId peer, long since) {
            this.peer = peer;
            this.since = since;
        }

        private Transfer transfer() {
            boolean slow = late > 0 && (long) late * LATE_SHARE >= blocks;
            boolean nothing = notHere && blocks == 0;
            return new Transfer(bytes, lastMillis, blocks, firstMillis, nothing ? failed + 1 : failed,
                    slow ? stalled + 1 : stalled);
        }
    }

    /** @param millis time that goes on evenly when the clock is set */
    PeerReports(Reputation reputation, LongSupplier millis) {
        this.reputation = reputation;
        this.millis = millis;
    }

    /** The peer is asked for blocks from now on, or was asked for the first ones so many milliseconds ago. */
    void begin(int lane, PeerId peer, long agoMillis) {
        open.put(lane, new Report(peer, millis.getAsLong() - agoMillis));
    }

    private Optional<Report> of(int lane) {
        return Optional.ofNullable(open.get(lane));
    }

    /** A block came and was right. */
    void stored(int lane, int bytes) {
        of(lane).ifPresent(report -> {
            report.lastMillis = Math.max(report.lastMillis, millis.getAsLong() - report.since);
            report.firstMillis = report.blocks == 0 ? report.lastMillis : report.firstMillis;
            report.bytes += bytes;
            report.blocks++;
        });
    }

    /** A block did not come that the peer had offered. */
    void failed(int lane) {
        of(lane).ifPresent(report -> report.failed++);
    }

    /** The peer does not have what it stood for: a failure of a lane over which nothing comes, and of no other. */
    void notHere(int lane) {
        of(lane).ifPresent(report -> report.notHere = true);
    }

    /** The peer gave nothing for so long that others are asked for what it owes. */
    void stalled(int lane) {
        of(lane).ifPresent(report -> report.stalled++);
    }

    /** A block was late, and another one gave it first. The time that the peer took for it counts. */
    void late(int lane) {
        of(lane).ifPresent(report -> {
            report.late++;
            report.lastMillis = Math.max(report.lastMillis, millis.getAsLong() - report.since);
        });
    }

    /** Nothing more comes of any lane but these. */
    void endBut(IntPredicate lanes) {
        for (Iterator<Map.Entry<Integer, Report>> all = open.entrySet().iterator(); all.hasNext();) {
            Map.Entry<Integer, Report> each = all.next();
            if (!lanes.test(each.getKey())) {
                all.remove();
                reputation.transferred(each.getValue().peer, each.getValue().transfer());
            }
        }
    }
}
