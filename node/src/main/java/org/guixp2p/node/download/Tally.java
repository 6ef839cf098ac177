// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.guixp2p.api.TransferStatus;
import org.guixp2p.protocol.swarm.PeerId;

/** What a download has received, from whom, and what went wrong: the figures that people are shown. */
final class Tally {
    /** Names what was there already, among those that bytes came from. */
    static final String ON_DISK = "disk";

    private final DownloadTrace trace;
    private final Map<String, Long> bytesBySource = new LinkedHashMap<>();
    private long corruptBlocks;
    private long duplicatedBytes;
    private int restarts;

    Tally(DownloadTrace trace) {
        this.trace = trace;
    }

    void received(String source, long bytes) {
        trace.received(source, bytes);
        bytesBySource.merge(source, bytes, Long::sum);
    }

    /** Bytes were on the disk already, and need not be fetched. */
    void resumed(long bytes) {
        received(ON_DISK, bytes);
    }

    void duplicated(long bytes) {
        duplicatedBytes += bytes;
    }

    void corrupt(PeerId peer, int block) {
        trace.corrupt(peer, block);
        corruptBlocks++;
    }

    /** A peer was caught out. */
    void excluded(PeerId peer, String reason) {
        trace.excluded(peer, reason);
    }

    /** So many blocks were asked for again so far in an attempt. */
    void requeued(Attempt attempt) {
        trace.requeued(attempt.number(), attempt.scheduler().requeued());
    }

    void restarted(String reason) {
        trace.restarted(reason);
        restarts++;
    }

    long corruptBlocks() {
        return corruptBlocks;
    }

    long duplicatedBytes() {
        return duplicatedBytes;
    }

    int restarts() {
        return restarts;
    }

    List<TransferStatus.Source> sources() {
        return bytesBySource.entrySet().stream().map(e -> new TransferStatus.Source(e.getKey(), e.getValue())).toList();
    }
}
