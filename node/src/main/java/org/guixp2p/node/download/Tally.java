// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.guixp2p.api.BlockMap;
import org.guixp2p.api.TransferStatus;
import org.guixp2p.protocol.swarm.BlockLayout;
import org.guixp2p.protocol.swarm.PeerId;

/**
 * What a download has received, from whom, and what went wrong: the figures that people are shown. Bytes count for those who gave them
 * as long as they are used: not those of an attempt that was given up, but for what the next one has found good.
 */
final class Tally {
    /** Names what was there already, among those that bytes came from. */
    static final String ON_DISK = "disk";

    private final DownloadTrace trace;
    private final Map<String, Long> bytesBySource = new LinkedHashMap<>();
    /** Who gave each block, empty where nobody has: to the attempt under way, and to those before. */
    private final String[] givers;
    private final String[] before;
    private long corruptBlocks;
    private long duplicatedBytes;
    private int restarts;

    Tally(DownloadTrace trace, BlockLayout layout) {
        this.trace = trace;
        this.givers = new String[layout.count()];
        this.before = new String[layout.count()];
        Arrays.fill(givers, "");
        Arrays.fill(before, "");
    }

    void received(String source, int block, long bytes) {
        trace.received(source, bytes);
        credit(source, block, bytes);
    }

    /** A block was on the disk already, and need not be fetched. */
    void resumed(int block, long bytes) {
        received(ON_DISK, block, bytes);
    }

    /** A block of an attempt given up is good: who gave it then has not given it in vain. */
    void carried(int block, long bytes) {
        credit(before[block].isEmpty() ? ON_DISK : before[block], block, bytes);
    }

    private void credit(String source, int block, long bytes) {
        givers[block] = source;
        bytesBySource.merge(source, bytes, Long::sum);
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

    /** A peer stood for it, and gives it no more. */
    void lost(PeerId peer, String reason) {
        trace.lost(peer, reason);
    }

    /** So many blocks were asked for again so far in an attempt. */
    void requeued(Attempt attempt) {
        trace.requeued(attempt.number(), attempt.scheduler().requeued());
    }

    void restarted(String reason) {
        trace.restarted(reason);
        restarts++;
        bytesBySource.clear();
        for (int block = 0; block < givers.length; block++) {
            if (!givers[block].isEmpty()) {
                before[block] = givers[block];
                givers[block] = "";
            }
        }
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

    /** Which parts came from which of {@link #sources}. */
    BlockMap blockMap() {
        Map<String, Integer> numbers = new HashMap<>();
        bytesBySource.keySet().forEach(source -> numbers.put(source, numbers.size()));
        return BlockMap.of(givers.length, numbers.size(), block -> numbers.getOrDefault(givers[block], -1));
    }
}
